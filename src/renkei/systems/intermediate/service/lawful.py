"""may-ask: what the law lets this body inquire on a day, and whom it may ask (提供命令2条)."""

from datetime import date

from renkei.law.ask import Answer, Search, may_ask
from renkei.messages.line import MayAsk, MayAskRow, MayAskRows
from renkei.systems.intermediate.rules.book import Book
from renkei.systems.intermediate.service.office import Office
from renkei.terms.affairs import InformationKind, law_date
from renkei.terms.bodies import BodyId
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem


async def rows(office: Office, body: BodyId, message: MayAsk) -> MayAskRows:
    """One row per item and kind, in the order of the table, with the bodies of the directory that may be asked."""
    office.cabinet(body)
    book, permissions = office.book(), office.permissions
    search = Search(
        inquirer=book.categories(body),
        on=law_date(office.now()) if message.on is None else _day(message.on),
        item=message.item,
        kind=message.kind,
        text=message.text,
    )
    found = [
        _row(office, book, body, (answer, kind)) for answer in may_ask(permissions, search) for kind in answer.kinds
    ]
    return MayAskRows(list_version=permissions.version, rows=tuple(found))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RenkeiError(Problem.WRONG_TYPE, "$.on") from None


def _row(office: Office, book: Book, body: BodyId, permitted: tuple[Answer, InformationKind]) -> MayAskRow:
    answer, kind = permitted
    name = office.permissions.kinds[kind]
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
    )
