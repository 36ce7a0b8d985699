"""The signed paper of a consent: kept at the station alone, shown, deleted (D11, P7)."""

from pathlib import Path

import pytest

from grassroots import attachments, disclosure, dossiers, evidence, visits
from grassroots.attachments import UploadQuery
from grassroots.commands import consents as commands
from grassroots.consents import ConsentQuery, EvidenceFile
from grassroots.desks import cards
from grassroots.desks import consents as desk_consents
from grassroots.disclosure import RecordInput
from grassroots.withdrawals import (
    WithdrawInput,
    list_consents,
    show_consent,
    withdraw_consent,
)
from node.backup import FILES, create_backup, restore_backup
from node.capability import Visit
from node.console.render import LANGUAGES
from node.drafting import IdPath
from node.errors import ConfigError, InvalidError, NotFoundError, RoleError
from node.files import Blobs, Upload
from node.files.private import find_private
from node.people import Actor, Role
from node.store import Store
from protocol.errors import Refused
from protocol.keys import digest
from tests.unit.tiers.conftest import Desks
from tests.unit.tiers.desk import Desk
from tests.unit.tiers.test_attachments import PDF, send
from tests.unit.tiers.test_commands import FakeNode, _run
from tests.unit.tiers.test_consent_pages import MANAGER, shown
from tests.unit.tiers.test_consents import CONSENT, accepted

CLERK = Actor("c", Role.CLERK, "wu", "吴芳")
NAME = "同意书.pdf"


async def a_consent(desks: Desks) -> tuple[IdPath, IdPath]:
    """A card, and a consent recorded for its need's referral."""
    card, case = await accepted(desks)
    made = await disclosure.record_consent(desks.chengdu.node, case, RecordInput(consent=CONSENT))
    return IdPath(id=card), IdPath(id=made.id)


async def kept(desk: Desk, consent: IdPath, content: bytes = PDF) -> EvidenceFile:
    query = UploadQuery(name=NAME, note="盖章件")
    return await evidence.add_evidence(desk.node, consent, query, send(desk, content, NAME))


def at(consent: IdPath, actor: Actor = MANAGER, upload: Upload | None = None) -> Visit:
    return Visit(actor, {"id": consent.id}, {}, upload=upload)


class Uploads(FakeNode):
    """A node that notes the files it is sent too, and gives some."""

    def upload(self, path: str, file: Path, **query: object) -> dict[str, object]:
        self.calls.append(("UPLOAD", path, {**query, "bytes": digest(file.read_bytes())}))
        return {"id": "new-file"}

    def save(self, path: str, file: Path) -> int:
        return file.write_bytes(path.encode())


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Uploads:
    made = Uploads()
    monkeypatch.setattr("node.cli.session.Session.client", lambda self, timeout_s=60: made)
    return made


async def test_a_signed_paper_is_kept_with_its_consent_and_never_leaves(desks: Desks) -> None:
    desk = desks.chengdu
    card, consent = await a_consent(desks)
    before = desk.text()

    made = await kept(desk, consent)

    assert desk.text() == before
    assert (made.consent, made.name, made.media, made.size) == (
        consent.id, NAME, "application/pdf", len(PDF),
    )  # fmt: skip
    assert (await show_consent(desk.node, consent)).files == (made,)
    (told,) = (await dossiers.get_dossier(desk.node, card)).disclosures
    assert told.files == (made,)
    opened = await evidence.get_evidence(desk.node, IdPath(id=made.id))
    assert (opened.name, b"".join(opened.pieces())) == (NAME, PDF)
    with pytest.raises(Refused, match="not-held"):
        await desk.files.find_served(made.digest)
    desk.clock.now += 2 * 24 * 3600 * 1000
    await desk.files.sweep()
    assert desk.files.blobs.has(made.digest)


async def test_a_withdrawn_consent_keeps_its_paper_until_somebody_deletes_it(desks: Desks) -> None:
    desk = desks.chengdu
    _, consent = await a_consent(desks)
    made = await kept(desk, consent)
    await withdraw_consent(desk.node, consent, WithdrawInput(note="来电"))
    assert (await show_consent(desk.node, consent)).files == (made,)

    await evidence.delete_evidence(desk.node, IdPath(id=made.id))

    assert (await show_consent(desk.node, consent)).files == ()
    assert not desk.files.blobs.has(made.digest)
    with pytest.raises(NotFoundError):
        await evidence.get_evidence(desk.node, IdPath(id=made.id))
    with pytest.raises(NotFoundError):
        await evidence.delete_evidence(desk.node, IdPath(id=made.id))


