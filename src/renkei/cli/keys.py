"""`renkei keys list|show|make|activate|destroy|publish`: a party's keys follow each other while it works (ADR 0019)."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from renkei.crypto.envelope import Identity
from renkei.crypto.keystore import KeyInfo, row
from renkei.crypto.software import SoftwareKeyStore
from renkei.messages.codec import Message, decode, encode
from renkei.messages.directory import PublicKeys
from renkei.messages.fields import Body
from renkei.platform.config import KeyFile, Settings, load
from renkei.platform.keyring import open_keys, step_party
from renkei.sandbox.network import Network
from renkei.terms.bodies import CORE, BodyId

F = TypeVar("F", bound=Callable[..., Any])
_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_DIR: Final = click.Path(exists=True, file_okay=False, path_type=Path)
_json = click.option("--json", "as_json", is_flag=True, help="One JSON object, as in the file.")
_out = click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="A file for `publish`: public keys.")


class Keyed(Settings, frozen=True, forbid_unknown_fields=False):
    """What these commands need of a system's configuration; the rest of the file is the system's."""

    name: str
    keys: KeyFile


class PartyKeys(Message, frozen=True):
    """What one party's operator hands to the core's: public keys only."""

    of: Body
    keys: PublicKeys


@dataclass(frozen=True, slots=True)
class _Asked:
    """Whose keys, and where their public ones go."""

    config: Path
    of: str | None
    out: Path | None

    @property
    def prefix(self) -> str:
        return f"{self.of}/" if self.of else ""


def _party(command: F) -> F:
    of = click.option("--of", metavar="BODY", help="Whose keys, on a server that holds several bodies.")
    config = click.option("--config", required=True, type=_FILE, help="The system's TOML file: it names the keys.")
    return config(of(command))


@click.group()
def keys() -> None:
    """Replace a party's keys while it works.

    A party (a body, the disclosure system, the core) signs by one key and is sealed to by another. `make` makes the
    next two; once the directory says so, everybody seals to the new one and believes both signatures. `activate` signs
    by the new one. `destroy` ends the old ones. Nothing stops meanwhile: docs/operate/keys.md has the whole way.

    \b
    Example:
      renkei keys make --config etc/intermediate.toml --of 141003-mayor --out keys.json
      renkei keys publish keys.json --network /tmp/renkei
      renkei keys show --config etc/intermediate.toml --of 141003-mayor --out keys.json    (the same file, once more)
    """


@keys.command("list")
@click.option("--config", required=True, type=_FILE, help="The system's TOML file: it names the keys.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def list_command(config: Path, *, as_json: bool) -> None:
    """Show what keys there are, never a key.

    \b
    Example:
      renkei keys list --config etc/core.toml
    """
    infos = open_keys(load(config, Keyed).keys).list_keys()
    if as_json:
        rows = [{"id": i.id, "purpose": i.purpose.value, "epoch": i.epoch, "state": i.state.value} for i in infos]
        click.echo(json.dumps({"v": 1, "keys": rows}))
        return
    width = max((len(info.id) for info in infos), default=0)
    for info in infos:
        click.echo(f"{info.id:<{width}}  {info.purpose.value:<6}  {info.epoch:>3}  {info.state.value}")


@keys.command()
@_party
@_out
@_json
def show(config: Path, of: str | None, out: Path | None, *, as_json: bool) -> None:
    """Show public keys; write their file again.

    The same file as that of the last step, for `publish`. Nothing is changed.

    \b
    Example:
      renkei keys show --config etc/intermediate.toml --of 141003-mayor --out keys.json
    """
    asked = _Asked(config, of, out)
    settings = _settings(asked)
    store = open_keys(settings.keys)
    sign, seal = asked.prefix + "sign", asked.prefix + "seal"
    party = PartyKeys(of=BodyId(of or settings.name), keys=Identity(store, sign, seal).public())
    if out is not None:
        out.write_bytes(encode(party))
    _tell(asked, party, [*row(store, sign), *row(store, seal)], as_json=as_json)


@keys.command()
@_party
@_out
@_json
def make(config: Path, of: str | None, out: Path | None, *, as_json: bool) -> None:
    """Make the next keys, to be used later.

    Then let the directory say so (`publish`), and wait a minute before `activate`.

    \b
    Example:
      renkei keys make --config etc/intermediate.toml --of 141003-mayor --out keys.json
    """
    _step(_Asked(config, of, out), SoftwareKeyStore.follow, as_json=as_json)


@keys.command()
@_party
@_out
@_json
def activate(config: Path, of: str | None, out: Path | None, *, as_json: bool) -> None:
    """Sign by the key that was made.

    The one before it retires: it opens what was sealed to it, and signs nothing any more. The running system takes them
    over within two seconds. Then `publish` again, and wait an hour before `destroy`.

    \b
    Example:
      renkei keys activate --config etc/intermediate.toml --of 141003-mayor --out keys.json
    """
    _step(_Asked(config, of, out), SoftwareKeyStore.succeed, as_json=as_json)


@keys.command()
@_party
@_out
@_json
def destroy(config: Path, of: str | None, out: Path | None, *, as_json: bool) -> None:
    """Destroy the retired keys.

    What was sealed to them does not open any more, and there is no way back. Then `publish` once more.

    \b
    Example:
      renkei keys destroy --config etc/intermediate.toml --of 141003-mayor --out keys.json
    """
    _step(_Asked(config, of, out), SoftwareKeyStore.clear, as_json=as_json)


@keys.command()
@click.argument("file", type=_FILE)
@click.option("--network", required=True, type=_DIR, help="A folder that `renkei sandbox up` made.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def publish(file: Path, network: Path, *, as_json: bool) -> None:
    """Let the directory name a body's keys.

    Said by the core's operator, of what `make`, `activate` or `destroy` wrote into FILE. The core publishes its own
    keys by itself.

    \b
    Example:
      renkei keys publish keys.json --network /tmp/renkei
    """
    party = decode(PartyKeys, file.read_bytes())
    done = asyncio.run(_publish(network, party))
    if as_json:
        click.echo(json.dumps({"v": 1, "of": party.of, "directory": done}))
        return
    click.echo(f"名簿 {done} 号に {party.of} の公開鍵を載せました。")
    click.echo(f"Directory {done} names the public keys of {party.of}.")


async def _publish(folder: Path, party: PartyKeys) -> int | None:
    async with Network.attach(folder) as network:
        return (await network.publish_keys(BodyId(party.of), party.keys)).number


def _settings(asked: _Asked) -> Keyed:
    """The system's configuration; a party whose keys are not there is refused."""
    settings = load(asked.config, Keyed)
    names = [info.id for info in open_keys(settings.keys).list_keys()]
    parties = {name.rpartition("/")[0] for name in names if name.rpartition("/")[2] == "sign"}
    if (asked.of or "") not in parties:
        known = ", ".join(sorted(parties - {""})) or "(--of は不要 / without --of)"
        raise click.UsageError(f"--of: ここに鍵がある機関は / keys here are of: {known}")
    return settings


