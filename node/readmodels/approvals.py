"""Whose word on a performance report is in force (P3: a dead parent's place can be taken)."""

from collections.abc import Sequence

from pydantic import ConfigDict

from node.model import Model
from protocol.roster import Roster


class ReportAct(Model):
    """An approval or return as it was signed; whether it counts is :func:`judge_report`'s."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: str
    report: str
    station: str
    author: str
    epoch: int
    seq: int
    time: int
    kind: str
    reason: str


def judge_report(roster: Roster, station: str, acts: Sequence[ReportAct]) -> ReportAct | None:
    """The approval or return of a station's report that is in force, or None.

    Only a station above the reporter counts; a station with nobody above it answers for itself.
    Of several the higher station's word holds, then the later in its logs, then the smaller id.
    """
    ancestors = set(roster.ancestors(station))
    able = [
        act
        for act in acts
        if act.station in ancestors or (not ancestors and act.station == station)
    ]
    if not able:
        return None
    height = {act.station: len(set(roster.ancestors(act.station))) for act in able}
    return min(able, key=lambda act: (height[act.station], -act.epoch, -act.seq, act.id))


def parents_of(roster: Roster, station: str) -> list[str]:
    """The stations directly above, one for each hierarchy, in their order."""
    found = roster.stations.get(station)
    if found is None:
        return []
    return [each.parent for each in found.memberships if each.parent]


def replaced_parent(roster: Roster, station: str, judge: str) -> str:
    """The parent in whose place ``judge`` spoke of ``station``'s report; empty if it is one."""
    parents = parents_of(roster, station)
    return "" if not parents or judge in parents else parents[0]
