"""`renkei verify FILE --trust FILE`: check receipts offline, with public keys alone."""

import json
import sys
from pathlib import Path

import click
import msgspec

from renkei.cli.exits import NO
from renkei.messages.receipt import Receipt
from renkei.sandbox.plain import PlainError
from renkei.terms.affairs import japan_text
from renkei.terms.errors import RenkeiError
from renkei.translog.receipt import ReceiptError, parse_receipts, verify_receipt
from renkei.translog.trust import Trust

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=_FILE)
@click.option("--trust", required=True, type=_FILE, help="Whose log and which witnesses you trust (trust.json).")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of sentences.")
def verify(file: Path, trust: Path, *, as_json: bool) -> None:
    """Check that records stand in the log.

    Each record in FILE, as signed by the log and its witnesses.

    FILE is a receipt, {"v":1,"receipts":[...]} as the citizen's page gives it (its download button beside a record),
    or what `renkei inquire --json` printed. Nothing is sent anywhere.

    \b
    Example:
      renkei verify receipt.json --trust /tmp/renkei/trust.json
      renkei inquire … --json > result.json; renkei verify result.json --trust /tmp/renkei/trust.json
    Exit code 0: every record is proven. 1: at least one is not. 2: a file cannot be read.
    """
    trusted = _trust(trust)
    results: list[dict[str, object]] = []
    for receipt in _receipts(file):
        try:
            proven = verify_receipt(receipt, trusted)
            record = json.loads(receipt.record)
            results.append({"proven": True, "index": receipt.index, "log_size": proven.size, "record": record})
        except ReceiptError as error:
            results.append({"proven": False, "index": receipt.index, "failed": error.step.value, "why": error.detail})
    _show(results, as_json=as_json)
    sys.exit(0 if all(result["proven"] for result in results) else NO)


class _Result(msgspec.Struct):
    """What `renkei inquire --json` prints, as far as it matters here."""

    state: str
    receipt: msgspec.Raw


def _receipts(file: Path) -> list[Receipt]:
    data = file.read_bytes()
    try:
        held = msgspec.json.decode(data, type=_Result).receipt
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # no result: a receipt, receipts, or neither
        held = msgspec.Raw(data)
    if bytes(held) == b"null":
        raise PlainError(
            f"{file}: この照会の結果には、まだ記録の証明がありません。結果が出てから、もう一度取り出してください。",
            f"{file}: this result has no receipt yet. Fetch it again when the inquiry was decided.",
        )
    try:
        return parse_receipts(bytes(held))
    except RenkeiError as error:
        raise PlainError(
            f"{file}: 記録の証明として読めません。証明（receipt.json）を指定してください。",
            f"{file}: no receipt ({error}). Name the file that the citizen's page gave, or a result of"
            " `renkei inquire --json`.",
            error.problem,
        ) from None


def _trust(file: Path) -> Trust:
    try:
        return Trust.parse(file.read_bytes())
    except RenkeiError as error:
        raise PlainError(
            f"--trust {file}: 信頼の設定として読めません。サンドボックスの trust.json を指定してください。",
            f"--trust {file}: no trust file ({error}). Name the trust.json of the network.",
            error.problem,
        ) from None


def _show(results: list[dict[str, object]], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"v": 1, "results": results}, ensure_ascii=False))
        return
    for result in results:
        if result["proven"]:
            click.echo(
                f"✓ 記録 {result['index']} は、ログ (全 {result['log_size']} 件) に正しく記載されています。"
                f"\n  Record {result['index']} stands in the log of {result['log_size']} entries, unchanged."
                f"\n  {_brief(result['record'])}"
            )
        else:
            click.echo(
                f"✗ 記録 {result['index']} を確認できません ({result['failed']})。"
                f"\n  Record {result['index']} is not proven: {result['why']}"
            )


def _brief(record: object) -> str:
    assert isinstance(record, dict)
    when = japan_text(record["at_ms"])
    if "inquirer" not in record:
        return f"{when}  {record['event']}  {record['inquiry']}"
    asked = f"{record['inquirer']} → {record['provider']}  {record['item']}の項  {record['kind']}"
    return f"{when}  {record['event']}  {asked}  {record['inquiry']}"
