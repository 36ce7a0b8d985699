"""Files on disk, what they may be, how they are sealed, and how many are kept (SPEC 14)."""

import io
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from node.errors import ConflictError, InvalidError, NotFoundError, StoreError
from node.files.archive import FILE, read_files, write_files
from node.files.attaching import OpenFile, clean_name
from node.files.blobs import Blobs, read_stretch
from node.files.envelopes import open_file, seal_file
from node.files.media import find_media, known_media
from protocol.errors import Refused
from protocol.keys import digest
from protocol.limits import FILE_CHUNK_BYTES
from protocol.sealing import TAG_BYTES, sealed_size
from tests.builders import TestClock

KEY = b"k" * 32


@pytest.fixture
def blobs(tmp_path: Path, clock: TestClock) -> Blobs:
    return Blobs(tmp_path / "files", clock)


def keep(blobs: Blobs, content: bytes) -> str:
    path = blobs.new_upload(digest(content)[:8])
    path.write_bytes(content)
    blobs.adopt(path, digest(content))
    return digest(content)


def office(member: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(member, "x")
    return made.getvalue()


def test_a_file_lies_under_its_content_for_its_owner_alone(blobs: Blobs, clock: TestClock) -> None:
    name = keep(blobs, b"content")

    assert blobs.get(name).read_bytes() == b"content"
    assert blobs.get(name).stat().st_mode & 0o777 == 0o600
    assert len(blobs.get(name).parent.name) == 2
    assert list(blobs.digests()) == [name]
    assert (blobs.held(name), blobs.size(), blobs.came_ms(name)) == (7, 7, clock.now_ms())
    assert read_stretch(blobs.get(name), 3, 2) == b"te"


def test_bytes_that_are_not_those_named_are_thrown_away(blobs: Blobs) -> None:
    path = blobs.new_upload("x")
    path.write_bytes(b"other")

    with pytest.raises(ConflictError):
        blobs.adopt(path, digest(b"content"))

    assert (path.exists(), list(blobs.digests())) == (False, [])


def test_a_file_that_is_not_here_is_not_found(blobs: Blobs) -> None:
    with pytest.raises(NotFoundError):
        blobs.get(digest(b"content"))
    assert (blobs.has(digest(b"x")), blobs.held(digest(b"x")), blobs.came_ms(digest(b"x"))) == (
        False,
        0,
        0,
    )
    blobs.drop(digest(b"content"))


def test_a_part_grows_until_it_is_whole_and_old_ones_are_cleared(
    blobs: Blobs, clock: TestClock
) -> None:
    name = digest(b"content")

    assert (blobs.append(name, b"con"), blobs.append(name, b"tent")) == (3, 7)
    assert (blobs.held(name), blobs.has(name)) == (7, False)
    blobs.clear_parts(0)
    assert blobs.held(name) == 7
    blobs.clear_parts(2**60)
    assert blobs.held(name) == 0


@pytest.mark.parametrize(
    ("name", "content", "media"),
    [
        ("报告.pdf", b"%PDF-1.7\n", "application/pdf"),
        ("图.PNG", b"\x89PNG\r\n\x1a\n123", "image/png"),
        ("照片.jpg", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("图.webp", b"RIFF1234WEBP", "image/webp"),
        ("说明.txt", "第一行\n第二行".encode(), "text/plain"),
        ("表.csv", "编号,名称".encode("gb18030"), "text/csv"),
        ("空.txt", b"", "text/plain"),
        ("老.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/msword"),
        ("包.zip", office("a"), "application/zip"),
    ],
)
def test_a_file_that_is_what_its_name_says_is_taken(
    tmp_path: Path, name: str, content: bytes, media: str
) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)

    assert find_media(path, name) == media
    assert known_media(media) == media


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("工具.exe", b"MZ"),
        ("网页.html", b"<script>"),
        ("图.svg", b"<svg/>"),
        ("无后缀", b"%PDF-"),
        ("报告.pdf", b"MZ\x90\x00"),
        ("表.xlsx", office("word/document.xml")),
        ("表.xlsx", b"PK\x03\x04 cut off"),
        ("说明.txt", b"\x00\x01\x02"),
        ("说明.txt", b"\xff\xfe" + "甲".encode("utf-16-le")[:1] + b"\x00"),
        ("图.webp", b"RIFF1234WAVE"),
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)

    with pytest.raises(InvalidError):
        find_media(path, name)


