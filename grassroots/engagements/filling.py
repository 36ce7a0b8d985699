"""What an agreement's template is filled with: what the station knows already (E9, N6)."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from grassroots.engagements import contracts
from grassroots.engagements.contracts import ContractQuery
from grassroots.engagements.rows import find_row
from grassroots.engagements.work import read_detail
from node.readmodels import needs
from node.servicelists import service_title
from node.store import Enterprise

if TYPE_CHECKING:
    from node.store import Reading


def known_values(reading: "Reading", engagement: str, station: str) -> dict[str, str]:
    """What an agreement can be filled with from engagement, card, need and contract."""
    detail = read_detail(reading, engagement)
    view = detail.engagement
    values = {
        "title": view.title,
        "goal": view.goal,
        "station": station,
        "person": view.person,
        "begins": view.begins,
        "ends": view.ends or "",
        "services": _lines(service_title(code, "zh") for code in view.services),
        "tasks": _lines(
            "，".join(part for part in (each.what, each.person, each.due) if part)
            for each in detail.tasks
        ),
        "milestones": _lines(
            f"{each.due}，{each.what}，{each.target}{each.unit}" for each in detail.milestones
        ),
    }
    card = None if view.enterprise is None else find_row(reading, Enterprise, view.enterprise)
    if card is not None:
        values |= {"enterprise": str(card.name), "credit_code": card.credit_code or ""}
    if view.need is not None:
        found = needs.find_many(reading, [view.need]).get(view.need)
        values["need"] = "" if found is None else found.title
    signed = contracts.find(reading, ContractQuery(engagement=engagement))
    if signed:
        values |= {
            "amount": yuan_text(signed[0].amount_fen),
            "technology": yuan_text(signed[0].technology_fen),
            "registration": signed[0].registration or "",
        }
    return values


def _lines(items: Iterable[str]) -> str:
    return "\n".join(f"{number}. {item}" for number, item in enumerate(items, 1))


def yuan_text(fen: int) -> str:
    """An amount in fen as an agreement writes it: ``800000.00元``."""
    return f"{fen // 100}.{fen % 100:02d}元"
