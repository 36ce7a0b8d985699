"""Attachments at a station's desk: whose they may be, what is kept, what stays here (A17, P7)."""

from pathlib import Path

import pytest

from grassroots import attachments, enterprises, helping, referrals, visits
from grassroots.attachments import AttachQuery, SubjectQuery, UploadQuery
from grassroots.cases import WhyInput
from grassroots.desks import files as desk_files
from grassroots.needs import NeedInput, publish_need
from node.capability import Visit
from node.console.render import LANGUAGES
from node.drafting import IdPath
from node.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError, RoleError
from node.files import Upload
from node.people import OPERATOR, Actor
from node.people.permissions import Role
from node.readmodels import files
from node.settings import FilesConfig
from protocol.errors import Refused
from protocol.keys import digest
from protocol.limits import FILE_PIECE_BYTES_MAX
from protocol.records import FileDetached
from tests.unit.tiers.conftest import Desks
from tests.unit.tiers.desk import Desk
from tests.unit.tiers.test_consent_pages import shown

PDF = b"%PDF-1.7\n" + b"x" * 100
NEED = {"title": "轴承早期失效", "text": "转速 3000，温升高。"}


def send(desk: Desk, content: bytes = PDF, name: str = "报告.pdf") -> Upload:
    """What a handler gets of a file somebody sent."""
    path: Path = desk.files.blobs.new_upload(digest(content)[:8])
    path.write_bytes(content)
    return Upload(path, len(content), digest(content), name)


async def attach(desk: Desk, subject: str, name: str = "报告.pdf", **more: object) -> str:
    query = AttachQuery.model_validate({"subject": subject, "name": name})
    actor = more.get("actor", OPERATOR)
    assert isinstance(actor, Actor)
    made = await attachments.attach_file(desk.node, actor, query, send(desk, name=name))
    return made.id


async def a_need(desk: Desk, enterprise: str | None = None) -> str:
    body = NeedInput.model_validate({**NEED, "enterprise": enterprise})
    return (await publish_need(desk.node, body)).id


async def test_a_station_attaches_to_what_it_wrote_and_to_nothing_else(desks: Desks) -> None:
    own = await a_need(desks.chengdu)
    desks.exchange()

    made = await attach(desks.chengdu, own)
    with pytest.raises(NotAllowedError):
        await attach(desks.hangzhou, own)

    (view,) = (await attachments.list_files(desks.chengdu.node, SubjectQuery(subject=own))).items
    assert (view.id, view.name, view.media) == (made, "报告.pdf", "application/pdf")
    assert (view.size, view.digest, view.is_here) == (len(PDF), digest(PDF), True)
    desks.exchange()
    assert desks.hangzhou.store.read(lambda r: files.find(r, own)) == [
        files.FileView.model_validate(view.model_dump(exclude={"is_here"}))
    ]


async def test_a_file_another_station_claims_for_an_entry_has_no_effect(desks: Desks) -> None:
    own = await a_need(desks.chengdu)
    desks.exchange()
    forged = await attach(desks.hangzhou, await a_need(desks.hangzhou))
    view = desks.hangzhou.store.read(lambda r: files.get(r, forged))
    record = FileDetached(file=forged)
    desks.chengdu.publisher.publish_many([(record, view.subject)], "needs")
    desks.exchange()

    assert desks.hangzhou.store.read(lambda r: files.get(r, forged)) == view
    assert desks.chengdu.store.read(lambda r: files.find(r, own)) == []


async def test_what_was_taken_back_is_gone_here_and_where_it_arrives(desks: Desks) -> None:
    own = await a_need(desks.chengdu)
    made = await attach(desks.chengdu, own)

    await attachments.detach_file(desks.chengdu.node, IdPath(id=made))
    desks.exchange()

    assert not desks.chengdu.files.blobs.has(digest(PDF))
    assert desks.hangzhou.store.read(lambda r: files.find(r, own)) == []
    with pytest.raises(NotFoundError):
        await attachments.detach_file(desks.chengdu.node, IdPath(id=made))