def _step(asked: _Asked, step: Callable[[SoftwareKeyStore, str], object], *, as_json: bool) -> None:
    settings = _settings(asked)
    if asked.out is not None:
        _prove_writable(asked.out)
    public, infos = step_party(settings.keys, asked.prefix, step)
    party = PartyKeys(of=BodyId(asked.of or settings.name), keys=public)
    if asked.out is not None:
        try:
            asked.out.write_bytes(encode(party))
        except OSError:
            click.echo("鍵は変わりました。公開鍵のファイルは次のコマンドで書けます。", err=True)
            click.echo(f"The keys have changed. To write the public file: {_show_command(asked)}", err=True)
            raise
    _tell(asked, party, infos, as_json=as_json)


def _prove_writable(out: Path) -> None:
    """Before a key changes: a change is kept, and without its public file nobody can be told of it. Raises OSError."""
    new = not out.exists()
    with out.open("ab"):
        pass
    if new:
        out.unlink()


def _show_command(asked: _Asked) -> str:
    of = f" --of {asked.of}" if asked.of else ""
    return f"renkei keys show --config {asked.config}{of} --out keys.json"


def _tell(asked: _Asked, party: PartyKeys, infos: list[KeyInfo], *, as_json: bool) -> None:
    if as_json:
        click.echo(encode(party))
        return
    for info in infos:
        click.echo(f"{info.id}  {info.state.value}")
    if party.of == CORE:
        click.echo("コアシステムは 2 秒以内に自ら名簿へ載せます。\nThe core publishes it by itself within two seconds.")
        return
    click.echo("名簿に載せるには / for the directory:")
    if asked.out is None:
        click.echo(f"  {_show_command(asked)}")
    click.echo(f"  renkei keys publish {asked.out or 'keys.json'} --network …")
