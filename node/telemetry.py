"""What a node tells its keepers: structured log lines and figures for Prometheus."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal, TextIO

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector


@contextmanager
def _without_rich() -> Iterator[None]:
    """Hide rich while structlog loads: its tracebacks cost every node 5 MB nobody looks at."""
    kept = sys.modules.get("rich")
    sys.modules["rich"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["rich"]
        if kept is not None:
            sys.modules["rich"] = kept


with _without_rich():
    import structlog

Log = structlog.typing.FilteringBoundLogger

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_LATENCY_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60)


def configure_logging(
    level: str, format_: Literal["json", "console"], stream: TextIO | None = None
) -> None:
    """Send log lines to ``stream`` (standard error): JSON with Chinese kept, or lines to read.

    Args:
        level: debug, info, warning or error.
        format_: ``json`` for machines, ``console`` for people.
    """
    out = stream or sys.stderr
    number = logging.getLevelNamesMapping()[level.upper()]
    steps: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    if format_ == "json":
        steps += [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    else:
        plain = structlog.dev.plain_traceback
        steps.append(structlog.dev.ConsoleRenderer(colors=out.isatty(), exception_formatter=plain))
    structlog.configure(
        processors=steps,
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=max(number, logging.WARNING), stream=out, format="%(message)s")


def get_log(**fields: Any) -> Log:
    """A logger whose every line carries ``fields``."""
    log: Log = structlog.get_logger(**fields)
    return log


class Metrics:
    """The figures of one node, in a registry of its own (several nodes may share a process)."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self.requests = Counter(
            "yizhan_http_requests_total",
            "HTTP requests answered",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.latency = Histogram(
            "yizhan_http_request_seconds",
            "Time to answer, long polls apart",
            ("route",),
            buckets=_LATENCY_S,
            registry=self.registry,
        )
        self.outcomes = Counter(
            "yizhan_ingest_entries_total",
            "Entries taken from other nodes, by outcome code",
            ("code",),
            registry=self.registry,
        )
        self.jobs = Counter(
            "yizhan_job_runs_total",
            "Scheduled work, by outcome",
            ("job", "outcome"),
            registry=self.registry,
        )
        self.position = Gauge(
            "yizhan_feed_position", "Last position of this node's feed", registry=self.registry
        )
        self.peers = Gauge("yizhan_peers", "Peers by state", ("state",), registry=self.registry)
        self.stations = Gauge("yizhan_stations", "Stations in the roster", registry=self.registry)

    def text(self) -> bytes:
        """The figures in Prometheus' text format."""
        return generate_latest(self.registry)
