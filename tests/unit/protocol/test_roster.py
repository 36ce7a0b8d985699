import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import Code
from protocol.header import LogId
from protocol.records import LogCut, MembershipIn
from protocol.roster import Roster, fold, is_under
from tests.unit.protocol.world import (
    ASSOCIATIONS,
    DAY_MS,
    START_MS,
    STATIONS,
    YEAR_MS,
    World,
)

NOW_MS = START_MS + DAY_MS
SOME_ID = "i" * 42 + "A"


def names(roster: Roster, ids: tuple[str, ...]) -> list[str]:
    return [station.name for id_ in ids if (station := roster.get(id_))]


def log_of(world: World, name: str, channel: str = "needs", epoch: int = 1) -> LogId:
    return LogId(world.key(name).public, channel, epoch)


def verdict(roster: Roster, log: LogId, seq: int = 5, time: int = NOW_MS) -> Code | None:
    return roster.verdict(log, seq, seq, time, time)


# -- who is a member ------------------------------------------------------------------------------


def test_council_admits_national_which_admits_regionals_which_admit_grassroots(
    world: World,
) -> None:
    roster = world.roster()
    assert not roster.inert
    assert names(roster, roster.path(world.ids["chengdu"])) == ["national", "sichuan", "chengdu"]
    assert [roster.tier(world.ids[name]) for name in ("national", "sichuan", "chengdu")] == [
        "national",
        "regional",
        "grassroots",
    ]


def test_too_few_council_signatures_admit_nobody() -> None:
    world = World(council=3, threshold=2)
    act = world.carry("x", world.admission("x", "national", None), world.council[:1])
    roster = world.roster()
    assert not roster.stations
    assert world.fault(roster, act) == "not signed by anyone who may do this"


def test_signatures_of_strangers_do_not_count_for_the_council() -> None:
    world = World(council=3, threshold=2)
    strangers = [world.key("a"), world.key("b"), world.council[0]]
    world.carry("x", world.admission("x", "national", None), strangers)
    assert not world.roster().stations


def test_two_carriers_with_one_signature_each_admit_together() -> None:
    world = World(council=3, threshold=2)
    record = world.admission("x", "national", None)
    for index in (0, 1):
        world.carry(f"carrier {index}", record, [world.council[index]])
    assert list(world.roster().stations) == [world.ids["x"]]


def test_nobody_admits_at_the_own_level_or_above(world: World) -> None:
    act = world.admit("sichuan", "guizhou", "regional", division="510000")
    assert "below its own level" in world.fault(world.roster(), act)
    act = world.admit("chengdu", "wuhou", "grassroots")
    assert world.fault(world.roster(), act)


def test_an_unadmitted_key_admits_nobody(world: World) -> None:
    act = world.admit("stranger", "friend", "grassroots", parent=SOME_ID)
    roster = world.roster()
    assert world.fault(roster, act) == "not signed by anyone who may do this"
    assert roster.get(act) is None


def test_an_issuer_is_the_parent_of_whom_it_admits(world: World) -> None:
    act = world.admit("sichuan", "x", "grassroots", parent="zhejiang", division="510100")
    assert world.fault(world.roster(), act) == "an issuer is the parent of those it admits"


def test_national_admits_anyone_under_any_parent(world: World) -> None:
    world.admit("national", "mianyang", "grassroots", parent="sichuan", division="330700")
    roster = world.roster()
    assert names(roster, roster.path(world.ids["mianyang"])) == ["national", "sichuan", "mianyang"]


def test_a_member_lies_in_its_issuers_division_or_has_none(world: World) -> None:
    outside = world.admit("sichuan", "ningbo", "grassroots", division="330200")
    assert "330200 is not under" in world.fault(world.roster(), outside)
    world.admit("sichuan", "park", "grassroots", division=None)
    assert world.ids["park"] in world.roster().stations


