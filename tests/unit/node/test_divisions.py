"""Divisions by code and year."""

from collections import Counter

import pytest

from node.divisions import all_divisions, children, find_division, get_division, path_names
from node.errors import UnknownCodeError


@pytest.mark.parametrize(
    ("year", "prefectures", "counties"),
    [(2014, 333, 2854), (2017, 334, 2851), (2018, 333, 2851), (2024, 333, 2846)],
)
def test_the_divisions_of_a_year_are_as_many_as_were_published(
    year: int, prefectures: int, counties: int
) -> None:
    levels = Counter(division.level for division in all_divisions(year))

    assert levels == {"province": 34, "prefecture": prefectures, "county": counties}


def test_thirty_one_of_the_provinces_are_on_the_mainland() -> None:
    provinces = [division for division in all_divisions(2024) if division.level == "province"]

    assert sum(division.code < "700000" for division in provinces) == 31
    assert {d.name for d in provinces if d.code > "700000"} == {
        "台湾省",
        "香港特别行政区",
        "澳门特别行政区",
    }


def test_all_divisions_of_today_are_those_with_no_end_in_the_order_of_their_codes() -> None:
    today = all_divisions()

    assert today == all_divisions(2024)
    assert all(division.until is None for division in today)
    assert [division.code for division in today] == sorted({d.code for d in today})


def test_a_county_that_became_a_district_has_its_old_code_up_to_the_year_before() -> None:
    assert find_division("510124", 2015) == get_division("510124")
    assert find_division("510124", 2016) is None
    assert get_division("510124").successors == ("510117",)
    assert find_division("510117", 2015) is None
    assert get_division("510117", 2016).name == "郫都区"


def test_a_code_without_a_year_is_read_as_of_today_when_it_is_in_force() -> None:
    renamed = get_division("120110")

    assert (renamed.name, renamed.until, renamed.is_in_force()) == ("东丽区", None, True)
    assert get_division("120110", 1991).name == "东郊区"
    assert get_division("120110", 1992).name == "东丽区"


def test_a_code_without_a_year_is_read_in_its_latest_form_when_it_is_no_longer_in_force() -> None:
    gone = get_division("510124")

    assert (gone.name, gone.level, gone.since, gone.until) == ("郫县", "county", 1983, 2016)
    assert not gone.is_in_force()


def test_a_division_that_only_gave_away_a_part_has_no_successor() -> None:
    assert get_division("130427").successors == ()


def test_a_division_split_at_its_end_names_every_code_that_took_it_over_then() -> None:
    assert get_division("130106").successors == ("130102", "130103", "130104", "130105", "130108")
    assert get_division("130421").successors == ("130402", "130403")


def test_every_successor_is_in_force_in_the_year_it_takes_over() -> None:
    ended = {d for year in range(1981, 2025) for d in all_divisions(year) if d.until is not None}

    assert len(ended) == 3610
    assert all(find_division(code, d.until) for d in ended for code in d.successors)


def test_a_code_has_at_most_one_meaning_in_a_year() -> None:
    for year in range(1981, 2025):
        codes = [division.code for division in all_divisions(year)]

        assert len(codes) == len(set(codes))


@pytest.mark.parametrize("code", ["", "51", "999999", "510100 ", "五一零一零零"])
def test_a_code_in_no_list_is_found_nowhere_and_refused(code: str) -> None:
    assert find_division(code) is None
    with pytest.raises(UnknownCodeError, match="no division has the code"):
        get_division(code)


def test_a_code_is_refused_for_a_year_in_which_it_stood_for_nothing() -> None:
    with pytest.raises(UnknownCodeError, match="in 1980"):
        get_division("510000", 1980)
    with pytest.raises(UnknownCodeError, match="in 2016"):
        path_names("510124", 2016)
    with pytest.raises(UnknownCodeError, match="in 2016"):
        children("510124", 2016)


@pytest.mark.parametrize(
    ("code", "year", "names"),
    [
        ("510000", None, ("四川省",)),
        ("510100", None, ("四川省", "成都市")),
        ("510117", None, ("四川省", "成都市", "郫都区")),
        ("510124", None, ("四川省", "成都市", "郫县")),
        ("500229", None, ("重庆市", "城口县")),
        ("419001", None, ("河南省", "济源市")),
        ("469021", None, ("海南省", "定安县")),
        ("460025", 1990, ("海南省", "定安县")),
        ("659001", None, ("新疆维吾尔自治区", "石河子市")),
        ("511421", 1996, ("四川省", "涪陵市", "垫江县")),
        ("420602", 2009, ("湖北省", "襄樊市", "襄城区")),
        ("420602", 2010, ("湖北省", "襄阳市", "襄城区")),
        ("810000", None, ("香港特别行政区",)),
    ],
)
def test_the_path_names_run_from_the_province_down_without_made_up_levels(
    code: str, year: int | None, names: tuple[str, ...]
) -> None:
    assert path_names(code, year) == names


def test_a_province_has_its_prefectures_and_its_directly_ruled_counties_under_it() -> None:
    under_hubei = Counter(division.level for division in children("420000", 2024))

    assert under_hubei == {"prefecture": 13, "county": 4}


def test_the_four_municipalities_have_counties_right_under_them() -> None:
    under = [d for code in ("110000", "120000", "310000", "500000") for d in children(code, 2024)]

    assert {division.level for division in under} == {"county"}
    assert len(under) == 86


def test_thirty_two_counties_of_2024_are_ruled_directly_by_a_province() -> None:
    municipalities = {"11", "12", "31", "50"}
    provinces = [d for d in all_divisions(2024) if d.level == "province"]

    ruled = [
        below
        for province in provinces
        if province.code[:2] not in municipalities
        for below in children(province.code, 2024)
        if below.level == "county"
    ]

    assert len(ruled) == 32


def test_every_county_is_under_exactly_one_division_of_the_same_year() -> None:
    for year in (1981, 1990, 1997, 2024):
        listed = all_divisions(year)

        below = [child.code for division in listed for child in children(division.code, year)]

        assert sorted(below) == [d.code for d in listed if d.level != "province"]


def test_children_of_a_prefecture_are_its_counties_in_that_year() -> None:
    assert "郫县" in {division.name for division in children("510100", 2015)}
    assert "郫都区" in {division.name for division in children("510100")}
    assert "郫县" not in {division.name for division in children("510100")}


def test_a_division_no_longer_in_force_has_the_children_of_its_last_year() -> None:
    assert [d.name for d in children("511400", 1996)] == [
        "枳城区",
        "李渡区",
        "垫江县",
        "丰都县",
        "武隆县",
        "南川市",
    ]
    assert "万县" not in {d.name for d in children("500000")}
    assert len(children("132700")) > 0


@pytest.mark.parametrize("code", ["510117", "441900", "810000"])
def test_a_division_without_parts_has_no_children(code: str) -> None:
    assert children(code) == ()
