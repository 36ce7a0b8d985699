"""Read models can be dropped and folded again from the signed entries, to the same digest (P9)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import JSON, Boolean, Column, LargeBinary, Text, delete, update
from sqlmodel import Field, SQLModel

from node.projection import Fact, Projection
from node.readmodels import PROJECTIONS
from node.readmodels.entries import EntryRow
from node.rebuild import Digests, arebuild, readmodel_digest, rebuild
from node.store import Draft, Reading, Writing, table_of
from protocol.records import LogCut, NeedPublished, NeedWithdrawn
from protocol.roster import Roster
from tests.builders import Country, NodeInTest, StationInTest, need, result

Open = Callable[..., NodeInTest]


class TitleRow(SQLModel, table=True):
    """A read model of every column type one may have."""

    __tablename__ = "title_in_test"

    title: str = Field(sa_column=Column(Text, primary_key=True))
    seq: int
    is_chinese: bool = Field(sa_column=Column(Boolean, nullable=False))
    words: dict[str, object] = Field(sa_column=Column(JSON, nullable=False))
    raw: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    note: str | None = None


def _project(tx: Writing, roster: Roster, facts: Sequence[Fact]) -> None:
    rows = {}
    for fact in facts:
        assert isinstance(fact.record, NeedPublished)
        title = fact.record.title
        rows[title] = {
            "title": title,
            "seq": fact.seq,
            "is_chinese": not title.isascii(),
            "words": {"b": [1, None, True], "a": title},
            "raw": title.encode(),
            "note": None,
        }
    tx.upsert(TitleRow, list(rows.values()), newer=("seq",))


TITLES = Projection("titles", 1, (TitleRow,), frozenset({"need.published/1"}), _project)


def digests(node: NodeInTest) -> Digests:
    return node.store.read(lambda r: readmodel_digest(r, node.ingest.projections))


def story(country: Country) -> StationInTest:
    """A regional station with needs, results and a revoked neighbour."""
    sichuan = country.national.admit("四川", "regional", division="510000")
    zhejiang = country.national.admit("浙江", "regional", division="330000")
    first = sichuan.sign(need("需求 A"))
    for number in range(280):
        sichuan.sign(need(f"需求{number}"))
    sichuan.sign(NeedWithdrawn(), subject=first.id)
    sichuan.sign(result())
    sichuan.sign_raw("needs", "need.dreamt/1", b"{}")
    kept = zhejiang.sign(need("z"))
    zhejiang.sign(need("é"))
    cut = LogCut(channel="needs", epoch=kept.header.epoch, seq=1, id=kept.id)
    country.national.end(zhejiang, (cut,))
    country.national.clock.now += 1
    sichuan.neighbour = zhejiang  # type: ignore[attr-defined]
    return sichuan


@pytest.fixture
def node(open_node: Open, country: Country) -> NodeInTest:
    sichuan = story(country)
    made = open_node(sichuan, (*PROJECTIONS, TITLES))
    made.ingest.receive(country.national.text() + sichuan.text(), "peer")
    return made


def test_a_rebuild_gives_the_digest_there_was_before(node: NodeInTest) -> None:
    before = digests(node)
    told: list[tuple[int, int]] = []

    after = rebuild(node.store, node.ingest, lambda done, total: told.append((done, total)))

    assert after == before == digests(node)
    assert set(after.by_name) == {p.name for p in PROJECTIONS} | {"titles"}
    assert told[-1][0] == told[-1][1] == node.store.read(lambda r: r.counts()["entries"])


async def test_a_rebuild_mends_a_read_model_that_was_spoilt(node: NodeInTest) -> None:
    before = digests(node)

    def spoil(tx: Writing) -> None:
        tx.connection.execute(update(table_of(EntryRow)).values(kind="x"))
        tx.connection.execute(delete(table_of(TitleRow)))

    node.store.write(spoil)
    spoilt = digests(node)
    assert spoilt.by_name["entries"] != before.by_name["entries"]
    assert spoilt.by_name["titles"] != before.by_name["titles"]

    assert await arebuild(node.store, node.ingest) == before


def test_a_rebuild_does_not_touch_private_tables(node: NodeInTest) -> None:
    row = {"id": "d", "kind": "need.published/1", "body": "{}", "changed_ms": 1}
    node.store.write(lambda tx: tx.insert(Draft, [row]))

    rebuild(node.store, node.ingest)

    def drafts(reading: Reading) -> int:
        return len(reading.connection.execute(table_of(Draft).select()).all())

    assert node.store.read(drafts) == 1


def test_any_order_of_arrival_gives_the_same_read_models(
    node: NodeInTest, open_node: Open, country: Country
) -> None:
    sichuan = node.station
    other = open_node(sichuan, (*PROJECTIONS, TITLES), name="other")
    other.ingest.receive(country.national.text(), "peer")
    for channel in ("results", "needs"):
        log = sichuan.log(channel)
        for start in range(0, len(log.headers), 100):
            other.ingest.receive(log.text(start, start + 99), "peer")

    assert digests(other) == digests(node)


@pytest.mark.postgres
def test_both_databases_come_to_the_same_digest(
    country: Country, tmp_path: Path, new_postgres: Callable[[str], str]
) -> None:
    sichuan = story(country)
    found = []
    for name, url in (("sqlite", "sqlite:///node.db"), ("postgres", new_postgres("node"))):
        (tmp_path / name).mkdir()
        node = NodeInTest.open(url, tmp_path / name, sichuan, (*PROJECTIONS, TITLES))
        node.ingest.receive(country.national.text() + sichuan.text(), "peer")
        found.append(digests(node))
        node.close()

    assert found[0] == found[1]


def test_a_read_model_of_a_new_version_is_folded_anew_at_start(
    node: NodeInTest, open_node: Open
) -> None:
    before = digests(node)
    node.store.write(lambda tx: tx.connection.execute(delete(table_of(TitleRow))))
    node.close()
    same = open_node(node.station, (*PROJECTIONS, TITLES))
    assert digests(same) != before
    same.close()

    newer = open_node(node.station, (*PROJECTIONS, replace(TITLES, version=2)))

    assert digests(newer) == before


def test_entries_beyond_a_later_cut_give_the_same_models_as_if_they_had_never_counted(
    open_node: Open, country: Country
) -> None:
    sichuan = story(country)
    zhejiang: StationInTest = sichuan.neighbour  # type: ignore[attr-defined]
    national = country.national.log("registry")
    before_end = national.text(0, len(national.headers) - 2)
    late = open_node(sichuan, (*PROJECTIONS, TITLES), name="late")
    late.ingest.receive(before_end, "peer")
    late.ingest.receive(zhejiang.text(), "peer")
    late.ingest.receive(sichuan.text(), "peer")
    assert {"é", "z"} <= titles(late)

    late.ingest.receive(national.text(), "peer")

    assert "é" not in titles(late)
    assert "z" in titles(late)
    assert digests(late) == rebuild(late.store, late.ingest)


def titles(node: NodeInTest) -> set[str]:
    query = table_of(TitleRow).select()
    return {row.title for row in node.store.read(lambda r: r.connection.execute(query).all())}