def test_a_level_the_hierarchy_does_not_have_is_refused(world: World) -> None:
    act = world.admit("sichuan", "x", "county", division="510100")
    assert world.fault(world.roster(), act) == "stations has no level county"


@pytest.mark.parametrize(
    ("code", "upper", "under"),
    [
        ("510100", "510000", True),
        ("510104", "510000", True),
        ("510104", "510100", True),
        ("510104", "510104", True),
        ("510000", "510100", False),
        ("330100", "510000", False),
        ("511000", "510100", False),
        ("110101", "110000", True),
    ],
)
def test_divisions_nest_by_pairs_of_digits(code: str, upper: str, under: bool) -> None:
    assert is_under(code, upper) is under


def test_an_admission_signed_outside_the_issuers_validity_has_no_effect(world: World) -> None:
    early = world.admit("sichuan", "early", "grassroots", at_ms=START_MS - 1)
    late = world.admit("sichuan", "late", "grassroots", at_ms=START_MS + YEAR_MS + 1)
    roster = world.roster()
    assert roster.get(early) is None
    assert roster.get(late) is None


# -- renewals, keys, profiles ---------------------------------------------------------------------


def test_a_renewal_keeps_the_id_and_prolongs_the_time(world: World) -> None:
    world.admit(
        "sichuan",
        "chengdu",
        "grassroots",
        replaces=world.acts["chengdu"],
        from_ms=START_MS + 300 * DAY_MS,
        until_ms=START_MS + 700 * DAY_MS,
    )
    roster = world.roster()
    station = roster.get(world.ids["chengdu"])
    assert station is not None
    assert station.act == world.acts["chengdu"] != station.id
    assert roster.windows(station.key) == ((START_MS, START_MS + 700 * DAY_MS),)
    assert verdict(roster, log_of(world, "chengdu"), time=START_MS + 600 * DAY_MS) is None


def test_a_new_key_closes_the_old_one_where_its_time_begins(world: World) -> None:
    change_ms = START_MS + 10 * DAY_MS
    world.admit(
        "sichuan",
        "chengdu",
        "grassroots",
        replaces=world.acts["chengdu"],
        key="chengdu new",
        from_ms=change_ms,
    )
    roster = world.roster()
    old, new = world.key("chengdu").public, world.key("chengdu new").public
    assert roster.station_of(old) == roster.station_of(new) == roster.get(world.ids["chengdu"])
    assert (roster.is_admitted(old), roster.is_admitted(new)) == (False, True)
    old_log = log_of(world, "chengdu")
    assert verdict(roster, old_log, time=change_ms - 1) is None
    assert verdict(roster, old_log, time=change_ms + 1) is Code.NOT_ADMITTED


def test_the_latest_profile_of_a_station_stands_and_its_endpoints_with_it(world: World) -> None:
    world.describe("chengdu", "https://one.example.cn")
    world.describe("chengdu", "https://two.example.cn")
    station = world.roster().get(world.ids["chengdu"])
    assert station is not None
    assert station.endpoints == ("https://two.example.cn",)


def test_a_profile_by_nobody_is_inert(world: World) -> None:
    entry = world.describe("stranger", "https://evil.example")
    assert entry.entry_id in world.roster().inert


def test_a_station_is_replaced_only_by_naming_the_act_that_stands(world: World) -> None:
    act = world.admit("sichuan", "chengdu", "grassroots", known=True)
    assert world.fault(world.roster(), act) == "does not name the act it replaces"


def test_another_regional_cannot_take_over_a_member(world: World) -> None:
    act = world.admit("zhejiang", "chengdu", "grassroots", replaces=world.acts["chengdu"])
    roster = world.roster()
    assert "only its issuer, or one above it" in world.fault(roster, act)
    assert roster.parent(world.ids["chengdu"]) == world.ids["sichuan"]


