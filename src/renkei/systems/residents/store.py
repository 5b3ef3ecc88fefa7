"""The file of residents in SQL."""

from collections.abc import Sequence
from typing import Final

from renkei.platform.sql import Database, Tx
from renkei.systems.residents.ports import Entry, SealedCode
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

NAMES_OF: Final = "SELECT resident_tag, number_tag, card_tag FROM resident WHERE resident_tag IN :resident_tags"
OWNERS: Final = "SELECT number_tag, resident_tag FROM resident WHERE number_tag IN :number_tags"
HOLDERS: Final = "SELECT card_tag, resident_tag FROM resident WHERE card_tag IN :card_tags"
COLUMNS: Final = ("resident_tag", "number_tag", "card_tag", "sealed_code", "sealed_facts")
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
    _check(tx, entries)
    columns = [
        (each.resident_tag, each.number_tag, each.card_tag, each.sealed_code, each.sealed_facts) for each in entries
    ]
    tx.many(REGISTER, [dict(zip(COLUMNS, row, strict=True)) for row in columns])


def _check(tx: Tx, entries: Sequence[Entry]) -> None:
    """One after another: an entry may take a number or a card that an earlier one of the list has given up."""
    kept = tx.rows(NAMES_OF, resident_tags=[entry.resident_tag for entry in entries])
    own = {resident: (number, card) for resident, number, card in kept}
    numbers: dict[bytes | None, bytes] = dict(tx.rows(OWNERS, number_tags=[entry.number_tag for entry in entries]))
    cards: dict[bytes | None, bytes] = dict(
        tx.rows(HOLDERS, card_tags=[entry.card_tag for entry in entries if entry.card_tag is not None])
    )
    for i, entry in enumerate(entries):
        for name, owners, tag in (("number", numbers, entry.number_tag), ("card", cards, entry.card_tag)):
            if owners.get(tag, entry.resident_tag) != entry.resident_tag:
                raise RenkeiError(Problem.REPEATED_OTHERWISE, f"$.residents[{i}].{name}: of another resident")
        number, card = own.get(entry.resident_tag, (None, None))
        numbers.pop(number, None)
        cards.pop(card, None)
        own[entry.resident_tag] = entry.number_tag, entry.card_tag
        numbers[entry.number_tag] = entry.resident_tag
        if entry.card_tag is not None:
            cards[entry.card_tag] = entry.resident_tag


def _find(tx: Tx, statement: str, tags: Sequence[bytes]) -> list[SealedCode | None]:
    found = {tag: SealedCode(*row) for tag, *row in tx.rows(statement, tags=tags)}
    return [found.get(tag) for tag in tags]
