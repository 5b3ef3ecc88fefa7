"""`ports.Store` over the platform's database."""

from collections.abc import Callable
from typing import TypeVar

from renkei.platform.sql import Database, NotStoredError
from renkei.systems.intermediate.ports import Rows
from renkei.systems.intermediate.store.rows import SqlRows

T = TypeVar("T")


class SqlStore:
    """Jobs on rows, in the database's group commits."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.unsure: Callable[[], None] = _nobody
        """Called where a commit failed: what it was to keep may be there, and due, with nobody woken for it."""

    async def write(self, name: str, job: Callable[[Rows], T]) -> T:
        try:
            return await self._database.write(name, lambda tx: job(SqlRows(tx)))
        except NotStoredError:
            self.unsure()
            raise

    async def read(self, job: Callable[[Rows], T]) -> T:
        return await self._database.read(lambda tx: job(SqlRows(tx)))


def _nobody() -> None:
    """Before anything is sent by itself there is nobody to tell."""
