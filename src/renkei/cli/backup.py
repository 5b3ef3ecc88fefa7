"""`renkei backup key|take|restore|close-log|seal|open`: sealed backups, and the way back."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import click
import msgspec

from renkei.platform.backup import sealed, stores
from renkei.platform.backup.sealed import LogHead, Manifest
from renkei.platform.clock import SystemClock
from renkei.terms.affairs import InstantMs, japan_text

_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER: Final = click.Path(exists=True, file_okay=False, path_type=Path)
_ANY: Final = click.Path(exists=True, path_type=Path)
_NEW: Final = click.Path(path_type=Path)
F = TypeVar("F", bound=Callable[..., Any])


def _config(command: F) -> F:
    return click.option("--config", required=True, type=_FILE, help="The system's TOML file: it names the store.")(
        command
    )


def _key(command: F) -> F:
    return click.option("--key", required=True, type=_FILE, help="A file that `renkei backup key` made.")(command)


class _Moment(click.ParamType[InstantMs]):
    """RFC 3339 with its offset."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            self.fail(f"{value!r}: a moment with its offset, e.g. 2026-11-23T15:00:00+09:00", param, ctx)
        return InstantMs(int(moment.timestamp() * 1000))


@click.group()
def backup() -> None:
    """Seal a store while its system runs; put it back.

    A backup holds the store and no key: keep the key store file, its unlock secret, the certificates and the backup key
    elsewhere (docs/operate/backup.md).

    \b
    Example:
      renkei backup key /safe/backup.key
      renkei backup take /backups --config etc/core.toml --key /safe/backup.key
      renkei backup restore /backups --config etc/core.toml --key /safe/backup.key --at 2026-11-23T15:00:00+09:00
    """


@backup.command()
@click.argument("file", type=_NEW)
def key(file: Path) -> None:
    """Make a key for backups in a new file.

    Without it no backup opens: keep a second copy of it, and neither of them where the backups are.

    \b
    Example:
      renkei backup key /safe/backup.key
    """
    sealed.make_key(file)
    click.echo(f"鍵を作りました: {file}\nバックアップとは別の場所に保管してください。")
    click.echo("A key was made. Keep it apart from the backups; without it they do not open.")


@backup.command()
@click.argument("folder", type=_FOLDER)
@_config
@_key
@click.option("--json", "as_json", is_flag=True, help="One JSON object: the file and its manifest.")
def take(folder: Path, config: Path, key: Path, *, as_json: bool) -> None:
    """Seal the store of one system into a new file in FOLDER.

    The system may run meanwhile and is not held up. For a store in PostgreSQL see `seal`.

    \b
    Example:
      renkei backup take /backups --config etc/core.toml --key /safe/backup.key
    """
    path, manifest = stores.take(config, folder, sealed.read_key(key), SystemClock().now_ms())
    if as_json:
        click.echo(json.dumps({"v": 1, "file": str(path), "manifest": msgspec.to_builtins(manifest)}))
        return
    click.echo(f"保存しました / saved: {path}")
    _tell(manifest)


@backup.command()
@click.argument("source", type=_ANY)
@_config
@_key
@click.option("--at", type=_Moment(), help="Of a folder, the newest backup at or before this moment.")
@click.option("--replace", is_flag=True, help="Even where there is a store; the old one is put aside.")
@click.option(
    "--complete",
    is_flag=True,
    help="Your word that the core has signed nothing since: it was stopped before the backup was taken.",
)
def restore(source: Path, config: Path, key: Path, **how: Any) -> None:  # noqa: ANN401  # click's own types
    """Put a backup in the place of a store whose system is stopped.

    SOURCE is a backup, or a folder of which the newest one for this system is taken. Nothing is changed unless the
    whole file opens and is sound. A core's log is closed under its name, so that it cannot tell a second history,
    unless --complete is given: see docs/operate/backup.md for what to do then.

    \b
    Example:
      renkei backup restore /backups --config etc/core.toml --key /safe/backup.key
      renkei backup restore /backups --config etc/core.toml --key /safe/backup.key \\
        --at 2026-11-23T15:00:00+09:00 --replace
    """
    options = stores.Options(until=how["at"], replace=how["replace"], complete=how["complete"])
    manifest, aside = stores.restore(config, source, sealed.read_key(key), SystemClock().now_ms(), options)
    click.echo(f"{japan_text(manifest.taken_at)} の状態に戻しました。/ The store is as it was then (Japan time).")
    _tell(manifest)
    if aside is not None:
        click.echo(f"前の保管データ / the store that was there: {aside}")
    if manifest.log is not None and not options.complete:
        _tell_closed(manifest.log)


@backup.command("close-log")
@_config
def close_log(config: Path) -> None:
    """Close the name of a core's log in its store.

    To be run before a core is started on a store that was brought back by other means than `restore`: PostgreSQL's own
    programs, or a copied disk.

    \b
    Example:
      renkei backup close-log --config etc/core.toml
    """
    _tell_closed(stores.close_log(config, SystemClock().now_ms()))


@backup.command()
@click.argument("source", type=_FILE)
@click.argument("target", type=_NEW)
@_key
@click.option("--name", required=True, help="What it is, e.g. the name of the WAL file; `open` must say the same.")
def seal(source: Path, target: Path, key: Path, name: str) -> None:
    """Seal any file into a new one.

    For what PostgreSQL's programs write: pg_basebackup, pg_dump, archive_command. SOURCE may be /dev/stdin, but then
    what a program that broke off had written is sealed as if it were whole.

    \b
    Example:
      renkei backup seal base.tar /backups/base.sealed --key /safe/backup.key --name base
    """
    manifest = Manifest(name=name, form="file", taken_at_ms=SystemClock().now_ms())
    with source.open("rb") as plain, sealed.new_file(target) as file:
        sealed.seal_into(file, sealed.read_key(key), manifest, plain)


@backup.command("open")
@click.argument("source", type=_FILE)
@click.argument("target", type=_NEW)
@_key
@click.option("--name", required=True, help="What it must be.")
def open_(source: Path, target: Path, key: Path, name: str) -> None:
    """Open what `seal` made, into a new file, whole or not at all.

    \b
    Example:
      renkei backup open /backups/base.sealed base.tar --key /safe/backup.key --name base
    """
    sealed.open_file(source, target, sealed.read_key(key), name)


def _tell(manifest: Manifest) -> None:
    log = manifest.log
    click.echo(f"  システム / system: {manifest.name}\n  時点 / moment: {japan_text(manifest.taken_at)}")
    click.echo(f"  スキーマ / schema: {', '.join(manifest.schema)}")
    if log is not None:
        click.echo(f"  ログ / log: {log.origin}, {log.size}, {log.root}")


def _tell_closed(log: LogHead) -> None:
    click.echo(
        f"ログ {log.origin} は {log.size} 件で閉じました。このままではコアシステムは署名しません。"
        f"\nThe log {log.origin} is closed at {log.size} entries: under this name the core signs nothing any more."
        "\n次にすること / what to do next: docs/operate/backup.md"
    )
