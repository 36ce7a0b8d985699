"""The services a station can render: lists of the seeds, as a file with versions (E1-E8, A4)."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib import resources

from pydantic import ConfigDict

from node.model import Model


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


@cache
def services() -> Mapping[str, Service]:
    """The services by their codes, in the order of the file."""
    table = resources.files("node") / "data" / "services.csv"
    rows = csv.DictReader(table.read_text(encoding="utf-8").splitlines())
    found = [Service.model_validate(row) for row in rows]
    assert len({each.code for each in found}) == len(found)
    return {each.code: each for each in found}


def service_title(code: str, lang: str) -> str:
    """How a service is called; its code where this program does not know it."""
    found = services().get(code)
    return code if found is None else found.title(lang)