def test_national_moves_a_member_to_another_parent(world: World) -> None:
    first = world.acts["chengdu"]
    world.admit("national", "chengdu", "grassroots", parent="zhejiang", replaces=first)
    world.acts["chengdu"] = first
    world.admit("sichuan", "chengdu", "grassroots", replaces=first)
    roster = world.roster()
    assert roster.parent(world.ids["chengdu"]) == world.ids["zhejiang"]


def test_of_two_renewals_of_one_act_by_one_issuer_the_smaller_id_stands(world: World) -> None:
    first = world.acts["chengdu"]
    rivals = [
        world.admit("sichuan", "chengdu", "grassroots", replaces=first, division=division)
        for division in ("510100", "510104", "510105")
    ]
    station = world.roster().get(world.ids["chengdu"])
    assert station is not None
    assert station.act == min(rivals)


# -- endings --------------------------------------------------------------------------------------


def cut(channel: str, seq: int, epoch: int = 1, id_: str = SOME_ID) -> LogCut:
    return LogCut(channel=channel, epoch=epoch, seq=seq, id=id_)


def test_a_revoked_station_keeps_what_lies_before_the_cut_and_nothing_else(world: World) -> None:
    world.end("sichuan", "chengdu", cuts=(cut("needs", 5),))
    roster = world.roster()
    station = roster.get(world.ids["chengdu"])
    assert station is not None
    assert station.ended == "revoked"
    assert not roster.is_admitted(station.key)
    log = log_of(world, "chengdu")
    assert verdict(roster, log, 5) is None
    assert verdict(roster, log, 6) is Code.REVOKED
    assert verdict(roster, log_of(world, "chengdu", "results"), 0) is Code.REVOKED
    assert verdict(roster, log_of(world, "chengdu", "needs", 2), 0) is Code.REVOKED
    assert (roster.cut(log), roster.cut(log_of(world, "chengdu", "results"))) == (5, -1)
    assert roster.cut(log_of(world, "hangzhou")) is None


def test_at_the_cut_only_the_entry_it_names_is_good(world: World) -> None:
    world.end("sichuan", "chengdu", cuts=(cut("needs", 5),))
    roster = world.roster()
    log = log_of(world, "chengdu")
    assert roster.verdict(log, 0, 5, NOW_MS, NOW_MS, SOME_ID) is None
    assert roster.verdict(log, 0, 5, NOW_MS, NOW_MS, "j" * 42 + "A") is Code.REVOKED


def test_a_later_ending_moves_the_cut_forward(world: World) -> None:
    world.end("sichuan", "chengdu", cuts=(cut("needs", 5),))
    world.end("sichuan", "chengdu", cuts=(cut("needs", 9),))
    assert verdict(world.roster(), log_of(world, "chengdu"), 9) is None


def test_of_an_ending_and_a_renewal_the_ending_stands(world: World) -> None:
    first = world.acts["chengdu"]
    for _ in range(3):
        world.admit("sichuan", "chengdu", "grassroots", replaces=first)
    world.end("sichuan", "chengdu", replaces=first)
    station = world.roster().get(world.ids["chengdu"])
    assert station is not None
    assert station.ended == "revoked"


def test_a_higher_signer_goes_before_an_ending_by_a_lower_one(world: World) -> None:
    first = world.acts["chengdu"]
    world.end("sichuan", "chengdu", replaces=first)
    world.admit("national", "chengdu", "grassroots", parent="sichuan", replaces=first)
    station = world.roster().get(world.ids["chengdu"])
    assert station is not None
    assert station.ended is None


def test_what_national_ended_its_parent_cannot_admit_again(world: World) -> None:
    ending = world.end("national", "chengdu")
    act = world.admit("sichuan", "chengdu", "grassroots", replaces=ending)
    roster = world.roster()
    assert "undone" in world.fault(roster, act) or "ending" in world.fault(roster, act)
    again = world.admit("national", "chengdu", "grassroots", parent="sichuan", replaces=ending)
    station = world.roster().get(world.ids["chengdu"])
    assert station is not None
    assert (station.act, station.ended) == (again, None)


