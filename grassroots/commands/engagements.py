"""``yizhan engagement`` and ``yizhan activity``: services for enterprises, and what was held."""

from typing import Annotated, Literal

from cyclopts import App, Parameter

from grassroots.commands.calls import an_id, send, show_list, show_one
from node.cli.session import HERE, Session

app = App(name="engagement", help="Services agreed for enterprises, their tasks and what came.")
activity = App(name="activity", help="Meetings, trainings, exhibitions this station held.")

EngagementId = Annotated[str, an_id("the engagement's id", "ENGAGEMENT")]
On = Annotated[str, Parameter(help="the day, YYYY-MM-DD; today if empty")]
MilestoneId = Annotated[str, an_id("the figure's id", "MILESTONE")]
AchievementId = Annotated[str, an_id("the output's or outcome's id", "ID")]
Reason = Annotated[str, Parameter(help="why, 400 characters at most")]
Services = Annotated[
    list[str],
    Parameter(name="--service", help="a code of `yizhan engagement services`; repeatable"),
]


@app.command
def services(*, session: Session = HERE) -> None:
    """List the services there are, with their codes."""
    show_list(session, "/services", ("code", "zh", "en", "list", "since"))


@app.command(name="list")
def list_(
    *,
    q: Annotated[str, Parameter(help="words of title, goal or person")] = "",
    state: Annotated[str, Parameter(help="planned, active, done or stopped")] = "",
    enterprise: Annotated[str, an_id("only for this card")] = "",
    need: Annotated[str, an_id("only for this need")] = "",
    referral: Annotated[str, an_id("only for this referral")] = "",
    session: Session = HERE,
) -> None:
    """List engagements, newest first."""
    query = {"q": q, "state": state, "enterprise": enterprise, "need": need, "referral": referral}
    show_list(
        session, "/engagements", ("id", "title", "state", "person", "begins", "ends"), **query
    )


@app.command
def show(engagement: EngagementId, *, session: Session = HERE) -> None:
    """Show one engagement with its tasks, figures, outputs and outcomes."""
    show_one(session, f"/engagements/{engagement}")


@app.command
def add(
    title: Annotated[str, Parameter(help="what to call it")],
    *,
    service: Services,
    enterprise: Annotated[str, an_id("id of the card")] = "",
    need: Annotated[str, an_id("the need it is for")] = "",
    referral: Annotated[str, an_id("the referral it belongs to")] = "",
    goal: Annotated[str, Parameter(help="what is to be reached")] = "",
    begins: On = "",
    ends: Annotated[str, Parameter(help="by when, YYYY-MM-DD")] = "",
    person: Annotated[str, Parameter(help="who answers for it")] = "",
    note: str = "",
    session: Session = HERE,
) -> None:
    """Begin an engagement; nothing of it is published before it is finished."""
    body = {
        "title": title,
        "services": service,
        "enterprise": enterprise,
        "need": need,
        "referral": referral,
        "goal": goal,
        "begins": begins,
        "ends": ends,
        "person": person,
        "note": note,
    }
    send(session, "/engagements", body, "began engagement")


@app.command
def start(engagement: EngagementId, *, session: Session = HERE) -> None:
    """Begin the work of a planned engagement."""
    send(session, f"/engagements/{engagement}/start", {}, "started")


@app.command
def finish(engagement: EngagementId, *, on: On = "", session: Session = HERE) -> None:
    """The services were rendered: publish that, in numbers."""
    send(session, f"/engagements/{engagement}/finish", {"on": on}, "finished")


@app.command
def stop(engagement: EngagementId, reason: str, *, session: Session = HERE) -> None:
    """End an engagement before its goal, with the reason."""
    send(session, f"/engagements/{engagement}/stop", {"reason": reason}, "stopped")


