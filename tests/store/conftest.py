"""Stores on a real disk, each test with SQLite and with PostgreSQL."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import Any

import pytest

from renkei.platform.logstore import MIGRATIONS, LogStore
from renkei.platform.sql import Database, Store
from tests.postgres import Cluster, session_cluster

from .logged import TRUST, Logged, Signer

NOTES = "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL);\n"
COUNT = "SELECT count(*) FROM note"

Open = Callable[..., Database]
MakeStore = Callable[..., Store]
Begin = Callable[[], Awaitable[Logged]]


def put(folder: Path, name: str, sql: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(sql)
    return folder


@pytest.fixture
def migrations(tmp_path: Path) -> Path:
    return put(tmp_path / "migrations", "0001_notes.sql", "-- what a test needs\n" + NOTES)


cluster = session_cluster

ENGINES = ("sqlite", "postgresql")
only_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
only_postgresql = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def make_store(
    engine: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[MakeStore]:
    """Empty stores for one test, as many as it asks for."""
    with ExitStack() as stack:

        def make(path: Path | None = None) -> Store:
            if engine == "sqlite":
                return Store(path or tmp_path_factory.mktemp("store") / "store.db")
            cluster: Cluster = request.getfixturevalue("cluster")
            return Store(stack.enter_context(cluster.database()))

        yield make


@pytest.fixture
def store(make_store: MakeStore, path: Path) -> Store:
    """The empty store of a test."""
    return make_store(path)


@pytest.fixture
async def open_store(store: Store, migrations: Path) -> AsyncIterator[Open]:
    async with AsyncExitStack() as stack:

        def open_it(*folders: Path, **more: Any) -> Database:
            database = Database.open(store, folders or (migrations,), **more)
            stack.push_async_callback(database.close)
            return database

        yield open_it


@pytest.fixture
def signer() -> Signer:
    return Signer()


@pytest.fixture
def begin(open_store: Open, migrations: Path, signer: Signer) -> Begin:
    async def start() -> Logged:
        log = LogStore(TRUST, signer)
        database = open_store(migrations, MIGRATIONS, before_commit=log.before_commit)
        await database.write("open-log", log.open)
        return database, log

    return start
