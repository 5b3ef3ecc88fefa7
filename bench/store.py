"""Durable writes per second: a commit for each, against the group commit of renkei.platform.sql.

    python bench/store.py [--rows 20000] [--folder DIR]

One row = one inquiry's worth: a 16-byte key, a text of 600 bytes. SQLite as Renkei opens it: WAL, synchronous=FULL.
`apsw, one commit each` is the floor of the naive way, `apsw, N per commit` the ceiling for groups of N, and
`Database.write, N waiting` is the real writer with N callers at once, each waiting until its own row is durable.
DIR should be on the disk that will be used; the default is the system's place for temporary files.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import apsw

from renkei.platform.sql import Database, Tx

MIGRATION = "CREATE TABLE row (id BLOB PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;\n"
INSERT = "INSERT INTO row (id, body) VALUES (:id, :body)"
BODY = "x" * 600
ROUNDS = 3


def key(number: int) -> bytes:
    # Spread over the key space as real ids are, so that pages are hit at random.
    return (number * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128).to_bytes(16, "big")


def plain(folder: Path, rows: int, group: int) -> float:
    connection = apsw.Connection(str(folder / "plain.db"))
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(MIGRATION)
    began = time.perf_counter()
    for first in range(0, rows, group):
        with connection:
            entries = [{"id": key(number), "body": BODY} for number in range(first, min(first + group, rows))]
            connection.executemany(INSERT, entries)
    elapsed = time.perf_counter() - began
    connection.close()
    return rows / elapsed


async def grouped(folder: Path, rows: int, waiting: int) -> float:
    migrations = folder / "migrations"
    migrations.mkdir()
    (migrations / "0001_row.sql").write_text(MIGRATION, encoding="utf-8")
    database = Database.open(folder / "grouped.db", [migrations])
    numbers = iter(range(rows))

    def job(number: int) -> Callable[[Tx], int]:
        return lambda tx: tx.run(INSERT, id=key(number), body=BODY)

    async def keep_writing() -> None:
        for number in numbers:
            await database.write("bench", job(number))

    began = time.perf_counter()
    await asyncio.gather(*(keep_writing() for _ in range(waiting)))
    elapsed = time.perf_counter() - began
    await database.close()
    return rows / elapsed


def median(run: Callable[[Path], float], parent: Path | None) -> float:
    rates = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory(dir=parent) as folder:
            rates.append(run(Path(folder)))
    return statistics.median(rates)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    rows: int = options.rows
    cases: list[tuple[str, Callable[[Path], float]]] = [
        ("apsw, one commit each", lambda folder: plain(folder, rows, 1)),
        *((f"apsw, {n} per commit", lambda folder, n=n: plain(folder, rows, n)) for n in (16, 64, 256)),
        *(
            (f"Database.write, {n} waiting", lambda folder, n=n: asyncio.run(grouped(folder, rows, n)))
            for n in (1, 16, 64, 256)
        ),
    ]
    print(f"SQLite {apsw.sqlite_lib_version()}, {rows:,} rows")
    for name, run in cases:
        print(f"{name:<28} {median(run, options.folder):>9,.0f} rows/s (median of {ROUNDS})")


if __name__ == "__main__":
    main()
