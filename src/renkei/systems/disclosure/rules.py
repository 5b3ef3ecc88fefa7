"""What a citizen is shown, and what must hold before it is shown (法23条, 命令47条, design 5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from renkei.messages.codec import decode
from renkei.messages.receipt import InquiryRecord, OutcomeRecord, Receipt
from renkei.messages.records import DisclosedRecord
from renkei.terms.errors import RenkeiError
from renkei.translog.receipt import ReceiptError, Verifier
from renkei.translog.trust import Trust

FORM: Final = "form"
PAIR: Final = "shown"
"""The two leaves do not belong together: what would be shown is not what was recorded."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One inquiry about the citizen. `fault` names the step of the proof that failed here, None if all held."""

    first: InquiryRecord
    outcome: OutcomeRecord | None
    receipts: tuple[Receipt, ...]
    fault: str | None

    @property
    def event(self) -> str:
        """What came of it so far: permitted (no end yet), provided, refused, withheld, not-held, lapsed."""
        return self.outcome.event if self.outcome else self.first.event


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that does not read as one. It is shown as what it is, never left out silently."""

    receipts: tuple[Receipt, ...]
    fault: str


@dataclass(frozen=True, slots=True)
class Records:
    """One page, newest first; `older` is where the next begins. `kept_back` came although marked, and are not shown."""

    entries: tuple[Entry | Unreadable, ...]
    older: int | None
    kept_back: int


def read_record(disclosed: DisclosedRecord, verifier: Verifier) -> Entry | Unreadable:
    """Read both leaves of a record and check their proofs."""
    receipts = tuple(receipt for receipt in (disclosed.first, disclosed.outcome) if receipt is not None)
    fault = _fault(receipts, verifier)
    try:
        first = decode(InquiryRecord, disclosed.first.record)
        outcome = decode(OutcomeRecord, disclosed.outcome.record) if disclosed.outcome else None
    except RenkeiError:
        return Unreadable(receipts, fault or FORM)
    if outcome and (outcome.inquiry, outcome.permit_index) != (first.inquiry, disclosed.first.index):
        fault = fault or PAIR
    return Entry(first, outcome, receipts, fault)


def may_be_shown(entry: Entry | Unreadable) -> bool:
    """不開示該当: the core leaves such records out; one that came by mistake is not shown (法23条, 命令47条)."""
    if isinstance(entry, Unreadable):
        return True
    return not (entry.first.non_disclosure or (entry.outcome and entry.outcome.non_disclosure))


def read_page(disclosed: Sequence[DisclosedRecord], older: int | None, trust: Trust) -> Records:
    """One page of the core's reply as it may be shown."""
    verifier = Verifier(trust)
    entries = [read_record(each, verifier) for each in disclosed]
    shown = tuple(entry for entry in entries if may_be_shown(entry))
    return Records(shown, older, len(entries) - len(shown))


def _fault(receipts: Sequence[Receipt], verifier: Verifier) -> str | None:
    try:
        for receipt in receipts:
            verifier.verify(receipt)
    except ReceiptError as error:
        return error.step.value
    return None