@app.command
def task(
    engagement: EngagementId,
    what: str,
    *,
    person: Annotated[str, Parameter(help="who does it")] = "",
    due: Annotated[str, Parameter(help="by when, YYYY-MM-DD")] = "",
    session: Session = HERE,
) -> None:
    """Add a task."""
    body = {"what": what, "person": person, "due": due}
    send(session, f"/engagements/{engagement}/tasks", body, "added task")


@app.command
def tasks(*, session: Session = HERE) -> None:
    """List what is still to do, the earliest due first."""
    show_list(session, "/tasks", ("due", "is_late", "what", "person", "title", "id"))


@app.command
def done(
    task: Annotated[str, an_id("the task's id", "TASK")], *, on: On = "", session: Session = HERE
) -> None:
    """Note a task as done."""
    send(session, f"/tasks/{task}/done", {"on": on}, "done:")


@app.command
def correct_task(
    task: Annotated[str, an_id("the task's id", "TASK")],
    reason: Reason,
    *,
    what: Annotated[str, Parameter(help="what is to be done")] = "",
    person: Annotated[str, Parameter(help="who does it")] = "",
    due: Annotated[str, Parameter(help="by when, YYYY-MM-DD")] = "",
    done_on: Annotated[str, Parameter(help="the day it was done")] = "",
    not_done: Annotated[bool, Parameter(negative="", help="it is still to be done")] = False,
    session: Session = HERE,
) -> None:
    """Correct a task; what is not given stays, what it said before is kept."""
    body = _given(what=what, person=person, due=due, done_on=done_on, reason=reason)
    if not_done:
        body["done_on"] = None
    session.publish(f"/tasks/{task}/amend", body, "corrected task")


@app.command
def withdraw_task(
    task: Annotated[str, an_id("the task's id", "TASK")],
    reason: Reason,
    *,
    session: Session = HERE,
) -> None:
    """Take a task away, with the reason; that it was there is kept."""
    send(session, f"/tasks/{task}/withdraw", {"reason": reason}, "withdrew task")


@app.command
def promise(
    engagement: EngagementId,
    what: str,
    target: int,
    due: Annotated[str, Parameter(help="by when, YYYY-MM-DD")],
    *,
    unit: str = "",
    session: Session = HERE,
) -> None:
    """Promise a figure by a day."""
    body = {"what": what, "target": target, "due": due, "unit": unit}
    with session.client() as client:
        _told(session, client.post(f"/engagements/{engagement}/milestones", body), "promised")


@app.command
def reached(
    milestone: MilestoneId,
    value: int,
    *,
    session: Session = HERE,
) -> None:
    """Say what a promised figure came to."""
    with session.client() as client:
        _told(session, client.post(f"/milestones/{milestone}/reached", {"reached": value}), "noted")


@app.command
def correct_promised(
    milestone: MilestoneId,
    reason: Reason,
    *,
    what: Annotated[str, Parameter(help="what is measured")] = "",
    target: int | None = None,
    unit: str = "",
    due: Annotated[str, Parameter(help="by when, YYYY-MM-DD")] = "",
    reached: Annotated[int | None, Parameter(help="what it came to")] = None,
    not_reached: Annotated[bool, Parameter(negative="", help="nothing is known yet")] = False,
    session: Session = HERE,
) -> None:
    """Correct a promised figure; what is not given stays, what it said before is kept."""
    figures = {"target": target, "reached": reached}
    body = _given(what=what, unit=unit, due=due, reason=reason, **figures)
    if not_reached:
        body["reached"] = None
    session.publish(f"/milestones/{milestone}/amend", body, "corrected figure")


@app.command
def withdraw_promised(milestone: MilestoneId, reason: Reason, *, session: Session = HERE) -> None:
    """Take a promised figure away, with the reason; that it was promised is kept."""
    send(session, f"/milestones/{milestone}/withdraw", {"reason": reason}, "withdrew figure")


