"""Durable writes per second: a commit for each, against the group commit of renkei.platform.sql.

    python bench/store.py [--rows 20000] [--folder DIR] [--store postgresql:///name?host=DIR]

One row = one inquiry's worth: a 16-byte key, a text of 600 bytes. SQLite as Renkei opens it: WAL, synchronous=FULL.
`apsw, one commit each` is the floor of the naive way, `apsw, N per commit` the ceiling for groups of N, and
`Database.write, N waiting` is the real writer with N callers at once, each waiting until its own row is durable:
`run` asks how many rows changed, `many` does not, `64 rows` has a list in each job, as doors do.
DIR should be on the disk that will be used; the default is the system's place for temporary files.
With --store the same for PostgreSQL: `psycopg, arrays, N per commit` is what one connection can do by hand. The
database must be empty; the schema `renkei_bench` is made in it, and dropped again.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from renkei.platform.sql import Database, Store, Tx

MIGRATION = "CREATE TABLE inquiry (id BLOB PRIMARY KEY, body TEXT NOT NULL);\n"
INSERT = "INSERT INTO inquiry (id, body) VALUES (:id, :body)"
BODY = "x" * 600
ROUNDS = 3
LIST = 64
WAITING = (1, 16, 64, 256)

Cases = list[tuple[str, Callable[[], float]]]


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


Job = Callable[[Tx], object]


def run_one(number: int) -> Job:
    return lambda tx: tx.run(INSERT, id=key(number), body=BODY)


def put_one(number: int) -> Job:
    return lambda tx: tx.many(INSERT, [{"id": key(number), "body": BODY}])


def put_list(number: int) -> Job:
    return lambda tx: tx.many(INSERT, [{"id": key(number * LIST + n), "body": BODY} for n in range(LIST)])


async def grouped(store: Store, folder: Path, jobs: Iterable[Job], waiting: int) -> float:
    """Seconds for all the jobs."""
    migrations = folder / "migrations"
    migrations.mkdir(exist_ok=True)
    (migrations / "0001_row.sql").write_text(MIGRATION, encoding="utf-8")
    database = Database.open(store, [migrations])
    queue = iter(jobs)

    async def keep_writing() -> None:
        for job in queue:
            await database.write("bench", job)

    began = time.perf_counter()
    await asyncio.gather(*(keep_writing() for _ in range(waiting)))
    elapsed = time.perf_counter() - began
    await database.close()
    return elapsed


def arrays(address: str, rows: int, group: int) -> float:
    from renkei.platform.sql.postgres import dial  # noqa: PLC0415  # psycopg is optional

    connection = dial(address)
    connection.execute(MIGRATION.replace("BLOB", "BYTEA"))
    insert = "INSERT INTO inquiry (id, body) SELECT * FROM unnest($1, $2)"
    began = time.perf_counter()
    for first in range(0, rows, group):
        keys = [key(number) for number in range(first, min(first + group, rows))]
        connection.execute(insert, [keys, [BODY] * len(keys)])
    elapsed = time.perf_counter() - began
    connection.close()
    return rows / elapsed


@contextmanager
def bench_schema(address: str) -> Iterator[str]:
    import psycopg  # noqa: PLC0415

    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA renkei_bench")
        try:
            yield f"{address}{'&' if '?' in address else '?'}options=-c%20search_path%3Drenkei_bench"
        finally:
            connection.execute("DROP SCHEMA renkei_bench CASCADE")


def writers(rows: int, run: Callable[[Iterable[Job], int], float]) -> Cases:
    return [
        *((f"Database.write, run, {n} waiting", lambda n=n: rows / run(map(run_one, range(rows)), n)) for n in WAITING),
        *(
            (f"Database.write, many, {n} waiting", lambda n=n: rows / run(map(put_one, range(rows)), n))
            for n in WAITING
        ),
        *(
            (f"Database.write, {LIST} rows, {n} waiting", lambda n=n: rows / run(map(put_list, range(rows // LIST)), n))
            for n in (1, 16)
        ),
    ]


def on_sqlite(rows: int, parent: Path | None) -> Cases:
    def in_folder(run: Callable[[Path], float]) -> float:
        with tempfile.TemporaryDirectory(dir=parent) as folder:
            return run(Path(folder))

    def write(jobs: Iterable[Job], waiting: int) -> float:
        return in_folder(lambda folder: asyncio.run(grouped(Store(folder / "bench.db"), folder, jobs, waiting)))

    return [
        (f"apsw, {n} per commit", lambda n=n: in_folder(lambda folder: plain(folder, rows, n)))
        for n in (1, 16, 64, 256)
    ] + writers(rows, write)


def on_postgresql(rows: int, address: str) -> Cases:
    def by_hand(group: int) -> float:
        with bench_schema(address) as place:
            return arrays(place, rows, group)

    def write(jobs: Iterable[Job], waiting: int) -> float:
        with bench_schema(address) as place, tempfile.TemporaryDirectory() as folder:
            return asyncio.run(grouped(Store(place), Path(folder), jobs, waiting))

    return [(f"psycopg, arrays, {n} per commit", lambda n=n: by_hand(n)) for n in (1, 16, 64, 256)] + writers(
        rows, write
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--store", help="URL of an empty PostgreSQL database")
    options = parser.parse_args()
    rows: int = options.rows
    if options.store:
        print(f"PostgreSQL at {options.store}, {rows:,} rows")
        cases = on_postgresql(rows, options.store)
    else:
        print(f"SQLite {apsw.sqlite_lib_version()}, {rows:,} rows")
        cases = on_sqlite(rows, options.folder)
    for name, run in cases:
        rate = statistics.median(run() for _ in range(ROUNDS))
        print(f"{name:<40} {rate:>9,.0f} rows/s (median of {ROUNDS})")


if __name__ == "__main__":
    main()
