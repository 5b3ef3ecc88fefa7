"""Simulated disks: what was synced is there after everything; what was not may be gone; a full disk takes nothing."""

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from renkei.simulation.disk import NAME, Disks


@pytest.fixture(scope="module")
def disks() -> Iterator[Disks]:
    made = Disks()  # not this process's own: only what names it goes through it
    yield made
    made.unregister()


def _opened(folder: Path, *pragmas: str) -> apsw.Connection:
    connection = apsw.Connection(str(folder / "store.sqlite3"), vfs=NAME)
    for pragma in ("PRAGMA journal_mode = wal", "PRAGMA synchronous = full", *pragmas):
        connection.execute(pragma)
    return connection


def _kept(folder: Path) -> list[int]:
    connection = _opened(folder)
    found = [int(str(row[0])) for row in connection.execute("SELECT number FROM kept ORDER BY number")]
    connection.close()
    return found


def _one_synced_one_not(folder: Path) -> apsw.Connection:
    """Still open: closing it would write everything into the file itself."""
    connection = _opened(folder)
    connection.execute("CREATE TABLE kept (number INTEGER)")
    connection.execute("INSERT INTO kept VALUES (1)")
    connection.execute("PRAGMA synchronous = off")
    connection.execute("INSERT INTO kept VALUES (2)")
    return connection


def test_a_kill_keeps_all_that_was_committed(disks: Disks, tmp_path: Path) -> None:
    killed = _one_synced_one_not(tmp_path)
    disks.kill(tmp_path)
    del killed
    assert _kept(tmp_path) == [1, 2]


def test_a_power_cut_takes_what_was_not_synced_and_nothing_else(disks: Disks, tmp_path: Path) -> None:
    killed = _one_synced_one_not(tmp_path)
    disks.kill(tmp_path)
    del killed
    disks.lose_power(tmp_path, lambda: False)
    assert _kept(tmp_path) == [1]


def test_a_power_cut_may_leave_what_was_not_synced(disks: Disks, tmp_path: Path) -> None:
    killed = _one_synced_one_not(tmp_path)
    disks.kill(tmp_path)
    del killed
    disks.lose_power(tmp_path, lambda: True)
    assert _kept(tmp_path) == [1, 2]


@pytest.mark.parametrize("every", [2, 3])
def test_a_power_cut_in_the_midst_of_a_commit_leaves_it_whole_or_not_at_all(
    disks: Disks, tmp_path: Path, every: int
) -> None:
    """Some pages of it are there, some are not: the checksums of SQLite's log tell."""
    killed = _one_synced_one_not(tmp_path)
    writes = iter(range(10_000))
    disks.kill(tmp_path)
    del killed
    disks.lose_power(tmp_path, lambda: next(writes) % every == 0)
    assert _kept(tmp_path) == [1]


def test_a_power_cut_of_one_folder_leaves_another_alone(disks: Disks, tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
        killed = _one_synced_one_not(folder)
        disks.kill(folder)
        del killed
    disks.lose_power(one, lambda: False)
    assert (_kept(one), _kept(other)) == ([1], [1, 2])


def test_a_full_disk_says_so_and_takes_again_once_it_has_room(disks: Disks, tmp_path: Path) -> None:
    connection = _opened(tmp_path)
    connection.execute("CREATE TABLE kept (number INTEGER)")
    disks.of(tmp_path).full = True
    with pytest.raises(apsw.FullError):
        connection.execute("INSERT INTO kept VALUES (1)")
    disks.of(tmp_path).full = False
    connection.execute("INSERT INTO kept VALUES (2)")
    connection.close()
    assert _kept(tmp_path) == [2]


def test_a_disk_that_fails_says_so_and_keeps_what_it_has(disks: Disks, tmp_path: Path) -> None:
    connection = _opened(tmp_path)
    connection.execute("CREATE TABLE kept (number INTEGER)")
    connection.execute("INSERT INTO kept VALUES (1)")
    disks.of(tmp_path).fails = lambda: True
    with pytest.raises(apsw.IOError):
        connection.execute("INSERT INTO kept VALUES (2)")
    disks.of(tmp_path).fails = None
    connection.close()
    assert _kept(tmp_path) == [1]


def test_who_was_killed_writes_nothing_more(disks: Disks, tmp_path: Path) -> None:
    connection = _opened(tmp_path)
    connection.execute("CREATE TABLE kept (number INTEGER)")
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO kept VALUES (1)")
    disks.kill(tmp_path)
    with pytest.raises(apsw.ConnectionClosedError):
        connection.execute("COMMIT")
    assert _kept(tmp_path) == []
