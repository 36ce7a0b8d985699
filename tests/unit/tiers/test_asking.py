"""What enterprises say without an account: links, codes, answers, surveys (R7, M3, P8)."""

import pytest

from grassroots import referrals
from grassroots.asking import answers, askings, surveys
from grassroots.asking.answers import AnswerInput, AnswerQuery, EnterInput
from grassroots.asking.askings import Asked, AskingQuery, AskingView, AskInput
from grassroots.asking.wording import standing_of
from grassroots.engagements import activities
from node.calendar import day_of
from node.console.words import find_word
from node.drafting import IdPath
from node.errors import (
    ConflictError,
    InvalidError,
    LockedOutError,
    NotAllowedError,
    NotFoundError,
)
from node.people import OPERATOR, lockout
from node.readmodels import outcomes
from node.store import NoticeRow, table_of
from node.store.services import Asking
from tests.unit.tiers.conftest import Desks
from tests.unit.tiers.desk import Desk
from tests.unit.tiers.test_engagements import started_referral

GOOD = AnswerInput(satisfied=4, agrees=True, consent=True, consent_by="总经理", remark="很好")
DAY_MS = 24 * 3_600_000


async def concluded(desks: Desks) -> str:
    _, referral = await started_referral(desks)
    contract = referrals.ContractInput(
        type="transfer", amount_fen=800_000, technology_fen=500_000, signed="2026-09-21"
    )
    body = referrals.ConcludeInput(outcome="contract", contract=contract)
    await referrals.conclude_referral(desks.hangzhou.node, IdPath(id=referral), body)
    desks.exchange()
    return referral


async def ask(desk: Desk, about: str, subject: str) -> Asked:
    body = AskInput.model_validate({"about": about, "subject": subject})
    return await askings.ask_enterprise(desk.node, OPERATOR, body)


async def answer(desk: Desk, asked: Asked, given: AnswerInput = GOOD) -> AskingView:
    secret = asked.path.removeprefix(askings.PATH)
    return await answers.answer_by_link(desk.node, secret, given, "10.0.0.7")


async def enter(desk: Desk, asked: Asked, **fields: object) -> answers.AnswerView:
    given = {**GOOD.model_dump(exclude_none=True), "code": asked.code, "way": "phone", **fields}
    body = EnterInput.model_validate(given)
    return await answers.enter_answer(desk.node, OPERATOR, IdPath(id=asked.id), body)


def notices(desk: Desk) -> list[tuple[str, bool]]:
    """What was told of answers and surveys, and whether it is dealt with."""
    table = table_of(NoticeRow)
    rows = desk.store.read(
        lambda reading: reading.connection.execute(table.select().order_by(table.c.seq)).all()
    )
    return [
        (row.kind, row.done_ms is not None)
        for row in rows
        if row.kind.startswith(("answer.", "survey."))
    ]


async def test_the_enterprise_answers_once_and_the_broker_confirms_with_what_it_said(
    desks: Desks,
) -> None:
    referral = await concluded(desks)
    asked = await ask(desks.chengdu, "confirm", referral)

    seen = await answer(desks.chengdu, asked)

    assert seen.state == "answered"
    assert notices(desks.chengdu) == [("answer.given", False)]
    with pytest.raises(ConflictError, match="answered"):
        await answer(desks.chengdu, asked)
    (said,) = (await answers.list_answers(desks.chengdu.node, AnswerQuery())).items
    assert (said.way, said.person, said.satisfied, said.advice) == ("link", "", 4, "confirm")
    await answers.confirm_by_answer(desks.chengdu.node, IdPath(id=asked.id))
    desks.exchange()
    view = (await referrals.get_referral(desks.national.node, IdPath(id=referral))).referral
    assert (view.state, view.satisfied, view.amount_fen) == ("confirmed", 4, 800_000)
    assert notices(desks.chengdu) == [("answer.given", True)]
    with pytest.raises(ConflictError, match="not one to confirm"):
        await answers.confirm_by_answer(desks.chengdu.node, IdPath(id=asked.id))


async def test_neither_secret_nor_code_nor_remark_is_published_or_kept_readably(
    desks: Desks,
) -> None:
    referral = await concluded(desks)
    asked = await ask(desks.chengdu, "confirm", referral)
    await answer(desks.chengdu, asked)
    await answers.confirm_by_answer(desks.chengdu.node, IdPath(id=asked.id))

    row = desks.chengdu.store.read(
        lambda reading: reading.connection.execute(table_of(Asking).select()).one()
    )

    secret = asked.path.removeprefix(askings.PATH)
    kept = " ".join(str(value) for value in row)
    assert secret not in kept
    assert asked.code not in kept
    assert "很好".encode() not in desks.chengdu.text()


