"""What a job may do inside its transaction: a surface small enough for any SQL database."""

from collections.abc import Callable, Sequence
from typing import Any

from renkei.platform.sql.connection import ConflictError, Connection, Row, list_of

__all__ = ["ConflictError", "Row", "Tx", "Undo"]

Undo = Callable[[], None]


class Tx:
    """One transaction, as a job sees it. Valid inside the job only, in the job's thread only.

    Statements are constants with `:name` parameters. One of them may be a list, written `IN :name` without parentheses;
    an empty one gives no rows.
    """

    __slots__ = ("_connection", "_undo")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._undo: list[Undo] = []

    @property
    def shared(self) -> bool:
        """True where another process may have written since the last transaction: what is in memory may be old."""
        return self._connection.shared

    def rows(self, sql: str, /, **params: Any) -> list[Row]:  # noqa: ANN401  # whatever SQL can store
        """All rows of a query."""
        return self._connection.rows(sql, params) if _asks(sql, params) else []

    def row(self, sql: str, /, **params: Any) -> Row | None:  # noqa: ANN401
        """The first row of a query, or None."""
        return self._connection.row(sql, params) if _asks(sql, params) else None

    def run(self, sql: str, /, **params: Any) -> int:  # noqa: ANN401
        """Run one statement that changes rows; returns how many. Raises ConflictError."""
        return self._connection.run(sql, params) if _asks(sql, params) else 0

    def many(self, sql: str, rows: Sequence[dict[str, Any]], /) -> None:
        """Run one statement per row. Raises ConflictError, here or later in the job: it does not wait (PostgreSQL).

        So for one row too it is cheaper than `run` where nobody needs the count.
        """
        if rows:
            self._connection.many(sql, rows)

    def signal(self, channel: str, payload: str = "", /) -> None:
        """Have `Database.listen` of other processes called when this is durable. Nothing on SQLite: there are none."""
        self._connection.signal(channel, payload)

    def on_rollback(self, undo: Undo, /) -> None:
        """Have `undo` called (last first, in the writer's thread) if what was done so far does not become durable.

        For caches of durable truth in memory: they change inside a job, and its savepoint or whole group may fail.
        """
        self._undo.append(undo)

    def schema(self) -> str:
        """The schema as SQL text, in a fixed order, without the migrators' own tables."""
        return ";\n".join(self._connection.schema())

    def mark(self) -> int:
        """For the writer: a point to undo to."""
        return len(self._undo)

    def undo_to(self, mark: int) -> None:
        """For the writer: call what was registered since the mark."""
        while len(self._undo) > mark:
            self._undo.pop()()


def _asks(sql: str, params: dict[str, Any]) -> bool:
    name = list_of(sql)
    return name is None or len(params[name]) > 0
