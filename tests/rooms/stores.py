"""Where the systems of a test store, and a look into it behind their backs."""

from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import apsw
import psycopg
import pytest

from renkei.platform.sql import Store
from tests.postgres import Cluster

only_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
"""For tests that look at the files themselves."""


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