@app.command
def achieved(
    engagement: EngagementId,
    sort: Literal["output", "outcome"],
    kind: Annotated[str, Parameter(help="report, patent, … or quality, energy, solved, …")],
    title: str,
    *,
    on: On = "",
    number: int = 1,
    amount_yuan: Annotated[int | None, Parameter(help="its worth in 元, of an outcome")] = None,
    note: str = "",
    session: Session = HERE,
) -> None:
    """Note an output (a thing made) or an outcome (what changed at the enterprise)."""
    body: dict[str, object] = {
        "sort": sort,
        "kind": kind,
        "title": title,
        "on": on,
        "number": number,
        "amount_fen": None if amount_yuan is None else amount_yuan * 100,
        "note": note,
    }
    send(session, f"/engagements/{engagement}/achievements", body, f"noted {sort}")


@app.command
def correct_achieved(
    achievement: AchievementId,
    reason: Reason,
    *,
    kind: Annotated[str, Parameter(help="report, patent, … or quality, energy, solved, …")] = "",
    title: str = "",
    on: Annotated[str, Parameter(help="the day, YYYY-MM-DD")] = "",
    number: int | None = None,
    amount_yuan: Annotated[int | None, Parameter(help="its worth in 元")] = None,
    no_amount: Annotated[bool, Parameter(negative="", help="take the amount away")] = False,
    note: str = "",
    session: Session = HERE,
) -> None:
    """Correct an output or an outcome; what is not given stays, what it said before is kept."""
    fen = None if amount_yuan is None else amount_yuan * 100
    figures = {"number": number, "amount_fen": fen}
    body = _given(kind=kind, title=title, on=on, note=note, reason=reason, **figures)
    if no_amount:
        body["amount_fen"] = None
    session.publish(f"/achievements/{achievement}/amend", body, "corrected")


@app.command
def withdraw_achieved(
    achievement: AchievementId, reason: Reason, *, session: Session = HERE
) -> None:
    """Take an output or an outcome away, with the reason; that it was there is kept."""
    send(session, f"/achievements/{achievement}/withdraw", {"reason": reason}, "withdrew")


def _given(**values: object) -> dict[str, object]:
    return {name: value for name, value in values.items() if value not in (None, "")}


@activity.command(name="add")
def add_activity(
    kind: Annotated[str, Parameter(help="matchmaking, exhibition, forum, training, exchange, …")],
    title: str,
    *,
    on: On = "",
    days: int = 1,
    place: str = "",
    participants: Annotated[int, Parameter(help="how many people came")] = 0,
    enterprises: Annotated[int, Parameter(help="from how many enterprises")] = 0,
    engagement: Annotated[str, an_id("the engagement it belongs to")] = "",
    note: str = "",
    session: Session = HERE,
) -> None:
    """Record an activity: its numbers are published, title and note are kept."""
    body: dict[str, object] = {
        "kind": kind,
        "title": title,
        "on": on,
        "days": days,
        "place": place,
        "participants": participants,
        "enterprises": enterprises,
        "engagement": engagement,
        "note": note,
    }
    send(session, "/activities", body, "recorded activity")


@activity.command(name="list")
def list_activities(
    *,
    kind: Annotated[str, Parameter(help="only of this kind")] = "",
    engagement: Annotated[str, an_id("only of this engagement")] = "",
    session: Session = HERE,
) -> None:
    """List the activities of this station, newest first."""
    columns = ("on_date", "kind", "title", "participants", "enterprises", "entry")
    show_list(session, "/activities", columns, kind=kind, engagement=engagement)


@activity.command
def numbers(
    *,
    station: Annotated[str, an_id("a station's id; all stations if empty")] = "",
    period: Annotated[str, Parameter(help="2026, 2026-Q4 or 2026-11; all time if empty")] = "",
    session: Session = HERE,
) -> None:
    """Show activities, services and impact in numbers."""
    query = {"station": station, "period": period}
    given = {name: value for name, value in query.items() if value}
    show_one(session, "/performance/services", **given)


def _told(session: Session, answer: dict[str, object], told: str) -> None:
    if session.json:
        session.show(answer)
    else:
        session.tell(f"{told} {answer['what']}: {answer['reached']} / {answer['target']}")
