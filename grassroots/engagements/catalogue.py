"""The services a station can render: lists of the seeds, as a file with versions (E1-E8, A4)."""

import csv
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ConfigDict

from node.errors import InvalidError
from node.model import Model

if TYPE_CHECKING:
    from node.app import Node

DATA = Path(__file__).resolve().parents[1] / "data"


class Service(Model):
    """One service of a list; ``since`` is the year of the list it stands in."""

    model_config = ConfigDict(frozen=True)

    code: str
    list: str
    since: int
    zh: str
    en: str
    serves: str

    def title(self, lang: str) -> str:
        """How it is called in ``lang``."""
        return self.en if lang == "en" else self.zh


class ServiceList(Model):
    """Every service there is, list by list."""

    items: list[Service]


@cache
def services() -> Mapping[str, Service]:
    """The services by their codes, in the order of the file."""
    with (DATA / "services.csv").open(encoding="utf-8", newline="") as file:
        found = [Service.model_validate(row) for row in csv.DictReader(file)]
    assert len({each.code for each in found}) == len(found)
    return {each.code: each for each in found}


def by_list() -> dict[str, list[Service]]:
    """The services of each list."""
    lists: dict[str, list[Service]] = {}
    for each in services().values():
        lists.setdefault(each.list, []).append(each)
    return lists


def service_title(code: str, lang: str) -> str:
    """How a service is called; its code where this program does not know it."""
    found = services().get(code)
    return code if found is None else found.title(lang)


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
