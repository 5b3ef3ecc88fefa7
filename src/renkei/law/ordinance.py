"""Affairs by local ordinance (法19条9号・26条): may this body ask that one, under the affair that it notified?

規則5号: 平成28年個人情報保護委員会規則第5号. What is notified never opens more than the items of the table that the
affair is like, as they stand on the day of the inquiry: an amendment that ends a row ends it here too.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from renkei.law.ask import Search, fold
from renkei.law.cite import Citation, cite
from renkei.law.decide import Question, Refused, decide
from renkei.law.list import PermissionList
from renkei.law.rows import Basis, Row
from renkei.messages.ordinance import AskedInformation, Limitation, OrdinanceAffair
from renkei.terms.affairs import ArticleNumber, InformationKind, ItemNumber, is_ordinance_affair
from renkei.terms.bodies import BodyId
from renkei.terms.refusals import Reason

NEEDS_CONSENT: Final = frozenset({InformationKind("local-tax")})
"""地方税関係情報: asked for only with the person's consent (規則5号2条4項1号)."""


@dataclass(frozen=True, slots=True)
class OrdinanceBasis:
    """The answer "yes" under 法19条9号: the affair, and the row of the like item that opens this kind."""

    affair: OrdinanceAffair
    row: Row
    kind: InformationKind

    @property
    def item(self) -> ItemNumber:
        """The affair's id, which stands where a statutory inquiry has 項."""
        return self.affair.id

    @property
    def like_item(self) -> ItemNumber:
        """項 of the affair that the ordinance's affair is like (準ずる)."""
        return self.row.item

    @property
    def article(self) -> ArticleNumber | None:
        """The detail article of the like row."""
        return self.row.article


Grounds = Basis | OrdinanceBasis
"""What permits an inquiry: a row (法19条8号) or an affair by ordinance (同条9号)."""


class Parties(NamedTuple):
    """Who asks whom. The table names categories, an ordinance and a limitation are one body's own."""

    inquirer: BodyId
    provider: BodyId


class Ordinances:
    """The ordinance affairs and limitations of one directory, ready to look up. It does not change."""

    def __init__(self, affairs: Iterable[OrdinanceAffair] = (), limitations: Iterable[Limitation] = ()) -> None:
        self._affairs: Mapping[ItemNumber, OrdinanceAffair] = {affair.id: affair for affair in affairs}
        limited: dict[BodyId, list[Limitation]] = {}
        for limitation in limitations:
            limited.setdefault(limitation.body, []).append(limitation)
        self._limited = limited

    def affair(self, item: ItemNumber) -> OrdinanceAffair | None:
        """The affair of that id, in force or not."""
        return self._affairs.get(item)

    def of(self, body: BodyId, on: date) -> list[OrdinanceAffair]:
        """The body's own affairs in force that day, in the order of the directory."""
        return [each for each in self._affairs.values() if each.body == body and in_force(each, on)]

    def withholds(self, provider: BodyId, items: frozenset[ItemNumber], question: Question) -> bool:
        """Whether a limitation of the provider covers the kind that day for affairs like one of the items."""
        return any(
            each.like_item in items and (each.kinds is None or question.kind in each.kinds)
            for limitation in self._limited.get(provider, ())
            if in_force(limitation, question.on)
            for each in limitation.withheld
        )


def in_force(entry: OrdinanceAffair | Limitation, on: date) -> bool:
    """Whether the entry has force that day: `starts_on` inclusive, `until` exclusive; an affair once published."""
    published = entry.published_on if isinstance(entry, OrdinanceAffair) else None
    starts = max(entry.starts_on, published or entry.starts_on)
    return starts <= on.isoformat() and (entry.until is None or on.isoformat() < entry.until)


def decide_either(
    permissions: PermissionList, ordinances: Ordinances, question: Question, parties: Parties, *, consent: bool
) -> Grounds | Refused:
    """Decide a question by the table, or by the ordinance affair that its item names."""
    if is_ordinance_affair(question.item):
        return decide_ordinance(permissions, ordinances, question, parties, consent=consent)
    return decide(permissions, question)


