"""Tasks, outputs, outcomes are corrected with a reason; what they said is kept (E10, E15)."""

import pytest

from grassroots import rights
from grassroots.commands import engagements as commands
from grassroots.engagements import agreements, book, corrections, detail, figures, work
from grassroots.engagements.corrections import (
    AchievementAmendInput,
    MilestoneAmendInput,
    TaskAmendInput,
)
from grassroots.engagements.history import CorrectionView, ReasonInput
from node.capability import Visit
from node.console.render import LANGUAGES
from node.drafting import IdPath
from node.errors import ConflictError, InvalidError, NotFoundError, RoleError
from node.people import OPERATOR, Actor, Role
from tests.unit.tiers.conftest import Desks
from tests.unit.tiers.desk import Desk
from tests.unit.tiers.test_commands import FakeNode, _run, node
from tests.unit.tiers.test_consent_pages import MANAGER, shown
from tests.unit.tiers.test_engagements import card, engage

__all__ = ["node"]

WRONG = ReasonInput(reason="登错了")


async def a_task(desk: Desk, engagement: str, **more: str) -> IdPath:
    body = work.TaskInput.model_validate({"what": "取样", "person": "王五", **more})
    return IdPath(id=(await work.add_task(desk.node, IdPath(id=engagement), body)).id)


async def an_outcome(desk: Desk, engagement: str) -> IdPath:
    body = work.AchievementInput(
        sort="outcome", kind="energy", title="节电", on="2026-03-01", amount_fen=500_000
    )
    return IdPath(id=(await work.add_achievement(desk.node, IdPath(id=engagement), body)).id)


async def a_figure(desk: Desk, engagement: str) -> IdPath:
    body = figures.MilestoneInput(what="回收率提高", unit="个百分点", due="2027-01-31", target=5)
    return IdPath(id=(await figures.add_milestone(desk.node, IdPath(id=engagement), body)).id)


async def told(desk: Desk, engagement: str) -> list[CorrectionView]:
    return (await work.get_engagement(desk.node, IdPath(id=engagement))).corrections


async def test_a_task_is_amended_and_what_it_said_is_kept(desks: Desks) -> None:
    desk = desks.chengdu
    engagement = await engage(desk)
    task = await a_task(desk, engagement, due="2026-11-30")
    await work.finish_task(desk.node, task, work.DoneInput(on="2026-10-01"))

    body = TaskAmendInput(what="取样三份", done_on=None, reason="还差两份")
    await corrections.amend_task(desk.node, MANAGER, task, body)

    (held,) = (await work.get_engagement(desk.node, IdPath(id=engagement))).tasks
    assert (held.what, held.person, held.due, held.done_on) == (
        "取样三份",
        "王五",
        "2026-11-30",
        None,
    )
    (correction,) = await told(desk, engagement)
    assert correction.changes == [("what", "取样", "取样三份"), ("done_on", "2026-10-01", None)]
    assert (correction.part, correction.subject, correction.reason) == ("task", task.id, "还差两份")
    assert (correction.account, correction.at_ms) == (MANAGER.id, desk.clock.now_ms())


async def test_a_withdrawn_task_holds_nothing_up_and_is_in_no_list(desks: Desks) -> None:
    desk = desks.chengdu
    engagement = await engage(desk)
    task = await a_task(desk, engagement)
    with pytest.raises(ConflictError, match="not done"):
        await book.finish_engagement(desk.node, IdPath(id=engagement), book.FinishInput())

    await corrections.withdraw_task(desk.node, OPERATOR, task, WRONG)

    assert (await work.list_tasks(desk.node)).items == []
    drafted = agreements.AgreementInput(engagement=engagement, template="task-book")
    made = await agreements.add_agreement(desk.node, drafted)
    text = (await agreements.get_agreement(desk.node, IdPath(id=made.id))).texts[0].text
    assert "取样" not in text
    done = await book.finish_engagement(desk.node, IdPath(id=engagement), book.FinishInput())
    assert done.state == "done"
    assert b'"tasks_done":0' in desk.text() or b'"tasks_done"' not in desk.text()
    (correction,) = await told(desk, engagement)
    assert (correction.after, correction.before["what"], correction.account) == (
        None, "取样", OPERATOR.id,
    )  # fmt: skip


async def test_an_outcome_is_corrected_and_withdrawn_after_the_end_too(desks: Desks) -> None:
    desk = desks.chengdu
    engagement = await engage(desk)
    outcome = await an_outcome(desk, engagement)
    await book.finish_engagement(desk.node, IdPath(id=engagement), book.FinishInput())

    amended = AchievementAmendInput(kind="income", amount_fen=None, on="2026-03-02", reason="核实")
    made = await corrections.amend_achievement(desk.node, MANAGER, outcome, amended)
    desk.tick()
    await corrections.withdraw_achievement(desk.node, MANAGER, outcome, WRONG)

    assert (made.sort, made.kind, made.title, made.amount_fen, made.on_date) == (
        "outcome", "income", "节电", None, "2026-03-02",
    )  # fmt: skip
    assert (await work.get_engagement(desk.node, IdPath(id=engagement))).outcomes == []
    newest, oldest = await told(desk, engagement)
    assert newest.after is None
    assert newest.before["kind"] == "income"
    assert {name for name, _, _ in oldest.changes} == {"kind", "amount_fen", "on_date"}


