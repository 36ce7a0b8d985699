"""The pages of inbox, mail, consents and saved searches, as somebody at the station sees them."""

from collections.abc import Mapping

import pytest

from grassroots.desks import consents as desk_consents
from grassroots.desks import watching as desk_watching
from grassroots.disclosure import DiscloseInput, disclose_contact
from grassroots.matching import vocabulary, watching
from node.capability import Visit
from node.console.render import LANGUAGES, render
from node.mail import pages as mail_pages
from node.mail.addresses import AddressInput
from node.mail.routes import set_own_address
from node.modes import MODES
from node.notices import pages as inbox_pages
from node.notices import tell
from node.people import Actor, Role
from tests.unit.tiers.conftest import Desks
from tests.unit.tiers.desk import Desk
from tests.unit.tiers.test_consents import CONSENT, accepted
from tests.unit.tiers.test_mail import give_account

MANAGER = Actor("m", Role.MANAGER, "lin", "林静")


def shown(desk: Desk, template: str, context: Mapping[str, object], lang: str) -> str:
    """A page as the frame shows it to a manager."""
    frame: dict[str, object] = {
        "title": "页面", "path": "/", "menus": [], "languages": [], "actor": MANAGER,
        "has_accounts": True, "login_next": "", "me": desk.me, "node_name": "站",
        "mode": MODES["grassroots"], "network_id": "0" * 16, "network_name": "网",
        "roster": desk.roster, "held": (), "unheld": (), "now_ms": desk.clock.now_ms(),
        "unread": 0, "fault": None, "typed": {},
    }  # fmt: skip
    return render(template, {**frame, **context}, lang)


def visit(path: Mapping[str, str] | None = None, **query: str) -> Visit:
    return Visit(MANAGER, path or {}, query)


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_a_consent_is_followed_from_the_form_to_its_erasure(desks: Desks, lang: str) -> None:
    card, case = await accepted(desks)
    desk = desks.chengdu
    listed = shown(desk, "consents.html", await desk_consents.build_list(desk.node, visit()), lang)
    assert f"/consents/new?referral={case.id}" in listed

    context = await desk_consents.build_new(desk.node, visit(referral=case.id))
    form = shown(desk, "consent_form.html", context, lang)
    assert 'name="kind_phone"' in form
    assert "0812-333" in form

    await disclose_contact(desk.node, case, DiscloseInput(consent=CONSENT))
    (held,) = (await desk_consents.build_list(desk.node, visit(enterprise=card)))["consents"]  # type: ignore[misc]
    page = visit({"id": held.id})
    before = shown(desk, "consent.html", await desk_consents.build_one(desk.node, page), lang)
    assert 'value="withdraw"' in before

    await desk_consents.withdraw_consent(
        desk.node, desk_consents.IdPath(id=held.id), desk_consents.WithdrawInput()
    )
    after = shown(desk, "consent.html", await desk_consents.build_one(desk.node, page), lang)
    assert 'value="withdraw"' not in after


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_the_inbox_shows_what_is_to_be_done_and_the_mail_pages_how_mail_fares(
    desks: Desks, lang: str
) -> None:
    desk = desks.chengdu
    given = {"station": "杭州站", "title": "尾矿回收"}
    desk.store.write(
        lambda tx: tell(tx, desk.clock.now_ms(), "referral.requested", "c", given=given)
    )
    page = shown(desk, "inbox.html", await inbox_pages.build_inbox(desk.node, visit()), lang)
    assert "尾矿回收" in page
    assert "/referrals/c" in page

    give_account(desk, MANAGER)
    await set_own_address(desk.node, MANAGER, AddressInput(address="lin@s.example"))
    own = shown(desk, "me_mail.html", await mail_pages.build_own(desk.node, visit()), lang)
    assert 'name="address"' in own
    assert shown(desk, "mail.html", await mail_pages.build_mail(desk.node, visit()), lang)


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_saved_searches_and_own_words_are_kept_from_one_page(desks: Desks, lang: str) -> None:
    desk = desks.chengdu
    saved = watching.SavedSearchInput(name="等工艺", text="聚氨酯发泡")
    await watching.save_search(desk.node, saved)
    await vocabulary.add_word(desk.node, vocabulary.Pair(said="黄料", meant="发泡"))

    page = shown(
        desk, "watching.html", await desk_watching.build_watching(desk.node, visit()), lang
    )

    assert all(text in page for text in ("等工艺", "黄料", "发泡"))