async def test_the_bytes_stay_while_another_entry_names_them(desks: Desks) -> None:
    one, other = await a_need(desks.chengdu), await a_need(desks.chengdu)
    made = await attach(desks.chengdu, one)
    await attach(desks.chengdu, other)

    await attachments.detach_file(desks.chengdu.node, IdPath(id=made))

    assert desks.chengdu.files.blobs.has(digest(PDF))


async def test_a_file_of_a_need_may_not_name_the_enterprise(desks: Desks) -> None:
    card = await enterprises.add_enterprise(
        desks.chengdu.node, enterprises.EnterpriseInput(name="成都甲轴承厂")
    )
    own = await a_need(desks.chengdu, card.id)

    with pytest.raises(InvalidError, match="names the enterprise"):
        await attach(desks.chengdu, own, "成都甲轴承厂检测报告.pdf")

    assert list(desks.chengdu.files.blobs.digests()) == []


async def test_a_file_in_a_case_is_for_those_who_may_refer_and_opens_for_both_parties(
    desks: Desks,
) -> None:
    own = await a_need(desks.chengdu)
    desks.exchange()
    body = referrals.RequestInput(need=own, to=desks.hangzhou.id)
    case = await referrals.request_referral(desks.chengdu.node, body)
    clerk = Actor("c", Role.CLERK, "lin", "林静")

    with pytest.raises(RoleError):
        await attach(desks.chengdu, case.id, actor=clerk)
    made = await attach(desks.chengdu, case.id, "图纸.pdf")
    desks.exchange()
    name = desks.sichuan.store.read(lambda r: files.get(r, made)).digest
    for desk in (desks.sichuan, desks.hangzhou):
        held = await desk.files.take_piece(
            name, 0, desks.chengdu.files.blobs.get(name).read_bytes()
        )
        assert held == desks.chengdu.files.blobs.held(name)

    for desk in (desks.chengdu, desks.hangzhou):
        opened = await attachments.get_sealed_file(desk.node, IdPath(id=made))
        assert (opened.name, b"".join(opened.pieces())) == ("图纸.pdf", PDF)
        listed = await attachments.list_sealed_files(desk.node, IdPath(id=case.id))
        assert [each.name for each in listed.items] == ["图纸.pdf"]
    with pytest.raises(NotAllowedError):
        await attachments.get_sealed_file(desks.sichuan.node, IdPath(id=made))
    with pytest.raises(NotAllowedError):
        await attachments.get_file(desks.hangzhou.node, IdPath(id=made))
    assert (await attachments.list_sealed_files(desks.sichuan.node, IdPath(id=case.id))).items == []
    with pytest.raises(NotAllowedError):
        await attach(desks.sichuan, case.id)


async def helped(desks: Desks) -> IdPath:
    """A referral from Chengdu to Hangzhou; Sichuan is invited to help."""
    own = await a_need(desks.chengdu)
    desks.exchange()
    body = referrals.RequestInput(need=own, to=desks.hangzhou.id)
    case = IdPath(id=(await referrals.request_referral(desks.chengdu.node, body)).id)
    desks.exchange()
    await referrals.accept_referral(desks.hangzhou.node, case, referrals.AcceptInput())
    invited = helping.InviteInput(station=desks.sichuan.id)
    await helping.invite_helper(desks.hangzhou.node, case, invited)
    desks.exchange()
    return case


async def opened(desks: Desks, desk: Desk, file: str) -> bytes:
    """A file as a station opens it, wherever its bytes came from."""
    desks.exchange()
    name = desk.store.read(lambda r: files.get(r, file)).digest
    if not desk.files.blobs.has(name):
        content = next(
            each.files.blobs.get(name).read_bytes()
            for each in desks.all()
            if each.files.blobs.has(name)
        )
        await desk.files.take_piece(name, 0, content)
    found = await attachments.get_sealed_file(desk.node, IdPath(id=file))
    return b"".join(found.pieces())