async def test_what_is_no_paper_and_what_has_no_consent_is_refused(desks: Desks) -> None:
    desk = desks.chengdu
    _, consent = await a_consent(desks)

    with pytest.raises(NotFoundError, match="no consent"):
        await kept(desk, IdPath(id="none"))
    with pytest.raises(InvalidError, match="no pdf inside"):
        await kept(desk, consent, b"MZ not what it says")
    with pytest.raises(InvalidError, match="empty"):
        await kept(desk, consent, b"")

    assert (await show_consent(desk.node, consent)).files == ()


async def test_files_of_visits_and_of_consents_are_not_taken_for_each_other(desks: Desks) -> None:
    desk = desks.chengdu
    _, consent = await a_consent(desks)
    await visits.add_visit(desk.node, visits.VisitInput(on="2026-03-05"))
    (visit,) = (await visits.list_visits(desk.node, visits.VisitQuery())).items
    note = await attachments.add_visit_file(
        desk.node, IdPath(id=visit.id), UploadQuery(name=NAME), send(desk, name=NAME)
    )
    paper = await kept(desk, consent)

    for refused in (attachments.get_visit_file, attachments.delete_visit_file):
        with pytest.raises(NotFoundError):
            await refused(desk.node, IdPath(id=paper.id))
    for refused_too in (evidence.get_evidence, evidence.delete_evidence):
        with pytest.raises(NotFoundError):
            await refused_too(desk.node, IdPath(id=note.id))
    await attachments.delete_visit_file(desk.node, IdPath(id=note.id))

    assert desk.files.blobs.has(paper.digest)


async def test_the_desk_of_a_consent_takes_and_deletes_its_paper(desks: Desks) -> None:
    desk = desks.chengdu
    _, consent = await a_consent(desks)

    visit = at(consent, upload=send(desk, name=NAME))
    done = await desk_consents.submit_one(desk.node, visit, {"do": "keep", "note": " 原件 "})

    assert done.to == f"/consents/{consent.id}"
    (file,) = (await show_consent(desk.node, consent)).files
    assert (file.name, file.note) == (NAME, "原件")
    with pytest.raises(InvalidError, match="No file was chosen"):
        await desk_consents.submit_one(desk.node, at(consent), {"do": "keep"})
    await desk_consents.submit_one(desk.node, at(consent), {"do": "delete", "file": file.id})
    assert (await show_consent(desk.node, consent)).files == ()


FORM = {"on": "2026-09-20", "by": "总经理", "kind_name": "1", "paper_note": " 盖章件 "}


@pytest.mark.parametrize(("do", "state"), [("record", "given"), ("disclose", "disclosed")])
async def test_a_consent_is_recorded_with_its_signed_paper_by_one_form(
    desks: Desks, do: str, state: str
) -> None:
    desk = desks.chengdu
    _, case = await accepted(desks)

    visit = Visit(MANAGER, {}, {"referral": case.id}, upload=send(desk, name=NAME))
    await desk_consents.submit_new(desk.node, visit, {**FORM, "do": do})

    (held,) = (await list_consents(desk.node, ConsentQuery())).items
    assert (held.state, held.kinds) == (state, ["name"])
    (file,) = held.files
    assert (file.consent, file.name, file.note) == (held.id, NAME, "盖章件")
    assert desk.files.blobs.has(file.digest)


@pytest.mark.parametrize("do", ["record", "disclose"])
async def test_a_paper_that_is_refused_leaves_no_consent_and_no_disclosure(
    desks: Desks, do: str
) -> None:
    desk = desks.chengdu
    _, case = await accepted(desks)
    before = desk.text()

    for content, form, told in (
        (b"MZ not what it says", {}, "no pdf inside"),
        (b"", {}, "empty"),
        (PDF, {"paper_note": "长" * 600}, "note"),
        (PDF, {"on": "2031-01-01"}, "a day to come"),
        (PDF, {"by": ""}, "by"),
    ):
        visit = Visit(MANAGER, {}, {"referral": case.id}, upload=send(desk, content, NAME))
        with pytest.raises(InvalidError, match=told):
            await desk_consents.submit_new(desk.node, visit, {**FORM, **form, "do": do})

    assert (await list_consents(desk.node, ConsentQuery())).items == []
    assert not desk.files.blobs.has(digest(PDF))
    assert desk.text() == before


