"""Who takes part in the demo: ten stations with real division codes (A1, A8, A9)."""

from typing import NamedTuple


class Place(NamedTuple):
    """One station of the demo: its folder's name, what it is called, where it stands.

    In the hierarchy of stations a level is called as the mode that runs it.
    """

    slug: str
    name: str
    mode: str
    parent: str
    division: str


_TABLE = """
national           national    -         -       国家创新驿站（火炬中心）
sichuan            regional    national  510000  四川区域驿站
zhejiang           regional    national  330000  浙江区域驿站
guangdong          regional    national  440000  广东区域驿站
chengdu-wuhou      grassroots  sichuan   510107  成都武侯高新技术服务中心驿站
mianyang-fucheng   grassroots  sichuan   510703  绵阳涪城生产力促进中心驿站
hangzhou-binjiang  grassroots  zhejiang  330108  杭州滨江技术转移中心驿站
ningbo-yinzhou     grassroots  zhejiang  330212  宁波鄞州孵化器驿站
guangzhou-huangpu  grassroots  guangdong 440112  广州黄埔产业基地驿站
shenzhen-nanshan   grassroots  guangdong 440305  深圳南山企业技术中心驿站
"""


def _read(line: str) -> Place:
    slug, mode, parent, division, name = line.split()
    return Place(slug, name, mode, parent.strip("-"), division.strip("-"))


PLACES = tuple(_read(line) for line in _TABLE.strip().splitlines())

TOP = PLACES[0]
REGIONAL = tuple(place for place in PLACES if place.parent == TOP.slug)
LOCAL = tuple(place for place in PLACES if place.parent in {each.slug for each in REGIONAL})

SENDER = "chengdu-wuhou"
"""The station whose visit turns up the need."""
RECEIVER = "hangzhou-binjiang"
"""The station, in another region, that holds a result for it."""
LOST = "sichuan"
"""The regional node that is killed."""
CHECKER = "shenzhen-nanshan"
"""The local station that recomputes the ranking."""

WEIGHTS = {
    "visits": 10,
    "needs": 15,
    "results": 15,
    "referrals_accepted": 15,
    "referrals_concluded": 15,
    "outcomes": 15,
    "contract_fen": 15,
}
"""What counts in the ranking, and how much, in percent."""


def get_place(slug: str) -> Place:
    """The place of that name."""
    return next(place for place in PLACES if place.slug == slug)