async def test_a_helper_that_has_joined_reads_the_files_of_its_case_and_nobody_else_does(
    desks: Desks,
) -> None:
    case = await helped(desks)
    early = await attach(desks.chengdu, case.id, "图纸.pdf")
    await helping.join_referral(desks.sichuan.node, case, referrals.NoteInput())
    desks.exchange()

    late = await attach(desks.hangzhou, case.id, "方案.pdf")

    for desk in (desks.chengdu, desks.hangzhou, desks.sichuan):
        assert await opened(desks, desk, late) == PDF
    for desk, file in ((desks.zhejiang, late), (desks.national, late), (desks.sichuan, early)):
        with pytest.raises(NotAllowedError):
            await opened(desks, desk, file)
    listed = await attachments.list_sealed_files(desks.sichuan.node, case)
    assert [each.name for each in listed.items] == ["方案.pdf"]
    with pytest.raises(NotAllowedError):
        await attach(desks.sichuan, case.id)


async def test_an_earlier_file_is_shared_with_a_helper_by_the_station_that_attached_it(
    desks: Desks,
) -> None:
    case = await helped(desks)
    early = await attach(desks.chengdu, case.id, "图纸.pdf")
    with pytest.raises(ConflictError, match="can read that file already"):
        await attachments.share_file(desks.chengdu.node, OPERATOR, IdPath(id=early))
    await helping.join_referral(desks.sichuan.node, case, referrals.NoteInput())
    desks.exchange()
    with pytest.raises(NotAllowedError):
        await attachments.share_file(desks.hangzhou.node, OPERATOR, IdPath(id=early))
    with pytest.raises(RoleError):
        clerk = Actor("c", Role.CLERK, "lin", "林静")
        await attachments.share_file(desks.chengdu.node, clerk, IdPath(id=early))

    lying = set(desks.chengdu.files.blobs.folder.glob("parts/*"))

    made = await attachments.share_file(desks.chengdu.node, OPERATOR, IdPath(id=early))

    for desk in (desks.chengdu, desks.hangzhou, desks.sichuan):
        assert await opened(desks, desk, made.id) == PDF
        (file,) = (await attachments.list_sealed_files(desk.node, case)).items
        assert (file.id, file.name) == (made.id, "图纸.pdf")
    with pytest.raises(NotAllowedError):
        await opened(desks, desks.zhejiang, made.id)
    assert set(desks.chengdu.files.blobs.folder.glob("parts/*")) == lying


async def test_who_has_left_a_case_reads_nothing_that_is_attached_afterwards(desks: Desks) -> None:
    case = await helped(desks)
    await helping.join_referral(desks.sichuan.node, case, referrals.NoteInput())
    desks.exchange()
    await helping.leave_referral(desks.sichuan.node, case, WhyInput(reason="人手不足"))
    desks.exchange()

    late = await attach(desks.chengdu, case.id)

    with pytest.raises(NotAllowedError):
        await opened(desks, desks.sichuan, late)


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_the_page_of_files_offers_to_share_what_helpers_cannot_read(
    desks: Desks, lang: str
) -> None:
    desk, case = desks.chengdu, await helped(desks)
    file = await attach(desk, case.id)
    visit = Visit(OPERATOR, {"id": case.id}, {})

    async def page(of: Desk) -> str:
        context = await desk_files.build_files(of.node, visit)
        return shown(of, "files.html", context, lang)

    before = await page(desk)
    await helping.join_referral(desks.sichuan.node, case, referrals.NoteInput())
    desks.exchange()
    offered = await page(desk)
    await desk_files.submit_files(desk.node, visit, {"do": "share", "file": file})
    desks.exchange()

    assert 'value="share"' not in before
    assert 'value="share"' in offered
    assert 'value="share"' not in await page(desk)
    assert "报告.pdf" in await page(desks.sichuan)
    assert "报告.pdf" not in await page(desks.zhejiang)


