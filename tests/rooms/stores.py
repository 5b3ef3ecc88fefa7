"""Where the systems of a test store, a look into it behind their backs, and a commit whose end nobody hears of."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import apsw
import psycopg
import pytest

from renkei.platform.sql import Store
from renkei.platform.sql.connection import LostError
from renkei.platform.sql.postgres import PostgresConnection
from renkei.platform.sql.sqlite import SqliteConnection
from tests.postgres import Cluster

only_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
"""For tests that look at the files themselves."""
both_engines = pytest.mark.parametrize("engine", ["sqlite", "postgresql"], indirect=True)
"""For tests of what a store does, in a module that is not one of the deepest."""


class Places:
    """A place in PostgreSQL for each file that a system would have stored in."""

    def __init__(self, cluster: Cluster, stack: ExitStack) -> None:
        self._cluster = cluster
        self._stack = stack
        self._made: dict[Path, Store] = {}

    def at(self, path: Path) -> Store:
        """The same place for the same path, as a system finds its store again."""
        if path not in self._made:
            self._made[path] = Store(self._stack.enter_context(self._cluster.database()))
        return self._made[path]


places: Places | None = None
"""Those of the test that is running, where it runs on PostgreSQL."""


def store_at(path: Path) -> Store:
    return Store(path) if places is None else places.at(path)


def behind(path: Path, statement: str, *values: str) -> Sequence[tuple[Any, ...]]:
    """Run a statement, with `?` for values, in the store that stands for this path."""
    address = store_at(path).address
    if isinstance(address, Path):
        with closing(apsw.Connection(str(address))) as connection:
            return list(connection.execute(statement, values))
    with psycopg.connect(address) as connection:
        cursor = connection.execute(statement.replace("?", "%s").encode(), values)
        return [] if cursor.description is None else cursor.fetchall()


@contextmanager
def unheard(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The next commit of any store is carried out, and told as failed; what is yielded names the engine once it was.

    On PostgreSQL the connection breaks behind the COMMIT that was sent, which the server carries out meanwhile; SQLite
    says so of itself where, after the commit, an error of the disk meets its checkpoint.
    """
    told: list[str] = []
    commit_sqlite, commit_postgres = SqliteConnection.commit, PostgresConnection.commit

    def sqlite(self: SqliteConnection) -> None:
        commit_sqlite(self)
        if not told:
            told.append("sqlite")
            raise apsw.IOError("the disk failed behind the commit")

    def postgres(self: PostgresConnection) -> None:
        if told:
            commit_postgres(self)
            return
        told.append("postgresql")
        self.wait()
        self._leave()
        self._raw.pgconn.send_query(b"COMMIT")
        assert self._raw.pgconn.flush() == 0, "it is on its way"
        self._raw.close()
        raise LostError("the connection broke behind the commit")

    with monkeypatch.context() as patch:
        patch.setattr(SqliteConnection, "commit", sqlite)
        patch.setattr(PostgresConnection, "commit", postgres)
        yield told
