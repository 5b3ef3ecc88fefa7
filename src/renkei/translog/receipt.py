"""Checking a log receipt offline: with the receipt, a trust file, and nothing else (design 5; 法23条).

The steps stand in `verify_receipt` in their order, and each failure names its step.
"""

import hashlib
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any, Final

import msgspec

from renkei.messages.codec import decode, encode
from renkei.messages.receipt import Receipt
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.translog.checkpoint import Checkpoint
from renkei.translog.keys import NoteError
from renkei.translog.note import Note, Signed, parse_note, verify_note
from renkei.translog.proof import MAX_PROOF_HASHES, ProofError, verify_inclusion
from renkei.translog.tiles import HASH_BYTES
from renkei.translog.trust import Trust

SALT_BYTES: Final = 32


class Step(Enum):
    """What is checked, in this order."""

    FORM = "form"
    """Fields, lengths, and the checkpoint as a note of the right form."""
    ENTRY = "entry"
    """The record is one canonical JSON object: entry = SHA-256(salt || record)."""
    INCLUSION = "inclusion"
    """The entry stands at `index` in the tree of the checkpoint (RFC 9162 §2.1.3.2)."""
    ORIGIN = "origin"
    """The checkpoint is of the trusted log."""
    LOG_SIGNATURE = "log signature"
    """The log signed the checkpoint (C2SP tlog-checkpoint)."""
    COSIGNATURES = "cosignatures"
    """As many witnesses as the trust demands cosigned it (C2SP tlog-cosignature)."""


class ReceiptError(RenkeiError):
    """A receipt that does not hold, and at which step."""

    def __init__(self, step: Step, detail: str = "") -> None:
        problem = Problem.OTHER_LOG if step is Step.ORIGIN else Problem.BAD_RECEIPT
        super().__init__(problem, f"{step.value}: {detail}" if detail else step.value)
        self.step = step


class _File(msgspec.Struct):
    receipts: list[msgspec.Raw]


def parse_receipts(data: bytes) -> list[Receipt]:
    """Read a download: one receipt, or `{"v":1,"receipts":[...]}` as the citizen's page gives it.

    White space between the parts is free here, for people's eyes; the spelling of each part is not (`parse_receipt`).

    Raises:
        RenkeiError: as `parse_receipt`; WRONG_TYPE for an empty list.
    """
    try:
        several = msgspec.json.decode(data, type=_File).receipts
    except msgspec.ValidationError:
        several = [msgspec.Raw(data)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise RenkeiError(Problem.MALFORMED) from None
    if not several:
        raise RenkeiError(Problem.WRONG_TYPE, "$.receipts: empty")
    return [parse_receipt(msgspec.json.encode(msgspec.json.decode(one))) for one in several]


@dataclass(frozen=True, slots=True)
class Verified:
    """What a receipt proves: this record stands at `index` of a tree of `size` leaves, and who says so.

    `cosigners` are the witnesses whose cosignatures hold, with their times, whether or not any were demanded.
    """

    record: dict[str, Any]
    index: int
    size: int
    root: bytes
    log: str
    cosigners: tuple[Signed, ...]


def record_entry(salt: bytes, record: str) -> bytes:
    """The log entry of a record: SHA-256(salt || record as UTF-8), 32 bytes. Its leaf hash is RFC 9162's."""
    assert len(salt) == SALT_BYTES
    return hashlib.sha256(salt + record.encode()).digest()


def parse_receipt(data: bytes) -> Receipt:
    """Read a receipt file: the one byte form of the message, with or without a newline at its end.

    JSON and base64 have many spellings of one content; of a proof that people hand around, only one is taken, so that
    two files with different bytes are never the same receipt.

    Raises:
        RenkeiError: as `messages.codec.decode`; ReceiptError at FORM for another spelling.
    """
    receipt = decode(Receipt, data)
    if encode(receipt) != data.removesuffix(b"\n"):
        raise ReceiptError(Step.FORM, "not canonical")
    return receipt


def verify_receipt(receipt: Receipt, trust: Trust) -> Verified:
    """Check a receipt from the record up to the signatures.

    Args:
        receipt: as decoded by `messages.codec`.
        trust: the log and witnesses to believe.

    Raises:
        ReceiptError: naming the first step that fails.
    """
    note, checkpoint = _form(receipt)
    record = _record(receipt.record)
    entry = record_entry(receipt.salt, receipt.record)
    try:
        verify_inclusion(entry, receipt.index, checkpoint.head, receipt.proof)
    except ProofError as error:
        raise ReceiptError(Step.INCLUSION, error.detail) from None
    if checkpoint.origin != trust.origin:
        raise ReceiptError(Step.ORIGIN)
    _log_signature(note, trust)
    cosigners = _cosignatures(note, trust)
    return Verified(record, receipt.index, checkpoint.size, checkpoint.root, trust.log.name, cosigners)


def _form(receipt: Receipt) -> tuple[Note, Checkpoint]:
    if len(receipt.salt) != SALT_BYTES or len(receipt.proof) > MAX_PROOF_HASHES:
        raise ReceiptError(Step.FORM, "length")
    if any(len(step) != HASH_BYTES for step in receipt.proof):
        raise ReceiptError(Step.FORM, "proof")
    try:
        return _read(receipt.checkpoint)
    except NoteError as error:
        raise ReceiptError(Step.FORM, error.detail) from None


# Many receipts carry one checkpoint; only well-formed ones are kept, and few, because they may be large.
@lru_cache(maxsize=64)
def _read(checkpoint: str) -> tuple[Note, Checkpoint]:
    note = parse_note(checkpoint)
    return note, Checkpoint.parse(note.text)


def _record(text: str) -> dict[str, Any]:
    """The record as a mapping. No white space, no key twice, one form: so no two readers see different things in it."""
    try:
        record = msgspec.json.decode(text, type=dict[str, Any])
        again = msgspec.json.encode(record).decode()
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise ReceiptError(Step.ENTRY, "not a JSON object") from None
    if again != text:
        raise ReceiptError(Step.ENTRY, "not canonical")
    return record


def _log_signature(note: Note, trust: Trust) -> None:
    try:
        found = verify_note(note, (trust.log,))
    except NoteError as error:
        raise ReceiptError(Step.LOG_SIGNATURE, error.detail) from None
    if not found:
        raise ReceiptError(Step.LOG_SIGNATURE, "missing")


def _cosignatures(note: Note, trust: Trust) -> tuple[Signed, ...]:
    try:
        found = verify_note(note, trust.witnesses)
    except NoteError as error:
        raise ReceiptError(Step.COSIGNATURES, error.detail) from None
    if len(found) < trust.cosignatures_required:
        raise ReceiptError(Step.COSIGNATURES, f"{len(found)} of {trust.cosignatures_required}")
    return found
