"""`renkei demo`: the whole network, its story and its proofs, and nothing left running."""

import asyncio
import sys
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Table

from renkei.cli.exits import NO
from renkei.cli.progress import shown
from renkei.sandbox.demo import run_demo
from renkei.sandbox.report import DemoReport


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@click.option(
    "--keep", type=click.Path(file_okay=False, path_type=Path), help="Keep the network's files in this folder."
)
@click.option("--residents", default=1_000, show_default=True, type=click.IntRange(20, 100_000))
@click.option("--inquiries", default=500, show_default=True, type=click.IntRange(11, 1_000_000))
def demo(keep: Path | None, residents: int, inquiries: int, *, as_json: bool) -> None:
    """Build a whole network, play its story and prove it.

    Six bodies, every outcome that an inquiry can have, and the proof of each.

    Takes about a minute. Every system is a process of its own, every hop mutual TLS, every record durable; at the end
    everything is stopped.

    \b
    Example:
      renkei demo
      renkei demo --json --residents 200 --inquiries 100
    Exit code 0: everything agrees. 1: something does not, and the table says what.
    """
    with shown(quiet=as_json) as progress:
        report = asyncio.run(run_demo(keep, residents, inquiries, progress))
    if as_json:
        click.echo(msgspec.json.encode(report))
    else:
        _story(report)
    sys.exit(0 if report.sound() else NO)


_OUTCOMES = {
    "answered": "照会が許可され、回答された / permitted and answered",
    "repeated-request": "同じ要求の再送は同じ照会になる / a repeated request is the same inquiry",
    "no-row": "拒否: 表に根拠がない / refused: no row of the law",
    "row-no-longer-in-force": "拒否: 規定が失効している / refused: row no longer in force",
    "information-not-of-the-row": "拒否: その事務の情報でない / refused: information not of that row",
    "inquirer-not-of-the-category": "拒否: 照会者が違う / refused: inquirer not of that category",
    "provider-not-of-the-category": "拒否: 提供者が違う / refused: provider not of that category",
    "provider-holds-no-code": "拒否: 提供者に符号がない / refused: provider holds no code",
    "code-of-another-body": "拒否: 他機関の符号 / refused: code of another body",
    "unknown-code": "拒否: 未発行の符号 / refused: unknown code",
    "pia-breach": "拒否: 保護評価の違反 / refused: PIA breach",
    "held-then-released": "保留後、担当者が提供 / held for a clerk, then released",
    "held-then-withheld": "保留後、担当者が不提供 / held for a clerk, then withheld",
    "not-held": "該当情報なし / not held",
    "lapsed": "有効期間の経過 / lapsed",
    "non-disclosure": "不開示の印つき / answered, marked non-disclosure",
    "provider-down-and-back": "提供者の停止と復旧 / provider down and back",
}


def _story(report: DemoReport) -> None:
    console = Console()
    table = Table(title=f"照会 {report.inquiries.total} 件 / {report.inquiries.total} inquiries")
    table.add_column("結果 / outcome")
    table.add_column("件", justify="right")
    for name, count in report.inquiries.outcomes.items():
        table.add_row(_OUTCOMES.get(name, name), str(count))
    console.print(table)
    console.print(_facts(report))


def _facts(report: DemoReport) -> str:
    log, records, citizen, canaries = report.log, report.records, report.citizen, report.canaries
    rows = {
        "システム / systems": f"{len(report.systems)} のプロセス、符号 {report.codes_issued}、副本 {report.replicas}",
        "ログ / log": f"葉 {log.size} (記録の表 {log.leaves_expected})、証明を確かめた記録 {log.inclusion_checked}",
        "監視 / witness": f"{'✓ 連署 cosigned' if log.witness_cosigned else '✗ 連署なし not cosigned'}、"
        f"整合性の検査 {log.consistency_checked} 回",
        "記録 / records": f"コア {records.core} = 照会者 {records.inquirers} = 提供者 {records.providers}、"
        f"不一致 unmatched {records.unmatched}",
        "市民 / citizen": f"表示 {citizen.records} 件、検証 {citizen.verified} 件、非開示 {citizen.hidden} 件",
        "カナリア / canaries": f"{canaries.planted} 個を {canaries.searched_files} ファイルで探索、発見 "
        + ("なし / none found" if not canaries.found else "; ".join(canaries.found)),
        "所要時間 / time": f"{report.elapsed_ms / 1000:.1f} s",
    }
    return "\n".join(f"  {title}: {text}" for title, text in rows.items())
