"""The core's two files in partitions: one inquiry has one record, and months are made and dropped as operators are told."""

import re
from pathlib import Path
from typing import Any

import psycopg
import pytest

from renkei.platform.logstore import MIGRATIONS as LOG_MIGRATIONS
from renkei.platform.sql import ConflictError, Database, Store, Tx
from renkei.systems import core
from renkei.systems.core.store import issuance, records

from .conftest import Open, only_postgresql
from .test_postgres import outside

CORE = Path(core.__file__).parent / "migrations"
STORES = Path(__file__).parents[2] / "docs" / "operate" / "stores.md"


def told(name: str) -> list[str]:
    """The statements that operators are told to give."""
    found = re.search(rf"```sql {name}\n(.*?)```", STORES.read_text(), re.DOTALL)
    assert found is not None
    return [each.strip() for each in found[1].split(";") if each.strip()]


@pytest.fixture
def database(open_store: Open) -> Database:
    return open_store(CORE, LOG_MIGRATIONS)


def row(sequence: int, inquiry: str | None = None) -> dict[str, Any]:
    return {
        "sequence": sequence,
        "inquiry": inquiry or f"i{sequence}",
        "inquirer": "a",
        "provider": "b",
        "state": "permitted",
        "content_tag": b"c",
        "person": b"p",
        "sealed_salt": b"s",
        "record": "{}",
        "marked": 0,
    }


async def add(database: Database, *rows: dict[str, Any]) -> None:
    await database.write("add", lambda tx: tx.many(records._ADD, rows))


def sequence_of(tx: Tx, inquiry: str) -> int | None:
    found = tx.row(records._FIND, inquiries=[inquiry])
    return None if found is None else int(found[0])


async def test_an_inquiry_has_one_record_wherever_in_the_file_it_is(database: Database) -> None:
    await add(database, *(row(sequence) for sequence in (1, 2, 60_000_000, 200_000_000)))
    with pytest.raises(ConflictError):
        await add(database, row(70_000_000, "i1"))
    with pytest.raises(ConflictError):
        await add(database, row(60_000_000, "other"))
    for sequence in (1, 60_000_000, 200_000_000):
        assert await database.read(lambda tx, n=sequence: sequence_of(tx, f"i{n}")) == sequence  # type: ignore[misc]
    assert await database.read(lambda tx: sequence_of(tx, "other")) is None
    last = await database.read(lambda tx: tx.rows(records._OF_PERSON, person=b"p", before=200_000_000, limit=2))
    assert [found[0] for found in last] == [60_000_000, 2]


async def test_a_code_is_issued_once_to_each_body(database: Database) -> None:
    rows = [
        {"body": body, "person": bytes([n]) * 32, "epoch": 1, "issued_at_ms": 1} for n in range(40) for body in "ab"
    ]
    await database.write("issue", lambda tx: tx.many(issuance._ADD_ISSUED, rows))
    with pytest.raises(ConflictError):
        await database.write("issue", lambda tx: tx.many(issuance._ADD_ISSUED, rows[7:8]))
    assert await database.read(lambda tx: tx.row("SELECT count(*) FROM issued")) == (80,)


def parts(connection: psycopg.Connection[Any]) -> list[tuple[str, int]]:
    found = connection.execute("SELECT tableoid::regclass::text, sequence FROM record ORDER BY sequence").fetchall()
    return [(str(table).rpartition(".")[2], int(sequence)) for table, sequence in found]


@only_postgresql
async def test_a_record_is_looked_for_in_its_own_partition_alone(database: Database, store: Store) -> None:
    with outside(store) as connection:
        plan = connection.execute("EXPLAIN SELECT * FROM record WHERE sequence = 60000000").fetchall()
    assert "record_50000001" in str(plan)
    assert "record_1 " not in str(plan)


@only_postgresql
async def test_a_partition_is_made_ahead_closed_and_dropped_as_operators_are_told(
    database: Database, store: Store
) -> None:
    await add(database, row(1), row(60_000_000))
    with outside(store) as connection:
        for statement in told("make-partition"):
            connection.execute(statement)
        await add(database, row(120_000_000), row(160_000_000))
        for statement in told("close-rest"):
            connection.execute(statement)
        await add(database, row(160_000_001), row(260_000_000))
        assert parts(connection) == [
            ("record_1", 1),
            ("record_50000001", 60_000_000),
            ("record_100000001", 120_000_000),
            ("record_150000001", 160_000_000),
            ("record_150000001", 160_000_001),
            ("record_rest", 260_000_000),
        ]
        for statement in told("drop-partition"):
            connection.execute(statement)
    assert await database.read(lambda tx: sequence_of(tx, "i1")) is None
    assert await database.read(lambda tx: sequence_of(tx, "i260000000")) == 260_000_000
    await add(database, row(260_000_001, "i1"))


@only_postgresql
async def test_a_partition_that_is_made_too_late_is_refused_and_nothing_is_lost(
    database: Database, store: Store
) -> None:
    await add(database, row(100_000_001))
    with outside(store) as connection:
        *before, attach, _ = told("make-partition")
        for statement in before:
            connection.execute(statement)
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute(attach)
        connection.execute("ROLLBACK")
        assert parts(connection) == [("record_rest", 100_000_001)]
