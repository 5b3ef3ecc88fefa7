"""`renkei law announce` and `renkei law withdraw`: a permission list for a day to come, by the core's operator."""

import asyncio
import json
import sys
from functools import partial
from pathlib import Path

import click

from renkei.cli.exits import NO
from renkei.law.facts import HEADERS
from renkei.messages.codec import Message, decode
from renkei.messages.directory import Directory, Done, ListAnnouncement, ListWithdrawal, SignedDirectory
from renkei.sandbox.layout import CORE
from renkei.sandbox.network import OPERATOR, Network
from renkei.sandbox.patience import patiently
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

_DIR = click.Path(exists=True, file_okay=False, path_type=Path)
_DAY = click.DateTime(["%Y-%m-%d"])
_network = click.option("--network", required=True, type=_DIR, help="A folder that `renkei sandbox up` made.")
_json = click.option("--json", "as_json", is_flag=True, help="One JSON object.")


@click.command("announce")
@click.argument("folder", type=_DIR)
@click.option("--from", "day", required=True, type=_DAY, help="First day, Japan time, on which it applies.")
@_network
@_json
def announce_command(folder: Path, day: object, network: Path, *, as_json: bool) -> None:
    """Announce a permission list for a day to come.

    Every member fetches it ahead.
    FOLDER holds the facts as tab-separated files (affairs.tsv, rows.tsv, …). What is asked from that day on is decided
    by the new list, without a restart. Announcing another list for the same day replaces the first.

    \b
    Example:
      renkei law announce new-facts --from 2027-04-01 --network /tmp/renkei
    """
    text = f"{day:%Y-%m-%d}"
    message = ListAnnouncement(applies_from=text, files=_files(folder))
    _, after = asyncio.run(_change(network, "/v1/lists", message))
    _tell(after, as_json=as_json)


@click.command("withdraw")
@click.option("--from", "day", required=True, type=_DAY, help="The day for which a list was announced.")
@_network
@_json
def withdraw_command(day: object, network: Path, *, as_json: bool) -> None:
    """Take back a list announced for a day to come.

    Exit code 1: none is announced for that day.

    \b
    Example:
      renkei law withdraw --from 2027-04-01 --network /tmp/renkei
    """
    text = f"{day:%Y-%m-%d}"
    before, after = asyncio.run(_change(network, "/v1/list-withdrawals", ListWithdrawal(applies_from=text)))
    _tell(after, as_json=as_json)
    if text not in {each.applies_from for each in before.announced}:
        click.echo(f"{text} から適用するリストはありません。/ No list is announced for {text}.", err=True)
        sys.exit(NO)


def _files(folder: Path) -> dict[str, str]:
    """The files of a list; what else lies in the folder does not decide anything."""
    found: dict[str, str] = {}
    for name in HEADERS:
        try:
            found[name] = (folder / name).read_bytes().decode()
        except (FileNotFoundError, UnicodeDecodeError) as error:
            raise RenkeiError(Problem.MALFORMED, f"{folder / name}: {_why(error)}") from None
    return found


def _why(error: Exception) -> str:
    return "missing" if isinstance(error, FileNotFoundError) else "not UTF-8"


async def _change(folder: Path, door: str, message: Message) -> tuple[Directory, Directory]:
    """The directory before and after."""
    async with Network.attach(folder) as network:
        client, core = network.client(network.state.staff[OPERATOR]), network.target(CORE)
        ask = partial(client.ask, core, "/v1/directory", SignedDirectory)
        before = decode(Directory, (await patiently(ask)).directory)
        await patiently(partial(client.send, core, door, message, Done))
        return before, decode(Directory, (await patiently(ask)).directory)


def _tell(directory: Directory, *, as_json: bool) -> None:
    if as_json:
        announced = [{"from": each.applies_from, "version": each.version} for each in directory.announced]
        told = {"v": 1, "directory": directory.number, "base": directory.list_version, "announced": announced}
        click.echo(json.dumps(told))
        return
    click.echo(f"名簿 {directory.number} 号の照会許可照合リスト / permission lists of directory {directory.number}:")
    click.echo(f"  はじめから since ever  {directory.list_version[:16]}…")
    for each in directory.announced:
        click.echo(f"  {each.applies_from} から from  {each.version[:16]}…")