def test_what_the_council_ended_national_cannot_admit_again(world: World) -> None:
    ending = world.carry("hangzhou", world.ending("sichuan", "revoked"), world.council[:2])
    act = world.admit("national", "sichuan", "regional", replaces=ending)
    roster = world.roster()
    assert world.fault(roster, act) == "an ending is replaced only by its issuer or one above it"


def test_a_regional_cannot_end_another_regions_member_nor_a_member_itself(world: World) -> None:
    foreign = world.end("zhejiang", "chengdu")
    world.acts["chengdu"] = world.ids["chengdu"]
    own = world.end("chengdu", "chengdu", "revoked")
    roster = world.roster()
    assert world.fault(roster, foreign)
    assert world.fault(roster, own)
    station = roster.get(world.ids["chengdu"])
    assert station is not None
    assert station.ended is None


def test_a_station_leaves_by_its_own_signature_and_its_log_says_so(world: World) -> None:
    world.describe("chengdu")
    world.end("chengdu", "chengdu", "exited", cuts=(cut("registry", 1),))
    last = world.entries[-1]
    roster = world.roster()
    station = roster.get(world.ids["chengdu"])
    assert station is not None
    assert station.ended == "exited"
    assert roster.verdict(last.log, last.seq, last.seq, last.time, last.time) is None
    assert verdict(roster, last.log, last.seq + 1) is Code.REVOKED


def test_an_exit_signed_with_a_key_the_station_never_had_is_void(world: World) -> None:
    forged = world.admit("zhejiang", "chengdu", "grassroots", replaces=world.acts["chengdu"],
                         key="zhejiang")  # fmt: skip
    world.end("zhejiang", "chengdu", "exited", replaces=forged)
    station = world.roster().get(world.ids["chengdu"])
    assert station is not None
    assert (station.ended, station.key) == (None, world.key("chengdu").public)


def test_a_void_admission_lends_no_right_over_what_it_claims_to_replace(world: World) -> None:
    forged = world.admit("zhejiang", "chengdu", "grassroots", replaces=world.acts["chengdu"])
    again = world.admit("zhejiang", "chengdu", "grassroots", replaces=forged)
    ending = world.end("zhejiang", "chengdu", replaces=again)
    joint = world.join(["guangdong", "sichuan"], "chengdu", "zhejiang", replaces=again)
    roster = world.roster()
    assert all(world.fault(roster, act) for act in (forged, again, ending, joint))
    station = roster.get(world.ids["chengdu"])
    assert station is not None
    assert (station.act, station.ended) == (station.id, None)


def test_a_void_act_does_not_hide_an_ending_by_the_council(world: World) -> None:
    ending = world.carry("hangzhou", world.ending("sichuan", "revoked"), world.council[:2])
    void = world.admit("zhejiang", "sichuan", "regional", replaces=ending)
    act = world.admit("national", "sichuan", "regional", replaces=void)
    roster = world.roster()
    assert world.fault(roster, act) == "an ending is replaced only by its issuer or one above it"


def test_a_void_act_does_not_stand_in_the_way_of_the_rightful(world: World) -> None:
    void = world.admit("zhejiang", "chengdu", "grassroots", replaces=world.acts["chengdu"])
    act = world.admit("national", "chengdu", "grassroots", parent="sichuan", replaces=void)
    station = world.roster().get(world.ids["chengdu"])
    assert station is not None
    assert station.act == act


def test_admissions_before_the_cut_of_a_revoked_issuer_stand_later_ones_do_not(
    world: World,
) -> None:
    good = world.entries[-3]
    assert good.author == world.key("sichuan").public
    cuts = (cut("registry", good.seq, id_=good.entry_id),)
    world.end("national", "sichuan", cuts=cuts)
    late = world.admit("sichuan", "late", "grassroots")
    roster = world.roster()
    assert world.ids["chengdu"] in roster.stations
    assert roster.get(late) is None
    assert world.fault(roster, late)


