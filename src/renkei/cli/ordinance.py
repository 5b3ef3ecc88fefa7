"""`renkei law ordinance register|list|end`: the commission's clerk and affairs by local ordinance (法19条9号)."""

import asyncio
import json
import sys
import tomllib
from datetime import date, datetime
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Table

from renkei.cli.exits import NO
from renkei.law.ordinance import in_force
from renkei.messages.codec import decode
from renkei.messages.directory import Directory, Done
from renkei.messages.ordinance import Limitation, OrdinanceAffair, OrdinanceNotices
from renkei.platform.clock import SystemClock
from renkei.sandbox.network import Network
from renkei.terms.affairs import law_date
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

_DAY = click.DateTime(["%Y-%m-%d"])
_NETWORK = click.option(
    "--network",
    "folder",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder that `renkei sandbox up` made.",
)
_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object.")


@click.group("ordinance")
def ordinance_group() -> None:
    """Affairs by local ordinance, and limitations.

    What bodies notified, and what others do not provide for it (法19条9号・26条).

    \b
    Example:
      renkei law ordinance list --network /tmp/renkei
    """


@ordinance_group.command("register")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_NETWORK
@_JSON
def register_command(file: Path, folder: Path, *, as_json: bool) -> None:
    """Enter what bodies notified to the commission.

    FILE is TOML or JSON, as in docs/law/ordinance-affairs.md.

    All of the file or nothing. Entering the same again changes nothing.

    \b
    Example:
      renkei law ordinance register affairs.toml --network /tmp/renkei
    """
    _tell(asyncio.run(_pass_on(folder, _read(file))), as_json=as_json)


@ordinance_group.command("end")
@click.argument("entry")
@click.option("--until", required=True, type=_DAY, help="First day on which the entry has no force.")
@click.option("--notified-on", type=_DAY, help="When the body notified it; default today in Japan.")
@_NETWORK
@_JSON
def end_command(entry: str, until: datetime, notified_on: datetime | None, folder: Path, *, as_json: bool) -> None:
    """End an affair or limitation on a day to come.

    ENTRY is its id (平成28年規則5号4条, 6号3条).

    \b
    Example:
      renkei law ordinance end ord-141003-1 --until 2027-04-01 --network /tmp/renkei
    """
    notified = notified_on.date() if notified_on else _today()
    ending = {"id": entry, "notified_on": notified.isoformat(), "until": until.date().isoformat()}
    _tell(asyncio.run(_pass_on(folder, _notices({"endings": [ending]}))), as_json=as_json)


@ordinance_group.command("list")
@click.option("--as", "body", help="Only this body's, e.g. 141003-mayor.")
@click.option("--on", type=_DAY, help="Only those in force on that day in Japan.")
@_NETWORK
@_JSON
def list_command(body: str | None, on: datetime | None, folder: Path, *, as_json: bool) -> None:
    """Show the published affairs and limitations.

    Those of the network's directory. Exit code 1: there are none.

    \b
    Example:
      renkei law ordinance list --network /tmp/renkei --as 141003-mayor
    """
    directory = asyncio.run(_directory(folder))
    day = on.date() if on else None
    affairs = [each for each in directory.ordinance_affairs if _wanted(each, body, day)]
    limitations = [each for each in directory.limitations if _wanted(each, body, day)]
    if as_json:
        told = {"v": 1, "number": directory.number, "affairs": affairs, "limitations": limitations}
        click.echo(json.dumps(msgspec.to_builtins(told), ensure_ascii=False))
    else:
        _show(affairs, limitations)
    sys.exit(0 if affairs or limitations else NO)


def _read(file: Path) -> OrdinanceNotices:
    source = file.read_bytes()
    try:
        return _notices(tomllib.loads(source.decode()) if file.suffix == ".toml" else json.loads(source))
    # ValueError: neither form, not UTF-8, or a number of thousands of digits; RecursionError: thousands of brackets.
    except (ValueError, RecursionError, OverflowError) as error:
        raise RenkeiError(Problem.MALFORMED, f"{file}: {error}") from None


def _notices(value: dict[str, object]) -> OrdinanceNotices:
    """Read as strictly as at the door, so that what is wrong is named by its place."""
    return decode(OrdinanceNotices, msgspec.json.encode(value))


def _today() -> date:
    return law_date(SystemClock().now_ms())


async def _pass_on(folder: Path, notices: OrdinanceNotices) -> Done:
    async with Network.attach(folder) as network:
        return await network.pass_on(notices)


async def _directory(folder: Path) -> Directory:
    async with Network.attach(folder) as network:
        return await network.directory()


def _wanted(entry: OrdinanceAffair | Limitation, body: str | None, day: date | None) -> bool:
    return body in {None, entry.body} and (day is None or in_force(entry, day))


def _tell(done: Done, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"v": 1, "number": done.number}))
    else:
        click.echo(f"名簿 {done.number} 番に載っています。/ It stands in directory number {done.number}.")


def _show(affairs: list[OrdinanceAffair], limitations: list[Limitation]) -> None:
    if not affairs and not limitations:
        click.echo("該当するものはありません。/ There are none.")
    if affairs:
        table = _table("条例事務 / affairs by ordinance", "事務・条例", "求める情報と相手 / asked of whom")
        for each in affairs:
            asked = "\n".join(f"{one.like_item}の項 {one.kind}: {', '.join(one.providers)}" for one in each.asked)
            table.add_row(_head(each), f"{each.name_ja}\n[dim]{each.ordinance}[/dim]", asked)
        Console().print(table)
    if limitations:
        table = _table("提供の限定 / limitations", "条例 / ordinance", "提供しない情報 / not provided")
        for entry in limitations:
            withheld = "\n".join(
                f"{one.like_item}の項: {'全部 all' if one.kinds is None else ', '.join(one.kinds)}"
                for one in entry.withheld
            )
            table.add_row(_head(entry), entry.ordinance, withheld)
        Console().print(table)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, show_lines=True)
    for column in ("番号・機関・期間", *columns):
        table.add_column(column, overflow="fold")
    return table


def _head(entry: OrdinanceAffair | Limitation) -> str:
    ended = "" if entry.until is None else f" ({entry.until} 終 ended)"
    return f"{entry.id}\n{entry.body}\n{entry.starts_on}〜{ended}"
