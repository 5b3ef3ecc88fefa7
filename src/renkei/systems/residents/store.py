"""The file of residents in SQL."""

from collections.abc import Sequence
from typing import Final

from renkei.platform.sql import Database, Tx
from renkei.systems.residents.ports import Entry, SealedCode
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

NUMBER_OF_ANOTHER: Final = """
SELECT 1 FROM resident WHERE number_tag = :number_tag AND resident_tag <> :resident_tag
"""
CARD_OF_ANOTHER: Final = "SELECT 1 FROM resident WHERE card_tag = :card_tag AND resident_tag <> :resident_tag"
REGISTER: Final = """
INSERT INTO resident (resident_tag, number_tag, card_tag, sealed_code, sealed_facts)
VALUES (:resident_tag, :number_tag, :card_tag, :sealed_code, :sealed_facts)
ON CONFLICT (resident_tag) DO UPDATE SET
    number_tag = excluded.number_tag,
    card_tag = excluded.card_tag,
    sealed_code = excluded.sealed_code,
    sealed_facts = excluded.sealed_facts
"""
BY_NUMBER: Final = "SELECT number_tag, resident_tag, sealed_code FROM resident WHERE number_tag IN :tags"
BY_CARD: Final = "SELECT card_tag, resident_tag, sealed_code FROM resident WHERE card_tag IN :tags"


class SqlStore:
    """The Store port over a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def register(self, entries: Sequence[Entry]) -> None:
        await self._database.write("register-residents", lambda tx: _register(tx, entries))

    async def by_number(self, tags: Sequence[bytes]) -> list[SealedCode | None]:
        return await self._database.read(lambda tx: _find(tx, BY_NUMBER, tags))

    async def by_card(self, tags: Sequence[bytes]) -> list[SealedCode | None]:
        return await self._database.read(lambda tx: _find(tx, BY_CARD, tags))


def _register(tx: Tx, entries: Sequence[Entry]) -> None:
    for i, entry in enumerate(entries):
        if tx.row(NUMBER_OF_ANOTHER, number_tag=entry.number_tag, resident_tag=entry.resident_tag):
            raise RenkeiError(Problem.REPEATED_OTHERWISE, f"$.residents[{i}].number: of another resident")
        if tx.row(CARD_OF_ANOTHER, card_tag=entry.card_tag, resident_tag=entry.resident_tag):
            raise RenkeiError(Problem.REPEATED_OTHERWISE, f"$.residents[{i}].card: of another resident")
        tx.run(
            REGISTER,
            resident_tag=entry.resident_tag,
            number_tag=entry.number_tag,
            card_tag=entry.card_tag,
            sealed_code=entry.sealed_code,
            sealed_facts=entry.sealed_facts,
        )


def _find(tx: Tx, statement: str, tags: Sequence[bytes]) -> list[SealedCode | None]:
    found = {tag: SealedCode(*row) for tag, *row in tx.rows(statement, tags=tags)}
    return [found.get(tag) for tag in tags]