# -- in a regional station's place ----------------------------------------------------------------


def test_two_other_regionals_admit_in_a_dead_ones_place_for_90_days(world: World) -> None:
    world.join(["zhejiang", "guangdong"], "leshan", "sichuan", division="511100")
    roster = world.roster()
    assert roster.parent(world.ids["leshan"]) == world.ids["sichuan"]
    assert verdict(roster, log_of(world, "leshan"), time=START_MS + 89 * DAY_MS) is None


def test_two_other_regionals_renew_in_a_dead_ones_place(world: World) -> None:
    start_ms = START_MS + 360 * DAY_MS
    world.join(
        ["zhejiang", "guangdong"],
        "chengdu",
        "sichuan",
        replaces=world.acts["chengdu"],
        from_ms=start_ms,
        until_ms=start_ms + 90 * DAY_MS,
    )
    log = log_of(world, "chengdu")
    assert verdict(world.roster(), log, time=start_ms + 80 * DAY_MS) is None


@pytest.mark.parametrize(
    ("signers", "changes"),
    [
        (["zhejiang"], {}),
        (["zhejiang", "sichuan"], {}),
        (["zhejiang", "hangzhou"], {}),
        (["zhejiang", "stranger"], {}),
        (["zhejiang", "guangdong"], {"until_ms": START_MS + 91 * DAY_MS}),
        (["zhejiang", "guangdong"], {"division": "330100"}),
        (["zhejiang", "guangdong"], {"level": "regional"}),
    ],
)
def test_a_joint_act_keeps_its_bounds(
    world: World, signers: list[str], changes: dict[str, object]
) -> None:
    act = world.join(signers, "leshan", "sichuan", **{"division": "511100", **changes})
    roster = world.roster()
    assert roster.get(act) is None
    assert world.fault(roster, act)


def test_two_others_cannot_end_a_membership_nor_undo_an_ending(world: World) -> None:
    signers = [world.key("zhejiang"), world.key("guangdong")]
    joint_end = world.carry("zhejiang", world.ending("chengdu", "revoked"), signers)
    assert world.fault(world.roster(), joint_end) == "not signed by anyone who may do this"
    ending = world.end("sichuan", "chengdu")
    again = world.join(["zhejiang", "guangdong"], "chengdu", "sichuan", replaces=ending)
    assert "not undone by others" in world.fault(world.roster(), again)


def test_the_signature_of_a_regional_that_was_ended_counts_no_more(world: World) -> None:
    act = world.join(["zhejiang", "guangdong"], "leshan", "sichuan")
    world.end("national", "guangdong")
    assert world.roster().get(act) is None


def test_the_regional_itself_ends_a_joint_admission_by_one_entry(world: World) -> None:
    act = world.join(["zhejiang", "guangdong"], "leshan", "sichuan")
    world.end("sichuan", "leshan", replaces=act)
    station = world.roster().get(world.ids["leshan"])
    assert station is not None
    assert station.ended == "revoked"


def test_the_regionals_own_renewal_goes_before_a_joint_one(world: World) -> None:
    first = world.acts["chengdu"]
    own = world.admit("sichuan", "chengdu", "grassroots", replaces=first, division="510104")
    for division in ("510105", "510106", "510107"):
        world.join(["zhejiang", "guangdong"], "chengdu", "sichuan", replaces=first,
                   division=division)  # fmt: skip
    station = world.roster().get(world.ids["chengdu"])
    assert station is not None
    assert station.act == own


def test_who_was_admitted_in_its_parents_place_has_no_right_to_admit() -> None:
    world = associations()
    world.join(["zhejiang", "guangdong"], "wuhou", "sichuan", level="county",
               hierarchy=ASSOCIATIONS)  # fmt: skip
    act = world.admit("wuhou", "factory", "unit", hierarchy=ASSOCIATIONS)
    assert "no right to admit" in world.fault(world.roster(), act)


