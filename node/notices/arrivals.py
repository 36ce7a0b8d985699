"""What arrived in the feed and concerns this station, told once (must-have 6, 25).

The mark up to which the feed was read moves in the transaction of the notices, so that a node that
dies in between reads the same stretch again; what was told before is known by its id. Where the
feed is another one or has forgotten, everything of this station's is looked at instead.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from node.capability import Job, Workplace
from node.notices.cases import tell_of_case
from node.notices.telling import Told, find_given, settle, tell
from node.readmodels import approaches, entries, performance, referrals
from node.readmodels.approvals import parents_of
from node.store import NoticeMark, table_of
from protocol.errors import Reason
from protocol.header import entry_id, parse_header
from protocol.records import BodyErased, find_record
from protocol.records.performance import ReportApproved, ReportCompiled, ReportReturned
from protocol.records.registry import FlawShown, ForkShown

if TYPE_CHECKING:
    from node.readmodels.performance import ReportView
    from node.store import Reading, StoredRun

EVERY_S = 5
FEED_BYTES = 4 * 1024 * 1024
PAGES_MAX = 16
"""Pages of the feed in one transaction; the rest waits for the next time."""
CHANNELS = ("registry", "referrals", "performance")
MARK = "feed"
BACKLOG_MS = 30 * 24 * 3_600_000
"""What a station that begins to be told things is told of its past."""
ROWS = 500

_MARK = table_of(NoticeMark)
_EVIDENCE = frozenset({ForkShown.KIND, FlawShown.KIND})
_REPORTS = frozenset({ReportCompiled.KIND, ReportApproved.KIND, ReportReturned.KIND})


@dataclass
class Touched:
    """What the entries after a mark speak of, and the mark after them."""

    epoch: int
    position: int
    cases: dict[str, None] = field(default_factory=dict)
    reports: dict[str, None] = field(default_factory=dict)
    evidence: dict[str, None] = field(default_factory=dict)
    erasures: dict[str, tuple[str, ...]] = field(default_factory=dict)
    since_ms: int = 0


async def tell_of_arrivals(node: Workplace) -> None:
    """Read on in the feed and tell of what concerns this station."""
    me = node.roster.station_of(node.keyring.signing.public)
    if me is None:
        return
    roster, now_ms = node.roster, node.clock.now_ms()
    keys = frozenset(key.public for key in node.keyring.signing_keys)
    mark = await node.store.aread(_read_mark)
    if mark is not None and await node.store.aread(lambda each: _is_at_head(each, mark)):
        return
    await node.store.awrite(lambda tx: _tell_all(Told(tx, roster, me.id, keys, now_ms)))


def _read_mark(reading: "Reading") -> tuple[int, int] | None:
    row = reading.connection.execute(select(_MARK).where(_MARK.c.name == MARK)).first()
    return None if row is None else (row.epoch, row.position)


def _is_at_head(reading: "Reading", mark: tuple[int, int]) -> bool:
    return mark == (reading.feed_epoch, reading.feed_head)


def _tell_all(told: Told) -> None:
    tx, mark = told.tx, _read_mark(told.tx)
    is_known = (
        mark is not None and mark[0] == tx.feed_epoch and tx.feed_floor <= mark[1] <= tx.feed_head
    )
    if is_known:
        assert mark is not None
        touched = _read_on(tx, mark)
    else:
        since_ms = 0 if mark is not None else told.now_ms - BACKLOG_MS
        touched = _look_at_everything(tx, told.me, since_ms)
    _tell_cases(told, touched)
    _tell_reports(told, touched)
    _tell_evidence(told, touched)
    _tell_erasures(told, touched)
    tx.connection.execute(delete(_MARK).where(_MARK.c.name == MARK))
    row = {"name": MARK, "epoch": touched.epoch, "position": touched.position}
    tx.insert(NoticeMark, [row])


def _read_on(tx: "Reading", mark: tuple[int, int]) -> Touched:
    touched = Touched(*mark)
    for _ in range(PAGES_MAX):
        page = tx.feed(touched.position, CHANNELS, FEED_BYTES)
        for run in page.runs:
            _look_at(touched, run)
        moved, touched.position = page.position > touched.position, page.position
        if not page.more or not moved:
            break
    return touched


def _look_at(touched: Touched, run: "StoredRun") -> None:
    for line, body in zip(*run.lines(), strict=True):
        header = parse_header(line)
        if header.kind == BodyErased.KIND:
            _look_at_erasure(touched, entry_id(line), run.log.channel, body)
        elif run.log.channel == "referrals":
            touched.cases[entry_id(line) if header.subject == "-" else header.subject] = None
        elif header.kind in _EVIDENCE:
            touched.evidence[entry_id(line)] = None
        elif header.kind in _REPORTS:
            _look_at_report(touched, entry_id(line), header.kind, body)


def _look_at_report(touched: Touched, id_: str, kind: str, body: bytes) -> None:
    record = find_record(kind, "performance", body)
    if isinstance(record, ReportApproved | ReportReturned):
        touched.reports[record.report] = None
    elif record is not None:
        touched.reports[id_] = None


def _look_at_everything(tx: "Reading", me: str, since_ms: int) -> Touched:
    """All cases and reports of this station and of those it judges, and all evidence."""
    touched = Touched(tx.feed_epoch, tx.feed_head, since_ms=since_ms)
    after = ""
    while found := referrals.find(tx, station=me, limit=ROWS, after=after):
        touched.cases.update(dict.fromkeys(each.id for each in found))
        after = found[-1].id
    after = ""
    while asked := approaches.find(tx, station=me, limit=ROWS, after=after):
        touched.cases.update(dict.fromkeys(each.id for each in asked))
        after = asked[-1].id
    after = ""
    while reports := performance.find(tx, limit=ROWS, after=after):
        touched.reports.update(dict.fromkeys(each.id for each in reports))
        after = reports[-1].id
    for kind in (*_EVIDENCE, BodyErased.KIND):
        after = ""
        while shown := entries.find(tx, kind=kind, limit=ROWS, after=after):
            for each in shown:
                if kind == BodyErased.KIND:
                    _look_at_erasure(
                        touched, each.id, each.channel, tx.entry(each.log, each.seq).body
                    )
                else:
                    touched.evidence[each.id] = None
            after = shown[-1].id
    return touched


def _look_at_erasure(touched: Touched, id_: str, channel: str, body: bytes) -> None:
    record = find_record(BodyErased.KIND, channel, body)
    if record is not None:
        touched.erasures[id_] = tuple(record.references())


def _tell_cases(told: Told, touched: Touched) -> None:
    for id_ in touched.cases:
        tell_of_case(told, id_, touched.since_ms)


def _tell_reports(told: Told, touched: Touched) -> None:
    for id_ in touched.reports:
        report = performance.find_one(told.tx, id_)
        if report is None or report.time < touched.since_ms:
            continue
        if report.station == told.me:
            _tell_judged(told, report)
        elif told.me in parents_of(told.roster, report.station):
            _tell_waiting(told, report)


def _tell_judged(told: Told, report: "ReportView") -> None:
    if report.judgement and report.judged_by != told.me:
        given = {"period": report.period, "station": told.name(report.judged_by)}
        kind = f"report.{report.state}"
        tell(
            told.tx, told.now_ms, kind, report.id, key=report.judgement, given=given,
            link=f"/stations/{told.me}",
        )  # fmt: skip


def _tell_waiting(told: Told, report: "ReportView") -> None:
    if report.judgement:
        settle(told.tx, told.now_ms, ("report.waiting",), report.id)
        return
    given = {"period": report.period, "station": told.name(report.station)}
    link = f"/stations/{report.station}"
    tell(told.tx, told.now_ms, "report.waiting", report.id, given=given, link=link)


def _tell_evidence(told: Told, touched: Touched) -> None:
    """That somebody has shown an own log to be forked or an own entry to be unsigned."""
    for view in entries.find_many(told.tx, touched.evidence).values():
        if view.reason:
            continue
        record = find_record(view.kind, view.channel, told.tx.entry(view.log, view.seq).body)
        if isinstance(record, ForkShown):
            line = record.branches[0][0]
        elif isinstance(record, FlawShown):
            line = record.header
        else:
            continue
        if parse_header(line.encode()).log.author in told.keys:
            tell(told.tx, told.now_ms, "log.disputed", view.id)


def _tell_erasures(told: Told, touched: Touched) -> None:
    """That another station took back what this one was told of: it is not to be used any more."""
    for by, named in touched.erasures.items():
        for view in entries.find_many(told.tx, named).values():
            case = view.id if view.subject == "-" else view.subject
            known = find_given(told.tx, case)
            if known is None or view.reason != Reason.ERASED or view.station == told.me:
                continue
            given = {**known, "station": told.name(view.station)}
            settle(told.tx, told.now_ms, ("contact.disclosed", "referral.requested"), case)
            tell(told.tx, told.now_ms, "body.erased", case, key=f"{by} {view.id}", given=given)


JOB = Job("tell-of-arrivals", EVERY_S, tell_of_arrivals)