def decide_ordinance(
    permissions: PermissionList, ordinances: Ordinances, question: Question, parties: Parties, *, consent: bool
) -> OrdinanceBasis | Refused:
    """Decide one question whose item is an ordinance affair's id.

    Of the inquirer the rule asks only that the affair be its own (規則5号2条2項): the like item may name others, and
    the question's categories of the inquirer say nothing.
    The reasons are tried in this order, and the first that applies is the answer:

    1. NO_STATUTORY_BASIS: no such affair is published (規則5号3条4項).
    2. RULE_NOT_IN_FORCE: the affair is not in force that day; or exactly this was notified, and no row of the like item
       in force that day opens it (2条3項・4項).
    3. INQUIRER_NOT_LISTED: the affair is another body's (2条2項).
    4. INFORMATION_NOT_LISTED, PROVIDER_NOT_LISTED: not what was notified (3条1項3号).
    5. LIMITED_BY_ORDINANCE: the provider is 限定機関 for it (2条3項ただし書・4項2号, 法26条 with 22条1項).
    6. NO_CONSENT: local tax information without the person's consent (2条4項1号).
    """
    affair = ordinances.affair(question.item)
    if affair is None:
        return Refused(Reason.NO_STATUTORY_BASIS)
    reason = _not_notified(affair, question, parties.inquirer)
    if reason is not None:
        return Refused(reason)
    rows = [row for asked in affair.asked for row in _opened(permissions, asked, question)]
    if not rows:
        return Refused(Reason.RULE_NOT_IN_FORCE)
    # 規則6号2条1項2号: the limiting ordinance names affairs that are like an item, and what is needed for them.
    free = [
        row
        for row in rows
        if not ordinances.withholds(parties.provider, frozenset({affair.like_item, row.item}), question)
    ]
    if not free:
        return Refused(Reason.LIMITED_BY_ORDINANCE)
    if question.kind in NEEDS_CONSENT and not consent:
        return Refused(Reason.NO_CONSENT)
    return OrdinanceBasis(affair, free[0], question.kind)


def _not_notified(affair: OrdinanceAffair, question: Question, inquirer: BodyId) -> Reason | None:
    """Why the affair as it was notified does not cover the question, whatever the table says."""
    if not in_force(affair, question.on):
        return Reason.RULE_NOT_IN_FORCE
    if affair.body != inquirer:
        return Reason.INQUIRER_NOT_LISTED
    providers = [asked.providers for asked in affair.asked if asked.kind == question.kind]
    if not providers:
        return Reason.INFORMATION_NOT_LISTED
    return Reason.PROVIDER_NOT_LISTED if all(map(question.provider.isdisjoint, providers)) else None


def _opened(permissions: PermissionList, asked: AskedInformation, question: Question) -> Iterator[Row]:
    """Rows in force that day that open to one and the same category of the provider what was notified of it."""
    if asked.kind != question.kind:
        return
    notified = question.provider.intersection(asked.providers)
    for _, providers, basis in permissions.index.entries(question.on, asked.like_item, asked.kind):
        if not providers.isdisjoint(notified):
            yield basis.row


def may_ask_under(
    permissions: PermissionList, affair: OrdinanceAffair, search: Search
) -> list[tuple[InformationKind, Row]]:
    """What fits a clerk's search under an affair: each kind once, with the first row in force that day that opens it.

    The search's categories do not matter; whom to ask, `decide_ordinance` says body by body.
    """
    words = fold(search.text or "").split()
    found: dict[InformationKind, Row] = {}
    for asked in affair.asked:
        if search.item in {None, affair.id} and search.kind in {None, asked.kind}:
            text = _words_of(permissions, affair, asked.kind)
            rows = _rows_of(permissions, asked, search.on) if all(word in text for word in words) else ()
            for row in rows:
                found.setdefault(asked.kind, row)
    return list(found.items())


def _rows_of(permissions: PermissionList, asked: AskedInformation, on: date) -> Iterator[Row]:
    for _, providers, basis in permissions.index.entries(on, asked.like_item, asked.kind):
        if not providers.isdisjoint(asked.providers):
            yield basis.row


def _words_of(permissions: PermissionList, affair: OrdinanceAffair, kind: InformationKind) -> str:
    name = permissions.kinds[kind]
    return fold(f"{affair.id}\n{affair.ordinance}\n{affair.name_ja}\n{affair.name_en}\n{name.ja}\n{name.en}")


def cite_ordinance(row: Row) -> Citation:
    """The Act's provision, the commission's rule, and the place of the like row."""
    ja, en = cite(row)
    like_ja, like_en = ja.removeprefix("番号法19条8号・"), en.removeprefix("Number Act art. 19(viii)").lstrip(";, ")
    return Citation(
        f"番号法19条9号・平成28年個人情報保護委員会規則5号2条({like_ja}に準ずる)",
        f"Number Act art. 19(ix); PPC Rule 5 of 2016 art. 2 (like {like_en})",
    )
