"""`ports.Store` over the platform's database."""

from collections.abc import Callable
from typing import TypeVar

from renkei.platform.sql import Database
from renkei.systems.intermediate.ports import Rows
from renkei.systems.intermediate.store.rows import SqlRows

T = TypeVar("T")


class SqlStore:
    """Jobs on rows, in the database's group commits."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def write(self, name: str, job: Callable[[Rows], T]) -> T:
        return await self._database.write(name, lambda tx: job(SqlRows(tx)))

    async def read(self, job: Callable[[Rows], T]) -> T:
        return await self._database.read(lambda tx: job(SqlRows(tx)))
