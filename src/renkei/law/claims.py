"""Reading the decisions that people hold: of `decide`, of records, of results and of receipts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

import msgspec

from renkei.messages.codec import Part, decode
from renkei.messages.law import Asked, Decided, Party, Verdict
from renkei.messages.line import InquiryState, LinkageRecord, Result
from renkei.messages.receipt import InquiryRecord, Receipt
from renkei.terms.affairs import ArticleNumber, law_date
from renkei.terms.bodies import BodyId
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.terms.refusals import Reason

Resolve = Callable[[BodyId], Party]
"""The names and categories of a body that a record names; raises UNKNOWN_BODY."""
_Document = dict[str, object]


class _Event(Part, frozen=True, forbid_unknown_fields=False):
    """What a record tells of."""

    event: str


@dataclass(frozen=True, slots=True)
class Claim:
    """What the given decision says: of which question, on which day, by which list, and what came of it."""

    asked: Asked
    on: date
    decision: Verdict
    article: ArticleNumber | None
    reason: Reason | None
    version: str | None
    coherent: bool = True
    """False when the document contradicts itself: its item is not the one that was asked for."""
    in_receipt: bool = False
    """True when a receipt holds it, whose proof is not looked at here."""


def claims(text: bytes, resolve: Resolve) -> Iterator[Claim]:
    """The decisions that a document tells of, in its order; events after a permit and open inquiries are passed over.

    Args:
        text: JSON of a `Decided`, a `LinkageRecord`, a `Result`, a `Receipt`, `{"v":1,"receipts":[…]}`, or an
            `InquiryRecord`; several may follow one another, one per line.
        resolve: bodies by their ids.

    Raises:
        RenkeiError: MALFORMED; WRONG_TYPE and the others of `decode` for a document of no known form; UNKNOWN_BODY.
    """
    for document in _documents(text):
        yield from _claims(document, resolve)


def _documents(text: bytes) -> list[_Document]:
    try:
        return [msgspec.json.decode(text, type=_Document)]
    except msgspec.ValidationError:
        raise RenkeiError(Problem.WRONG_TYPE, "$") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _lines(text)
    except RecursionError:
        raise RenkeiError(Problem.MALFORMED) from None


def _lines(text: bytes) -> list[_Document]:
    """One document per line, as `renkei records --json` prints them."""
    try:
        return msgspec.json.Decoder(_Document).decode_lines(text)
    except msgspec.ValidationError:
        raise RenkeiError(Problem.WRONG_TYPE, "$") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise RenkeiError(Problem.MALFORMED) from None


def _claims(document: _Document, resolve: Resolve) -> Iterator[Claim]:
    if "receipts" in document:
        for receipt in _receipts(document):
            yield from _claims(receipt, resolve)
        return
    data = msgspec.json.encode(document)
    if "question" in document:
        yield _of_decided(decode(Decided, data))
    elif "sequence" in document:
        yield from _of_linkage(decode(LinkageRecord, data), resolve)
    else:
        record = _record_in(document, data)
        yield from () if record is None else _of_record(record, resolve, in_receipt=record is not data)


def _receipts(document: _Document) -> list[_Document]:
    try:
        return msgspec.convert(document["receipts"], list[_Document])
    except msgspec.ValidationError:
        raise RenkeiError(Problem.WRONG_TYPE, "$.receipts") from None


def _record_in(document: _Document, data: bytes) -> str | bytes | None:
    """The log's record: as it is, in a receipt, or in the receipt of a result (None: it has none yet)."""
    if "event" in document:
        return data
    if "checkpoint" in document:
        return decode(Receipt, data).record
    if "state" not in document:
        raise RenkeiError(Problem.WRONG_TYPE, "$: no decision, record, result or receipt")
    receipt = decode(Result, data).receipt
    return None if receipt is None else receipt.record


def _of_decided(given: Decided) -> Claim:
    return Claim(
        given.question,
        _day(given.on),
        given.decision,
        given.article,
        _reason(given.reason),
        given.list_version,
        coherent=given.item == given.question.item,
    )


def _of_record(record: str | bytes, resolve: Resolve, *, in_receipt: bool) -> Iterator[Claim]:
    if decode(_Event, record).event not in {"permitted", "refused"}:
        return
    given = decode(InquiryRecord, record)
    asked = Asked(inquirer=resolve(given.inquirer), provider=resolve(given.provider), item=given.item, kind=given.kind)
    yield Claim(
        asked,
        law_date(given.asked_at_ms),
        Verdict(given.event),
        given.article,
        _reason(given.reason),
        given.list_version,
        in_receipt=in_receipt,
    )


def _of_linkage(given: LinkageRecord, resolve: Resolve) -> Iterator[Claim]:
    if given.state is InquiryState.ASKED:
        return
    asked = Asked(inquirer=resolve(given.inquirer), provider=resolve(given.provider), item=given.item, kind=given.kind)
    refused = given.state is InquiryState.REFUSED
    yield Claim(
        asked,
        law_date(given.asked_at_ms),
        Verdict.REFUSED if refused else Verdict.PERMITTED,
        given.article,
        _reason(given.reason) if refused else None,
        given.list_version,
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RenkeiError(Problem.WRONG_TYPE, "$.on") from None


def _reason(slug: str | None) -> Reason | None:
    try:
        return None if slug is None else Reason(slug)
    except ValueError:
        raise RenkeiError(Problem.WRONG_TYPE, "$.reason") from None
