"""A backup brings back what is precious, and a restored node does not fork itself."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from node.backup import FILES, create_backup, restore_backup
from node.errors import ConflictError, StoreError
from node.files import Blobs
from node.readmodels import PROJECTIONS
from node.rebuild import readmodel_digest
from node.store import Draft
from protocol.keys import digest
from protocol.records import LogOpened, parse_record
from tests.builders import Country, NodeInTest, StationInTest, TestClock, need

Open = Callable[..., NodeInTest]


@pytest.fixture
def station(country: Country) -> StationInTest:
    return country.national.admit("四川", "regional")


@pytest.fixture
def node(tmp_path: Path, country: Country, station: StationInTest) -> NodeInTest:
    """A node with entries of its own and a private row."""
    made = open_node(tmp_path / "old", station)
    made.ingest.receive(country.national.text(), "peer")
    made.publisher.publish(need("备份之前"))
    row = {"id": "d", "kind": "need.published/1", "body": "{}", "changed_ms": 1}
    made.store.write(lambda tx: tx.insert(Draft, [row]))
    return made


def open_node(folder: Path, station: StationInTest) -> NodeInTest:
    folder.mkdir(exist_ok=True)
    return NodeInTest.open("sqlite:///node.db", folder, station, PROJECTIONS)


def test_a_restored_node_holds_the_same_and_goes_on_in_a_new_epoch_and_feed(
    tmp_path: Path, node: NodeInTest, station: StationInTest, clock: TestClock
) -> None:
    file, new = tmp_path / "yizhan.backup", tmp_path / "new"
    create_backup("sqlite:///node.db", tmp_path / "old", file)
    before = node.store.read(lambda r: readmodel_digest(r, PROJECTIONS))
    logs, old_epoch = node.store.read(lambda r: (b"".join(r.log_texts()), r.feed_epoch))
    lost = node.publisher.publish(need("备份之后"))
    node.close()
    new.mkdir()

    restore_backup("sqlite:///node.db", new, file, clock)

    restored = open_node(new, station)
    assert restored.store.read(lambda r: b"".join(r.log_texts())) == logs
    assert restored.store.read(lambda r: readmodel_digest(r, PROJECTIONS)) == before
    assert restored.store.read(lambda r: r.feed_epoch) > old_epoch
    made = restored.publisher.publish(need("恢复之后"))
    assert made.header.epoch > lost.header.epoch
    opening = restored.store.read(lambda r: r.entry(made.header.log, 0))
    record = parse_record(LogOpened.KIND, "needs", opening.body)
    assert isinstance(record, LogOpened)
    assert record.why == "restore"
    restored.close()


def test_a_backup_is_its_owners_alone_and_holds_the_private_rows(
    tmp_path: Path, node: NodeInTest, clock: TestClock
) -> None:
    file, new = tmp_path / "yizhan.backup", tmp_path / "new"
    new.mkdir()

    rows = create_backup("sqlite:///node.db", tmp_path / "old", file)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert restore_backup("sqlite:///node.db", new, file, clock) == rows
    node.close()


def test_a_backup_is_not_written_over_another_nor_restored_over_a_store(
    tmp_path: Path, node: NodeInTest, clock: TestClock
) -> None:
    file = tmp_path / "yizhan.backup"
    create_backup("sqlite:///node.db", tmp_path / "old", file)
    node.close()

    with pytest.raises(ConflictError):
        create_backup("sqlite:///node.db", tmp_path / "old", file)
    with pytest.raises(ConflictError):
        restore_backup("sqlite:///node.db", tmp_path / "old", file, clock)


def test_what_is_no_backup_is_refused(tmp_path: Path, clock: TestClock) -> None:
    folder = tmp_path / "new"
    folder.mkdir()
    (tmp_path / "notes.txt").write_text("不是备份" * 100, "utf-8")

    with pytest.raises(StoreError, match="no backup"):
        restore_backup("sqlite:///node.db", folder, tmp_path / "notes.txt", clock)
    with pytest.raises(StoreError, match="not there"):
        restore_backup("sqlite:///node.db", folder, tmp_path / "nothing", clock)
    with pytest.raises(StoreError, match="no store"):
        create_backup("sqlite:///other.db", folder, tmp_path / "copy")
    assert not list(tmp_path.glob("copy*"))


def test_files_come_back_with_the_rest(
    tmp_path: Path, node: NodeInTest, station: StationInTest, clock: TestClock
) -> None:
    kept = Blobs(tmp_path / "old" / FILES, clock)
    upload = kept.new_upload("x")
    upload.write_bytes(b"content")
    kept.adopt(upload, digest(b"content"))
    create_backup("sqlite:///node.db", tmp_path / "old", tmp_path / "yizhan.backup")
    (tmp_path / "new").mkdir()

    restore_backup("sqlite:///node.db", tmp_path / "new", tmp_path / "yizhan.backup", clock)

    assert Blobs(tmp_path / "new" / FILES, clock).get(digest(b"content")).read_bytes() == b"content"
