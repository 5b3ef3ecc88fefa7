"""Affairs by local ordinance as the commission passes them on and the directory publishes them (法19条9号・26条).

規則5号, 規則6号: 平成28年個人情報保護委員会規則第5号 (who may ask) and 第6号 (who limits what it provides).
"""

from datetime import date
from enum import Enum
from typing import Annotated

from msgspec import Meta

from renkei.messages.codec import Message, Part
from renkei.messages.fields import AffairId, Body, BodyCategory, Day, Kind, TableItem, whole

Named = Annotated[str, Meta(min_length=1, max_length=200)]
LimitationId = Annotated[str, Meta(pattern=whole("lim-[0-9]{6}-[1-9][0-9]{0,3}"), description="e.g. lim-141003-1")]
EntryId = Annotated[str, Meta(pattern=whole("(?:ord|lim)-[0-9]{6}-[1-9][0-9]{0,3}"))]
Entries = Meta(max_length=2_000)


class Likeness(Enum):
    """In what a further statutory affair resembles the affair by ordinance (規則5号2条3項各号)."""

    COST = "cost"
    GOODS = "goods"
    SERVICE = "service"


class AskedInformation(Part, frozen=True):
    """One kind of information that the affair needs, under the item of the table that opens it, and of whom.

    `likeness` is absent under the item that the affair is like (法定事務), and named under any other (規則5号2条3項).
    """

    like_item: TableItem
    kind: Kind
    providers: Annotated[tuple[BodyCategory, ...], Meta(min_length=1, max_length=100)]
    likeness: Likeness | None = None


class OrdinanceAffair(Part, frozen=True):
    """条例事務 as its body notified it (規則5号3条1項) and the commission found it to meet the rule (同条3項).

    `like_item` is the item of 法定事務 (2条1項). In force from the later of `starts_on` and `published_on` (3条4項; the
    core sets it) until the day before `until`.
    """

    id: AffairId
    body: Body
    ordinance: Named
    name_ja: Named
    name_en: Named
    like_item: TableItem
    asked: Annotated[tuple[AskedInformation, ...], Meta(min_length=1, max_length=200)]
    notified_on: Day
    starts_on: Day
    until: Day | None = None
    published_on: Day | None = None

    def __post_init__(self) -> None:
        # 規則5号3条1項: the body notifies before it asks.
        _in_order(self.notified_on, self.starts_on, self.until)


class Withheld(Part, frozen=True):
    """What is not provided for affairs like this item; `kinds` absent: nothing is (全部)."""

    like_item: TableItem
    kinds: Annotated[tuple[Kind, ...], Meta(min_length=1, max_length=200)] | None = None


class Limitation(Part, frozen=True):
    """限定機関 (規則6号2条1項): a body whose own ordinance limits what it provides for affairs by ordinance.

    `ordinance_from` is the day on which that ordinance takes effect, `starts_on` that on which the limitation begins.
    """

    id: LimitationId
    body: Body
    ordinance: Named
    withheld: Annotated[tuple[Withheld, ...], Meta(min_length=1, max_length=200)]
    notified_on: Day
    ordinance_from: Day
    starts_on: Day
    until: Day | None = None

    def __post_init__(self) -> None:
        _in_order(self.notified_on, self.ordinance_from, self.starts_on, self.until)


class Ending(Part, frozen=True):
    """A body asks no more (規則5号4条) or limits no more (規則6号3条): from `until` on the entry has no force."""

    id: EntryId
    notified_on: Day
    until: Day

    def __post_init__(self) -> None:
        _in_order(self.notified_on, self.until)


class OrdinanceNotices(Message, frozen=True):
    """What bodies notified and the commission passes on (規則5号3条3項・4条2項, 規則6号2条3項・3条): all or nothing.

    A change of what was notified is an ending and a new entry: an id means one thing for ever.
    """

    affairs: Annotated[tuple[OrdinanceAffair, ...], Entries] = ()
    limitations: Annotated[tuple[Limitation, ...], Entries] = ()
    endings: Annotated[tuple[Ending, ...], Entries] = ()

    def ids(self) -> list[str]:
        """Of every entry that is passed on or ended."""
        ended = [ending.id for ending in self.endings]
        return [*(affair.id for affair in self.affairs), *(limitation.id for limitation in self.limitations), *ended]


def _in_order(*days: str | None) -> None:
    """Real days of the calendar, none before the one named before it."""
    read = [date.fromisoformat(day) for day in days if day is not None]
    if read != sorted(read):
        raise ValueError("days out of order")
