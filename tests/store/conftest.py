"""Stores on a real disk."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from renkei.platform.logstore import MIGRATIONS, LogStore
from renkei.platform.sql import Database

from .logged import TRUST, Logged, Signer

NOTES = "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL);\n"
COUNT = "SELECT count(*) FROM note"

Open = Callable[..., Database]
Begin = Callable[[], Awaitable[Logged]]


def put(folder: Path, name: str, sql: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(sql)
    return folder


@pytest.fixture
def migrations(tmp_path: Path) -> Path:
    return put(tmp_path / "migrations", "0001_notes.sql", "-- what a test needs\n" + NOTES)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
async def open_store(path: Path, migrations: Path) -> AsyncIterator[Open]:
    async with AsyncExitStack() as stack:

        def open_it(*folders: Path, **more: Any) -> Database:
            database = Database.open(path, folders or (migrations,), **more)
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
