"""`renkei verify`: proven, not proven, and not readable are three different answers."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from renkei.messages.codec import encode
from renkei.messages.line import InquiryState, Result
from renkei.messages.receipt import Receipt
from tests.browser.ledger import Ledger, full_ledger, inquiry

from .conftest import Run


@pytest.fixture
def ledger() -> Ledger:
    ledger = full_ledger()
    ledger.cosigned = True
    return ledger


@pytest.fixture
def trust(ledger: Ledger, tmp_path: Path) -> Path:
    file = tmp_path / "trust.json"
    file.write_bytes(ledger.trust(required=1).render())
    return file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "receipt.json"


def receipts(ledger: Ledger) -> list[Receipt]:
    """The inquiry that was provided: its permit and its outcome."""
    shown = ledger.disclosed()[1]
    assert shown.outcome is not None
    return [shown.first, shown.outcome]


def download(*parts: Receipt) -> bytes:
    """As the citizen's page gives it."""
    return json.dumps({"v": 1, "receipts": [json.loads(encode(part)) for part in parts]}, indent=1).encode()


def test_a_good_receipt_is_proven_in_words(run: Run, ledger: Ledger, trust: Path, file: Path) -> None:
    file.write_bytes(encode(receipts(ledger)[0]) + b"\n")
    result = run("verify", file, "--trust", trust)
    assert result.exit_code == 0
    for words in ("✓ 記録", "stands in the log", "141003-mayor → 141305-mayor", "permitted"):
        assert words in result.stdout


def test_a_download_with_several_receipts_is_proven_as_json(run: Run, ledger: Ledger, trust: Path, file: Path) -> None:
    file.write_bytes(download(*receipts(ledger)))
    result = run("verify", file, "--trust", trust, "--json")
    told = json.loads(result.stdout)
    assert result.exit_code == 0
    assert [(part["proven"], part["record"]["event"]) for part in told["results"]] == [
        (True, "permitted"),
        (True, "provided"),
    ]
    assert {part["log_size"] for part in told["results"]} == {ledger.frontier.size}


@pytest.mark.parametrize(
    ("changes", "step"),
    [
        ({"index": 1}, "inclusion"),
        ({"salt": bytes(32)}, "inclusion"),
        ({"proof": ()}, "inclusion"),
        ({"record": '{"v":1, "event":"permitted"}'}, "entry"),
        ({"checkpoint": "nothing signed"}, "form"),
    ],
)
def test_a_changed_receipt_is_not_proven_and_the_step_is_named(
    run: Run, ledger: Ledger, trust: Path, file: Path, changes: dict[str, Any], step: str
) -> None:
    first, outcome = receipts(ledger)
    file.write_bytes(download(msgspec.structs.replace(first, **changes), outcome))
    result = run("verify", file, "--trust", trust, "--json")
    told = json.loads(result.stdout)["results"]
    assert result.exit_code == 1
    assert [part["proven"] for part in told] == [False, True]
    assert told[0]["failed"] == step
    words = run("verify", file, "--trust", trust)
    assert words.exit_code == 1
    assert "✗ 記録" in words.stdout
    assert "is not proven" in words.stdout


def test_one_changed_letter_in_the_record_is_seen(run: Run, ledger: Ledger, trust: Path, file: Path) -> None:
    file.write_bytes(encode(receipts(ledger)[0]).replace(b"141305-mayor", b"141306-mayor"))
    result = run("verify", file, "--trust", trust, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["results"][0]["failed"] == "inclusion"


def test_a_receipt_of_another_log_is_not_proven(run: Run, trust: Path, file: Path) -> None:
    other = Ledger(origin="other.example/log")
    other.add(inquiry(1))
    file.write_bytes(encode(other.disclosed()[0].first))
    result = run("verify", file, "--trust", trust, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["results"][0]["failed"] == "origin"


def test_a_checkpoint_that_no_witness_cosigned_is_not_proven(run: Run, ledger: Ledger, trust: Path, file: Path) -> None:
    ledger.cosigned = False
    file.write_bytes(encode(receipts(ledger)[0]))
    result = run("verify", file, "--trust", trust, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["results"][0]["failed"] == "cosignatures"


@pytest.mark.parametrize("broken", [b"", b"no json", b"[]", b'{"v":1,"receipts":[]}', b'{"v":1}', b"\xff\xfe"])
@pytest.mark.parametrize("which", ["receipt", "trust"])
def test_a_file_that_cannot_be_read_is_bad_input(
    run: Run, ledger: Ledger, trust: Path, file: Path, broken: bytes, which: str
) -> None:
    file.write_bytes(encode(receipts(ledger)[0]))
    (file if which == "receipt" else trust).write_bytes(broken)
    result = run("verify", file, "--trust", trust)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "。" in result.stderr
    assert ". " in result.stderr


def test_what_inquire_prints_is_taken_as_well(run: Run, ledger: Ledger, trust: Path, file: Path) -> None:
    receipt = receipts(ledger)[0]
    file.write_bytes(encode(Result(inquiry="ab" * 16, state=InquiryState.PROVIDED, receipt=receipt)) + b"\n")
    result = run("verify", file, "--trust", trust)
    assert result.exit_code == 0
    assert "✓ 記録" in result.stdout
    file.write_bytes(encode(Result(inquiry="ab" * 16, state=InquiryState.ASKED)))
    result = run("verify", file, "--trust", trust)
    assert result.exit_code == 2
    assert "has no receipt yet" in result.stderr
    assert "まだ記録の証明がありません" in result.stderr


def test_each_error_names_the_file(run: Run, ledger: Ledger, trust: Path, file: Path) -> None:
    file.write_bytes(encode(receipts(ledger)[0]))
    told = run("verify", file, "--trust", file).stderr
    assert f"--trust {file}: no trust file" in told
    told = run("verify", trust, "--trust", trust).stderr
    assert f"{trust}: no receipt" in told
    assert "--trust" not in told
