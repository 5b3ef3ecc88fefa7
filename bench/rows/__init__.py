"""The rows of the benchmark: a file for each, with a function from `Context` to `Result`."""

import importlib
from dataclasses import dataclass
from typing import Final, cast

from bench.context import Context
from bench.model import Result


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its name on the command line and what it is about. The code is in `bench.rows.<name>`."""

    name: str
    title: str

    def run(self, context: Context) -> Result:
        return cast("Result", importlib.import_module(f"bench.rows.{self.name}").run(context))


ROWS: Final = (
    Row("convert", "code conversion inside the core"),
    Row("decide", "permission decision, all rows loaded"),
    Row("log", "log append, durable, with proofs"),
    Row("proofs", "log proofs by size of the log"),
    Row("issue", "code issue, whole path from residents to body"),
    Row("register", "replica registration"),
    Row("singles", "single inquiries, whole path through both interfaces"),
    Row("bulk", "bulk inquiries, whole path"),
    Row("growth", "cost of an inquiry as the stores grow"),
    Row("memory", "memory of each system"),
    Row("start", "start-up time of each system"),
)
"""In the order in which they run: first those that need no network, last those that fill or restart it."""
NAMES: Final = tuple(row.name for row in ROWS)
