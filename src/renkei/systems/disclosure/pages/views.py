"""From a record to what the templates show. Pure: names and texts are handed in."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from renkei.messages.codec import encode
from renkei.messages.receipt import InquiryRecord, Receipt
from renkei.platform.html.texts import Catalogue
from renkei.systems.disclosure.pages.names import Names
from renkei.systems.disclosure.rules import Entry, Unreadable
from renkei.terms import refusals
from renkei.terms.affairs import InstantMs, utc_text
from renkei.terms.refusals import Reason

STEPS: Final = ("form", "entry", "inclusion", "origin", "log signature", "cosignatures", "shown")
"""The steps of verify.js in their order; all but the last are those of `translog.receipt.Step`."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment for a `time` element."""

    iso: str
    text: str


@dataclass(frozen=True, slots=True)
class Marked:
    """A value for a `data` element: what people read, and what the record says, for verify.js to compare."""

    value: str
    text: str


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the course of an inquiry."""

    at: Moment
    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One record in the reader's language."""

    inquiry: str
    event: str
    badge: Marked
    title: str
    outcome: str
    explanation: str | None
    asked: Moment
    inquirer: Marked
    provider: Marked
    unit: Marked
    affair: Marked
    basis: str | None
    kind: Marked
    items: Marked
    period: str | None
    course: tuple[Happening, ...]
    fault: str | None
    receipts: str
    raw: tuple[tuple[str, Receipt], ...]


@dataclass(frozen=True, slots=True)
class Damaged:
    """A record that cannot be read."""

    fault: str
    receipts: str


class Views:
    """Draws records in one language."""

    def __init__(self, names: Names, text: Catalogue) -> None:
        self._names = names
        self._text = text

    def page(self, entries: Sequence[Entry | Unreadable]) -> list[Shown | Damaged]:
        """Every record of a page, those that cannot be read among them."""
        return [
            self.one(entry) if isinstance(entry, Entry) else Damaged(entry.fault, receipts_json(entry.receipts))
            for entry in entries
        ]

    def one(self, entry: Entry) -> Shown:
        """One record."""
        first, names = entry.first, self._names
        words = self._words(entry)
        items_value = json.dumps(list(first.items), ensure_ascii=False, separators=(",", ":"))
        return Shown(
            inquiry=first.inquiry,
            event=entry.event,
            badge=Marked(entry.event, words["badge"]),
            title=self._said(self._text["record"]["title"], entry),
            outcome=self._said(words["sentence"], entry),
            explanation=self._reason(first),
            asked=self._moment(first.asked_at_ms),
            inquirer=Marked(first.inquirer, names.body(first.inquirer)),
            provider=Marked(first.provider, names.body(first.provider)),
            unit=Marked(first.unit, first.unit),
            affair=Marked(first.item, names.affair(first) or self._text["record"]["no_affair"].format(item=first.item)),
            basis=names.basis(first),
            kind=Marked(first.kind, names.kind(first)),
            items=Marked(items_value, "、".join(first.items)),
            period=self._period(first),
            course=self._course(entry),
            fault=entry.fault,
            receipts=receipts_json(entry.receipts),
            raw=tuple(zip(self._leaf_names(entry), entry.receipts, strict=True)),
        )

    def _words(self, entry: Entry) -> Mapping[str, Any]:
        words: Mapping[str, Any] = self._text["event"][entry.event]
        return words

    def _said(self, sentence: str, entry: Entry) -> str:
        names, first = self._names, entry.first
        return sentence.format(inquirer=names.body(first.inquirer), provider=names.body(first.provider))

    def _reason(self, first: InquiryRecord) -> str | None:
        """Why it was refused, in the words of the closed list; an unknown reason is shown as it stands."""
        if first.reason is None:
            return None
        try:
            return self._names.sentence(refusals.SENTENCES[Reason(first.reason)])
        except ValueError:
            return first.reason

    def _period(self, first: InquiryRecord) -> str | None:
        if first.period is None:
            return None
        return str(self._text["record"]["period_form"]).format(
            first=self._names.day(first.period.first), last=self._names.day(first.period.last)
        )

    def _course(self, entry: Entry) -> tuple[Happening, ...]:
        first, said = entry.first, self._text["course"]
        happenings = [
            Happening(self._moment(first.asked_at_ms), self._said(said["asked"], entry)),
            Happening(self._moment(first.at_ms), self._said(said[first.event], entry)),
        ]
        if entry.outcome is not None:
            happenings.append(Happening(self._moment(entry.outcome.at_ms), self._said(said[entry.event], entry)))
        elif first.valid_until_ms is not None:
            happenings.append(Happening(self._moment(first.valid_until_ms), self._said(said["until"], entry)))
        return tuple(happenings)

    def _leaf_names(self, entry: Entry) -> list[str]:
        leaves = [entry.first.event] + ([entry.outcome.event] if entry.outcome else [])
        return [self._text["leaf"][leaf] for leaf in leaves]

    def _moment(self, moment: InstantMs) -> Moment:
        return Moment(utc_text(moment), self._names.moment(moment))


def receipts_json(receipts: Sequence[Receipt]) -> str:
    """The receipts as the page carries them to verify.js."""
    return "[" + ",".join(encode(receipt).decode() for receipt in receipts) + "]"


def receipt_file(receipts: Sequence[Receipt]) -> bytes:
    """What `renkei verify FILE` reads: all leaves of one inquiry."""
    return msgspec.json.format(b'{"v":1,"receipts":' + receipts_json(receipts).encode() + b"}", indent=2) + b"\n"
