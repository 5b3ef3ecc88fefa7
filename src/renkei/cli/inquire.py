"""`renkei inquire` and `renkei records`: a line system's doors from the terminal."""

import asyncio
import sys
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Table

from renkei.cli.exits import INTERRUPTED, NO, PENDING
from renkei.law.explain import OF_THE_LIST
from renkei.law.names import article_said, item_said
from renkei.law.rows import Table as LawTable
from renkei.messages import line
from renkei.messages.codec import encode
from renkei.messages.fields import Period
from renkei.platform.entropy import new_id
from renkei.sandbox.lines import FINAL_STATES
from renkei.sandbox.network import Network
from renkei.sandbox.plain import PlainError
from renkei.terms.affairs import asked_item, information_kind, is_ordinance_affair, japan_text
from renkei.terms.bodies import BodyId, addressee_number, body_id
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

_DIR = click.Path(exists=True, file_okay=False, path_type=Path)
_WAIT_MS = 10_000


@click.command()
@click.option("--sandbox", required=True, type=_DIR, help="A folder that `renkei sandbox up` made.")
@click.option("--as", "inquirer", required=True, help="The inquiring body, e.g. 141003-mayor.")
@click.option("--provider", required=True, help="The body that is asked, e.g. 141305-mayor.")
@click.option("--item", required=True, help="項 of the table of 提供命令2条, e.g. 48, or an ordinance affair (ord-…).")
@click.option("--kind", required=True, help="Kind of information, e.g. local-tax (`renkei law may-ask` lists them).")
@click.option("--items", required=True, help="Names of the items as the provider has them, separated by commas.")
@click.option("--addressee", required=True, help="団体内統合宛名番号 of the person at the inquiring body.")
@click.option("--unit", default="情報システム課", show_default=True, help="The unit in charge.")
@click.option("--period", help="FIRST/LAST, e.g. 2025-04-01/2026-03-31. Left out: what is kept without a period.")
@click.option("--request", help="Your own id; repeat it to ask for the same inquiry again. Default: a new one.")
@click.option("--consent", is_flag=True, help="The person consents (local tax for an affair by ordinance).")
@click.option("--json", "as_json", is_flag=True, help="The result as one JSON object.")
def inquire(*, sandbox: Path, consent: bool, as_json: bool, **asked: str | None) -> None:
    """Inquire about one person, and show what comes of it.

    With its item and article, or the reason of the refusal.

    \b
    Example:
      renkei inquire --sandbox /tmp/renkei --as 141003-mayor --provider 141305-mayor --item 48 \\
        --kind local-tax --items 総所得金額,所得割額 --period 2025-04-01/2026-03-31 --addressee NUMBER
    NUMBER stands in sandbox.json under residents. Names of items are what the provider registered its replicas with;
    the real list of them is not public, and the sandbox's stand in src/renkei/sandbox/plans.py (local-tax: 総所得金額,
    所得割額, 均等割額, for 2025-04-01/2026-03-31; all other kinds without a period). A replica of another period, or
    under other names, is not found. The --request is told on standard error before the answer is waited for.
    Exit code 0: provided; 1: refused or not provided; 4: no answer yet.
    """
    inquiry, inquirer = _inquiry(asked, consent=consent), body_id(asked["inquirer"] or "")
    if inquirer == inquiry.provider:
        raise PlainError(
            f"{inquirer}: 自分自身には照会できません。--provider に別の機関を指定してください。",
            f"{inquirer}: a body does not inquire of itself; name another one by --provider.",
            Problem.WRONG_TYPE,
        )
    if asked["request"] is None:
        click.echo(f"照会の番号 / this inquiry: --request {inquiry.request}", err=True)
    try:
        result = asyncio.run(_inquire(sandbox, inquirer, inquiry))
    except KeyboardInterrupt:
        click.echo(f"結果を見るには、同じコマンドに --request {inquiry.request} を付けてください。", err=True)
        click.echo(f"To see what came of it: the same command with --request {inquiry.request}", err=True)
        sys.exit(INTERRUPTED)
    if as_json:
        click.echo(encode(result))
    else:
        _show(result, inquiry, inquirer)
    if result.state not in FINAL_STATES:
        sys.exit(PENDING)
    sys.exit(0 if result.state is line.InquiryState.PROVIDED else NO)


def _inquiry(asked: dict[str, str | None], *, consent: bool) -> line.Inquiry:
    return line.Inquiry(
        request=asked["request"] or new_id(),
        provider=body_id(asked["provider"] or ""),
        item=asked_item(asked["item"] or ""),
        kind=information_kind(asked["kind"] or ""),
        items=tuple(name.strip() for name in (asked["items"] or "").split(",")),
        unit=asked["unit"] or "",
        addressee=addressee_number(asked["addressee"] or ""),
        period=period_option(asked["period"]),
        consent=consent,
    )


async def _inquire(sandbox: Path, inquirer: BodyId, inquiry: line.Inquiry) -> line.Result:
    async with Network.attach(sandbox) as network:
        lines = network.line(inquirer)
        accepted = (await lines.ask([inquiry]))[0]
        if accepted.inquiry is None:
            raise RenkeiError(Problem(accepted.problem), f"--request {accepted.request}")
        return (await lines.results([accepted.inquiry], wait_ms=_WAIT_MS))[0]


