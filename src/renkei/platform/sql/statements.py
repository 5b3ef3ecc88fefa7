"""The rooms' statements as PostgreSQL reads them: `:name` becomes `$1`, `IN :name` looks each key of an array up.

Not `= ANY($1)`: that asks every partition for every key (16 partitions, 256 keys: six times the time).
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from renkei.platform.sql.connection import Params

# Texts, comments and casts are stepped over.
_TOKEN: Final = re.compile(
    r"'(?:[^']|'')*'|--[^\n]*|::|\bIN\s+:(?P<list>[a-z_]\w*)|:(?P<name>[a-z_]\w*)", re.IGNORECASE
)
_INSERT: Final = re.compile(r"(\s*INSERT\b[^:]*\bVALUES\s*)(\([^()]*\))([^:]*)", re.IGNORECASE)
_CHANGES: Final = re.compile(r"\bDO\s+UPDATE\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Statement:
    """A text with numbered places, and the name of the parameter for each."""

    text: str
    names: tuple[str, ...]

    def values(self, params: Params) -> list[Any]:
        return [params[name] for name in self.names]


@cache
def read(sql: str) -> Statement:
    """The statement for one set of parameters."""
    names: list[str] = []

    def place(name: str) -> str:
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    def spell(found: re.Match[str]) -> str:
        if found["list"]:
            return f"IN (SELECT unnest({place(found['list'])}))"
        return place(found["name"]) if found["name"] else found[0]

    return Statement(_TOKEN.sub(spell, sql), tuple(names))


@cache
def widened(sql: str, rows: int) -> Statement | None:
    """An INSERT of so many rows at once, its values row by row; None for a statement that cannot be widened.

    DO UPDATE is left alone: one statement may not change a row twice, which one after another may.
    """
    found = _INSERT.fullmatch(sql)
    if found is None or _CHANGES.search(sql):
        return None
    head, values, tail = found.groups()
    names: list[str] = []

    def spell(token: re.Match[str]) -> str:
        if not token["name"]:
            return token[0]
        names.append(token["name"])
        return f"${len(names)}"

    text = ", ".join(_TOKEN.sub(spell, values) for _ in range(rows))
    return Statement(f"{head}{text}{tail}", tuple(names[: len(names) // rows]))
