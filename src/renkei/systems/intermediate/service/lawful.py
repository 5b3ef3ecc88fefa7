"""may-ask: what the law lets this body inquire on a day, and whom it may ask (提供命令2条)."""

from datetime import date

from renkei.law.ask import Answer, Search, may_ask
from renkei.law.decide import Question, Refused
from renkei.law.detailed import detailed
from renkei.law.details import Details
from renkei.law.list import PermissionList
from renkei.law.ordinance import Parties, decide_ordinance, may_ask_under
from renkei.messages.law import DetailUse
from renkei.messages.line import MayAsk, MayAskRow, MayAskRows
from renkei.systems.intermediate.rules.book import Book
from renkei.systems.intermediate.service.office import Office
from renkei.terms.affairs import InformationKind, ItemNumber, law_date
from renkei.terms.bodies import BodyId
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem


async def rows(office: Office, body: BodyId, message: MayAsk) -> MayAskRows:
    """One row per item and kind, in the order of the table, with the bodies of the directory that may be asked."""
    office.cabinet(body)
    book = office.book()
    on = day_of(office, message.on, "$.on")
    permissions = list_at(office, on)
    search = Search(
        inquirer=book.categories(body),
        on=on,
        item=message.item,
        kind=message.kind,
        text=message.text,
    )
    found = [
        _row(permissions, book, body, (answer, kind), _details(answer, kind, search) if message.details else ())
        for answer in may_ask(permissions, search)
        for kind in answer.kinds
    ]
    found += _own_affairs(permissions, book, body, search)
    return MayAskRows(list_version=permissions.version, rows=tuple(found))


def _own_affairs(permissions: PermissionList, book: Book, body: BodyId, search: Search) -> list[MayAskRow]:
    """The body's own affairs by ordinance (法19条9号), after the table; consent is for the inquiry itself."""

    def may_be_asked(provider: BodyId, item: ItemNumber, kind: InformationKind) -> bool:
        question = Question(search.inquirer, book.categories(provider), item, kind, search.on)
        parties = Parties(body, provider)
        return not isinstance(decide_ordinance(permissions, book.ordinances, question, parties, consent=True), Refused)

    return [
        MayAskRow(
            item=affair.id,
            article=row.article,
            affair_ja=affair.name_ja,
            affair_en=affair.name_en,
            kind=kind,
            kind_ja=permissions.kinds[kind].ja,
            kind_en=permissions.kinds[kind].en,
            providers=tuple(
                entry.id for entry in book.bodies if entry.id != body and may_be_asked(entry.id, affair.id, kind)
            ),
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


def _details(answer: Answer, kind: InformationKind, search: Search) -> tuple[DetailUse, ...]:
    return detailed(Details.load(), answer.row, kind, search.on)


def _row(
    permissions: PermissionList,
    book: Book,
    body: BodyId,
    permitted: tuple[Answer, InformationKind],
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
        providers=tuple(
            entry.id
            for entry in book.bodies
            if entry.id != body and not answer.providers.isdisjoint(book.categories(entry.id))
        ),
        details=details,
    )
