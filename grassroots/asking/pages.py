"""Pages of asking: the enterprise's own, reached by its link, and the broker's desk (R7, P8)."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, get_args

from grassroots.asking import answers, askings, surveys
from grassroots.asking.answers import AnswerInput, AnswerQuery, EnterInput, Way, answer_by_link
from grassroots.asking.askings import AskingQuery, AskInput
from grassroots.asking.wording import standing_of
from grassroots.forms import (
    read_form,
    read_id,
    read_number,
    read_yuan,
    unknown_form,
    without_none,
)
from node.calendar import day_of
from node.capability import Desk, Done, Visit
from node.drafting import IdPath, own_station
from node.people.permissions import Act
from node.people.recording import record
from node.readmodels import needs, referrals

if TYPE_CHECKING:
    from node.app import Node
    from node.readmodels.referrals import ReferralView
    from node.store import Reading

CHOICES = 100
PRIVATE = MappingProxyType(
    {"X-Robots-Tag": "noindex, nofollow, noarchive", "Referrer-Policy": "same-origin"}
)
"""Of the enterprise's page. No address but this node's own is ever told its link; a policy of
no-referrer would hide from the node itself which page a form was sent from."""


async def build_ask(node: "Node", visit: Visit) -> Mapping[str, object]:
    """What the enterprise behind a link is shown and asked; nothing internal."""
    asking = await answers.find_link(node, visit.path["secret"][:64], visit.address)

    def look(reading: "Reading") -> dict[str, object]:
        if asking.about == "progress":
            need = needs.find_many(reading, [asking.subject]).get(asking.subject)
            case = None
            of_need = referrals.find(reading, need=asking.subject, limit=50)
        else:
            case = referrals.get(reading, asking.subject)
            need = needs.find_many(reading, [case.need]).get(case.need)
            of_need = []
        standing = standing_of(need.state if need else "open", [each.state for each in of_need])
        return {"need": need, "case": case, "standing": standing}

    return {
        **await node.store.aread(look),
        "asking": asking,
        "marks": (5, 4, 3, 2, 1),
        "station_name": own_station(node).name,
        "expires": day_of(asking.expires_ms),
    }


async def submit_ask(node: "Node", visit: Visit, form: Mapping[str, str]) -> Done:
    """Take what the enterprise says."""
    secret = visit.path["secret"][:64]
    asking = await answers.find_link(node, secret, visit.address)
    given = read_form(AnswerInput, form, more=_read_answer(form))
    await record(
        node,
        None,
        "answer_by_link",
        asking.id,
        lambda: answer_by_link(node, secret, given, visit.address),
    )
    return Done(f"{askings.PATH}{secret}")


def _read_answer(form: Mapping[str, str]) -> dict[str, object]:
    return without_none(
        satisfied=read_number(form, "satisfied"),
        agrees={"yes": True, "no": False}.get(form.get("agrees", "")),
        consent=bool(form.get("consent")),
        revenue_fen=read_yuan(form, "revenue"),
        saved_fen=read_yuan(form, "saved"),
        jobs=read_number(form, "jobs"),
        energy_kgce=read_number(form, "energy"),
        recommend=read_number(form, "recommend"),
    )


async def build_askings(node: "Node", visit: Visit) -> Mapping[str, object]:
    """What is to be asked, what was asked, and what enterprises said."""
    subject = visit.query.get("subject", "")[:64]
    now_ms, me = node.clock.now_ms(), own_station(node).id
    today, months = day_of(now_ms), node.config.service.survey_months

    def look(reading: "Reading") -> dict[str, object]:
        asked = askings.find(reading, AskingQuery(subject=subject), now_ms)
        concluded = _mine(reading, me, "concluded")
        confirmed = _mine(reading, me, "confirmed")
        own = needs.find(reading, station=me, state="open", limit=CHOICES)
        cases = {each.id: each.need for each in (*concluded, *confirmed)}
        wanted = {*cases.values(), *(each.subject for each in asked)}
        titles = {id_: each.title for id_, each in needs.find_many(reading, wanted).items()}
        return {
            "askings": asked,
            "answers": {
                each.asking: each for each in answers.find(reading, AnswerQuery(subject=subject))
            },
            "due": surveys.find_due(reading, me, months, today),
            "to_confirm": [(each.id, titles.get(each.need, "")) for each in concluded],
            "to_survey": [(each.id, titles.get(each.need, "")) for each in confirmed],
            "to_show": [(each.id, each.title) for each in own],
            "titles": titles | {id_: titles.get(need, "") for id_, need in cases.items()},
        }

    return {
        **await node.store.aread(look),
        "subject": subject,
        "ways": get_args(Way),
        "may_refer": visit.known.may(Act.REFER),
    }


def _mine(reading: "Reading", me: str, state: str) -> "list[ReferralView]":
    found = referrals.find(reading, station=me, state=state, limit=CHOICES)
    return [each for each in found if each.sender == me]


async def submit_askings(node: "Node", visit: Visit, form: Mapping[str, str]) -> Done:
    """Make or revoke a link, enter an answer, confirm or publish by one."""
    actor = visit.known
    if form.get("do") == "ask":
        about, _, subject = form.get("what", "").partition(":")
        body = read_form(AskInput, {"about": about, "subject": subject})
        made = await record(
            node,
            actor,
            "ask_enterprise",
            body.subject,
            lambda: askings.ask_enterprise(node, actor, body),
        )
        return Done("/askings", shown={"made": made, "expires": day_of(made.expires_ms)})
    path = IdPath(id=read_id(form, "asking"))
    work: Callable[[], Awaitable[object]]
    match form.get("do"):
        case "revoke":
            act, work = "revoke_asking", lambda: askings.revoke_asking(node, path)
        case "enter":
            given = read_form(EnterInput, form, more=_read_answer(form))
            act, work = "enter_answer", lambda: answers.enter_answer(node, actor, path, given)
        case "confirm":
            actor.check_may(Act.REFER)
            act, work = "confirm_by_answer", lambda: answers.confirm_by_answer(node, path)
        case "publish":
            act, work = "publish_impact", lambda: answers.publish_impact(node, path)
        case _:
            raise unknown_form()
    await record(node, actor, act, path.id, work)
    return Done("/askings")


DESKS = (
    Desk(
        "/ask/{secret}",
        "ask.html",
        "企业确认",
        build_ask,
        None,
        submit_ask,
        "",
        ("R7", "D9"),
        headers=PRIVATE,
    ),
    Desk(
        "/askings",
        "askings.html",
        "企业答复",
        build_askings,
        Act.ASK,
        submit_askings,
        "",
        ("R7", "P8"),
    ),
)
