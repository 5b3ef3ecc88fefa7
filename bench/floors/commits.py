"""Rows made durable by SQLite itself: one connection, WAL, synchronous=FULL, and nothing around it."""

import os
import time
from pathlib import Path

import apsw

PRAGMAS = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL")
TABLE = "CREATE TABLE row (id BLOB PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID"
INSERT = "INSERT INTO row (id, body) VALUES (?, ?)"
GROUP, SAMPLED = 64, 6_400


def rows_per_second(path: Path, rows: int, group: int, row_bytes: int) -> float:
    """Random 16-byte keys with a body of that size, so many in each commit; in a new file."""
    entries = [(os.urandom(16), os.urandom(row_bytes)) for _ in range(rows)]
    connection = apsw.Connection(str(path))
    try:
        for statement in (*PRAGMAS, TABLE):
            connection.execute(statement)
        began = time.perf_counter()
        for first in range(0, rows, group):
            with connection:
                connection.executemany(INSERT, entries[first : first + group])
        return rows / (time.perf_counter() - began)
    finally:
        connection.close()


def grown(path: Path, small: int, large: int) -> float:
    """How many times as long a row takes in a table of the large size as in one of the small; 64 rows a commit."""
    connection = apsw.Connection(str(path))
    try:
        for statement in (*PRAGMAS, TABLE):
            connection.execute(statement)
        taken, held = [], 0
        for size in (small, large):
            while held < size:
                held += _insert(connection, min(10_000, size - held))
            began = time.perf_counter()
            for _ in range(SAMPLED // GROUP):
                held += _insert(connection, GROUP)
            taken.append(time.perf_counter() - began)
        return taken[1] / taken[0]
    finally:
        connection.close()


def _insert(connection: apsw.Connection, number: int) -> int:
    with connection:
        connection.executemany(INSERT, [(os.urandom(16), os.urandom(32)) for _ in range(number)])
    return number


def in_folder(folder: Path, rows: int, group: int, row_bytes: int) -> float:
    """The same in a fresh file of a folder, removed afterwards."""
    path = folder / f"floor-{os.getpid()}-{time.monotonic_ns()}.db"
    try:
        return rows_per_second(path, rows, group, row_bytes)
    finally:
        for each in folder.glob(path.name + "*"):
            each.unlink()
