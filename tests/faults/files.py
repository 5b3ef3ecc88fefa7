"""Damage to the files of a system that is down."""

import random
import struct
from pathlib import Path

import apsw

_WAL_HEADER, _FRAME_HEADER = 32, 24


def tear_wal(store: Path) -> int:
    """What a power cut leaves of a commit that nobody has heard of; returns how many bytes were torn in.

    Behind the last whole frame comes one that claims to belong to the same log and holds garbage, and half another
    (the WAL format of SQLite).
    """
    wal = store.with_name(store.name + "-wal")
    data = wal.read_bytes()
    page = struct.unpack(">I", data[8:12])[0]
    salts, size = data[16:24], _FRAME_HEADER + page
    end = _WAL_HEADER
    while data[end + 8 : end + 16] == salts:
        end += size
    assert end > _WAL_HEADER, f"{wal}: empty"
    last = data[end - size : end]
    torn = last[:16] + random.Random(7).randbytes(size - 16) + last[: size // 2]
    wal.write_bytes(data[:end] + torn)
    return len(torn)


def garble_pages(store: Path, tables: tuple[str, ...]) -> int:
    """Overwrite the leaves of some tables; returns how many."""
    connection = apsw.Connection(str(store))
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = int(str(connection.execute("PRAGMA page_size").fetchall()[0][0]))
    names = ", ".join(f"'{name}'" for name in tables)
    leaves = connection.execute(f"SELECT pageno FROM dbstat WHERE name IN ({names}) AND pagetype = 'leaf'")
    found = [int(str(page)) for (page,) in leaves]
    connection.close()
    with store.open("r+b") as file:
        for page in found:
            file.seek((page - 1) * size)
            file.write(random.Random(page).randbytes(size))
    return len(found)


def halve(file: Path) -> bytes:
    """Cut the second half off; returns what it was."""
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    return whole


def turn_a_bit(file: Path) -> bytes:
    """Turn one bit in the middle; returns what it was."""
    whole = file.read_bytes()
    middle = len(whole) // 2
    file.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
    return whole