# -- two hierarchies ------------------------------------------------------------------------------


def associations() -> World:
    world = World()
    world.found("national", hierarchy=ASSOCIATIONS)
    for name, division in (("sichuan", "510000"), ("zhejiang", "330000"), ("guangdong", "440000")):
        world.admit("national", name, "province", hierarchy=ASSOCIATIONS, division=division)
    world.admit("sichuan", "chengdu", "city", hierarchy=ASSOCIATIONS, division="510100")
    world.admit("chengdu", "jinjiang", "county", hierarchy=ASSOCIATIONS, division="510104")
    world.admit("jinjiang", "society", "unit", hierarchy=ASSOCIATIONS)
    return world


def test_associations_nest_five_levels_deep() -> None:
    world = associations()
    roster = world.roster()
    assert names(roster, roster.path(world.ids["society"])) == [
        "national", "sichuan", "chengdu", "jinjiang", "society",
    ]  # fmt: skip
    assert roster.region(world.ids["society"]) == world.ids["sichuan"]
    assert roster.is_above(world.ids["sichuan"], world.ids["society"])
    assert not roster.is_above(world.ids["zhejiang"], world.ids["society"])
    assert not roster.is_above(world.ids["society"], world.ids["society"])


def test_one_above_the_parent_renews_in_its_own_name() -> None:
    world = associations()
    act = world.admit(
        "sichuan", "society", "unit", hierarchy=ASSOCIATIONS, replaces=world.acts["society"]
    )
    foreign = world.admit(
        "zhejiang", "jinjiang", "county", hierarchy=ASSOCIATIONS, replaces=world.acts["jinjiang"]
    )
    roster = world.roster()
    station = roster.get(world.ids["society"])
    assert station is not None
    assert (station.act, roster.parent(station.id)) == (act, world.ids["sichuan"])
    assert world.fault(roster, foreign)


def test_a_station_sits_in_both_hierarchies_with_a_parent_in_each() -> None:
    world = World()
    both = (
        MembershipIn(hierarchy=STATIONS, level="national"),
        MembershipIn(hierarchy=ASSOCIATIONS, level="national"),
    )
    world.found("national", memberships=both)
    world.admit("national", "sichuan", "regional")
    world.admit("national", "kexie", "province", hierarchy=ASSOCIATIONS)
    world.admit("sichuan", "chengdu", "grassroots")
    world.admit("kexie", "chengdu", "unit", hierarchy=ASSOCIATIONS, known=True)
    roster = world.roster()
    chengdu = world.ids["chengdu"]
    assert roster.parent(chengdu, STATIONS) == world.ids["sichuan"]
    assert roster.parent(chengdu, ASSOCIATIONS) == world.ids["kexie"]
    assert set(roster.ancestors(chengdu)) == {
        world.ids["sichuan"], world.ids["kexie"], world.ids["national"],
    }  # fmt: skip
    assert roster.children(world.ids["kexie"]) == (chengdu,)


def test_the_other_hierarchy_cannot_give_a_station_a_key_it_does_not_have_at_home(
    world: World,
) -> None:
    world.carry("national", world.admission("kexie", "province", None, hierarchy=ASSOCIATIONS),
                world.council[:2])  # fmt: skip
    world.admit("kexie", "chengdu", "unit", hierarchy=ASSOCIATIONS, known=True, key="thief")
    roster = world.roster()
    assert roster.station_of(world.key("thief").public) is None
    station = roster.get(world.ids["chengdu"])
    assert station is not None
    assert [each.hierarchy for each in station.memberships] == [STATIONS]


def test_a_membership_that_ends_leaves_the_other_one_and_the_logs() -> None:
    world = associations()
    world.carry("national", world.admission("torch", "national", None), world.council[:2])
    world.admit("torch", "chengdu", "regional", known=True)
    first = world.ids["chengdu"]
    world.end("sichuan", "chengdu", replaces=first, hierarchy=ASSOCIATIONS)
    roster = world.roster()
    station = roster.get(world.ids["chengdu"])
    assert station is not None
    assert [each.stands for each in station.memberships] == [False, True]
    assert station.ended is None
    assert verdict(roster, log_of(world, "chengdu"), 99) is None


