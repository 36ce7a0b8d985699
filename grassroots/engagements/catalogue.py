"""The services a station can choose of for an engagement, list by list (E1-E8, A4)."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from node.errors import InvalidError
from node.model import Model
from node.servicelists import Service, services

if TYPE_CHECKING:
    from node.app import Node

DATA = Path(__file__).resolve().parents[1] / "data"


class ServiceList(Model):
    """Every service there is, list by list."""

    items: list[Service]


def by_list() -> dict[str, list[Service]]:
    """The services of each list."""
    lists: dict[str, list[Service]] = {}
    for each in services().values():
        lists.setdefault(each.list, []).append(each)
    return lists


def check_services(codes: Iterable[str]) -> list[str]:
    """The codes, each once, in the order given.

    Raises:
        InvalidError: a code that stands in no list.
    """
    given = list(dict.fromkeys(codes))
    unknown = [code for code in given if code not in services()]
    if unknown:
        raise InvalidError(
            f"There is no service {', '.join(unknown)[:200]}.",
            "Choose codes of the list: yizhan engagement services.",
            {"services": "unknown code"},
        )
    return given


async def list_services(node: "Node") -> ServiceList:
    """The services a station can render."""
    return ServiceList(items=list(services().values()))