@pytest.mark.parametrize("do", ["keep", "delete", "disclose", "withdraw"])
async def test_who_may_only_read_the_register_changes_nothing_from_its_page(
    desks: Desks, do: str
) -> None:
    desk = desks.chengdu
    _, consent = await a_consent(desks)
    file = await kept(desk, consent)
    before = desk.text()

    with pytest.raises(RoleError):
        await desk_consents.submit_one(
            desk.node, at(consent, CLERK, send(desk)), {"do": do, "file": file.id}
        )

    seen = await show_consent(desk.node, consent)
    assert (seen.state, seen.files, desk.text()) == ("given", (file,), before)


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_the_pages_of_consent_and_card_lead_to_the_paper(desks: Desks, lang: str) -> None:
    desk = desks.chengdu
    card, consent = await a_consent(desks)
    file = await kept(desk, consent)
    link = f"/api/v1/consent-files/{file.id}"

    context = await desk_consents.build_one(desk.node, at(consent))
    page = shown(desk, "consent.html", context, lang)
    read_only = shown(desk, "consent.html", {**context, "actor": CLERK}, lang)
    of_card = shown(desk, "card.html", await cards.build_card(desk.node, at(card)), lang)

    assert all(link in each for each in (page, read_only, of_card))
    assert 'type="file"' in page
    assert 'type="file"' not in read_only
    assert 'value="delete"' not in read_only


async def test_the_paper_is_in_the_backup(desks: Desks, tmp_path: Path) -> None:
    desk = desks.chengdu
    _, consent = await a_consent(desks)
    file = await kept(desk, consent)
    old, new = tmp_path / "成都基层站", tmp_path / "new"
    new.mkdir()

    create_backup("sqlite:///node.db", old, tmp_path / "b.backup")
    restore_backup("sqlite:///node.db", new, tmp_path / "b.backup", desk.clock)

    assert Blobs(new / FILES, desk.clock).get(file.digest).read_bytes() == PDF
    store = Store.open("sqlite:///node.db", new)
    (row,) = store.read(lambda reading: find_private(reading, "consent", [consent.id]))
    store.close()
    assert EvidenceFile.model_validate(row) == file


def test_commands_record_a_consent_with_its_paper_and_keep_fetch_and_delete_one(
    fake: Uploads, tmp_path: Path
) -> None:
    paper, output = tmp_path / NAME, tmp_path / "out.pdf"
    paper.write_bytes(PDF)
    record = ("record", "-r", "--on", "2026-09-20", "--by", "总经理")

    _run(commands.consent, *record, "--file", str(paper))
    _run(commands.consent, "keep", "-c", str(paper), "--note", "补签")
    _run(commands.consent, "get", "-f", "-o", str(output))
    _run(commands.consent, "delete", "-f")
    with pytest.raises(ConfigError, match="is no file"):
        _run(commands.consent, *record, "--file", str(tmp_path / "none.pdf"))
    with pytest.raises(ConfigError, match="is there already"):
        _run(commands.consent, "get", "-f", "-o", str(output))

    told = {"on": "2026-09-20", "by": "总经理", "purpose": "work"}
    assert fake.calls == [
        ("POST", "/referrals/-r/consents", {"consent": told}),
        ("UPLOAD", "/consents/new-entry/files", {"name": NAME, "bytes": digest(PDF)}),
        ("UPLOAD", "/consents/-c/files", {"name": NAME, "note": "补签", "bytes": digest(PDF)}),
        ("POST", "/consent-files/-f/delete", {}),
    ]
    assert output.read_bytes() == b"/consent-files/-f"


def test_a_paper_the_node_refuses_is_told_with_the_consent_that_is_recorded(
    fake: Uploads, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: str, file: Path, **query: object) -> dict[str, object]:
        raise InvalidError("there is no pdf inside")

    paper = tmp_path / NAME
    paper.write_bytes(PDF)
    monkeypatch.setattr(fake, "upload", refuse)

    with pytest.raises(ConfigError, match="recorded as new-entry, but not its paper") as told:
        _run(
            commands.consent,
            *("record", "-r", "--on", "2026-09-20", "--by", "总经理", "--file", str(paper)),
        )

    assert told.value.hint == "Add the paper with: yizhan consent keep new-entry FILE"