# -- order, promotion, size -----------------------------------------------------------------------


def test_promotion_raises_the_tier_and_keeps_everything(world: World) -> None:
    world.admit("national", "chengdu", "regional", replaces=world.acts["chengdu"])
    world.admit("chengdu", "jinjiang", "grassroots")
    roster = world.roster()
    assert roster.tier(world.ids["chengdu"]) == "regional"
    assert names(roster, roster.children(world.ids["chengdu"])) == ["jinjiang"]


def test_two_stations_with_one_key_go_to_the_older_and_higher(world: World) -> None:
    world.admit("zhejiang", "thief", "grassroots", key="sichuan")
    roster = world.roster()
    station = roster.station_of(world.key("sichuan").public)
    assert station is not None
    assert station.id == world.ids["sichuan"]


def eventful() -> World:
    world = associations()
    world.carry("national", world.admission("torch", "national", None), world.council[:2])
    world.admit("torch", "chengdu", "regional", known=True)
    world.admit("chengdu", "wuhou", "grassroots", hierarchy=STATIONS)
    first = world.acts["jinjiang"]
    world.admit("chengdu", "jinjiang", "county", hierarchy=ASSOCIATIONS, replaces=first)
    world.end("sichuan", "jinjiang", replaces=first, hierarchy=ASSOCIATIONS)
    world.join(["zhejiang", "guangdong"], "leshan", "sichuan", level="county",
               hierarchy=ASSOCIATIONS)  # fmt: skip
    world.end("wuhou", "wuhou", "exited")
    world.admit("national", "society", "unit", hierarchy=ASSOCIATIONS,
                replaces=world.acts["society"])  # fmt: skip
    world.end("national", "zhejiang", hierarchy=ASSOCIATIONS)
    world.describe("guangdong", "https://gd.example.cn")
    return world


