"""Numbered SQL files, applied once each and never changed afterwards; yoyo applies them, we guard them.

A program refuses a store that holds migrations it does not know (a newer program wrote it), and a store for which one
of its own files was changed after it had been applied: yoyo knows names only, so the hashes stand in a table of ours.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

import apsw
import yoyo

from renkei.platform.sql.tx import Tx
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

_NAME: Final = re.compile(r"[0-9]{4}_[a-z0-9_]+\.sql")
_MAKE_TABLE: Final = "CREATE TABLE IF NOT EXISTS schema_migration (id TEXT PRIMARY KEY, sha256 TEXT NOT NULL)"
_APPLIED: Final = "SELECT id, sha256 FROM schema_migration"
_KEEP: Final = "INSERT INTO schema_migration (id, sha256) VALUES (:id, :sha256)"
_SCHEMA: Final = (
    "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE '%yoyo%' AND name <> 'schema_migration'"
    " ORDER BY tbl_name, type DESC, name"
)


@dataclass(frozen=True, slots=True)
class Shipped:
    """A migration that came with this program."""

    id: str
    file: Path
    sha256: str


def migrate(path: Path, folders: Sequence[Path]) -> None:
    """Bring the store at `path` up to the migrations in the folders, in the order of their names.

    Raises:
        RenkeiError: BAD_STORE where store and program do not fit together; nothing is changed then.
    """
    shipped = _shipped(folders)
    connection = apsw.Connection(str(path))
    try:
        connection.execute(_MAKE_TABLE)
        applied = {str(name): str(sha256) for name, sha256 in connection.execute(_APPLIED)}
        _check(applied, {each.id: each for each in shipped})
        pending = [each for each in shipped if each.id not in applied]
        if pending:
            _apply(path, folders)
            with connection:
                connection.executemany(_KEEP, [{"id": each.id, "sha256": each.sha256} for each in pending])
    finally:
        connection.close()


def schema_of(tx: Tx) -> str:
    """The schema as SQL text, in a fixed order, without the migrators' own tables."""
    return ";\n".join(sql for (sql,) in tx.rows(_SCHEMA))


def _shipped(folders: Sequence[Path]) -> list[Shipped]:
    files = sorted((file for folder in folders for file in folder.glob("*.sql")), key=lambda file: file.name)
    assert files, f"no migrations in {folders}"
    assert len({file.name for file in files}) == len(files), "two migrations of one name"
    assert all(_NAME.fullmatch(file.name) for file in files), "migrations are called NNNN_name.sql"
    return [Shipped(file.stem, file, hashlib.sha256(file.read_bytes()).hexdigest()) for file in files]


def _check(applied: Mapping[str, str], shipped: Mapping[str, Shipped]) -> None:
    for name, sha256 in applied.items():
        if name not in shipped:
            raise RenkeiError(Problem.BAD_STORE, f"migration {name} is of a newer program")
        if shipped[name].sha256 != sha256:
            raise RenkeiError(Problem.BAD_STORE, f"migration {name} was changed after it had been applied")


def _apply(path: Path, folders: Sequence[Path]) -> None:
    # Without yoyo's own lock: it would outlive a killed process, and the database holds a lock of the system's already.
    backend = yoyo.get_backend(f"sqlite:///{quote(str(path.resolve()))}")
    try:
        found = yoyo.read_migrations(*map(str, folders))
        in_order = yoyo.migrations.MigrationList(sorted(found, key=lambda each: each.id))
        backend.apply_migrations(backend.to_apply(in_order))
    finally:
        backend.connection.close()