def test_office_files_are_known_by_what_they_hold(tmp_path: Path) -> None:
    for name, member in (
        ("a.docx", "word/document.xml"),
        ("a.xlsx", "xl/workbook.xml"),
        ("a.pptx", "ppt/presentation.xml"),
    ):
        path = tmp_path / name
        path.write_bytes(office(member))
        assert find_media(path, name).startswith("application/vnd.openxmlformats-")


def test_what_another_station_says_a_file_is_is_not_repeated_unless_known() -> None:
    assert known_media("text/html") == "application/octet-stream"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("C:\\桌面\\报告.pdf", "报告.pdf"),
        ("../../etc/passwd", "passwd"),
        ("a\x00b\n<c>.pdf", "abc.pdf"),
        ("长" * 200 + ".pdf", "长" * 116 + ".pdf"),
        ("x" * 200, "x" * 120),
    ],
)
def test_a_name_is_the_last_part_of_a_path_without_what_disks_refuse(given: str, kept: str) -> None:
    assert clean_name(given) == kept


@pytest.mark.parametrize("size", [1, 100, FILE_CHUNK_BYTES, FILE_CHUNK_BYTES + 1, 200_000])
def test_a_sealed_file_opens_to_the_same_bytes_and_shows_none_of_them(
    tmp_path: Path, size: int
) -> None:
    plain = (b"confidential " * (size // 13 + 1))[:size]
    (tmp_path / "plain").write_bytes(plain)

    sealed, name = seal_file(tmp_path / "plain", tmp_path / "sealed", KEY)

    text = (tmp_path / "sealed").read_bytes()
    assert (sealed, name) == (len(text), digest(text)) == (sealed_size(size), name)
    assert b"confidential" not in text
    opened = OpenFile("a.pdf", "application/pdf", size, tmp_path / "sealed", KEY)
    assert b"".join(opened.pieces()) == plain


@pytest.mark.parametrize("cut", [-1, -FILE_CHUNK_BYTES // 2, FILE_CHUNK_BYTES + TAG_BYTES])
def test_a_sealed_file_that_was_cut_off_or_changed_does_not_open(tmp_path: Path, cut: int) -> None:
    (tmp_path / "plain").write_bytes(b"x" * 2 * FILE_CHUNK_BYTES)
    seal_file(tmp_path / "plain", tmp_path / "sealed", KEY)
    (tmp_path / "cut").write_bytes((tmp_path / "sealed").read_bytes()[:cut])

    with pytest.raises(Refused, match="bad-body"):
        list(open_file(tmp_path / "cut", KEY))


def test_files_are_in_the_backup_and_come_back(
    blobs: Blobs, tmp_path: Path, clock: TestClock
) -> None:
    names = [keep(blobs, content) for content in (b"one", b"x" * 2_500_000)]
    blobs.append(digest(b"half"), b"ha")
    (blobs.folder / "aa").mkdir(exist_ok=True)
    (blobs.folder / "aa" / "stray").write_bytes(b"no file of ours")
    engine = create_engine(f"sqlite:///{tmp_path}/backup")
    back = Blobs(tmp_path / "back", clock)

    with engine.begin() as to:
        written = write_files(to, blobs.folder)
    with engine.connect() as given:
        read = read_files(given, back)

    assert (written, read) == (4, 4)
    assert sorted(back.digests()) == sorted(names)
    with engine.begin() as to:
        to.execute(FILE.update().values(content=b"spoiled"))
    with engine.connect() as given, pytest.raises(StoreError, match="damaged"):
        read_files(given, Blobs(tmp_path / "again", clock))
    with engine.begin() as to:
        to.execute(FILE.update().where(FILE.c.seq == 0).values(name=FILE.c.name + "/../x"))
    with engine.connect() as given, pytest.raises(StoreError, match="without a name"):
        read_files(given, Blobs(tmp_path / "again", clock))


def test_a_backup_without_files_brings_none(blobs: Blobs, tmp_path: Path) -> None:
    with create_engine(f"sqlite:///{tmp_path}/backup").connect() as given:
        assert read_files(given, blobs) == 0
