"""Ids as people read them: bodies by the directory, information, affairs and provisions by the permission list."""

from datetime import datetime
from typing import Final

from renkei.law.cite import cite
from renkei.law.list import PermissionList
from renkei.law.rows import Row
from renkei.messages.directory import Directory
from renkei.messages.receipt import InquiryRecord
from renkei.platform.html import Language
from renkei.terms.affairs import JAPAN, InformationKind, InstantMs, law_date
from renkei.terms.bodies import BodyId
from renkei.terms.problems import Sentence
from renkei.terms.refusals import Reason

_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

NO_BASIS: Final = frozenset(
    reason.value
    for reason in (
        Reason.NO_STATUTORY_BASIS,
        Reason.RULE_NOT_IN_FORCE,
        Reason.INQUIRER_NOT_LISTED,
        Reason.INFORMATION_NOT_LISTED,
        Reason.PROVIDER_NOT_LISTED,
    )
)
"""Refusals for want of a row; all others are for reasons beside the law's list."""


class Names:
    """Names in one language. What has no name is shown by its id, never left out."""

    def __init__(self, language: Language, directory: Directory, law: PermissionList) -> None:
        self._ja = language is Language.JA
        self._bodies = {body.id: body for body in directory.bodies}
        self._law = law

    def body(self, body: BodyId) -> str:
        entry = self._bodies.get(body)
        return body if entry is None else self._pick(entry.name_ja, entry.name_en)

    def kind(self, kind: InformationKind) -> str:
        name = self._law.kinds.get(kind)
        return kind if name is None else self._pick(name.ja, name.en)

    def affair(self, record: InquiryRecord) -> str | None:
        """What the inquirer said it was doing; None for an item that the ordinance never had."""
        row = self._row(record)
        if row is None:
            return None
        affair = self._law.affairs[row.affair]
        return self._pick(affair.ja, affair.en)

    def basis(self, record: InquiryRecord) -> str | None:
        """The full citation of the row that permits it, or would have; None where the law has none."""
        row = self._row(record)
        return None if row is None or record.reason in NO_BASIS else self._pick(*cite(row))

    def sentence(self, sentence: Sentence) -> str:
        return self._pick(sentence.ja, sentence.en)

    def moment(self, moment: InstantMs) -> str:
        """To the minute, in Japan time; the exact moment stands in the `time` element."""
        at = datetime.fromtimestamp(moment / 1000, tz=JAPAN)
        if self._ja:
            return f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}"
        return f"{at.day} {_MONTHS[at.month - 1]} {at.year}, {at:%H:%M}"

    def day(self, day: str) -> str:
        """A day of a period (`2024-04-01`)."""
        year, month, date = (int(part) for part in day.split("-"))
        return f"{year}年{month}月{date}日" if self._ja else f"{date} {_MONTHS[month - 1]} {year}"

    def _row(self, record: InquiryRecord) -> Row | None:
        """The row that the core meant: of this item, best the one in force that day that lists this kind."""
        on = law_date(record.at_ms)
        rows = self._law.rows_of(record.item)
        fitting = [row for row in rows if row.covers(on) and record.kind in row.kinds]
        named = [row for row in fitting if row.article == record.article]
        return next(iter([*named, *fitting, *rows]), None)

    def _pick(self, ja: str, en: str) -> str:
        return ja if self._ja else en
