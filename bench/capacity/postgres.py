"""The same rows in PostgreSQL: copied from the weighed stores into tables that the migrations made, and weighed there.

Copied rows lie close; where rows are changed after they were written, autovacuum keeps a store somewhat larger.
"""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import apsw
import msgspec
import psycopg
from psycopg import sql

from bench.rows.log import appended
from bench.schema import schema
from renkei.platform.config import load
from renkei.platform.logstore import MIGRATIONS as LOG_MIGRATIONS
from renkei.platform.sql import Database, Store
from renkei.systems.addressee.wiring import MIGRATIONS as ADDRESSEE
from renkei.systems.core import wiring
from renkei.systems.intermediate.wiring import MIGRATIONS as INTERMEDIATE
from renkei.systems.residents.wiring import MIGRATIONS as RESIDENTS

SCHEMA: Final = "renkei_capacity"
MIGRATIONS: Final = {
    "core": (wiring.MIGRATIONS, LOG_MIGRATIONS),
    "intermediate": (INTERMEDIATE,),
    "addressee": (ADDRESSEE,),
    "residents": (RESIDENTS,),
}
BESIDE: Final = {"record": ("record_key",)}
"""Tables that are written with another by a trigger."""
Raw = psycopg.Connection[Any]

# A partitioned table is its leaves; any other table is itself. Indexes and TOAST included.
_SIZE: Final = """
SELECT coalesce((SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree(%(table)s::regclass) WHERE isleaf),
                pg_total_relation_size(%(table)s::regclass))
"""


def sizes(address: str, kind: str, store: Path, tables: Mapping[str, str]) -> dict[str, float]:
    """Bytes of each table, by the name that it has in `tables`; made in a schema of its own, which is dropped."""
    with schema(address, SCHEMA) as place:
        asyncio.run(_migrated(place, kind))
        with psycopg.connect(place, autocommit=True) as target:
            found = apsw.Connection(str(store), flags=apsw.SQLITE_OPEN_READWRITE)
            for table in tables.values():
                _copy(found, target, table)
            found.close()
            target.execute("VACUUM ANALYZE")
            return {name: _size(target, table) for name, table in tables.items()}


def inquiries(address: str, config: Path, number: int, written: Callable[[wiring.Config, int], float]) -> float:
    """Inquiries a second through the core's one writer over PostgreSQL."""
    with schema(address, SCHEMA) as place:
        return written(msgspec.structs.replace(load(config, wiring.Config), store=Store(place)), number)


def leaves(address: str, number: int) -> float:
    """Leaves a second into a log alone, each with its receipt, over PostgreSQL."""
    with schema(address, SCHEMA) as place:
        return appended(Store(place), number)


async def _migrated(place: str, kind: str) -> None:
    await Database.open(Store(place), MIGRATIONS[kind]).close()


def _copy(source: apsw.Connection, target: Raw, table: str) -> None:
    rows = source.execute(f"SELECT * FROM {table} ORDER BY rowid")
    columns = sql.SQL(", ").join(sql.Identifier(each[0]) for each in rows.get_description())
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), columns)
    with target.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _size(connection: Raw, table: str) -> float:
    every = (table, *BESIDE.get(table, ()))
    found = [connection.execute(_SIZE, {"table": each}).fetchone() for each in every]
    return float(sum(each[0] for each in found if each))
