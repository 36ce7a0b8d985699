"""Computing a ranking from signed entries only, on any node, bit for bit alike (P5, SPEC 13).

A cut names heads of registry and performance logs. Everything the ranking rests on is read from
the entries up to those heads: who the stations were and who stood above whom, the reports, and
the approvals. Later entries, later revocations and local state make no difference.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from node.errors import ConflictError, NotFoundError
from node.judging import Judge
from node.projection import Fact
from node.readmodels import cuts, entries
from node.readmodels.approvals import ReportAct, judge_report, replaced_parent
from protocol.genesis import Network
from protocol.header import LogId, entry_id, parse_header
from protocol.records.performance import (
    CUT_HEADS_MAX,
    RANKING_ROWS_MAX,
    CutNamed,
    RankingPublished,
    ReportApproved,
    ReportCompiled,
    ReportReturned,
)
from protocol.roster import RegistryEntry, Roster, fold
from protocol.scoring import ReportIn, Row, rank, ranking_digest

if TYPE_CHECKING:
    from node.store import Reading

REGISTRY = "registry"
PERFORMANCE = "performance"

Item = TypeVar("Item")

CutHead = tuple[str, int, int, str]
"""Author key, epoch, seq, entry id."""


@dataclass(frozen=True, slots=True)
class Computed:
    """A ranking as this node computes it."""

    rows: tuple[Row, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class _Filed:
    """A report in the cut, and who wrote it in which place of which log."""

    fact: Fact
    record: ReportCompiled


def name_heads(reading: "Reading") -> list[CutHead]:
    """The heads a cut taken now names: all registry and performance logs, in one order."""
    heads = reading.heads(channel=REGISTRY) + reading.heads(channel=PERFORMANCE)
    return sorted((head.log.author, head.log.epoch, head.seq, head.id) for head in heads)


def cut_records(name: str, period: str, heads: Sequence[CutHead]) -> list[CutNamed]:
    """The records that name a cut, as many parts as it takes."""
    pages = _pages(heads, CUT_HEADS_MAX)
    return [
        CutNamed(name=name, period=period, part=part, parts=len(pages), heads=tuple(page))
        for part, page in enumerate(pages, 1)
    ]


def ranking_records(
    name: str, period: str, policy: str, cut: Sequence[str], computed: Computed
) -> list[RankingPublished]:
    """The records that publish a ranking, as many parts as it takes."""
    pages = _pages(computed.rows, RANKING_ROWS_MAX)
    return [
        RankingPublished(
            name=name,
            period=period,
            policy=policy,
            cuts=tuple(cut),
            part=part,
            parts=len(pages),
            digest=computed.digest,
            rows=tuple(page),
        )
        for part, page in enumerate(pages, 1)
    ]


def _pages(items: Sequence[Item], size: int) -> list[Sequence[Item]]:
    return [items[start : start + size] for start in range(0, max(1, len(items)), size)]


def compute_ranking(
    reading: "Reading", network: Network, policy: str, cut: Sequence[str], period: str
) -> Computed:
    """Compute the ranking of a period by a policy over a cut.

    Args:
        policy: the policy's entry id.
        cut: the entry ids of the cut's parts.
        period: only reports of this period count.

    Raises:
        NotFoundError: policy or cut is not held here.
        ConflictError: entries the cut names are not held here yet.
    """
    weights = cuts.get_policy_record(reading, policy).policy()
    logs = _locate(reading, [head for id_ in cut for head in cuts.get_cut_part(reading, id_).heads])
    roster = _roster_at(reading, network, [each for each in logs if each[0].channel == REGISTRY])
    performance = [each for each in logs if each[0].channel == PERFORMANCE]
    reports = _approved(roster, *_filed(reading, roster, performance, period))
    stations = {
        station.id: tier
        for station in roster.stations.values()
        if station.ended is None and (tier := roster.tier(station.id)) not in (None, "national")
    }
    rows = rank(weights, reports, stations)
    return Computed(rows, ranking_digest(rows))


def _locate(reading: "Reading", heads: Sequence[CutHead]) -> list[tuple[LogId, int]]:
    """Find each head among the stored entries: its log, and how far the log counts."""
    held = entries.find_many(reading, [head[3] for head in heads])
    lacking = 0
    found = []
    for author, epoch, seq, id_ in heads:
        entry = held.get(id_)
        if entry is None:
            lacking += 1
        elif (entry.author, entry.epoch, entry.seq) == (author, epoch, seq):
            found.append((entry.log, seq))
    if lacking:
        raise ConflictError(
            f"{lacking} of the {len(heads)} logs the cut names are not held here up to it",
            "Wait until this node has caught up with its peers, then try again.",
        )
    return found


def _roster_at(reading: "Reading", network: Network, logs: Sequence[tuple[LogId, int]]) -> Roster:
    found = []
    for log, last in logs:
        for run in reading.runs(log, 0, last):
            headers, bodies = run.lines()
            for line, body in zip(headers, bodies, strict=True):
                header = parse_header(line)
                found.append(
                    RegistryEntry(
                        entry_id(line),
                        log.author,
                        log.epoch,
                        header.seq,
                        header.time,
                        header.kind,
                        body,
                    )
                )
    return fold(network, found)


def _filed(
    reading: "Reading", roster: Roster, logs: Sequence[tuple[LogId, int]], period: str
) -> tuple[list[_Filed], dict[str, list[ReportAct]]]:
    reports: list[_Filed] = []
    acts: dict[str, list[ReportAct]] = {}
    judge = Judge(reading, roster)
    for log, last in logs:
        for run in reading.runs(log, 0, last):
            for fact in judge.stored(run):
                record = fact.record
                if isinstance(record, ReportCompiled) and record.period == period:
                    reports.append(_Filed(fact, record))
                elif isinstance(record, ReportApproved | ReportReturned):
                    acts.setdefault(record.report, []).append(_act(fact, record))
    return reports, acts


def _act(fact: Fact, record: ReportApproved | ReportReturned) -> ReportAct:
    return ReportAct(
        id=fact.id,
        report=record.report,
        station=fact.station,
        author=fact.log.author,
        epoch=fact.log.epoch,
        seq=fact.seq,
        time=fact.time,
        kind=fact.kind,
        reason="",
    )


def _approved(
    roster: Roster, filed: Sequence[_Filed], acts: dict[str, list[ReportAct]]
) -> list[ReportIn]:
    """The newest approved report of each station, by its place in the station's logs."""
    newest: dict[str, tuple[tuple[int, int, str], ReportIn]] = {}
    for each in filed:
        fact = each.fact
        act = judge_report(roster, fact.station, acts.get(fact.id, []))
        if act is None or act.kind != ReportApproved.KIND:
            continue
        place = (fact.log.epoch, fact.seq, fact.id)
        if fact.station in newest and newest[fact.station][0] > place:
            continue
        report = ReportIn(
            fact.station,
            roster.tier(fact.station) or "",
            dict(each.record.indicators),
            fact.id,
            act.station,
            replaced_parent(roster, fact.station, act.station) or None,
        )
        newest[fact.station] = (place, report)
    return [report for _, report in newest.values()]


def find_cut(reading: "Reading", name: str) -> tuple[str, list[str]]:
    """The newest whole cut of a name: its period and the ids of its parts in order.

    Raises:
        NotFoundError: no whole cut has that name.
    """
    by_series: dict[tuple[str, str, int], dict[int, cuts.CutView]] = {}
    for part in cuts.find_cuts(reading, name):
        series = (part.station, part.period, part.parts)
        by_series.setdefault(series, {}).setdefault(part.part, part)
    for (_, period, parts), found in by_series.items():
        if len(found) == parts:
            return period, [found[number].id for number in range(1, parts + 1)]
    raise NotFoundError(f"no whole cut is named {name}", "Name one: yizhan ranking cut …")