async def test_a_promised_figure_is_corrected_and_withdrawn_and_the_promise_is_kept(
    desks: Desks,
) -> None:
    desk = desks.chengdu
    engagement = await engage(desk)
    figure = await a_figure(desk, engagement)
    await figures.reach_milestone(desk.node, figure, figures.ReachedInput(reached=3))
    await book.finish_engagement(desk.node, IdPath(id=engagement), book.FinishInput())

    body = MilestoneAmendInput(target=8, reached=None, reason="单位协商调整")
    made = await corrections.amend_milestone(desk.node, MANAGER, figure, body)
    assert (made.what, made.unit, made.target, made.reached) == ("回收率提高", "个百分点", 8, None)
    (correction,) = await told(desk, engagement)
    assert (correction.part, correction.account) == ("milestone", MANAGER.id)
    assert correction.changes == [("target", 5, 8), ("reached", 3, None)]
    with pytest.raises(InvalidError):
        await corrections.amend_milestone(
            desk.node, MANAGER, figure, MilestoneAmendInput(target=8, reason="没有变")
        )

    desk.tick()
    await corrections.withdraw_milestone(desk.node, MANAGER, figure, WRONG)

    assert (await work.get_engagement(desk.node, IdPath(id=engagement))).milestones == []
    assert (await told(desk, engagement))[0].before["target"] == 8
    for touch in (
        corrections.withdraw_milestone(desk.node, MANAGER, figure, WRONG),
        corrections.amend_milestone(desk.node, MANAGER, figure, body),
        figures.reach_milestone(desk.node, figure, figures.ReachedInput(reached=4)),
    ):
        with pytest.raises(ConflictError, match="withdrawn"):
            await touch
    with pytest.raises(NotFoundError):
        await corrections.withdraw_task(desk.node, MANAGER, figure, WRONG)


async def test_what_cannot_be_corrected_is_refused_and_changes_nothing(desks: Desks) -> None:
    desk = desks.chengdu
    engagement = await engage(desk)
    task, outcome = await a_task(desk, engagement), await an_outcome(desk, engagement)
    before = await work.get_engagement(desk.node, IdPath(id=engagement))

    for body in (
        TaskAmendInput(what="取样", reason="没有变"),
        TaskAmendInput(reason="没有变"),
        TaskAmendInput(done_on="2031-01-01", reason="早了"),
    ):
        with pytest.raises(InvalidError):
            await corrections.amend_task(desk.node, MANAGER, task, body)
    with pytest.raises(InvalidError, match="no kind of outcome"):
        await corrections.amend_achievement(
            desk.node, MANAGER, outcome, AchievementAmendInput(kind="report", reason="错")
        )
    for path, act in (
        (outcome, corrections.withdraw_task),
        (task, corrections.withdraw_achievement),
    ):
        with pytest.raises(NotFoundError):
            await act(desk.node, MANAGER, path, WRONG)

    assert await work.get_engagement(desk.node, IdPath(id=engagement)) == before


async def test_what_was_withdrawn_or_has_ended_is_not_touched_again(desks: Desks) -> None:
    desk = desks.chengdu
    engagement, over = await engage(desk), await engage(desk)
    task, late = await a_task(desk, engagement), await a_task(desk, over)
    outcome = await an_outcome(desk, engagement)
    await corrections.withdraw_task(desk.node, MANAGER, task, WRONG)
    await corrections.withdraw_achievement(desk.node, MANAGER, outcome, WRONG)
    await book.stop_engagement(desk.node, IdPath(id=over), book.StopInput(reason="停产"))

    amended = TaskAmendInput(what="甲", reason="错")
    for path in (task, late):
        with pytest.raises(ConflictError):
            await corrections.amend_task(desk.node, MANAGER, path, amended)
        with pytest.raises(ConflictError):
            await corrections.withdraw_task(desk.node, MANAGER, path, WRONG)
        with pytest.raises(ConflictError):
            await work.finish_task(desk.node, path, work.DoneInput())
    with pytest.raises(ConflictError, match="withdrawn"):
        await corrections.withdraw_achievement(desk.node, MANAGER, outcome, WRONG)

    assert len(await told(desk, engagement)) == 2
    assert await told(desk, over) == []


