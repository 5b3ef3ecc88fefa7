"""Rows made durable by PostgreSQL itself: pgbench, one connection, prepared statements, and nothing around them."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import psycopg

from bench.floors.commits import GROUP, SAMPLED
from bench.schema import schema

MISSING: Final = "pgbench is not installed: no floor of bare rows in PostgreSQL (as root: scripts/setup.sh bench)"
SCHEMA: Final = "renkei_floor"
TABLE: Final = "CREATE TABLE row (id BYTEA PRIMARY KEY, body BYTEA NOT NULL)"
# A statement is a transaction; its ids are random, as those of SQLite's floor are.
INSERT: Final = """
INSERT INTO row (id, body)
SELECT uuid_send(gen_random_uuid()), decode(repeat('5a', {row_bytes}), 'hex') FROM generate_series(1, {rows})
"""
_RATE: Final = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)
_FILLED_AT_ONCE: Final = 100_000


def installed() -> str | None:
    """The program; None without it."""
    return shutil.which("pgbench")


def rows_per_second(address: str, rows: int, group: int, row_bytes: int) -> float:
    """Random 16-byte keys with a body of that size, so many in each commit; in a new table, dropped afterwards."""
    with schema(address, SCHEMA) as place:
        _say(place, TABLE)
        return _measured(place, rows, group, row_bytes)


def grown(address: str, small: int, large: int) -> float:
    """How many times as long a row takes in a table of the large size as in one of the small; 64 rows a commit."""
    with schema(address, SCHEMA) as place:
        _say(place, TABLE)
        rates, held = [], 0
        for size in (small, large):
            missing = [min(_FILLED_AT_ONCE, size - first) for first in range(held, size, _FILLED_AT_ONCE)]
            _say(place, *(INSERT.format(row_bytes=32, rows=rows) for rows in missing), "VACUUM ANALYZE row")
            rates.append(_measured(place, SAMPLED, GROUP, 32))
            held = max(held, size) + SAMPLED
        return rates[0] / rates[1]


def command(place: str, script: Path, commits: int) -> Sequence[str]:
    """One client: what one writer can do. `-n`: there is nothing of pgbench's own to vacuum."""
    program = installed()
    if program is None:
        raise FileNotFoundError(MISSING)
    return [program, "-n", "-M", "prepared", "-c", "1", "-t", str(commits), "-f", str(script), place]


def _measured(place: str, rows: int, group: int, row_bytes: int) -> float:
    with tempfile.NamedTemporaryFile("w", prefix="renkei-bench-", suffix=".sql") as script:
        script.write(" ".join(INSERT.format(row_bytes=row_bytes, rows=group).split()) + ";\n")
        script.flush()
        commits = -(-rows // group)
        told = subprocess.run(command(place, Path(script.name), commits), check=True, capture_output=True, text=True)
    found = _RATE.search(told.stdout)
    if found is None:
        raise ValueError(f"pgbench told no rate: {told.stdout}")
    return float(found.group(1)) * group


def _say(place: str, *statements: str) -> None:
    with psycopg.connect(place, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())
