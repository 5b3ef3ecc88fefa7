"""Numbered SQL files, applied once each and never changed afterwards; yoyo applies them, we guard them.

A program refuses a store that holds migrations it does not know (a newer program wrote it), and a store for which one
of its own files was changed after it had been applied: yoyo knows names only, so the hashes stand in a table of ours.

One text serves both databases. Where PostgreSQL needs another (partitions), `NNNN_name.postgresql.sql` stands beside
`NNNN_name.sql` and replaces it there.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Protocol

import yoyo

from renkei.platform.sql.connection import Params, Row
from renkei.platform.sql.tx import Tx
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

_NAME: Final = re.compile(r"([0-9]{4}_[a-z0-9_]+)(?:\.(postgresql))?\.sql")
_MAKE_TABLE: Final = "CREATE TABLE IF NOT EXISTS schema_migration (id TEXT PRIMARY KEY, sha256 TEXT NOT NULL)"
_APPLIED: Final = "SELECT id, sha256 FROM schema_migration"
_KEEP: Final = "INSERT INTO schema_migration (id, sha256) VALUES (:id, :sha256)"
_TYPES: Final = {"BLOB": "BYTEA", "INTEGER": "BIGINT"}
_TYPE: Final = re.compile(rf"\b({'|'.join(_TYPES)})\b")


class Guarded(Protocol):
    """The store under migration, held by nobody else meanwhile."""

    kind: str
    address: str

    def rows(self, sql: str) -> list[Row]: ...

    def many(self, sql: str, rows: Sequence[Params]) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Shipped:
    """A migration that came with this program, as this database reads it."""

    id: str
    sql: str
    sha256: str


def migrate(store: Guarded, folders: Sequence[Path]) -> None:
    """Bring the store up to the migrations in the folders, in the order of their names; then let it go.

    Raises:
        RenkeiError: BAD_STORE where store and program do not fit together; nothing is changed then.
    """
    try:
        shipped = _shipped(folders, store.kind)
        store.rows(_MAKE_TABLE)
        applied = {str(name): str(sha256) for name, sha256 in store.rows(_APPLIED)}
        _check(applied, {each.id: each for each in shipped})
        pending = [each for each in shipped if each.id not in applied]
        if pending:
            _apply(store.address, shipped)
            store.many(_KEEP, [{"id": each.id, "sha256": each.sha256} for each in pending])
    finally:
        store.close()


def schema_of(tx: Tx) -> str:
    """The schema as SQL text, in a fixed order, without the migrators' own tables."""
    return tx.schema()


def _shipped(folders: Sequence[Path], kind: str) -> list[Shipped]:
    files = sorted((file for folder in folders for file in folder.glob("*.sql")), key=lambda file: file.name)
    assert files, f"no migrations in {folders}"
    assert len({file.name for file in files}) == len(files), "two migrations of one name"
    chosen: dict[str, Path] = {}
    for file in files:  # NNNN_name.postgresql.sql sorts before NNNN_name.sql
        name = _NAME.fullmatch(file.name)
        assert name is not None, "migrations are called NNNN_name.sql"
        if name[2] in (None, kind):
            chosen.setdefault(name[1], file)
    return [_read(name, file, kind) for name, file in sorted(chosen.items())]


def _read(name: str, file: Path, kind: str) -> Shipped:
    content = file.read_bytes()
    sql = content.decode()
    if kind == "postgresql":
        sql = _TYPE.sub(lambda found: _TYPES[found[1]], sql)
    return Shipped(name, sql, hashlib.sha256(content).hexdigest())


def _check(applied: Mapping[str, str], shipped: Mapping[str, Shipped]) -> None:
    for name, sha256 in applied.items():
        if name not in shipped:
            raise RenkeiError(Problem.BAD_STORE, f"migration {name} is of a newer program")
        if shipped[name].sha256 != sha256:
            raise RenkeiError(Problem.BAD_STORE, f"migration {name} was changed after it had been applied")


def _apply(address: str, shipped: Sequence[Shipped]) -> None:
    # Without yoyo's own lock: it would outlive a killed process, and the store is held by other means already.
    backend = yoyo.get_backend(address)
    try:
        with TemporaryDirectory(prefix="renkei-migrations-") as folder:
            for each in shipped:
                (Path(folder) / f"{each.id}.sql").write_text(each.sql, encoding="utf-8")
            found = yoyo.read_migrations(folder)
            in_order = yoyo.migrations.MigrationList(sorted(found, key=lambda each: each.id))
            backend.apply_migrations(backend.to_apply(in_order))
    finally:
        backend.connection.close()
