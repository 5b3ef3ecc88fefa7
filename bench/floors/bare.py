"""Bare rows, durable, in whatever Renkei stores in: by SQLite itself, or by pgbench where it is PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.floors import commits, pgbench
from bench.model import Named
from bench.stats import Spread


@dataclass(frozen=True, slots=True)
class Bare:
    """`address`: of PostgreSQL; None for SQLite in a file of `folder`. A value, which goes to other processes."""

    folder: Path
    address: str | None = None

    @property
    def name(self) -> str:
        return "SQLite" if self.address is None else "pgbench"

    @property
    def missing(self) -> Sequence[str]:
        """Why there is no such floor on this machine; empty where there is."""
        return [pgbench.MISSING] if self.address is not None and pgbench.installed() is None else []

    def rate(self, rows: int, group: int, row_bytes: int) -> float:
        """Rows a second with so many in each commit."""
        if self.address is None:
            return commits.in_folder(self.folder, rows, group, row_bytes)
        return pgbench.rows_per_second(self.address, rows, group, row_bytes)

    def grown(self, small: int, large: int) -> float:
        """How many times as long a row takes among many as among few."""
        if self.address is None:
            return commits.grown(self.folder / "grown.db", small, large)
        return pgbench.grown(self.address, small, large)

    def floor(self, what: str, runs: Sequence[float]) -> Named | None:
        """A figure's floor, unless there were no runs."""
        return next(iter(self.peers(what, runs)), None)

    def peers(self, what: str, runs: Sequence[float]) -> list[Named]:
        """The same as a figure's only peer."""
        return [Named(f"{self.name}, {what}", Spread(tuple(runs)))] if runs else []
