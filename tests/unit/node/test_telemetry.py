"""Log lines keep their Chinese; figures are one node's own."""

import io
import json

import structlog

from node.telemetry import Metrics, configure_logging, get_log


def test_json_lines_keep_chinese_and_fields() -> None:
    out = io.StringIO()
    configure_logging("info", "json", out)
    try:
        log = get_log(node="四川")
        log.info("需求已发布", count=3)
        log.debug("not shown")
    finally:
        structlog.reset_defaults()
    (line,) = out.getvalue().splitlines()
    assert "需求已发布" in line
    told = json.loads(line)
    assert (told["node"], told["count"], told["level"]) == ("四川", 3, "info")


def test_console_lines_are_for_reading() -> None:
    out = io.StringIO()
    configure_logging("warning", "console", out)
    try:
        get_log().warning("端口被占用")
    finally:
        structlog.reset_defaults()
    assert "端口被占用" in out.getvalue()
    assert "\x1b" not in out.getvalue()


def test_two_nodes_in_one_process_count_apart() -> None:
    one, other = Metrics(), Metrics()
    one.outcomes.labels("accepted").inc(5)
    assert b'yizhan_ingest_entries_total{code="accepted"} 5.0' in one.text()
    assert b"accepted" not in other.text()
    assert b"process_resident_memory_bytes" in one.text()
