"""Which keys a station signs with, one after the other (SPEC 6.10)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from protocol.acts import Rotation
from protocol.records import LogCut, StationAdmitted


@dataclass(frozen=True, slots=True)
class KeySpan:
    """A key of a station under one admission, and how far what it signed counts.

    ``from_ms`` and ``until_ms`` bound the TIMEs of its entries. One that was rotated away ends
    at ``heads`` in its logs, and at ``closes_ms`` in the acts it signed for others to carry.
    ``rotation`` is the act that brought it, empty for the key of the admission itself.
    """

    key: str
    sealing: str
    from_ms: int
    until_ms: int
    closes_ms: int
    heads: tuple[LogCut, ...] | None = None
    rotation: str = ""

    def covers(self, at_ms: int, *, carried: bool) -> bool:
        """Whether it speaks at a time, in an own log or under a carried act."""
        until_ms = min(self.until_ms, self.closes_ms) if carried else self.until_ms
        return self.from_ms <= at_ms <= until_ms


def follow_keys(
    record: StationAdmitted, from_ms: int, until_ms: int, rotations: Sequence[Rotation]
) -> tuple[KeySpan, ...]:
    """The keys of one admission, oldest first: the one it names, then what that was rotated to.

    A rotation is signed by the new key, and by the key it replaces or the recovery key that the
    admission names. The recovery key goes first, then the smaller act id.

    Args:
        record: the admission.
        from_ms, until_ms: its validity.
        rotations: all of the station's, in any order.
    """
    spans = [KeySpan(record.key, record.sealing, from_ms, until_ms, until_ms)]
    while True:
        last = spans[-1]
        known = {span.key for span in spans}
        rivals = [
            each
            for each in rotations
            if each.record.old == last.key
            and each.record.key not in known
            and each.record.key in each.signers
            and not {last.key, record.recovery}.isdisjoint(each.signers)
            and each.record.from_ms <= until_ms
        ]
        if not rivals:
            return tuple(spans)
        best = min(rivals, key=lambda each: (record.recovery not in each.signers, each.id))
        said = best.record
        begins_ms = max(said.from_ms, last.from_ms)
        spans[-1] = replace(last, closes_ms=begins_ms, heads=tuple(said.heads))
        spans.append(
            KeySpan(said.key, said.sealing, begins_ms, until_ms, until_ms, rotation=best.id)
        )
