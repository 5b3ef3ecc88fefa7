"""What a job may do inside its transaction: a surface small enough for any SQL database."""

from collections.abc import Callable, Sequence
from typing import Any

import apsw

Row = tuple[Any, ...]
Undo = Callable[[], None]


class ConflictError(Exception):
    """A constraint of the schema does not hold: a key that exists already, or a reference to nothing."""


class Tx:
    """One transaction, as a job sees it. Valid inside the job only, in the job's thread only."""

    __slots__ = ("_connection", "_undo")

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._undo: list[Undo] = []

    def rows(self, sql: str, /, **params: Any) -> list[Row]:  # noqa: ANN401  # whatever SQL can store
        """All rows of a query."""
        return self._connection.execute(sql, params).fetchall()

    def row(self, sql: str, /, **params: Any) -> Row | None:  # noqa: ANN401
        """The first row of a query, or None."""
        return self._connection.execute(sql, params).fetchone()

    def run(self, sql: str, /, **params: Any) -> int:  # noqa: ANN401
        """Run one statement that changes rows; returns how many. Raises ConflictError."""
        before = self._connection.total_changes()
        try:
            self._connection.execute(sql, params)
        except apsw.ConstraintError as error:
            raise ConflictError(str(error)) from None
        # `changes` keeps the number of an earlier statement when this one changed nothing at all.
        return self._connection.changes() if self._connection.total_changes() != before else 0

    def many(self, sql: str, rows: Sequence[dict[str, Any]], /) -> None:
        """Run one statement per row. Raises ConflictError."""
        try:
            self._connection.executemany(sql, rows)
        except apsw.ConstraintError as error:
            raise ConflictError(str(error)) from None

    def on_rollback(self, undo: Undo, /) -> None:
        """Have `undo` called (last first, in the writer's thread) if what was done so far does not become durable.

        For caches of durable truth in memory: they change inside a job, and its savepoint or whole group may fail.
        """
        self._undo.append(undo)

    def mark(self) -> int:
        """For the writer: a point to undo to."""
        return len(self._undo)

    def undo_to(self, mark: int) -> None:
        """For the writer: call what was registered since the mark."""
        while len(self._undo) > mark:
            self._undo.pop()()
