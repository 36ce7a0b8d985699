"""Signed logs are checked with the genesis file alone, and the first bad line is named (P2)."""

from collections.abc import Callable
from pathlib import Path

import pytest

from node.errors import ConfigError
from node.verify import BadLogError, verify_files, verify_texts
from protocol.genesis import Network
from tests.builders import Country, StationInTest, need


@pytest.fixture
def station(country: Country) -> StationInTest:
    region = country.national.admit("四川区域驿站", "regional", division="510000")
    station = region.admit("武侯驿站", division="510107")
    for number in range(600):
        station.sign(need(f"需求{number}"))
    station.issuer = region  # type: ignore[attr-defined]
    return station


@pytest.fixture
def file(country: Country, station: StationInTest, tmp_path: Path) -> Path:
    path = tmp_path / "export.log"
    path.write_bytes(
        country.national.text()
        + station.issuer.text()  # type: ignore[attr-defined]
        + station.text()
    )
    return path


def test_good_logs_are_counted(country: Country, file: Path) -> None:
    found = verify_files(country.network, [file])

    assert found.entries == file.read_bytes().count(b"\n") // 2
    assert found.stations == 3
    assert (found.inert, found.absent, found.revoked) == (0, 0, [])


def test_logs_may_be_spread_over_files_in_any_order(
    country: Country, file: Path, station: StationInTest, tmp_path: Path
) -> None:
    registry, rest = tmp_path / "registry", tmp_path / "rest"
    text = file.read_bytes()
    rest.write_bytes(station.text())
    registry.write_bytes(text.removesuffix(station.text()))

    assert verify_files(country.network, [rest, registry]).entries == text.count(b"\n") // 2


def test_exports_of_several_nodes_may_overlap(
    country: Country, file: Path, station: StationInTest, tmp_path: Path
) -> None:
    longer, count = tmp_path / "longer", file.read_bytes().count(b"\n") // 2
    station.sign(need("后来的需求"))
    longer.write_bytes(station.text() + file.read_bytes())

    assert verify_files(country.network, [file, longer, file]).entries == count + 1


def test_two_entries_at_one_place_are_found(
    country: Country, file: Path, station: StationInTest, tmp_path: Path
) -> None:
    twin = StationInTest(country.network, station.name, country.clock)
    twin.sign(need("另一份历史"))
    other = tmp_path / "twin"
    other.write_bytes(twin.text())

    with pytest.raises(BadLogError, match="fork") as caught:
        verify_files(country.network, [file, other])

    assert (caught.value.file, caught.value.line) == (str(other), 3)


def change(text: bytes, line: int, edit: Callable[[bytes], bytes]) -> bytes:
    lines = text.split(b"\n")
    lines[line - 1] = edit(lines[line - 1])
    return b"\n".join(lines)


@pytest.mark.parametrize("entry", [0, 1, 100, 255, 256, 257, 511, 602])
@pytest.mark.parametrize(
    ("what", "offset", "edit"),
    [
        ("the time", 0, lambda line: line.replace(b" 179", b" 178", 1)),
        ("the signature", 0, lambda line: line[:-20] + b"A" * 10 + line[-10:]),
        ("the author", 0, lambda line: line[:25] + b"AAAA" + line[29:]),
        ("the body", 1, lambda line: line.replace(b"{", b"{ ", 1)),
        ("the line break", 0, lambda line: line + b" "),
    ],
)
def test_a_changed_byte_is_found_at_its_line(
    country: Country,
    file: Path,
    entry: int,
    what: str,
    offset: int,
    edit: Callable[[bytes], bytes],
) -> None:
    text = file.read_bytes()
    line = 2 * entry + 1 + offset
    file.write_bytes(change(text, line, edit))

    with pytest.raises(BadLogError) as caught:
        verify_files(country.network, [file])

    assert (caught.value.file, caught.value.line) == (str(file), line), what


def test_a_file_that_is_cut_off_is_named_at_its_end(country: Country, file: Path) -> None:
    text = file.read_bytes()
    file.write_bytes(text[:-10])

    with pytest.raises(BadLogError) as caught:
        verify_files(country.network, [file])

    assert caught.value.code == "malformed"
    assert caught.value.line == text.count(b"\n") - 1


def test_an_entry_that_is_left_out_is_found(country: Country, file: Path) -> None:
    lines = file.read_bytes().split(b"\n")
    del lines[100:102]
    file.write_bytes(b"\n".join(lines))

    with pytest.raises(BadLogError) as caught:
        verify_files(country.network, [file])

    assert caught.value.line == 101


def test_a_line_without_end_does_not_fill_the_memory(country: Country, tmp_path: Path) -> None:
    path = tmp_path / "endless"
    path.write_bytes(b"x" * 5_000_000)

    with pytest.raises(BadLogError, match="too-large"):
        verify_files(country.network, [path])


def test_logs_of_a_station_nobody_admitted_are_refused(country: Country, file: Path) -> None:
    stranger = StationInTest(country.network, "无名", country.clock)
    stranger.sign(need("x"))
    before = file.read_bytes().count(b"\n")
    with file.open("ab") as out:
        out.write(stranger.text())

    with pytest.raises(BadLogError, match="not-admitted") as caught:
        verify_files(country.network, [file])

    assert caught.value.line == before + 1


def test_without_the_registry_nobody_is_admitted(
    country: Country, station: StationInTest, tmp_path: Path
) -> None:
    path = tmp_path / "needs.log"
    path.write_bytes(station.text())

    with pytest.raises(BadLogError, match="not-admitted"):
        verify_files(country.network, [path])


def test_another_network_s_logs_are_refused(country: Country, file: Path) -> None:
    other = Network(country.genesis.replace(b"1790000000000", b"1790000000001"))

    with pytest.raises(BadLogError, match="wrong-network") as caught:
        verify_files(other, [file])

    assert caught.value.line == 1


def test_what_goes_past_a_cut_is_reported_and_no_fault(
    country: Country, station: StationInTest
) -> None:
    region = station.issuer  # type: ignore[attr-defined]
    region.end(station)

    texts = [country.national.text(), region.text(), station.text()]
    found = verify_texts(country.network, "store", texts)

    assert [log.channel for log in found.revoked] == ["needs"]


def test_a_good_signature_over_nonsense_is_counted_as_inert(
    country: Country, station: StationInTest
) -> None:
    region = station.issuer  # type: ignore[attr-defined]
    station.sign_raw("needs", "need.imagined/1", b"{}")

    texts = [country.national.text(), region.text(), station.text()]

    assert verify_texts(country.network, "store", texts).inert == 1


def test_a_file_that_is_not_there_is_one_line(country: Country, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        verify_files(country.network, [tmp_path / "nowhere"])
