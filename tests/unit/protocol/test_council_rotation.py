"""The council hands over to another: numbered, and signed by enough of the old and of the new."""

import itertools

import pytest

from protocol.keys import SigningKey
from protocol.records import CouncilRotated
from protocol.roster import fold
from tests.unit.protocol.world import World, signing_key

NEW = [signing_key(f"second council {index}") for index in range(3)]
THIRD = [signing_key(f"third council {index}") for index in range(2)]


def rotated(number: int, keys: list[SigningKey], *acts: str) -> CouncilRotated:
    public = tuple(key.public for key in keys)
    return CouncilRotated(number=number, keys=public, threshold=2, acts=acts)


def hand_over(world: World, *acts: str) -> str:
    return world.carry("national", rotated(1, NEW, *acts), [*world.council[:2], *NEW[:2]])


def test_what_the_new_council_keeps_stands_and_it_admits(world: World) -> None:
    act = hand_over(world, world.ids["national"])
    world.carry("national", world.admission("second", "national", None), NEW[:2])

    roster = world.roster()

    assert not world.fault(roster, act)
    assert {world.ids["second"], world.ids["national"], world.ids["chengdu"]} <= set(
        roster.stations
    )
    assert roster.council.sittings[-1].keys == {key.public for key in NEW}


def test_what_former_keys_sign_afterwards_has_no_effect(world: World) -> None:
    hand_over(world, world.ids["national"])
    late = world.carry("national", world.admission("late", "national", None), world.council[:2])
    ending = world.carry("national", world.ending("national", "revoked"), world.council)

    roster = world.roster()

    assert roster.get(late) is None
    assert world.fault(roster, ending)
    station = roster.get(world.ids["national"])
    assert station is not None
    assert station.ended is None


def test_an_act_the_rotation_does_not_name_falls(world: World) -> None:
    hand_over(world)
    assert not world.roster().stations


@pytest.mark.parametrize(
    ("old", "new", "number"), [(1, 2, 1), (2, 1, 1), (2, 2, 2), (0, 3, 1), (3, 0, 1)]
)
def test_both_thresholds_and_the_next_number_are_due(
    world: World, old: int, new: int, number: int
) -> None:
    signers = [*world.council[:old], *NEW[:new]] or world.council
    act = world.carry("national", rotated(number, NEW), signers)

    roster = world.roster()

    assert "must be the next" in world.fault(roster, act)
    assert world.ids["national"] in roster.stations


def test_a_third_council_follows_the_second_whatever_the_order(world: World) -> None:
    national = world.ids["national"]
    first = len(world.entries)
    hand_over(world, national)
    world.carry("national", rotated(2, THIRD, national), [*NEW[1:], *THIRD])
    skipped = world.carry("national", rotated(3, NEW, national), [*NEW, *THIRD[:1]])
    whole = world.roster()

    assert [len(each.keys) for each in whole.council.sittings] == [3, 3, 2]
    assert world.fault(whole, skipped)
    for tail in itertools.permutations(world.entries[first:]):
        other = fold(world.network, [*tail, *world.entries[:first]])
        assert (other.digest(), other.inert) == (whole.digest(), whole.inert)


def test_of_two_successors_the_smaller_id_stands(world: World) -> None:
    signers = [*world.council, *NEW, *THIRD]
    acts = {
        world.carry("national", rotated(1, keys, world.ids["national"]), signers): keys
        for keys in (NEW, THIRD)
    }
    keys = acts[min(acts)]
    assert world.roster().council.sittings[-1].keys == {key.public for key in keys}


def test_the_council_puts_another_in_the_place_of_national_which_renews_the_regions(
    world: World,
) -> None:
    old = world.ids["national"]
    last = max(e.seq for e in world.entries if e.author == world.key("national").public)
    assert last > 0
    world.carry("sichuan", world.admission("successor", "national", None), world.council[:2])
    world.admit("successor", "sichuan", "regional", replaces=world.acts["sichuan"],
                division="510000")  # fmt: skip

    roster = world.roster()

    assert not roster.inert
    assert roster.parent(world.ids["sichuan"]) == world.ids["successor"]
    assert roster.parent(world.ids["zhejiang"]) == old
    assert roster.is_above(world.ids["successor"], world.ids["chengdu"])


def test_a_council_has_each_key_once_and_a_threshold_it_can_reach() -> None:
    with pytest.raises(ValueError, match="twice"):
        rotated(1, [NEW[0], NEW[0]])
    with pytest.raises(ValueError, match="threshold"):
        rotated(1, NEW[:1])
