"""The decision (法19条8号、21条2項1号、提供命令2条、別表第二): pure, dated; it answers the row or the reason."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from renkei.law.index import NO_ROWS, ItemRows
from renkei.law.list import PermissionList
from renkei.law.rows import Basis
from renkei.terms.affairs import Category, InformationKind, ItemNumber
from renkei.terms.refusals import Reason


@dataclass(frozen=True, slots=True)
class Question:
    """May a body with these categories ask a body with those for this, on that day?

    Attributes:
        inquirer: categories of 情報照会者; one that the row names is enough.
        provider: categories of 情報提供者; one that the row names is enough.
        item: 項 of the table that applies that day (`Table.on`), which says for which affair.
        kind: the information asked for.
        on: the day in Japan at the time of the inquiry (`terms.law_date`).
    """

    inquirer: frozenset[Category]
    provider: frozenset[Category]
    item: ItemNumber
    kind: InformationKind
    on: date


@dataclass(frozen=True, slots=True)
class Refused:
    """The answer "no" and the first reason that applies."""

    reason: Reason


_NO_STATUTORY_BASIS: Final = Refused(Reason.NO_STATUTORY_BASIS)
_RULE_NOT_IN_FORCE: Final = Refused(Reason.RULE_NOT_IN_FORCE)
_INQUIRER_NOT_LISTED: Final = Refused(Reason.INQUIRER_NOT_LISTED)
_INFORMATION_NOT_LISTED: Final = Refused(Reason.INFORMATION_NOT_LISTED)
_PROVIDER_NOT_LISTED: Final = Refused(Reason.PROVIDER_NOT_LISTED)
_Items = Mapping[ItemNumber, ItemRows]


def decide(permissions: PermissionList, question: Question) -> Basis | Refused:
    """Decide one question.

    Permitted when a row in force that day, under that item, names one category of the inquirer, one of the provider and
    the kind; of several such rows the first in the order of the facts is the basis. Else refused; the reasons are tried
    in this order, and the first that applies is the answer:

    1. NO_STATUTORY_BASIS: no row of any date stands under the item of the table that applies that day.
    2. RULE_NOT_IN_FORCE: no row of the item is in force that day, or a row that would permit exactly this was in force
       before or will be later.
    3. INQUIRER_NOT_LISTED: no row of the item in force names the inquirer.
    4. INFORMATION_NOT_LISTED: none of the rows that name the inquirer names the kind.
    5. PROVIDER_NOT_LISTED: the rows that name inquirer and kind name other providers.

    Only rows of the table that applies that day count: item 48 of 別表第二 says nothing about item 48 of the ordinance.
    On days before the first row 別表第二 applied in texts that are not held, so nothing is permitted and its rows are
    rows that "will be later": 2 for an item that it has, 1 for any other.

    An unknown category or kind is no error here: nothing names it, so 3, 4 or 5 applies.
    """
    return _answer(permissions.index.on(question.on), question)


def decide_all(permissions: PermissionList, questions: Iterable[Question]) -> list[Basis | Refused]:
    """Decide each question of a list, in its order."""
    tables: dict[date, _Items] = {}
    answers: list[Basis | Refused] = []
    for question in questions:
        on = question.on
        items = tables.get(on)
        if items is None:
            items = tables[on] = permissions.index.on(on)
        answers.append(_answer(items, question))
    return answers


def _answer(items: _Items, question: Question) -> Basis | Refused:
    found = items.get(question.item)
    if found is None:
        return _NO_STATUTORY_BASIS
    item_in_force, inquirers_of_item, kinds = found
    in_force, inquirers_of_kind, at_other_times = kinds.get(question.kind, NO_ROWS)
    inquirer, provider = question.inquirer, question.provider
    for inquirers, providers, basis in in_force:
        if not (inquirers.isdisjoint(inquirer) or providers.isdisjoint(provider)):
            return basis
    for inquirers, providers in at_other_times:
        if not (inquirers.isdisjoint(inquirer) or providers.isdisjoint(provider)):
            return _RULE_NOT_IN_FORCE
    if not item_in_force:
        return _RULE_NOT_IN_FORCE
    if inquirers_of_item.isdisjoint(inquirer):
        return _INQUIRER_NOT_LISTED
    return _INFORMATION_NOT_LISTED if inquirers_of_kind.isdisjoint(inquirer) else _PROVIDER_NOT_LISTED
