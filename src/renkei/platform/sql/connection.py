"""What the writer, the readers and `Tx` need of a database: one small surface, with SQLite and PostgreSQL behind it."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final, Protocol

Row = tuple[Any, ...]
Params = Mapping[str, Any]

_LIST: Final = re.compile(r"\b(NOT\s+)?IN\s+:([a-z_]\w*)", re.IGNORECASE)


class ConflictError(Exception):
    """A constraint of the schema does not hold: a key that exists already, or a reference to nothing."""


class LostError(Exception):
    """The transaction is gone, by no fault of its jobs: connection lost, deadlock, no lock in time. May be repeated."""


class TakenError(Exception):
    """Another process has had the store since this one last had a connection: only a new start makes it sound."""


class Connection(Protocol):
    """One connection, used by one thread at a time. Raises the errors above, and bugs as they are."""

    @property
    def optimistic(self) -> bool:
        """True where a savepoint costs a round trip: jobs first run without, and once more with, should one fail."""

    @property
    def shared(self) -> bool:
        """True where other processes write to the same store. They never write during a transaction of this one."""

    def begin(self, *, waiting: bool) -> None:
        """Begin, on a new connection if the last one broke. `waiting`: each statement waits until it was carried out.

        Otherwise `many` does not, and what went wrong in it comes up at a later statement, at the latest in `wait`.
        """

    def wait(self) -> None:
        """Wait until every statement so far was carried out, and raise what went wrong in any."""

    def commit(self) -> None:
        """Make it durable. Raises LostError also where the connection broke before the outcome was told."""

    def end(self) -> None:
        """End a transaction that only read. Never raises."""

    def roll_back(self) -> None:
        """Undo everything. Never raises."""

    @property
    def in_transaction(self) -> bool:
        """False also when the database has rolled back by itself."""

    def save(self) -> None:
        """A point to go back to; one at a time."""

    def release(self) -> None:
        """Forget the point. Raises if a statement since then failed and nobody went back."""

    def go_back(self) -> None:
        """Undo what was done since the point; it stays."""

    def rows(self, sql: str, params: Params, /) -> list[Row]:
        """All rows of a query."""

    def row(self, sql: str, params: Params, /) -> Row | None:
        """The first row of a query."""

    def run(self, sql: str, params: Params, /) -> int:
        """Run one statement; how many rows it changed."""

    def many(self, sql: str, rows: Sequence[Params], /) -> None:
        """Run one statement per row."""

    def signal(self, channel: str, payload: str, /) -> None:
        """Tell other processes when, and only if, this transaction commits."""

    def schema(self) -> list[str]:
        """The schema as SQL text, in a fixed order, without the migrators' own tables."""

    def close(self) -> None:
        """Close for good. Never raises."""


@cache
def list_of(sql: str) -> str | None:
    """The name of the list in a statement with `IN :name`."""
    found = _LIST.findall(sql)
    assert len(found) <= 1, "one list in a statement"
    # An empty list is answered without asking, with nothing: the wrong answer to NOT IN.
    assert not any(negated for negated, _ in found), "IN :name only"
    return found[0][1] if found else None
