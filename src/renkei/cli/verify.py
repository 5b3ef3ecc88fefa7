"""`renkei verify FILE --trust FILE`: check receipts offline, with public keys alone."""

import json
import sys
from pathlib import Path

import click

from renkei.cli.exits import NO
from renkei.terms.affairs import japan_text
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

    FILE is a receipt, or {"v":1,"receipts":[...]} as the citizen's page gives it. Nothing is sent anywhere.

    \b
    Example:
      renkei verify receipt.json --trust /tmp/renkei/trust.json
    Exit code 0: every record is proven. 1: at least one is not. 2: a file cannot be read.
    """
    trusted = Trust.parse(trust.read_bytes())
    results: list[dict[str, object]] = []
    for receipt in parse_receipts(file.read_bytes()):
        try:
            proven = verify_receipt(receipt, trusted)
            record = json.loads(receipt.record)
            results.append({"proven": True, "index": receipt.index, "log_size": proven.size, "record": record})
        except ReceiptError as error:
            results.append({"proven": False, "index": receipt.index, "failed": error.step.value, "why": error.detail})
    _show(results, as_json=as_json)
    sys.exit(0 if all(result["proven"] for result in results) else NO)


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
