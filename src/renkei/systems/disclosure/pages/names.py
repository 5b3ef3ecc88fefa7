"""Ids as people read them: bodies by the directory, all else by the permission list that decided."""

from datetime import datetime
from typing import Final

from renkei.law.cite import cite
from renkei.law.editions import Editions
from renkei.law.list import PermissionList
from renkei.law.ordinance import cite_ordinance
from renkei.law.rows import Row, Table
from renkei.messages.directory import Directory
from renkei.messages.ordinance import OrdinanceAffair
from renkei.messages.receipt import InquiryRecord
from renkei.platform.html import Language
from renkei.terms.affairs import JAPAN, InstantMs, ItemNumber, law_date
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

    def __init__(self, language: Language, directory: Directory, law: Editions) -> None:
        self._ja = language is Language.JA
        self._bodies = {body.id: body for body in directory.bodies}
        self._affairs: dict[ItemNumber, OrdinanceAffair] = {each.id: each for each in directory.ordinance_affairs}
        self._law = law

    def body(self, body: BodyId) -> str:
        entry = self._bodies.get(body)
        return body if entry is None else self._pick(entry.name_ja, entry.name_en)

    def kind(self, record: InquiryRecord) -> str:
        name = self._list(record).kinds.get(record.kind)
        return record.kind if name is None else self._pick(name.ja, name.en)

    def affair(self, record: InquiryRecord) -> str | None:
        """What the inquirer said it was doing; None for an item that the law never had."""
        own = self._own(record)
        if own is not None:
            return f"{self._pick(own.name_ja, own.name_en)} ({own.ordinance})"
        row = self._row(record)
        if row is None:
            return None
        affair = self._list(record).affairs[row.affair]
        return self._pick(affair.ja, affair.en)

    def basis(self, record: InquiryRecord) -> str | None:
        """The full citation of the row that permits it, or would have; None where the law has none."""
        row = self._row(record)
        if row is None or record.reason in NO_BASIS:
            return None
        return self._pick(*(cite(row) if self._own(record) is None else cite_ordinance(row)))

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
        on = law_date(record.asked_at_ms)
        rows = self._list(record).rows_of(self._item(record), Table.on(on))
        fitting = [row for row in rows if row.covers(on) and record.kind in row.kinds]
        named = [row for row in fitting if row.article == record.article]
        return next(iter([*named, *fitting, *rows]), None)

    def _own(self, record: InquiryRecord) -> OrdinanceAffair | None:
        """The affair by ordinance that the inquirer named, if it named one (法19条9号)."""
        return self._affairs.get(record.item)

    def _item(self, record: InquiryRecord) -> ItemNumber:
        """The item of the table: the one named, or the one that the named affair is like for this kind."""
        own = self._own(record)
        if own is None or record.like_item is not None:
            return record.like_item or record.item
        return next((asked.like_item for asked in own.asked if asked.kind == record.kind), own.like_item)

    def _list(self, record: InquiryRecord) -> PermissionList:
        """The list that the core decided by; the newest here where that one is not."""
        return self._law.of(record.list_version) or self._law.newest()

    def _pick(self, ja: str, en: str) -> str:
        return ja if self._ja else en
