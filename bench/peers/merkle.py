"""The log's peer: pymerkle (RFC 9162 hashing) over a SQLite file, WAL with synchronous=FULL.

pymerkle is GPLv3+: something to measure beside, never a part of Renkei.
"""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from pymerkle import InvalidProof, SqliteTree, verify_inclusion  # type: ignore[import-untyped]  # it has no types

LIST: Final = 256


@dataclass(frozen=True)
class LogRates:
    """Per second."""

    append_single: float
    """A commit for each entry."""
    append_list: float
    """Lists of 256, a commit for each."""
    prove: float
    """Inclusion proofs of entries of the lists, in the tree at its end."""


class MerkleLog:
    """An append-only log in one file. Indices count from one, as pymerkle's."""

    def __init__(self, path: Path) -> None:
        self._tree: Any = SqliteTree(str(path))
        self._tree.con.execute("PRAGMA journal_mode = WAL")
        self._tree.con.execute("PRAGMA synchronous = FULL")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._tree.close()

    @property
    def size(self) -> int:
        return int(self._tree.get_size())

    @property
    def root(self) -> bytes:
        return bytes(self._tree.get_root())

    def append(self, entry: bytes) -> int:
        """Durable on return; gives the entry's index."""
        return int(self._tree.append_entry(entry))

    def append_all(self, entries: Sequence[bytes]) -> int:
        """All or none; gives the index of the last."""
        return int(self._tree.append_entries(entries))

    def proves(self, index: int, entry: bytes) -> bool:
        """Make the inclusion proof of an entry and check it against the root of now."""
        try:
            verify_inclusion(self._tree.hash_buff(entry), self.root, self.prove(index), index=index, size=self.size)
        except InvalidProof:
            return False
        return True

    def prove(self, index: int) -> object:
        """The inclusion proof against the root of now."""
        return self._tree.prove_inclusion(index)


def log_rates(folder: Path, entries: int = 5_000, entry_bytes: int = 32) -> LogRates:
    """Append so many entries one by one and as many again in lists, then prove 500; in a new file in `folder`."""
    with MerkleLog(folder / "pymerkle.sqlite3") as log:
        one = [os.urandom(entry_bytes) for _ in range(entries)]
        lists = [one[first : first + LIST] for first in range(0, entries, LIST)]
        single = _rate(entries, lambda: [log.append(each) for each in one])
        listed = _rate(entries, lambda: [log.append_all(each) for each in lists])
        step = max(1, entries // 500)
        proved = range(entries + 1, 2 * entries + 1, step)
        return LogRates(single, listed, _rate(len(proved), lambda: [log.prove(index) for index in proved]))


def _rate(number: int, run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return number / (time.perf_counter() - began)
