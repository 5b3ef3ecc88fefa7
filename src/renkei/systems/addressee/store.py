"""The file of persons in SQL."""

from collections.abc import Sequence
from typing import Final

from renkei.platform.sql import Database, Tx
from renkei.systems.addressee.ports import Entry, SealedNumber
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

NUMBERS_OF: Final = "SELECT addressee_tag, number_tag FROM person WHERE addressee_tag IN :addressee_tags"
OWNERS: Final = "SELECT number_tag, addressee_tag FROM person WHERE number_tag IN :number_tags"
COLUMNS: Final = ("addressee_tag", "number_tag", "sealed_number", "sealed_lines")
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
    _check(tx, entries)
    columns = [(each.addressee_tag, each.number_tag, each.sealed_number, each.sealed_lines) for each in entries]
    tx.many(REGISTER, [dict(zip(COLUMNS, row, strict=True)) for row in columns])


def _check(tx: Tx, entries: Sequence[Entry]) -> None:
    """One after another: an entry may take a number that an earlier one of the list has given up."""
    own: dict[bytes, bytes] = dict(tx.rows(NUMBERS_OF, addressee_tags=[entry.addressee_tag for entry in entries]))
    owner: dict[bytes, bytes] = dict(tx.rows(OWNERS, number_tags=[entry.number_tag for entry in entries]))
    for i, entry in enumerate(entries):
        if owner.get(entry.number_tag, entry.addressee_tag) != entry.addressee_tag:
            raise RenkeiError(Problem.REPEATED_OTHERWISE, f"$.persons[{i}].number: of another addressee number")
        owner.pop(own.get(entry.addressee_tag, b""), None)
        own[entry.addressee_tag], owner[entry.number_tag] = entry.number_tag, entry.addressee_tag


def _find(tx: Tx, tags: Sequence[bytes]) -> list[SealedNumber | None]:
    found = {row[0]: SealedNumber(*row) for row in tx.rows(BY_ADDRESSEE, tags=tags)}
    return [found.get(tag) for tag in tags]
