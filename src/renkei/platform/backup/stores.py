"""Taking a store and putting it back; and what a log must know that came back older than it was (ADR 0018)."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from renkei.platform.backup.sealed import (
    LogHead,
    Manifest,
    new_file,
    open_into,
    read_manifest,
    seal_into,
    sync_folder,
)
from renkei.platform.config import Settings, load
from renkei.platform.entropy import system_entropy
from renkei.platform.sql import Store, backup
from renkei.platform.sql.connection import Params
from renkei.platform.sql.sqlite import hold
from renkei.terms.affairs import InstantMs, utc_text
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.translog.checkpoint import Checkpoint
from renkei.translog.note import parse_note

SUFFIX: Final = ".renkei-backup"
_NEWEST: Final = "SELECT note FROM log_checkpoint ORDER BY size DESC LIMIT 1"
_LOG: Final = backup.Question("log_checkpoint", _NEWEST)
_CLOSE: Final = (
    "INSERT INTO log_closed (origin, size, closed_at_ms) VALUES (:origin, :size, :at) ON CONFLICT (origin) DO NOTHING"
)


class Kept(Settings, frozen=True, forbid_unknown_fields=False):
    """What a backup needs of a system's configuration; the rest of the file is the system's."""

    name: str
    store: Store


@dataclass(frozen=True, slots=True)
class Options:
    """How to restore.

    `until`: from a folder, the newest backup not taken after it. `replace`: even where there is a store. `complete`:
    the operator's word that the core signed nothing after the backup, so that its log may go on under its name.
    """

    until: InstantMs | None = None
    replace: bool = False
    complete: bool = False


def take(config: Path, folder: Path, key: bytes, now: InstantMs) -> tuple[Path, Manifest]:
    """Seal the system's store as it is now into a new file of the folder. The system may run.

    Raises:
        RenkeiError: BAD_CONFIGURATION: the folder, or a store in PostgreSQL; BAD_STORE: no store, or a broken one.
    """
    kept = load(config, Kept)
    path = folder / f"{kept.name}-{_file_moment(now)}{SUFFIX}"
    with backup.copied(_file(kept), _LOG) as copy, new_file(path) as target:
        log = None if copy.row is None else _log_head(copy.row[0])
        manifest = Manifest(name=kept.name, form="sqlite", taken_at_ms=now, schema=copy.schema, log=log)
        seal_into(target, key, manifest, copy.file)
    return path, manifest


def choose(source: Path, name: str, until: InstantMs | None) -> Path:
    """The file itself; of a folder the system's newest backup, not taken after `until`.

    Raises:
        RenkeiError: BAD_CONFIGURATION where there is none.
    """
    if not source.is_dir():
        return source
    found = [(read_manifest(path), path) for path in sorted(source.glob(f"{name}-*{SUFFIX}"))]
    fitting = [
        (manifest.taken_at_ms, path)
        for manifest, path in found
        if manifest.name == name and (until is None or manifest.taken_at_ms <= until)
    ]
    if not fitting:
        at = "" if until is None else f" taken at or before {utc_text(until)}"
        raise RenkeiError(Problem.BAD_CONFIGURATION, f"{source}: no backup of {name}{at}")
    return max(fitting)[1]


def restore(config: Path, source: Path, key: bytes, at: InstantMs, options: Options) -> tuple[Manifest, Path | None]:
    """Put a backup in the store's place; nothing is changed unless the whole file opens and is sound.

    Returns:
        What was restored, and where the store lies now that was there before.

    Raises:
        RenkeiError: BAD_STORE: the file is torn, altered, of another key or system, or a system has the store open.
            BAD_CONFIGURATION: there is a store already, and it is not to be replaced; nothing to restore.
    """
    kept = load(config, Kept)
    path, chosen = _file(kept), choose(source, kept.name, options.until)
    there = path.exists() and path.stat().st_size > 0
    if there and not options.replace:
        raise RenkeiError(Problem.BAD_CONFIGURATION, f"{path}: there is a store; nothing was changed (--replace)")
    with hold(path), _fresh(path) as fresh:
        manifest = _unsealed(chosen, key, fresh)
        if (manifest.name, manifest.form) != (kept.name, "sqlite"):
            raise RenkeiError(Problem.BAD_STORE, f"{chosen}: of {manifest.name} ({manifest.form}), not of {kept.name}")
        _close(fresh, None if options.complete else manifest.log, at)
        aside = path.with_name(f"{path.name}.replaced-{_file_moment(at)}")
        backup.put_in_place(fresh, path, aside)
        sync_folder(path.parent)
    return manifest, aside if there else None


def close_log(config: Path, at: InstantMs) -> LogHead:
    """Say in the core's store, while the core is stopped, that its log is over under the name that it has.

    Raises:
        RenkeiError: BAD_STORE: no log in it, or a system has the store open.
    """
    kept = load(config, Kept)
    if not isinstance(kept.store.address, Path):
        return _close_postgres(kept.store.address, at)
    path = _file(kept)
    with hold(path):
        with backup.copied(path, _LOG) as copy:
            row = copy.row
        if row is None:
            raise RenkeiError(Problem.BAD_STORE, f"{path}: holds no log")
        head = _log_head(row[0])
        _close(path, head, at)
    return head


def _close(path: Path, head: LogHead | None, at: InstantMs) -> None:
    """Also checks the store; one without a log has no name to close."""
    table = "" if head is None else "log_closed"
    backup.change(path, table, _CLOSE, {} if head is None else _closed(head, at))


def _close_postgres(address: str, at: InstantMs) -> LogHead:
    from renkei.platform.backup.postgres import change_row  # noqa: PLC0415  # an optional dependency

    return _log_head(change_row(address, _NEWEST, _CLOSE, lambda row: _closed(_log_head(row[0]), at))[0])


def _closed(head: LogHead, at: InstantMs) -> Params:
    return {"origin": head.origin, "size": head.size, "at": at}


def _file(kept: Kept) -> Path:
    if isinstance(kept.store.address, Path):
        return kept.store.address
    why = "in PostgreSQL: by its own programs, with `renkei backup seal` (docs/operate/backup.md)"
    raise RenkeiError(Problem.BAD_CONFIGURATION, f"{kept.name}: {why}")


def _unsealed(source: Path, key: bytes, fresh: Path) -> Manifest:
    with new_file(fresh) as target:
        return open_into(target, key, source)


@contextmanager
def _fresh(path: Path) -> Iterator[Path]:
    """A name beside the store; whatever lies there at the end is removed."""
    fresh = path.with_name(f".{path.name}.{system_entropy(6).hex()}.restored")
    try:
        yield fresh
    finally:
        for side in backup.SIDE_FILES:
            fresh.with_name(fresh.name + side).unlink(missing_ok=True)


def _log_head(note: str) -> LogHead:
    found = Checkpoint.parse(parse_note(note).text)
    return LogHead(found.origin, found.size, base64.b64encode(found.root).decode())


def _file_moment(moment: InstantMs) -> str:
    """`20261123T060102.003Z`: sorts as time does."""
    return datetime.fromtimestamp(moment / 1000, tz=UTC).strftime("%Y%m%dT%H%M%S.%f")[:-3] + "Z"
