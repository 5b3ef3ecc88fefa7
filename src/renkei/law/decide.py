"""The decision (法19条8号、21条2項1号、提供命令2条): pure, dated; its answer is the row that permits or the reason."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from renkei.law.list import PermissionList
from renkei.law.rows import Basis, Row
from renkei.terms.affairs import Category, InformationKind, ItemNumber
from renkei.terms.refusals import Reason


@dataclass(frozen=True, slots=True)
class Question:
    """May a body with these categories ask a body with those for this, on that day?

    Attributes:
        inquirer: categories of 情報照会者; one that the row names is enough.
        provider: categories of 情報提供者; one that the row names is enough.
        item: 項 of the table of 提供命令2条, which says for which affair.
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


_REFUSED: Final[Mapping[Reason, Refused]] = {reason: Refused(reason) for reason in Reason}


def decide(permissions: PermissionList, question: Question) -> Basis | Refused:
    """Decide one question.

    Permitted when a row in force that day, under that item, names one category of the inquirer, one of the provider and
    the kind; of several such rows the first in the order of the facts is the basis. Else refused; the reasons are tried
    in this order, and the first that applies is the answer:

    1. NO_STATUTORY_BASIS: no row of any date stands under the item.
    2. RULE_NOT_IN_FORCE: no row of the item is in force that day, or a row that would permit exactly this was in force
       before or will be later.
    3. INQUIRER_NOT_LISTED: no row of the item in force names the inquirer.
    4. INFORMATION_NOT_LISTED: none of the rows that name the inquirer names the kind.
    5. PROVIDER_NOT_LISTED: the rows that name inquirer and kind name other providers.

    An unknown category or kind is no error here: nothing names it, so 3, 4 or 5 applies.
    """
    inquirer, provider = question.inquirer, question.provider
    for inquirers, providers, basis in permissions.index.entries(question.on, question.item, question.kind):
        if not (inquirers.isdisjoint(inquirer) or providers.isdisjoint(provider)):
            return basis
    return _REFUSED[_reason(permissions.rows_of(question.item), question)]


def decide_all(permissions: PermissionList, questions: Iterable[Question]) -> list[Basis | Refused]:
    """Decide each question of a list, in its order."""
    return [decide(permissions, question) for question in questions]


def _reason(rows: tuple[Row, ...], question: Question) -> Reason:
    if not rows:
        return Reason.NO_STATUTORY_BASIS
    in_force = [row for row in rows if row.covers(question.on)]
    if not in_force or any(_names_all(row, question) for row in rows):
        return Reason.RULE_NOT_IN_FORCE
    open_to_inquirer = [row for row in in_force if not row.inquirers.isdisjoint(question.inquirer)]
    if not open_to_inquirer:
        return Reason.INQUIRER_NOT_LISTED
    if not any(question.kind in row.kinds for row in open_to_inquirer):
        return Reason.INFORMATION_NOT_LISTED
    return Reason.PROVIDER_NOT_LISTED


def _names_all(row: Row, question: Question) -> bool:
    """Whether the row would permit the question, were it in force."""
    return not (
        question.kind not in row.kinds
        or row.inquirers.isdisjoint(question.inquirer)
        or row.providers.isdisjoint(question.provider)
    )
