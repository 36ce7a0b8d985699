"""What enterprises say: of an outcome, of its impact, and how they see their need stand (R7)."""

from collections.abc import Awaitable, Callable
from typing import Any

from grassroots.asking import answers, askings, surveys
from grassroots.asking.pages import DESKS
from node.capability import Capability, Route
from node.people.permissions import Act

Handler = Callable[..., Awaitable[Any]]


def _write(path: str, handler: Handler, summary: str, act: Act = Act.ASK) -> Route:
    return Route("POST", path, handler, summary, ("R7", "P8"), 201, act=act)


def _read(path: str, handler: Handler, summary: str) -> Route:
    return Route("GET", path, handler, summary, ("R7",), act=Act.ASK)


CAPABILITY = Capability(
    name="asking",
    title="企业答复",
    serves=("D9", "E14", "M3", "R7"),
    channels=("needs", "referrals", "performance"),
    routes=(
        _read("/askings", askings.list_askings, "What enterprises were asked"),
        _write("/askings", askings.ask_enterprise, "Make a link and a code for an enterprise"),
        _write("/askings/{id}/revoke", askings.revoke_asking, "Make link and code worthless"),
        _write("/askings/{id}/answer", answers.enter_answer, "Enter an answer by its code"),
        _write(
            "/askings/{id}/confirm",
            answers.confirm_by_answer,
            "Confirm the referral by the answer",
            Act.REFER,
        ),
        _write("/askings/{id}/publish", answers.publish_impact, "Publish a survey's figures"),
        _read("/answers", answers.list_answers, "What enterprises said"),
        _read("/surveys/due", surveys.list_due, "Which impacts are to be asked for"),
    ),
    desks=DESKS,
    jobs=(surveys.JOB,),
)
