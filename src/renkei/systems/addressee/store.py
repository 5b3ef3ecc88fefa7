"""The file of persons in SQL."""

from collections.abc import Sequence
from typing import Final

from renkei.platform.sql import Database, Tx
from renkei.systems.addressee.ports import Entry, SealedNumber
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

NUMBER_OF_ANOTHER: Final = """
SELECT 1 FROM person WHERE number_tag = :number_tag AND addressee_tag <> :addressee_tag
"""
REGISTER: Final = """
INSERT INTO person (addressee_tag, number_tag, sealed_number, sealed_lines)
VALUES (:addressee_tag, :number_tag, :sealed_number, :sealed_lines)
ON CONFLICT (addressee_tag) DO UPDATE SET
    number_tag = excluded.number_tag,
    sealed_number = excluded.sealed_number,
    sealed_lines = excluded.sealed_lines
"""
BY_ADDRESSEE: Final = "SELECT addressee_tag, sealed_number FROM person WHERE addressee_tag IN :tags"


class SqlStore:
    """The Store port over a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def register(self, entries: Sequence[Entry]) -> None:
        await self._database.write("register-persons", lambda tx: _register(tx, entries))

    async def by_addressee(self, tags: Sequence[bytes]) -> list[SealedNumber | None]:
        return await self._database.read(lambda tx: _find(tx, tags))


def _register(tx: Tx, entries: Sequence[Entry]) -> None:
    for i, entry in enumerate(entries):
        if tx.row(NUMBER_OF_ANOTHER, number_tag=entry.number_tag, addressee_tag=entry.addressee_tag):
            raise RenkeiError(Problem.REPEATED_OTHERWISE, f"$.persons[{i}].number: of another addressee number")
        tx.run(
            REGISTER,
            addressee_tag=entry.addressee_tag,
            number_tag=entry.number_tag,
            sealed_number=entry.sealed_number,
            sealed_lines=entry.sealed_lines,
        )


def _find(tx: Tx, tags: Sequence[bytes]) -> list[SealedNumber | None]:
    found = {row[0]: SealedNumber(*row) for row in tx.rows(BY_ADDRESSEE, tags=tags)}
    return [found.get(tag) for tag in tags]
