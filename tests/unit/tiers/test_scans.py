"""The scan of a signed agreement: kept with it, at the station alone (E9, N6, P7)."""

from pathlib import Path

import pytest

from grassroots import rights
from grassroots.attachments import UploadQuery
from grassroots.commands import agreements as commands
from grassroots.engagements import agreements, book, contracts, detail, pages, scans
from grassroots.engagements.agreements import AgreementDetail, DayInput, ScanView
from node.capability import Visit
from node.console.render import LANGUAGES
from node.drafting import IdPath
from node.errors import ConflictError, InvalidError, NotFoundError, RoleError
from node.files import Upload
from node.people import Actor, Role
from protocol.keys import digest
from tests.unit.tiers.conftest import Desks
from tests.unit.tiers.desk import Desk
from tests.unit.tiers.test_attachments import PDF, send
from tests.unit.tiers.test_commands import _run
from tests.unit.tiers.test_consent_pages import MANAGER, shown
from tests.unit.tiers.test_engagements import card, engage
from tests.unit.tiers.test_evidence import Uploads, fake

__all__ = ["fake"]

NAME = "协议签字页.pdf"
OBSERVER = Actor("r", Role.OBSERVER, "li", "李观察")


async def drafted(desk: Desk, **engagement: object) -> IdPath:
    body = agreements.AgreementInput(
        engagement=await engage(desk, **engagement), template="task-book"
    )
    return IdPath(id=(await agreements.add_agreement(desk.node, body)).id)


async def signed(desk: Desk, **engagement: object) -> IdPath:
    path = await drafted(desk, **engagement)
    await agreements.sign_agreement(desk.node, path, DayInput())
    return path


async def kept(desk: Desk, path: IdPath, content: bytes = PDF) -> ScanView:
    query = UploadQuery(name=NAME, note="原件扫描")
    return await scans.add_scan(desk.node, path, query, send(desk, content, NAME))


async def seen(desk: Desk, path: IdPath) -> AgreementDetail:
    return await agreements.get_agreement(desk.node, path)


def at(path: IdPath, actor: Actor = MANAGER, upload: Upload | None = None) -> Visit:
    return Visit(actor, {"id": path.id}, {}, upload=upload)


async def test_a_scan_is_kept_with_the_signed_agreement_and_never_leaves(desks: Desks) -> None:
    desk = desks.chengdu
    path = await signed(desk)
    before = desk.text()

    made = await kept(desk, path)

    assert desk.text() == before
    assert (await seen(desk, path)).files == [made]
    assert (made.agreement, made.name, made.digest) == (path.id, NAME, digest(PDF))
    opened = await scans.get_scan(desk.node, IdPath(id=made.id))
    assert b"".join(opened.pieces()) == PDF
    desk.clock.now += 2 * 24 * 3600 * 1000
    await desk.files.sweep()
    assert desk.files.blobs.has(made.digest)
    await scans.delete_scan(desk.node, IdPath(id=made.id))
    assert not desk.files.blobs.has(made.digest)
    assert (await seen(desk, path)).agreement.state == "signed"


async def test_what_is_not_signed_or_no_scan_is_refused(desks: Desks) -> None:
    desk = desks.chengdu
    draft, path = await drafted(desk), await signed(desk)

    with pytest.raises(ConflictError, match="not signed"):
        await kept(desk, draft)
    with pytest.raises(NotFoundError):
        await kept(desk, IdPath(id="none"))
    for content in (b"", b"MZ"):
        with pytest.raises(InvalidError):
            await kept(desk, path, content)

    assert (await seen(desk, path)).files == []
    assert not desk.files.blobs.has(digest(PDF))