async def test_an_enterprise_that_disagrees_is_not_confirmed_against_its_word(
    desks: Desks,
) -> None:
    referral = await concluded(desks)
    asked = await ask(desks.chengdu, "confirm", referral)
    await answer(desks.chengdu, asked, AnswerInput(satisfied=1, agrees=False))

    (said,) = (await answers.list_answers(desks.chengdu.node, AnswerQuery())).items

    assert said.advice == "dispute"
    assert notices(desks.chengdu) == [("answer.disagrees", False)]
    with pytest.raises(ConflictError, match="not right"):
        await answers.confirm_by_answer(desks.chengdu.node, IdPath(id=asked.id))


async def test_without_consent_the_outcome_is_published_without_its_amount(desks: Desks) -> None:
    referral = await concluded(desks)
    asked = await ask(desks.chengdu, "confirm", referral)
    await answer(desks.chengdu, asked, AnswerInput(satisfied=5, agrees=True))

    await answers.confirm_by_answer(desks.chengdu.node, IdPath(id=asked.id))

    found = desks.chengdu.store.read(
        lambda reading: outcomes.find_outcomes(reading, referral=referral)
    )
    assert [(each.consent, each.contract_fen) for each in found] == [(False, None)]


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (AnswerInput(agrees=True), "satisfied"),
        (AnswerInput(satisfied=3), "agrees"),
        (AnswerInput(satisfied=3, agrees=True, consent=True), "consent_by"),
        (AnswerInput(satisfied=3, agrees=True, jobs=1), "figures"),
    ],
)
async def test_an_answer_that_is_not_whole_is_refused_and_the_link_stays_open(
    desks: Desks, given: AnswerInput, named: str
) -> None:
    asked = await ask(desks.chengdu, "confirm", await concluded(desks))

    with pytest.raises(InvalidError) as refused:
        await answer(desks.chengdu, asked, given)

    assert named in refused.value.reasons
    assert (await answer(desks.chengdu, asked)).state == "answered"


async def test_an_answer_by_phone_needs_the_code_and_says_how_it_came(desks: Desks) -> None:
    asked = await ask(desks.chengdu, "confirm", await concluded(desks))
    wrong = "00000000" if asked.code != "00000000" else "00000001"
    with pytest.raises(InvalidError, match="not the code"):
        await enter(desks.chengdu, asked, code=wrong)

    said = await enter(desks.chengdu, asked)

    assert (said.way, said.person, said.consent_by) == ("phone", OPERATOR.id, "总经理")
    assert said.consent_on == day_of(desks.chengdu.clock.now_ms())


async def test_codes_cannot_be_tried_one_after_the_other(desks: Desks) -> None:
    asked = await ask(desks.chengdu, "confirm", await concluded(desks))
    wrong = "00000000" if asked.code != "00000000" else "00000001"
    for _ in range(lockout.NAME_FREE):
        with pytest.raises(InvalidError):
            await enter(desks.chengdu, asked, code=wrong)

    with pytest.raises(LockedOutError, match="wrong codes"):
        await enter(desks.chengdu, asked)

    desks.chengdu.clock.now += lockout.FIRST_WAIT_MS
    assert (await enter(desks.chengdu, asked)).advice == "confirm"


async def test_links_that_are_not_there_are_counted_by_address_and_right_ones_always_heard(
    desks: Desks,
) -> None:
    asked = await ask(desks.chengdu, "confirm", await concluded(desks))
    for number in range(lockout.NAME_FREE):
        with pytest.raises(NotFoundError):
            await answers.find_link(desks.chengdu.node, f"guess{number}", "203.0.113.9")

    with pytest.raises(LockedOutError, match="wrong links"):
        await answers.find_link(desks.chengdu.node, "guess", "203.0.113.9")

    secret = asked.path.removeprefix(askings.PATH)
    found = await answers.find_link(desks.chengdu.node, secret, "203.0.113.9")
    assert found.id == asked.id


@pytest.mark.parametrize("how", ["expired", "revoked", "replaced"])
async def test_a_link_that_has_ended_takes_no_answer(desks: Desks, how: str) -> None:
    desk, referral = desks.chengdu, await concluded(desks)
    asked = await ask(desk, "confirm", referral)
    if how == "expired":
        desk.clock.now += desk.config.service.link_days * DAY_MS
    elif how == "revoked":
        await askings.revoke_asking(desk.node, IdPath(id=asked.id))
    else:
        await ask(desk, "confirm", referral)

    with pytest.raises(ConflictError):
        await answer(desk, asked)
    with pytest.raises(ConflictError):
        await enter(desk, asked)

    states = [each.state for each in (await askings.list_askings(desk.node, AskingQuery())).items]
    assert ("expired" if how == "expired" else "revoked") in states


