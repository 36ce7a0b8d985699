"""Taking back what this station wrote, and who has followed it (SPEC 4.6)."""

from typing import TYPE_CHECKING

from node.durability import HeldBy, View, find_own_holders
from node.erasure import Erasing
from node.errors import ConflictError, InvalidError, NotAllowedError
from node.readmodels import entries
from protocol.erasing import is_erasable
from protocol.errors import Reason
from protocol.records import BodyErased, ErasedEntry, ErasureReason, parse_record

if TYPE_CHECKING:
    from node.app import Node
    from node.readmodels.entries import EntryView
    from node.store import Reading
    from protocol.roster import Roster, Station


class ErasureView(View):
    """That an entry's body is erased: by which entry, when (Unix ms) and why.

    ``held_by`` says, where this station erased it, who else holds the erasure: these have dropped
    the body. Of another station's erasure it is None.
    """

    entry: str
    station: str
    time: int
    reason: str
    held_by: HeldBy | None = None


def draft_erasure(
    reading: "Reading", me: "Station | None", roster: "Roster", id_: str, reason: ErasureReason
) -> tuple[str, BodyErased]:
    """The record that erases one own entry, and the channel it goes to.

    Args:
        reading: a look at the store.
        me: this station.
        roster: by which erasures count.
        id_: the entry.
        reason: why.

    Raises:
        NotFoundError: the entry is not held here.
        NotAllowedError: another station wrote it.
        InvalidError: bodies of its kind are permanent.
        ConflictError: it is erased already.
    """
    view = entries.get(reading, id_)
    author = roster.station_of(view.author)
    if me is None or author is None or author.id != me.id:
        raise NotAllowedError(
            "only the station that wrote an entry may erase it", "ask that station to erase it"
        )
    if not is_erasable(view.kind):
        raise InvalidError(
            f"bodies of {view.kind} are permanent",
            "Withdraw or amend what it says; amendments can be erased.",
        )
    if find_erasure(reading, roster, view) is not None:
        raise ConflictError("this entry is erased already")
    named = ErasedEntry(author=view.author, epoch=view.epoch, seq=view.seq, id=view.id)
    return view.channel, BodyErased(entries=(named,), reason=reason)


def find_erasure(
    reading: "Reading", roster: "Roster", view: "EntryView"
) -> tuple[ErasureView, "EntryView"] | None:
    """What erased an entry, and the entry that did; None where it is not erased."""
    erasing = Erasing(reading, roster)
    if not is_erasable(view.kind):
        return None
    for each in erasing.find(view.log, view.seq):
        if each.id != view.id:
            continue
        by = roster.disputes.kept.get(each.by_id) or reading.entry(each.by, each.by_seq)
        record = parse_record(BodyErased.KIND, each.by.channel, by.body)
        assert isinstance(record, BodyErased)
        shown = entries.get(reading, each.by_id)
        return ErasureView(
            entry=shown.id, station=shown.station, time=shown.time, reason=record.reason
        ), shown
    return None


async def afind_erasure(node: "Node", view: "EntryView") -> ErasureView | None:
    """:func:`find_erasure` of this node's store, and who else holds the erasure."""
    roster = node.roster
    found = await node.store.aread(lambda reading: find_erasure(reading, roster, view))
    if found is None:
        return None
    held_by = await find_own_holders(node, found[1])
    return found[0].model_copy(update={"held_by": held_by})


async def erase(node: "Node", id_: str, reason: ErasureReason) -> ErasureView:
    """Erase the body of an own entry, here at once and wherever the erasure arrives.

    Raises:
        NotFoundError, NotAllowedError, InvalidError, ConflictError: as :func:`draft_erasure`.
    """
    me, roster = node.me, node.roster
    channel, record = await node.store.aread(
        lambda reading: draft_erasure(reading, me, roster, id_, reason)
    )
    await node.publisher.apublish_many([(record, "-")], channel)
    view = await node.store.aread(lambda reading: entries.get(reading, id_))
    assert view.reason in (Reason.ERASED, Reason.REVOKED, Reason.DISPUTED)
    erased = await afind_erasure(node, view)
    assert erased is not None
    return erased
