import json

import pytest

from protocol.acts import (
    CARRIED,
    RegistryEntry,
    act_id,
    act_message,
    merge_acts,
    read_act,
    sign_act,
    write_act,
)
from protocol.errors import Inert
from protocol.keys import SMALL_ORDER_KEYS, encode_b64
from protocol.records import ActCarried, StationAdmitted
from tests.unit.protocol.world import START_MS, World, signing_key


@pytest.fixture
def world() -> World:
    return World()


def carry(world: World, text: str, *names: str) -> RegistryEntry:
    signatures = [sign_act(world.key(name), world.network.id, text) for name in names]
    return world.write("carrier", ActCarried(act=text, signatures=signatures))


def test_the_signed_message_binds_an_act_to_its_network() -> None:
    assert act_message("0123456789abcdef", "{}") == b"yizhan act v1\n0123456789abcdef\n{}"


def test_a_direct_act_is_its_entry_and_speaks_for_its_author(world: World) -> None:
    entry = world.write("sichuan", world.admission("chengdu", "grassroots", "x" * 42 + "A"))
    act = read_act(world.network, entry)
    assert (act.id, act.issuer) == (entry.entry_id, world.key("sichuan").public)
    assert act.station == act.id
    assert act.at_ms == entry.time


def test_a_carried_act_counts_by_its_signatures_not_by_its_carrier(world: World) -> None:
    text = write_act(world.admission("national", "national", None))
    act = read_act(world.network, carry(world, text, "a", "b"))
    assert act.id == act_id(world.network.id, text)
    assert act.issuer is None
    assert act.signers == (world.key("a").public, world.key("b").public)
    assert act.at_ms == START_MS


def test_a_signature_over_another_network_or_text_is_left_out(world: World) -> None:
    text = write_act(world.admission("national", "national", None))
    good = sign_act(world.key("a"), world.network.id, text)
    elsewhere = sign_act(world.key("b"), "f" * 16, text)
    other = sign_act(world.key("c"), world.network.id, text + " ")
    entry = world.write("carrier", ActCarried(act=text, signatures=(good, elsewhere, other)))
    assert read_act(world.network, entry).signers == (world.key("a").public,)


def test_carriers_of_one_act_add_up_their_signatures_in_any_order(world: World) -> None:
    text = write_act(world.admission("national", "national", None))
    acts = [read_act(world.network, carry(world, text, name)) for name in ("a", "b")]
    one_way, other_way = merge_acts(acts), merge_acts(acts[::-1])
    assert one_way == other_way
    assert set(one_way[acts[0].id].signers) == {world.key("a").public, world.key("b").public}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[]", "not a JSON object"),
        ("{]", "not JSON"),
        ('{"kind":"station.admitted/1"}', "exactly kind and body"),
        ('{"kind":"station.admitted/1","body":{},"more":1}', "exactly kind and body"),
        ('{"kind":"station.admitted/1","body":{},"body":{}}', "twice"),
        ('{"kind":1,"body":{}}', "exactly kind and body"),
        ('{"kind":"need.published/1","body":{}}', "not an act"),
        ('{"kind":"act.carried/1","body":{}}', "not an act"),
        ('{"kind":"station.admitted/1","body":{}}', "key"),
    ],
)
def test_a_carried_text_that_is_no_act_is_inert_with_a_reason(
    world: World, text: str, reason: str
) -> None:
    with pytest.raises(Inert, match=reason):
        read_act(world.network, carry(world, text, "a"))


@pytest.mark.parametrize("field", ["key", "recovery"])
def test_a_key_of_small_order_cannot_be_admitted(world: World, field: str) -> None:
    small = encode_b64(min(SMALL_ORDER_KEYS))
    good = json.loads(world.admission("national", "national", None).body())
    body = json.dumps({**good, field: small}).encode()
    entry = RegistryEntry("i" * 42 + "A", small, 1, 1, START_MS, StationAdmitted.KIND, body)
    with pytest.raises(Inert):
        read_act(world.network, entry)


def test_an_absent_body_is_told_as_such(world: World) -> None:
    entry = RegistryEntry("i" * 42 + "A", signing_key("a").public, 1, 1, START_MS, CARRIED, b"")
    with pytest.raises(Inert, match="absent"):
        read_act(world.network, entry)