async def test_signing_and_its_scan_are_one_form_whole_or_not_at_all(desks: Desks) -> None:
    desk = desks.chengdu
    path = await drafted(desk)
    for content, on in ((b"MZ", "2026-03-01"), (PDF, "2031-01-01")):
        with pytest.raises(InvalidError):
            visit = at(path, upload=send(desk, content, NAME))
            await pages.submit_agreement(desk.node, visit, {"do": "sign", "on": on})
    assert (await seen(desk, path)).agreement.state == "drafted"
    assert not desk.files.blobs.has(digest(PDF))

    visit = at(path, upload=send(desk, name=NAME))
    await pages.submit_agreement(desk.node, visit, {"do": "sign", "on": "2026-03-01"})

    found = await seen(desk, path)
    assert (found.agreement.state, found.agreement.signed_on) == ("signed", "2026-03-01")
    assert [each.name for each in found.files] == [NAME]
    with pytest.raises(ConflictError):
        visit = at(path, upload=send(desk, name=NAME))
        await pages.submit_agreement(desk.node, visit, {"do": "sign", "on": "2026-03-01"})
    assert len((await seen(desk, path)).files) == 1


async def test_the_desk_keeps_and_deletes_a_scan_for_those_who_may_serve(desks: Desks) -> None:
    desk = desks.chengdu
    path = await signed(desk)

    with pytest.raises(RoleError):
        await pages.submit_agreement(desk.node, at(path, OBSERVER, send(desk)), {"do": "keep"})
    with pytest.raises(InvalidError, match="No file was chosen"):
        await pages.submit_agreement(desk.node, at(path), {"do": "keep"})
    visit = at(path, upload=send(desk, name=NAME))
    await pages.submit_agreement(desk.node, visit, {"do": "keep", "note": " 原件 "})
    (file,) = (await seen(desk, path)).files
    assert file.note == "原件"
    await pages.submit_agreement(desk.node, at(path), {"do": "delete", "file": file.id})

    assert (await seen(desk, path)).files == []


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_agreement_and_engagement_lead_to_the_scan(desks: Desks, lang: str) -> None:
    desk = desks.chengdu
    path = await signed(desk)
    file = await kept(desk, path)
    engagement = IdPath(id=(await seen(desk, path)).agreement.engagement)

    context = await pages.build_agreement(desk.node, at(path))
    page = shown(desk, "agreement.html", context, lang)
    read_only = shown(desk, "agreement.html", {**context, "may_serve": False}, lang)
    of_work = await detail.build_engagement(desk.node, at(engagement))

    link = f"/api/v1/agreement-files/{file.id}"
    assert all(link in each for each in (page, read_only))
    assert link in shown(desk, "engagement.html", of_work, lang)
    assert 'type="file"' in page
    assert 'type="file"' not in read_only


@pytest.mark.parametrize("has_contract", [False, True])
async def test_a_scan_goes_with_the_card_unless_a_contract_rests_on_it(
    desks: Desks, has_contract: bool
) -> None:
    desk = desks.chengdu
    enterprise = await card(desk)
    path = await signed(desk, enterprise=enterprise)
    file = await kept(desk, path)
    engagement = (await seen(desk, path)).agreement.engagement
    if has_contract:
        given = {"type": "service", "name": "检测", "amount_fen": 5, "technology_fen": 5}
        body = contracts.TechnologyContractInput.model_validate(
            {**given, "signed": "2026-03-01", "engagement": engagement}
        )
        await contracts.add_contract(desk.node, body)
    await book.stop_engagement(desk.node, IdPath(id=engagement), book.StopInput(reason="完"))

    copy = await rights.copy_enterprise(desk.node, IdPath(id=enterprise))
    removed = await rights.remove_enterprise(desk.node, IdPath(id=enterprise))

    assert NAME in copy.content.decode()
    assert ("agreement_files" in removed.kept) is has_contract
    assert ("agreement_files" in removed.deleted) is not has_contract
    assert desk.files.blobs.has(file.digest) is has_contract


def test_commands_keep_fetch_and_delete_a_scan(fake: Uploads, tmp_path: Path) -> None:
    paper, output = tmp_path / NAME, tmp_path / "out.pdf"
    paper.write_bytes(PDF)

    _run(commands.app, "keep", "-a", str(paper), "--note", "原件")
    _run(commands.app, "get", "-f", "-o", str(output))
    _run(commands.app, "delete", "-f")

    assert fake.calls == [
        ("UPLOAD", "/agreements/-a/files", {"name": NAME, "note": "原件", "bytes": digest(PDF)}),
        ("POST", "/agreement-files/-f/delete", {}),
    ]
    assert output.read_bytes() == b"/agreement-files/-f"
