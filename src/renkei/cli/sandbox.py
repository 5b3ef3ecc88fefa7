"""`renkei sandbox up|status|down DIR`: the whole network, kept running."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Final

import click
import msgspec
from click.core import ParameterSource
from rich.console import Console
from rich.table import Table

from renkei.cli.exits import NO
from renkei.cli.progress import shown
from renkei.messages.log import CoreCounts
from renkei.sandbox.build import Size
from renkei.sandbox.layout import CORE, DISCLOSURE_SYSTEM, FILE, SandboxFile
from renkei.sandbox.network import Network
from renkei.sandbox.up import bring_up
from renkei.terms.bodies import SystemName

_DIR = click.Path(file_okay=False, path_type=Path)


@click.group()
def sandbox() -> None:
    """Keep a network running on this machine.

    A line system can be built and tested against it.

    \b
    Example:
      renkei sandbox up /tmp/renkei
      renkei sandbox status /tmp/renkei
      renkei sandbox down /tmp/renkei
    """


@sandbox.command()
@click.argument("folder", type=_DIR)
@click.option("--residents", default=1_000, show_default=True, type=click.IntRange(20, 100_000))
@click.option("--store", help="PostgreSQL instead of files: a URL with {system} in the place of each system's name.")
@click.option("--json", "as_json", is_flag=True, help="Print sandbox.json when everything runs.")
def up(folder: Path, residents: int, store: str | None, *, as_json: bool) -> None:
    """Build the network in FOLDER and start every system.

    A network that is there already is only started.

    Keys, certificates, bodies, residents, codes and replicas are all there afterwards; FOLDER/sandbox.json names every
    address, certificate and addressee number. Starting it again keeps what is stored.

    \b
    Example:
      renkei sandbox up /tmp/renkei --residents 200
      renkei sandbox up /tmp/renkei --store 'postgresql:///{system}?host=/run/postgresql'
    """
    there = (folder / FILE).exists()
    with shown(quiet=as_json) as progress:
        state = asyncio.run(bring_up(folder, Size(residents, store), progress))
    given = click.get_current_context().get_parameter_source("residents") is ParameterSource.COMMANDLINE
    if there and given and residents != len(state.residents):
        click.echo(
            f"--residents は新しいネットワークだけに使います。ここの住民は {len(state.residents)} 人のままです。\n"
            f"--residents is for a new network: this one keeps its {len(state.residents)} residents.",
            err=True,
        )
    if as_json:
        click.echo((folder / "sandbox.json").read_text())
    else:
        _tell(folder, state)


_GUIDE: Final = """
{count} のシステムが動いています。/ {count} systems are running.
  一覧 / all facts:                        {folder}/sandbox.json
  窓口ごとの例 / an example for each door:  {folder}/doors.sh

照会する / Inquire:
  renkei inquire --sandbox {folder} --as 141003-mayor --provider 141305-mayor --item 48 --kind local-tax \\
    --items 総所得金額,所得割額 --period 2025-04-01/2026-03-31 --addressee {addressee}
記録を見る / See the records:
  renkei records --sandbox {folder} --as 141305-mayor --side provider
照会できるものを調べる / What may be asked:
  renkei law may-ask --as municipal-mayor --text 児童手当
市民のページ / The citizen's page, with the sandbox card:
  curl --cacert {authorities} \\
    --cert {certificate} \\
    --key {key} {page}/records
止める / Stop:
  renkei sandbox down {folder}"""


def _tell(folder: Path, state: SandboxFile) -> None:
    card = next(person.card for person in state.residents if person.card)
    person = next(p for p in state.residents if {"141003-mayor", "141305-mayor"} <= p.addressees.keys())
    text = _GUIDE.format(
        count=len(state.systems),
        folder=folder,
        addressee=person.addressees["141003-mayor"],
        authorities=state.authorities,
        certificate=card.certificate if card else "",
        key=card.key if card else "",
        page=state.systems[DISCLOSURE_SYSTEM].page_url,
    )
    click.echo(text)


@sandbox.command()
@click.argument("folder", type=_DIR)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def status(folder: Path, *, as_json: bool) -> None:
    """Say which systems run, and how the core stands.

    What it has counted, and whether its log is open.

    Exit code 1 if a system is down, or the log is behind its witness or closed, so that nothing is permitted.

    \b
    Example:
      renkei sandbox status /tmp/renkei
    """
    sys.exit(asyncio.run(_status(folder, as_json=as_json)))


async def _status(folder: Path, *, as_json: bool) -> int:
    async with Network.attach(folder) as network:
        running = {name: network.runs(SystemName(name)) for name in network.state.systems}
        counts = await network.counts() if running[CORE] else None
        log = await network.log_standing() if running[CORE] else None
        if as_json:
            told = {"v": 1, "systems": running, "counts": counts and msgspec.to_builtins(counts), "log": log}
            click.echo(json.dumps(told))
        else:
            _table(folder, network.state, running)
            if counts is not None:
                _counted(counts)
            if log is not None:
                click.echo("\n".join(_STANDINGS.get(log, (log,))))
    return 0 if all(running.values()) and log not in {"behind", "closed"} else NO


_STANDINGS: Final = {
    "agreed": ("ログ: 開いています。許可と記録ができます。", "The log is open: it agrees with its witness."),
    "waiting": (
        "ログ: 監視・監督システムの確認を待っています。それまで許可も記録もしません。",
        "The log waits for its witness: nothing is permitted or recorded until then.",
    ),
    "behind": (
        "ログ: 証人が見たものより古い保管データです。許可も記録もしません: docs/operate/backup.md",
        "The log is behind what its witness has cosigned: nothing is permitted or recorded (docs/operate/backup.md).",
    ),
    "closed": (
        "ログ: この名前では閉じています（バックアップから戻したため）。許可も記録もしません: docs/operate/backup.md",
        "The log is closed under this name (its store was restored): nothing is permitted (docs/operate/backup.md).",
    ),
}
"""How the core's log stands, and what that means; as `platform.logstore` names it."""


def _table(folder: Path, state: SandboxFile, running: dict[str, bool]) -> None:
    table = Table(title=str(folder))
    for title in ("システム", "種類", "状態", "pid", "URL"):
        table.add_column(title, overflow="fold")
    for name, info in state.systems.items():
        words = "動作中 running" if running[name] else "停止 down"
        table.add_row(name, info.kind, words, str(info.pid or "-"), info.page_url or info.url)
    Console().print(table)


def _counted(counts: CoreCounts) -> None:
    click.echo(
        f"コアの件数: 符号 {counts.codes_issued}、記録 {counts.records}、ログ {counts.log_size} "
        f"(連署 {counts.cosigned_size})\nThe core counts {counts.codes_issued} codes, {counts.records} records, "
        f"{counts.log_size} log entries ({counts.cosigned_size} cosigned)."
    )


@sandbox.command()
@click.argument("folder", type=_DIR)
def down(folder: Path) -> None:
    """Stop every system of FOLDER. What is stored stays; `up` goes on from there.

    \b
    Example:
      renkei sandbox down /tmp/renkei
    """
    asyncio.run(_down(folder))
    click.echo(f"停止しました。データは {folder} に残っています。/ Stopped; the data stay in {folder}.")


async def _down(folder: Path) -> None:
    async with Network.attach(folder) as network:
        await network.down()
