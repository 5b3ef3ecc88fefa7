"""A store over SQLAlchemy: reads, and writes of one row with a commit each.

SQLite: one kept connection, used where the event loop runs. A row there costs less than handing it to a thread and back
(measured both ways). PostgreSQL: the async engine with a pool; psycopg prepares what it sees five times.
"""

import sqlite3
from collections.abc import Sequence
from typing import Any, Final, Protocol

from sqlalchemy import Engine, Executable, NullPool, StaticPool, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.schema import CreateSchema, DropSchema

POOL: Final = 12
"""Connections of one process: three of them stay far below PostgreSQL's usual hundred."""


class Store(Protocol):
    async def read(self, statement: Executable, **values: object) -> Sequence[Any]: ...

    async def write(self, statement: Executable, **values: object) -> None:
        """Returns once the row is durable."""

    async def close(self) -> None: ...


class SqliteStore:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def read(self, statement: Executable, **values: object) -> Sequence[Any]:
        with self._engine.connect() as connection:
            return connection.execute(statement, values).all()

    async def write(self, statement: Executable, **values: object) -> None:
        with self._engine.begin() as connection:
            connection.execute(statement, values)

    async def close(self) -> None:
        self._engine.dispose()


class PostgresStore:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def read(self, statement: Executable, **values: object) -> Sequence[Any]:
        async with self._engine.connect() as connection:
            return (await connection.execute(statement, values)).all()

    async def write(self, statement: Executable, **values: object) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(statement, values)

    async def close(self) -> None:
        await self._engine.dispose()


def open_store(url: str) -> Store:
    """The store that a service writes to."""
    made = make_url(url)
    if made.get_backend_name() == "sqlite":
        return SqliteStore(_sqlite(made))
    return PostgresStore(create_async_engine(made, pool_size=POOL, max_overflow=0))


def url_of(store: str | None, folder: str, name: str) -> str:
    """The URL of one service's store: a file in the folder, or a schema of its own in the database of `store`."""
    if store is None:
        return f"sqlite:///{folder}/{name}.sqlite3"
    url = make_url(store).set(drivername="postgresql+psycopg")
    return url.update_query_dict({"options": f"-csearch_path=peer_{name}"}).render_as_string(hide_password=False)


def emptied(url: str, name: str) -> Engine:
    """An engine to fill that store with, once, before the service starts."""
    made = make_url(url)
    if made.get_backend_name() == "sqlite":
        return _sqlite(made)
    engine = create_engine(made, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(DropSchema(f"peer_{name}", cascade=True, if_exists=True))
        connection.execute(CreateSchema(f"peer_{name}"))
    return engine


def _sqlite(url: URL) -> Engine:
    engine = create_engine(url, poolclass=StaticPool)

    @event.listens_for(engine, "connect")
    def durable(connection: sqlite3.Connection, _: object) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")

    return engine
