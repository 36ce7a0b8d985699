"""What a station does for enterprises: services, agreements, contracts, activities (E1-E16)."""

from collections.abc import Awaitable, Callable
from typing import Any

from grassroots.engagements import (
    activities,
    agreements,
    book,
    catalogue,
    contracts,
    corrections,
    figures,
    scans,
    work,
)
from grassroots.engagements.pages import DESKS
from node.capability import Capability, Route
from node.people.permissions import Act

Handler = Callable[..., Awaitable[Any]]


def _write(path: str, handler: Handler, summary: str, *serves: str) -> Route:
    return Route("POST", path, handler, summary, serves, 201, act=Act.SERVE)


def _read(path: str, handler: Handler, summary: str, *serves: str) -> Route:
    return Route("GET", path, handler, summary, serves, act=Act.READ_CARDS)


ENGAGEMENTS = (
    Route("GET", "/services", catalogue.list_services, "Services there are", ("E1", "E4", "A4")),
    _read("/engagements", book.list_engagements, "Engagements of this station", "B13"),
    _write("/engagements", book.add_engagement, "Begin an engagement", "E10", "B13"),
    _read("/engagements/{id}", work.get_engagement, "One engagement", "B13", "D9"),
    _write("/engagements/{id}/amend", book.amend_engagement, "Change an engagement", "E10"),
    _write("/engagements/{id}/start", book.start_engagement, "Begin planned work", "D9"),
    _write("/engagements/{id}/finish", book.finish_engagement, "Services were rendered", "D9"),
    _write("/engagements/{id}/stop", book.stop_engagement, "End it before its goal", "D9"),
    _write("/engagements/{id}/tasks", work.add_task, "Add a task", "F7", "N8"),
    _write("/engagements/{id}/milestones", figures.add_milestone, "Promise a figure", "E10", "G8"),
    _write(
        "/engagements/{id}/achievements", work.add_achievement, "Note an output or outcome", "E15"
    ),
    _read("/tasks", work.list_tasks, "What is still to do", "F7", "D9"),
    _write("/tasks/{id}/done", work.finish_task, "A task is done", "F7"),
    _write("/tasks/{id}/amend", corrections.amend_task, "Correct a task", "F7", "E10"),
    _write("/tasks/{id}/withdraw", corrections.withdraw_task, "Withdraw a task", "F7", "E10"),
    _write("/milestones/{id}/amend", corrections.amend_milestone, "Correct a figure", "G8", "E10"),
    _write(
        "/milestones/{id}/withdraw",
        corrections.withdraw_milestone,
        "Withdraw a figure",
        "G8",
        "E10",
    ),
    _write(
        "/achievements/{id}/amend",
        corrections.amend_achievement,
        "Correct an output or outcome",
        "E15",
    ),
    _write(
        "/achievements/{id}/withdraw",
        corrections.withdraw_achievement,
        "Withdraw an output or outcome",
        "E15",
    ),
    _write(
        "/milestones/{id}/reached", figures.reach_milestone, "What a figure came to", "G8", "M9"
    ),
)
AGREEMENTS = (
    Route(
        "GET",
        "/agreement-templates",
        agreements.list_templates,
        "Agreement templates",
        ("E9", "N6"),
    ),
    _read("/agreements", agreements.list_agreements, "Agreements of this station", "E9"),
    _write("/agreements", agreements.add_agreement, "Draft an agreement", "E9", "N6"),
    _read("/agreements/{id}", agreements.get_agreement, "One agreement", "E9"),
    Route(
        "GET",
        "/agreements/{id}/text",
        agreements.download_agreement,
        "Its newest text",
        ("E9",),
        act=Act.READ_CARDS,
        media=("text/markdown",),
    ),
    _write("/agreements/{id}/revise", agreements.revise_agreement, "Give it a new text", "E9"),
    _write("/agreements/{id}/sign", agreements.sign_agreement, "It was signed", "E9", "E10"),
    _write("/agreements/{id}/files", scans.add_scan, "Keep its signed scan", "E9", "N6"),
    _read("/agreement-files/{id}", scans.get_scan, "A signed scan to save", "E9"),
    _write("/agreement-files/{id}/delete", scans.delete_scan, "Delete a signed scan", "E9"),
    _write("/agreements/{id}/end", agreements.end_agreement, "It has ended", "E9"),
)
CONTRACTS = (
    _read("/contracts", contracts.list_contracts, "Technology contracts", "E14"),
    _write("/contracts", contracts.add_contract, "Record a technology contract", "E14"),
    _read("/contracts/totals", contracts.total_contracts, "Contracts by year", "E14", "K1"),
    Route(
        "POST",
        "/contracts/{id}/conclude",
        contracts.conclude_with_contract,
        "Conclude its referral",
        ("E14", "D9"),
        201,
        act=Act.REFER,
    ),
)
ACTIVITIES = (
    _read("/activities", activities.list_activities, "Activities of this station", "L2"),
    _write("/activities", activities.add_activity, "Record an activity", "L2", "D8", "M6"),
    Route(
        "GET",
        "/performance/services",
        activities.get_served,
        "Activities, services and impact in numbers",
        ("M6", "M3"),
    ),
)

CAPABILITY = Capability(
    name="engagements",
    title="服务与成效",
    serves=("B13", "D8", "D9", "E1", "E4", "E5", "E6", "E9", "E10", "E14", "E15", "L2", "N6"),
    channels=("needs", "referrals", "performance"),
    routes=(*ENGAGEMENTS, *AGREEMENTS, *CONTRACTS, *ACTIVITIES),
    desks=DESKS,
)
