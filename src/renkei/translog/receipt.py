"""Checking a log receipt offline: with the receipt, a trust file, and nothing else (design 5; 法23条).

The steps stand in `Step` in their order, and each failure names its step.
"""

import hashlib
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any, Final, TypeVar

import msgspec

from renkei.messages.codec import Part, decode, encode
from renkei.messages.receipt import Receipt
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.translog.checkpoint import Checkpoint
from renkei.translog.keys import NoteError
from renkei.translog.note import Note, Signed, parse_note, verify_note
from renkei.translog.proof import MAX_PROOF_HASHES, Inclusions, ProofError
from renkei.translog.tiles import HASH_BYTES
from renkei.translog.trust import Trust

M = TypeVar("M", bound=Part)

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
    return [parse_receipt(_respelled(one)) for one in several]


def _respelled(one: msgspec.Raw) -> bytes:
    """Without white space between the parts; raises MALFORMED."""
    try:
        return msgspec.json.encode(msgspec.json.decode(one))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # a `Raw` was passed over, not read
        raise RenkeiError(Problem.MALFORMED) from None


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
    """Check one receipt from the record up to the signatures; for several, share a `Verifier`.

    Raises:
        ReceiptError: naming the first step that fails.
    """
    return Verifier(trust).verify(receipt)


class Verifier:
    """Checks receipts that came together: what they share is checked once.

    Args:
        trust: the log and witnesses to believe.
    """

    def __init__(self, trust: Trust) -> None:
        self._trust = trust
        self._heads: dict[str, _Head] = {}

    def verify(self, receipt: Receipt) -> Verified:
        """Check a receipt from the record up to the signatures.

        Raises:
            ReceiptError: naming the first step that fails.
        """
        head = self._head(receipt)
        record = _record(receipt.record)
        cosigners = self._holds(receipt, head)
        checkpoint = head.checkpoint
        return Verified(record, receipt.index, checkpoint.size, checkpoint.root, self._trust.log.name, cosigners)

    def read(self, receipt: Receipt, kind: type[M]) -> M:
        """Check a receipt as `verify` does; its record as a message of the kind that is expected.

        Raises:
            ReceiptError: as `verify`.
            RenkeiError: BAD_RECEIPT for a record that is proven but of another kind.
        """
        head = self._head(receipt)
        try:
            record = decode(kind, receipt.record)
        except RenkeiError as error:
            _record(receipt.record)
            self._holds(receipt, head)
            raise RenkeiError(Problem.BAD_RECEIPT, f"record: {error.detail}") from None
        if encode(record) != receipt.record.encode():  # fields left out, or in another order: another right form?
            _record(receipt.record)
        self._holds(receipt, head)
        return record

    def _head(self, receipt: Receipt) -> "_Head":
        if len(receipt.salt) != SALT_BYTES or len(receipt.proof) > MAX_PROOF_HASHES:
            raise ReceiptError(Step.FORM, "length")
        if any(len(step) != HASH_BYTES for step in receipt.proof):
            raise ReceiptError(Step.FORM, "proof")
        head = self._heads.get(receipt.checkpoint)
        if head is None:
            try:
                note, checkpoint = _read(receipt.checkpoint)
            except NoteError as error:
                raise ReceiptError(Step.FORM, error.detail) from None
            head = self._heads[receipt.checkpoint] = _Head(note, checkpoint)
        return head

    def _holds(self, receipt: Receipt, head: "_Head") -> tuple[Signed, ...]:
        """The cosigners of the checkpoint, once the entry is in its tree and the checkpoint is the trusted log's."""
        entry = record_entry(receipt.salt, receipt.record)
        try:
            head.inclusions.verify(entry, receipt.index, receipt.proof)
        except ProofError as error:
            raise ReceiptError(Step.INCLUSION, error.detail) from None
        if head.cosigners is None:
            if head.checkpoint.origin != self._trust.origin:
                raise ReceiptError(Step.ORIGIN)
            _log_signature(head.note, self._trust)
            head.cosigners = _cosignatures(head.note, self._trust)
        return head.cosigners


class _Head:
    """One checkpoint, and what was found out about it."""

    __slots__ = ("checkpoint", "cosigners", "inclusions", "note")

    def __init__(self, note: Note, checkpoint: Checkpoint) -> None:
        self.note = note
        self.checkpoint = checkpoint
        self.inclusions = Inclusions(checkpoint.head)
        self.cosigners: tuple[Signed, ...] | None = None
        """None until its signatures were found to hold."""


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
