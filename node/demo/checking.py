"""The story's last word: an outsider checks it all with the genesis file alone (DESIGN P2)."""

from pathlib import Path

from node.cli.exports import export_log
from node.demo.plan import CHECKER
from node.demo.tale import Tale, check
from node.errors import NodeError
from node.folder import read_genesis
from node.verify import BadLogError, verify_files


def verify_exports(tale: Tale) -> str:
    """Export one node's logs, verify them; change one byte, and the line is named."""
    file = tale.network.folder / "export.log"
    export_log(tale.network[CHECKER].folder, file)
    network = read_genesis(tale.network.genesis)
    found = verify_files(network, [file])
    check(found.stations == len(tale.network.nodes), f"{found.stations} stations in the export")
    line = _change_a_byte(file)
    try:
        verify_files(network, [file])
    except BadLogError as error:
        check(error.line == line, f"line {line} was changed, line {error.line} is named")
    else:
        raise NodeError("a changed byte was not noticed")
    finally:
        file.unlink()
    return f"{found.entries} entries in {len(found.logs)} logs are good; a changed byte is found"


def _change_a_byte(file: Path) -> int:
    """Change one letter in the middle of the file; returns its line, from 1."""
    text = bytearray(file.read_bytes())
    place = len(text) // 2
    while text[place : place + 1] == b"\n" or text[place - 1 : place] == b"\n":
        place += 1
    text[place] = ord("x") if text[place] != ord("x") else ord("y")
    file.write_bytes(text)
    return text[:place].count(b"\n") + 1