def period_option(text: str | None) -> Period | None:
    """FIRST/LAST as a period."""
    if text is None:
        return None
    first, _, last = text.partition("/")
    try:
        return msgspec.convert({"first": first, "last": last}, Period)
    except msgspec.ValidationError:
        raise click.BadParameter("FIRST/LAST as YYYY-MM-DD/YYYY-MM-DD", param_hint="--period") from None


def basis(inquiry: line.Inquiry, result: line.Result) -> str:
    """The place of the law that permits; empty where nothing does."""
    if result.article is None:
        return ""
    if is_ordinance_affair(inquiry.item):  # its article is that of the like item
        return f"番号法19条9号（{inquiry.item}）"
    return f"提供命令2条の表{item_said(inquiry.item, LawTable.ORDINANCE).ja}・{article_said(result.article).ja}"


def why_refused(inquiry: line.Inquiry, result: line.Result, inquirer: str) -> list[str]:
    """What to look at after a refusal: the item, the list that refused, and the question to the law."""
    version = f"{result.list_version[:16]}…" if result.list_version else "—"
    lines = [
        f"項 / item: {item_said(inquiry.item, LawTable.ORDINANCE).ja}、照会許可照合リストの版 / list version: {version}"
    ]
    of_the_law = {reason.value for reason in OF_THE_LIST}
    if result.reason in of_the_law and not is_ordinance_affair(inquiry.item):
        question = (
            f"--inquirer {inquirer} --item {inquiry.item} --information {inquiry.kind} --provider {inquiry.provider}"
        )
        lines.append(f"理由を詳しく / more on why: renkei law decide {question}")
    return lines


def what_was_asked(inquiry: line.Inquiry) -> list[str]:
    """After `not-held`, which also means that the question was not the provider's: what it looked for."""
    period = inquiry.period
    ja = f"{period.first}〜{period.last}" if period else "なし（期間なしで保存された情報）"
    en = f"{period.first}/{period.last}" if period else "none (what is kept without a period)"
    names = ", ".join(inquiry.items)
    return [
        f"{inquiry.provider} に、この人の {inquiry.kind}（項目 {names}、期間 {ja}）はありません。",
        f"{inquiry.provider} has no {inquiry.kind} of this person for just this: items {names}; period {en}.",
        "項目名（--items）と期間（--period）を確かめてください。/ Check --items and --period: renkei inquire --help",
    ]


def without_value(inquiry: line.Inquiry, result: line.Result) -> list[str]:
    """Items that the provider does not have, though it has others."""
    missing = [name for name in inquiry.items if name not in (result.content or {})]
    if not result.content or not missing:
        return []
    names = ", ".join(missing)
    return [
        f"提供者にこの名前の項目はありません: {names}（項目名を確かめてください: renkei inquire --help）",
        f"The provider has no item of this name: {names} (check the names: renkei inquire --help)",
    ]


def _show(result: line.Result, inquiry: line.Inquiry, inquirer: str) -> None:
    console = Console()
    place = basis(inquiry, result)
    console.print(f"[bold]{result.state.value}[/bold]{f' ({place})' if place else ''}  {result.inquiry}")
    if result.reason_ja:
        console.print(f"{result.reason_ja}\n{result.reason_en}")
    if result.state is line.InquiryState.REFUSED:
        click.echo("\n".join(why_refused(inquiry, result, inquirer)))
    if result.content:
        table = Table(show_header=True)
        table.add_column("項目")
        table.add_column("値")
        for name, value in result.content.items():
            table.add_row(name, value.reveal())
        console.print(table)
    if result.state is line.InquiryState.NOT_HELD:
        click.echo("\n".join(what_was_asked(inquiry)))
    for told in without_value(inquiry, result):
        click.echo(told)
    if result.state not in FINAL_STATES:
        click.echo("まだ結果が出ていません。同じコマンドに次を付けて、あとで繰り返してください。")
        click.echo(f"There is no answer yet: repeat the command later with --request {inquiry.request}")


@click.command()
@click.option("--sandbox", required=True, type=_DIR, help="A folder that `renkei sandbox up` made.")
@click.option("--as", "body", required=True, help="Whose records, e.g. 141003-mayor.")
@click.option("--side", type=click.Choice(["inquirer", "provider"]), default="inquirer", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
def records(sandbox: Path, body: str, side: str, *, as_json: bool) -> None:
    """List a body's own records of inquiries and provisions (法23条).

    \b
    Example:
      renkei records --sandbox /tmp/renkei --as 141305-mayor --side provider
    """
    found = asyncio.run(_records(sandbox, body, line.Side(side)))
    if as_json:
        for record in found:
            click.echo(encode(record))
        return
    table = Table(title=f"{body} ({side})")
    for title in ("日時", "照会者", "提供者", "項", "条", "情報", "結果"):
        table.add_column(title, overflow="fold")
    for record in found:
        outcome = f"{record.state.value} {record.reason or ''}".strip()
        table.add_row(
            japan_text(record.asked_at_ms), record.inquirer, record.provider, record.item, record.article or "-",
            record.kind, outcome,
        )  # fmt: skip
    Console().print(table)


async def _records(sandbox: Path, body: str, side: line.Side) -> list[line.LinkageRecord]:
    async with Network.attach(sandbox) as network:
        return await network.line(body_id(body)).records(side)