async def test_the_desk_corrects_for_those_who_may_serve_alone(desks: Desks) -> None:
    desk = desks.chengdu
    engagement = await engage(desk)
    task, outcome = await a_task(desk, engagement), await an_outcome(desk, engagement)
    figure = await a_figure(desk, engagement)
    page = Visit(MANAGER, {"id": engagement}, {})
    forms = (
        {"do": "amend_task", "task": task.id, "what": "取样", "due": "2026-12-01"},
        {"do": "amend_achievement", "achievement": outcome.id, "kind": "energy",
         "title": "节电", "on": "2026-03-01", "number": "1", "amount": "6,000.50元"},
        {"do": "amend_milestone", "milestone": figure.id, "what": "回收率提高", "target": "6",
         "unit": "", "due": "2027-02-28", "reached": ""},
        {"do": "withdraw_task", "task": task.id},
        {"do": "withdraw_milestone", "milestone": figure.id},
        {"do": "withdraw_achievement", "achievement": outcome.id},
    )  # fmt: skip
    for form in forms:
        visit = Visit(Actor("r", Role.OBSERVER, "li", "李"), {"id": engagement}, {})
        with pytest.raises(RoleError):
            await detail.submit_engagement(desk.node, visit, {**form, "reason": "错"})
        with pytest.raises(InvalidError, match="reason"):
            await detail.submit_engagement(desk.node, page, {**form, "reason": " "})
    assert await told(desk, engagement) == []

    for form in forms:
        desk.tick()
        await detail.submit_engagement(desk.node, page, {**form, "reason": "登错"})

    changes = [each.changes for each in reversed(await told(desk, engagement))]
    assert changes == [
        [("person", "王五", ""), ("due", None, "2026-12-01")],
        [("amount_fen", 500_000, 600_050)],
        [("unit", "个百分点", ""), ("due", "2027-01-31", "2027-02-28"), ("target", 5, 6)],
        [],
        [],
        [],
    ]


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_the_page_has_the_forms_and_the_history(desks: Desks, lang: str) -> None:
    desk = desks.chengdu
    engagement = await engage(desk)
    task, outcome = await a_task(desk, engagement), await an_outcome(desk, engagement)
    await a_figure(desk, engagement)
    await corrections.amend_task(
        desk.node, MANAGER, task, TaskAmendInput(what="取样三份", reason="数量写错")
    )
    await corrections.withdraw_achievement(
        desk.node, MANAGER, await an_outcome(desk, engagement), WRONG
    )

    visit = Visit(MANAGER, {"id": engagement}, {})
    context = await detail.build_engagement(desk.node, visit)
    page = shown(desk, "engagement.html", context, lang)
    read_only = shown(desk, "engagement.html", {**context, "may_serve": False}, lang)

    parts = ("task", "milestone", "achievement")
    for form in (f"{act}_{part}" for act in ("amend", "withdraw") for part in parts):
        assert f'value="{form}"' in page
        assert f'value="{form}"' not in read_only
    assert 'value="5000"' in page
    assert "数量写错" in read_only
    assert "取样三份" in read_only
    assert outcome.id in page


async def test_corrections_are_in_the_copy_for_the_enterprise_and_go_with_its_card(
    desks: Desks,
) -> None:
    desk = desks.chengdu
    enterprise = await card(desk)
    engagement = await engage(desk, enterprise=enterprise)
    await corrections.withdraw_task(desk.node, MANAGER, await a_task(desk, engagement), WRONG)

    copy = await rights.copy_enterprise(desk.node, IdPath(id=enterprise))
    await book.stop_engagement(desk.node, IdPath(id=engagement), book.StopInput(reason="停产"))
    removed = await rights.remove_enterprise(desk.node, IdPath(id=enterprise))

    assert "登错了" in copy.content.decode()
    assert removed.deleted["corrections"] == 1


def test_commands_correct_and_withdraw_what_an_engagement_is_made_of(node: FakeNode) -> None:
    _run(commands.app, "correct-task", "-t", "写错", "--what", "取样三份", "--not-done")
    _run(commands.app, "withdraw-task", "-t", "重复")
    _run(commands.app, "correct-promised", "-m", "调整", "--target", "0", "--not-reached")
    _run(commands.app, "withdraw-promised", "-m", "重复")
    _run(commands.app, "correct-achieved", "-a", "核实", "--amount-yuan", "60", "--number", "2")
    _run(commands.app, "correct-achieved", "-a", "不计金额", "--no-amount")
    _run(commands.app, "withdraw-achieved", "-a", "重复")

    assert node.calls == [
        ("POST", "/tasks/-t/amend", {"what": "取样三份", "reason": "写错", "done_on": None}),
        ("POST", "/tasks/-t/withdraw", {"reason": "重复"}),
        ("POST", "/milestones/-m/amend", {"reason": "调整", "target": 0, "reached": None}),
        ("POST", "/milestones/-m/withdraw", {"reason": "重复"}),
        ("POST", "/achievements/-a/amend", {"reason": "核实", "number": 2, "amount_fen": 6_000}),
        ("POST", "/achievements/-a/amend", {"reason": "不计金额", "amount_fen": None}),
        ("POST", "/achievements/-a/withdraw", {"reason": "重复"}),
    ]
