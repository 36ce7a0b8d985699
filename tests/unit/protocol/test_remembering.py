"""A fold pays for a signature once, whatever it turned out to be worth (DESIGN 1.3)."""

import pytest

from protocol import keys
from protocol.errors import Inert, Reason
from protocol.keys import SigningKey
from protocol.records import ForkShown
from protocol.remembering import remembered
from tests.unit.protocol.world import country, seed


def test_an_answer_and_a_refusal_are_given_again_without_reading_again() -> None:
    asked: list[bytes] = []

    @remembered
    def read(name: str, body: bytes) -> int:
        asked.append(body)
        if not body:
            raise Inert(Reason.BAD_RECORD, name)
        return len(body)

    assert [read("a", b"xyz"), read("a", b"xyz")] == [3, 3]
    for _ in range(2):
        with pytest.raises(Inert, match="why") as inert:
            read("why", b"")
        assert inert.value.reason is Reason.BAD_RECORD
    assert asked == [b"xyz", b""]


def test_worthless_evidence_and_acts_cost_their_signatures_at_the_first_fold_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = country()
    stranger = SigningKey(seed("worthless"))
    header = f"yz1 {world.network.id} {stranger.public} needs 1 0 - 7 log.opened/1 - 2 {'A' * 43} "
    for number in range(20):
        line = header.replace(" 7 ", f" {number + 7} ") + "A" * 86
        world.write("chengdu", ForkShown(branches=((line,), (line,))))
        record = world.admission(f"nobody {number}", "grassroots", world.ids["sichuan"])
        world.carry("chengdu", record, [stranger])
    checked: list[object] = []
    is_signature = keys.is_signature
    for module in ("protocol.header", "protocol.acts"):
        monkeypatch.setattr(
            f"{module}.is_signature", lambda *given: checked.append(given) or is_signature(*given)
        )
    first = world.roster()
    assert len(checked) >= 40
    checked.clear()
    assert world.roster().digest() == first.digest()
    assert checked == []
