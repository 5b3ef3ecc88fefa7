"""Questions about the law and their answers: one form for `renkei law … --json` and for the line doors."""

from enum import Enum
from typing import Annotated, Final, Literal

from msgspec import Meta

from renkei.messages.codec import Message, Part
from renkei.messages.fields import Article, Body, BodyCategory, Day, Item, Kind, ListVersion, Slug, TableItem

Words = Annotated[str, Meta(min_length=1, max_length=100)]

MAX_DECISIONS: Final = 50
"""Decisions that one law/explain decides again; each takes a millisecond or two, and its answer some kilobytes."""


class Verdict(Enum):
    """What the law says to a question."""

    PERMITTED = "permitted"
    REFUSED = "refused"


class Named(Part, frozen=True):
    """An id of the permission list (affair, kind of information, category of bodies) and its names."""

    id: str
    ja: str
    en: str


class Party(Part, frozen=True):
    """Who asks or is asked: a body, or a category of bodies; `id` is how the question named it."""

    id: str
    ja: str
    en: str
    categories: tuple[BodyCategory, ...]


class LawRow(Part, frozen=True):
    """One row of the list with all its parts; `until` is the first day no longer in force."""

    item: TableItem
    article: Article | None
    affair_ja: str
    affair_en: str
    inquirers: tuple[BodyCategory, ...]
    providers: tuple[BodyCategory, ...]
    kinds: tuple[Kind, ...]
    since: Day
    until: Day | None
    citation_ja: str
    citation_en: str


class DetailUse(Part, frozen=True):
    """A place of a detail article: the procedure, whose information (empty: not said), and which of that kind."""

    kind: Kind
    place_ja: str
    place_en: str
    procedure_ja: str
    procedure_en: str
    whose_ja: str
    whose_en: str
    information: tuple[Named, ...]


class Decide(Message, frozen=True):
    """law/decide: may this body ask? `provider` is a body of the directory or a category; `on` defaults to today."""

    provider: Body
    item: TableItem
    kind: Kind
    on: Day | None = None


class Asked(Part, frozen=True):
    """The question that was decided."""

    inquirer: Party
    provider: Party
    item: Item
    kind: Kind


class NearRow(Part, frozen=True):
    """What would have been permitted instead, and in what it differs from the question (day, item, information, …)."""

    item: TableItem
    article: Article | None
    kind: Kind
    providers: tuple[BodyCategory, ...]
    differs: tuple[Slug, ...]
    citation_ja: str
    citation_en: str
    sentence_ja: str
    sentence_en: str


class Decided(Message, frozen=True):
    """The decision on one question: `article` when permitted, `reason` and `nearest` when refused."""

    on: Day
    question: Asked
    decision: Verdict
    item: Item
    article: Article | None
    list_version: ListVersion
    reason: Slug | None
    sentence_ja: str
    sentence_en: str
    nearest: tuple[NearRow, ...]


class Explain(Message, frozen=True):
    """law/explain: `decision` is the JSON text of a `Decided`, a `LinkageRecord`, a `Result` or a `Receipt`.

    Several may follow one another, one per line, with at most 50 decisions among them.
    """

    decision: Annotated[str, Meta(min_length=2, max_length=200_000)]


class Explanation(Part, frozen=True):
    """One decision decided again; `differs` names what the given one has otherwise than the law.

    `agrees` is null where the list does not decide: an affair by ordinance, or a refusal before the list was looked at.
    The proof of a receipt is not checked here, and the sentences say so.
    """

    on: Day
    question: Asked
    given: Verdict
    given_article: Article | None
    given_reason: Slug | None
    given_version: ListVersion | None
    decision: Verdict | None
    reason: Slug | None
    list_version: ListVersion
    row: LawRow | None
    details: tuple[DetailUse, ...]
    agrees: bool | None
    differs: tuple[Slug, ...]
    sentences_ja: tuple[str, ...]
    sentences_en: tuple[str, ...]


class Explanations(Message, frozen=True):
    """One per decision, in the order given; `agrees` is false when at least one does not agree."""

    agrees: bool
    decisions: tuple[Explanation, ...]


class WhoHolds(Message, frozen=True):
    """law/who-holds: who may be asked for this kind at all; `own`: only by rows that let this body ask."""

    kind: Kind
    on: Day | None = None
    own: bool = False


class KindHolders(Message, frozen=True):
    """The categories that provide the kind that day, and every row that says so, in the order of the table."""

    on: Day
    list_version: ListVersion
    kind: Named
    providers: tuple[Named, ...]
    rows: tuple[LawRow, ...]


class Find(Message, frozen=True):
    """law/find: words that must all stand in the names of one thing; width, kana and case do not matter."""

    text: Words
    on: Day | None = None


class FoundAffair(Part, frozen=True):
    """An affair and the items that it has that day; none when no item of it is in force."""

    id: str
    ja: str
    en: str
    items: tuple[TableItem, ...]


class Found(Message, frozen=True):
    """What bears the words, best first; `near` when nothing does."""

    on: Day
    list_version: ListVersion
    text: str
    affairs: tuple[FoundAffair, ...]
    kinds: tuple[Named, ...]
    categories: tuple[Named, ...]
    near: tuple[Named, ...]


class Diff(Message, frozen=True):
    """law/diff: what is permitted on the second day and not on the first, and the other way round."""

    before: Day
    after: Day
    own: bool = False


class Stand(Part, frozen=True):
    """The list as it stood on a day."""

    on: Day
    list_version: ListVersion


class Change(Part, frozen=True):
    """Permissions gained or lost: each of the kinds, for each of the inquirers, from each of the providers."""

    items: tuple[TableItem, ...]
    affair_ja: str
    affair_en: str
    kinds: tuple[Kind, ...]
    inquirers: tuple[BodyCategory, ...]
    providers: tuple[BodyCategory, ...]


class ItemAffair(Part, frozen=True):
    """An item and its affair."""

    item: TableItem
    affair_ja: str
    affair_en: str


class AffairChange(Part, frozen=True):
    """An item that has another affair now."""

    item: TableItem
    before: Named
    after: Named


class Differences(Message, frozen=True):
    """What changed between two days.

    `by` is `item`, or `affair` when the two days have different tables whose item numbers have nothing to do with one
    another; then no item counts as new, ended or changed.
    """

    before: Stand
    after: Stand
    by: Literal["item", "affair"]
    gained: tuple[Change, ...]
    lost: tuple[Change, ...]
    items_new: tuple[ItemAffair, ...]
    items_ended: tuple[ItemAffair, ...]
    affairs_changed: tuple[AffairChange, ...]
