"""may-ask: what the law lets this body inquire on a day, and whom it may ask (提供命令2条)."""

import asyncio
from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Final, TypeVar
from weakref import WeakKeyDictionary

from renkei.law.ask import Answer, Search, may_ask
from renkei.law.bodies import decide_for_bodies
from renkei.law.decide import Question, Refused
from renkei.law.detailed import detailed
from renkei.law.details import Details
from renkei.law.list import PermissionList
from renkei.law.ordinance import may_ask_under
from renkei.messages.law import DetailUse
from renkei.messages.line import MayAsk, MayAskRow, MayAskRows
from renkei.systems.intermediate.rules.book import Book
from renkei.systems.intermediate.service.cabinet import Cabinet
from renkei.systems.intermediate.service.office import Office
from renkei.terms.affairs import Category, InformationKind, ItemNumber, law_date
from renkei.terms.bodies import BodyId
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

T = TypeVar("T")

_TURNS: Final[WeakKeyDictionary[Cabinet, asyncio.Lock]] = WeakKeyDictionary()
"""One per body that is hosted here."""


async def rows(office: Office, body: BodyId, message: MayAsk) -> MayAskRows:
    """One row per item and kind, in the order of the table, with the bodies of the directory that may be asked."""
    cabinet, book = office.cabinet(body), office.book()
    on = day_of(office, message.on, "$.on")
    permissions = list_at(office, on)
    search = Search(
        inquirer=book.categories(body),
        on=on,
        item=message.item,
        kind=message.kind,
        text=message.text,
    )

    def answer() -> MayAskRows:
        found = _of_the_list(permissions, book, body, search, details=message.details)
        found += _own_affairs(permissions, book, body, search)
        return MayAskRows(list_version=permissions.version, rows=tuple(found))

    return await aside(cabinet, answer)


async def aside(cabinet: Cabinet, answer: Callable[[], T]) -> T:
    """The answer to a question that takes its time: beside the loop, and one at a time for each body."""
    async with _TURNS.setdefault(cabinet, asyncio.Lock()):
        return await asyncio.to_thread(answer)


def _of_the_list(
    permissions: PermissionList, book: Book, body: BodyId, search: Search, *, details: bool
) -> list[MayAskRow]:
    """What the table permits; many of its rows name the same providers."""

    @cache
    def others(providers: frozenset[Category]) -> tuple[BodyId, ...]:
        found = (entry.id for entry in book.bodies if not providers.isdisjoint(book.categories(entry.id)))
        return tuple(each for each in found if each != body)

    return [
        _row(
            permissions,
            (answer, kind),
            others(answer.providers),
            detailed(Details.load(), answer.row, kind, search.on) if details else (),
        )
        for answer in may_ask(permissions, search)
        for kind in answer.kinds
    ]


def _own_affairs(permissions: PermissionList, book: Book, body: BodyId, search: Search) -> list[MayAskRow]:
    """The body's own affairs by ordinance (法19条9号), after the table; consent is for the inquiry itself."""
    others = {entry.id: book.categories(entry.id) for entry in book.bodies if entry.id != body}

    def may_be_asked(item: ItemNumber, kind: InformationKind) -> tuple[BodyId, ...]:
        question = Question(search.inquirer, frozenset(), item, kind, search.on)
        verdicts = decide_for_bodies(permissions, book.ordinances, question, body, others)
        return tuple(provider for provider, verdict in verdicts.items() if not isinstance(verdict, Refused))

    return [
        MayAskRow(
            item=affair.id,
            article=row.article,
            affair_ja=affair.name_ja,
            affair_en=affair.name_en,
            kind=kind,
            kind_ja=permissions.kinds[kind].ja,
            kind_en=permissions.kinds[kind].en,
            providers=may_be_asked(affair.id, kind),
        )
        for affair in book.ordinances.of(body, search.on)
        for kind, row in may_ask_under(permissions, affair, search)
    ]


def list_at(office: Office, on: date) -> PermissionList:
    """The list that applies on that day; raises UNREACHABLE while it is not here."""
    found = office.law().at(on)
    if found is None:
        office.wake.lists()
        raise RenkeiError(Problem.UNREACHABLE, f"the permission list of {on} is not here yet")
    return found


def day_of(office: Office, text: str | None, place: str) -> date:
    """The day that a message names at `place`, else today in Japan; raises WRONG_TYPE for a day that is none."""
    try:
        return law_date(office.now()) if text is None else date.fromisoformat(text)
    except ValueError:
        raise RenkeiError(Problem.WRONG_TYPE, place) from None


def _row(
    permissions: PermissionList,
    permitted: tuple[Answer, InformationKind],
    providers: tuple[BodyId, ...],
    details: tuple[DetailUse, ...],
) -> MayAskRow:
    answer, kind = permitted
    name = permissions.kinds[kind]
    return MayAskRow(
        item=answer.item,
        article=answer.row.article,
        affair_ja=answer.affair.ja,
        affair_en=answer.affair.en,
        kind=kind,
        kind_ja=name.ja,
        kind_en=name.en,
        providers=providers,
        details=details,
    )