async def test_a_visits_file_stays_here_and_is_not_served(desks: Desks) -> None:
    desk = desks.chengdu
    await visits.add_visit(desk.node, visits.VisitInput(on="2026-03-05", note="记"))
    (visit,) = (await visits.list_visits(desk.node, visits.VisitQuery())).items
    before = desk.text()

    kept = await attachments.add_visit_file(
        desk.node, IdPath(id=visit.id), UploadQuery(name="现场.pdf", note="照片"), send(desk)
    )

    assert desk.text() == before
    (listed,) = (await attachments.list_visit_files(desk.node, IdPath(id=visit.id))).items
    assert listed == kept
    opened = await attachments.get_visit_file(desk.node, IdPath(id=kept.id))
    assert b"".join(opened.pieces()) == PDF
    with pytest.raises(Refused, match="not-held"):
        await desk.files.find_served(kept.digest)
    await desk.files.sweep()
    assert desk.files.blobs.has(kept.digest)
    await attachments.delete_visit_file(desk.node, IdPath(id=kept.id))
    assert not desk.files.blobs.has(kept.digest)
    with pytest.raises(NotFoundError):
        await attachments.get_visit_file(desk.node, IdPath(id=kept.id))
    with pytest.raises(NotFoundError):
        await attachments.add_visit_file(
            desk.node, IdPath(id="none"), UploadQuery(name="a.pdf"), send(desk)
        )


async def test_pieces_are_taken_only_of_files_that_an_entry_names(desks: Desks) -> None:
    own = await a_need(desks.chengdu)
    with pytest.raises(Refused, match="not-held"):
        await desks.sichuan.files.take_piece(digest(PDF), 0, PDF)
    await attach(desks.chengdu, own)
    desks.exchange()
    relay = desks.sichuan.files

    assert await relay.take_piece(digest(PDF), 0, b"") == 0
    assert await relay.take_piece(digest(PDF), 0, PDF[:50]) == 50
    assert await relay.take_piece(digest(PDF), 0, PDF[:50]) == 50
    with pytest.raises(Refused, match="too-large"):
        await relay.take_piece(digest(PDF), 50, PDF)
    with pytest.raises(Refused, match="not-held"):
        await relay.find_served(digest(PDF))
    assert await relay.take_piece(digest(PDF), 50, PDF[50:]) == len(PDF)
    assert await relay.take_piece(digest(PDF), 0, b"") == len(PDF)
    assert (await relay.find_served(digest(PDF))).read_bytes() == PDF
    assert len(PDF) < FILE_PIECE_BYTES_MAX


async def test_a_file_that_was_changed_on_the_way_is_thrown_away(desks: Desks) -> None:
    await attach(desks.chengdu, await a_need(desks.chengdu))
    desks.exchange()
    relay = desks.sichuan.files

    with pytest.raises(Refused, match="bad-body"):
        await relay.take_piece(digest(PDF), 0, PDF[:-1] + b"y")

    assert relay.blobs.held(digest(PDF)) == 0


async def test_a_station_that_sends_too_much_is_refused_by_its_quota(desks: Desks) -> None:
    await attach(desks.chengdu, await a_need(desks.chengdu))
    desks.exchange()
    relay = desks.sichuan.files

    relay.config = FilesConfig(author_mib=0)
    with pytest.raises(Refused, match="over-quota"):
        await relay.take_piece(digest(PDF), 0, PDF)
    relay.config = FilesConfig(held_mib=1)
    (relay.blobs.folder / "aa").mkdir(parents=True)
    (relay.blobs.folder / "aa" / "full").write_bytes(b"x" * 1024 * 1024)
    with pytest.raises(Refused, match="over-quota"):
        await relay.take_piece(digest(PDF), 0, PDF)


async def test_a_station_without_room_keeps_no_more_of_its_own(desks: Desks) -> None:
    own = await a_need(desks.chengdu)
    desks.chengdu.files.config = FilesConfig(own_mib=1)
    big = b"%PDF-" + b"x" * 1024 * 1024
    query = AttachQuery(subject=own, name="大.pdf")

    with pytest.raises(ConflictError, match="would exceed 1 MiB"):
        await attachments.attach_file(desks.chengdu.node, OPERATOR, query, send(desks.chengdu, big))

    assert desks.chengdu.store.read(files.find_all) == []


async def test_uploads_that_came_to_nothing_are_swept_after_a_day(desks: Desks) -> None:
    kept = desks.chengdu.files
    upload = send(desks.chengdu)
    kept.blobs.adopt(upload.path, upload.digest)

    await kept.sweep()
    assert kept.blobs.has(upload.digest)
    desks.chengdu.clock.now += 24 * 3600 * 1000 + 1
    await kept.sweep()

    assert not kept.blobs.has(upload.digest)