@given(st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_arrival_does_not_matter(shuffler: random.Random) -> None:
    world = eventful()
    whole = world.roster()
    entries = list(world.entries)
    shuffler.shuffle(entries)
    other = fold(world.network, entries)
    assert other.digest() == whole.digest()
    assert other.stations == whole.stations
    assert other.inert == whole.inert


@given(st.sets(st.integers(0, 14)))
@settings(max_examples=60, deadline=None)
def test_missing_entries_never_make_the_fold_fail(missing: set[int]) -> None:
    world = eventful()
    entries = [entry for index, entry in enumerate(world.entries) if index not in missing]
    roster = fold(world.network, entries)
    for id_ in roster.stations:
        assert roster.tier(id_) is not None
        assert roster.path(id_)


def test_an_act_waits_for_the_one_it_replaces(world: World) -> None:
    middle = world.admit("sichuan", "chengdu", "grassroots", replaces=world.acts["chengdu"])
    last = world.admit("sichuan", "chengdu", "grassroots", replaces=middle)
    roster = world.roster(without=frozenset({middle}))
    assert "not held here" in world.fault(roster, last)
    station = world.roster().get(world.ids["chengdu"])
    assert station is not None
    assert station.act == last


def test_an_act_on_a_station_whose_first_admission_is_missing_waits(world: World) -> None:
    renewal = world.admit("sichuan", "chengdu", "grassroots", replaces=world.acts["chengdu"])
    roster = world.roster(without=frozenset({world.ids["chengdu"]}))
    assert "first admission is not held" in world.fault(roster, renewal)
    assert roster.get(world.ids["chengdu"]) is None


def test_between_two_admissions_nothing_counts(world: World) -> None:
    later_ms = START_MS + 2 * YEAR_MS
    world.admit("national", "chengdu", "grassroots", parent="sichuan", from_ms=later_ms,
                until_ms=later_ms + YEAR_MS, replaces=world.acts["chengdu"])  # fmt: skip
    roster = world.roster()
    log = log_of(world, "chengdu")
    gap_ms = START_MS + YEAR_MS + 1
    assert verdict(roster, log, time=gap_ms) is Code.NOT_ADMITTED
    assert roster.verdict(log, 0, 9, NOW_MS, later_ms + 1) is Code.NOT_ADMITTED
    assert verdict(roster, log, time=later_ms) is None
    assert not roster.is_admitted(world.key("chengdu").public, gap_ms)


def test_bodies_that_cannot_be_read_are_inert_with_the_reason(world: World) -> None:
    bad = world.describe("chengdu")._replace(body=b'{"colour":"red"}')
    roster = fold(world.network, [*world.entries[:-1], bad])
    assert "colour" in roster.inert[bad.entry_id]


def test_a_hierarchy_nobody_founded_has_no_members(world: World) -> None:
    act = world.admit("national", "x", "regional", hierarchy="guilds")
    roster = world.roster()
    assert roster.get(act) is None
    assert world.fault(roster, act) == "no such hierarchy"


def test_other_kinds_in_a_registry_log_do_not_concern_the_roster(world: World) -> None:
    odd = world.describe("chengdu")._replace(kind="future.thing/1", body=b"{}")
    roster = fold(world.network, [*world.entries[:-1], odd])
    assert odd.entry_id not in roster.inert


def test_a_roster_cannot_be_changed(world: World) -> None:
    roster = world.roster()
    with pytest.raises(TypeError):
        roster.stations["x"] = None  # type: ignore[index]


def test_nobody_at_all_is_known_in_an_empty_registry() -> None:
    world = World()
    roster = fold(world.network, [])
    assert verdict(roster, log_of(world, "x")) is Code.NOT_ADMITTED
    assert roster.tier(SOME_ID) is None
    assert roster.station_of("x") is None
    assert roster.parent(SOME_ID) is None
    assert roster.region(SOME_ID) == SOME_ID


def test_stations_made_each_others_parents_do_not_send_anyone_round_in_circles(
    world: World,
) -> None:
    world.admit("national", "guangdong", "regional", parent="sichuan",
                replaces=world.acts["guangdong"])  # fmt: skip
    world.admit("national", "sichuan", "regional", parent="guangdong",
                replaces=world.acts["sichuan"])  # fmt: skip

    roster = world.roster()

    assert names(roster, roster.path(world.ids["chengdu"])) == ["guangdong", "sichuan", "chengdu"]
    assert roster.region(world.ids["chengdu"]) == world.ids["guangdong"]


# -- what changed ---------------------------------------------------------------------------------


def test_of_two_rosters_only_the_authors_whose_place_differs_have_moved(world: World) -> None:
    before = world.roster()
    world.admit("sichuan", "leshan", "grassroots")
    world.end("sichuan", "chengdu")

    moved = world.roster().moved_since(before)

    assert moved == {world.key("leshan").public, world.key("chengdu").public}


def test_nobody_has_moved_between_two_rosters_of_the_same_entries(world: World) -> None:
    assert world.roster().moved_since(world.roster()) == frozenset()


def test_a_key_that_passes_to_another_station_has_moved(world: World) -> None:
    before = world.roster()
    world.admit("sichuan", "leshan", "grassroots", key="leshan new")
    world.admit("sichuan", "leshan", "grassroots", replaces=world.acts["leshan"])
    between = world.roster()

    assert {world.key("leshan").public, world.key("leshan new").public} == between.moved_since(
        before
    )


def test_nothing_is_remembered_of_keys_that_belong_to_nobody(world: World) -> None:
    roster = world.roster()

    for number in range(50):
        assert roster.windows(f"stranger {number}") == ()
        assert roster.quotas(f"stranger {number}") == ()

    assert not roster._windows
    assert not roster._quotas
