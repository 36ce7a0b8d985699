"""The twelve stations of the year: national, three regions, eight local ones (K1, A8)."""

from node.demo.plan import PLACES, TOP, Place

MORE = (
    Place("deyang-jingyang", "德阳旌阳重型装备产业基地驿站", "grassroots", "sichuan", "510603"),
    Place("jiaxing-nanhu", "嘉兴南湖行业协会驿站", "grassroots", "zhejiang", "330402"),
)
YEAR_PLACES: tuple[Place, ...] = (*PLACES, *MORE)
REGIONS = tuple(place for place in YEAR_PLACES if place.parent == TOP.slug)
LOCALS = tuple(
    place for place in YEAR_PLACES if place.parent in {region.slug for region in REGIONS}
)