async def test_only_the_station_that_sent_the_referral_asks_and_only_what_stands_to_be_asked(
    desks: Desks,
) -> None:
    need, referral = await started_referral(desks)

    with pytest.raises(ConflictError, match="started"):
        await ask(desks.chengdu, "confirm", referral)
    with pytest.raises(ConflictError, match="no confirmed outcome"):
        await ask(desks.chengdu, "impact", referral)
    with pytest.raises(NotAllowedError):
        await ask(desks.hangzhou, "confirm", referral)
    with pytest.raises(NotAllowedError):
        await ask(desks.hangzhou, "progress", need)
    with pytest.raises(NotFoundError):
        await ask(desks.chengdu, "confirm", "A" * 43)


async def test_a_link_that_shows_progress_takes_no_answer(desks: Desks) -> None:
    need, _ = await started_referral(desks)
    asked = await ask(desks.chengdu, "progress", need)

    with pytest.raises(ConflictError, match="Nothing was asked"):
        await answer(desks.chengdu, asked)


async def test_the_impact_is_asked_for_after_six_months_and_published_with_consent(
    desks: Desks,
) -> None:
    desk, referral = desks.chengdu, await concluded(desks)
    await referrals.confirm_referral(
        desk.node, IdPath(id=referral), referrals.ConfirmInput(satisfied=5)
    )
    await surveys.tell_of_surveys(desk.node)
    assert (await surveys.list_due(desk.node)).items == []
    desk.clock.now += 190 * DAY_MS
    for _ in range(2):
        await surveys.tell_of_surveys(desk.node)
    (due,) = (await surveys.list_due(desk.node)).items
    assert (due.referral, due.title) == (referral, "尾矿回收")
    assert notices(desk) == [("survey.due", False)]

    asked = await ask(desk, "impact", referral)
    said = AnswerInput(revenue_fen=90_000, jobs=3, recommend=9, consent=True, consent_by="厂长")
    await answer(desk, asked, said)
    await answers.publish_impact(desk.node, IdPath(id=asked.id))
    desks.exchange()

    assert (await surveys.list_due(desk.node)).items == []
    assert ("survey.due", True) in notices(desk)
    query = activities.ServedQuery(station=desk.id)
    seen = await activities.get_served(desks.national.node, query)
    assert (seen.surveys, seen.revenue_fen, seen.jobs, seen.recommended) == (1, 90_000, 3, 1)
    with pytest.raises(ConflictError, match="not one to publish"):
        await answers.publish_impact(desk.node, IdPath(id=asked.id))


async def test_figures_without_consent_stay_at_the_station(desks: Desks) -> None:
    desk, referral = desks.chengdu, await concluded(desks)
    confirmed = referrals.ConfirmInput(satisfied=5)
    await referrals.confirm_referral(desk.node, IdPath(id=referral), confirmed)
    asked = await ask(desk, "impact", referral)
    await enter(
        desk, asked, satisfied=None, agrees=None, consent=False, consent_by="", jobs=3, way="paper"
    )

    await answers.publish_impact(desk.node, IdPath(id=asked.id))

    seen = await activities.get_served(desk.node, activities.ServedQuery())
    assert (seen.surveys, seen.jobs, seen.asked) == (1, 0, 0)


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        ("2026-01-15", 6, "2026-07-15"),
        ("2026-08-31", 6, "2027-02-28"),
        ("2026-12-31", 2, "2027-02-28"),
        ("2027-12-01", 12, "2028-12-01"),
    ],
)
def test_so_many_months_later_is_a_day_there_is(day: str, months: int, later: str) -> None:
    assert surveys.add_months(day, months) == later


@pytest.mark.parametrize(
    ("need", "cases", "standing"),
    [
        ("open", [], "received"),
        ("open", ["declined", "declined"], "referral.declined"),
        ("open", ["requested", "started"], "referral.started"),
        ("open", ["declined", "concluded"], "referral.concluded"),
        ("solved", ["confirmed"], "done"),
        ("withdrawn", ["accepted"], "ended"),
    ],
)
def test_a_need_stands_in_words_its_enterprise_understands(
    need: str, cases: list[str], standing: str
) -> None:
    table, code = standing_of(need, cases)

    assert code == standing
    assert find_word(table, code)
