"""law/…: questions about the law, answered as on the terminal (`renkei law`) but by the lists of the directory.

A question that takes more than a moment is answered beside the loop (`lawful.aside`).
"""

from datetime import date

from renkei.law.compare import Snapshot, compare
from renkei.law.details import Details
from renkei.law.explain import decided
from renkei.law.find import find
from renkei.law.holding import kind_holders
from renkei.law.list import PermissionList
from renkei.law.names import near_ids, party
from renkei.law.review import explanations
from renkei.messages import law
from renkei.systems.intermediate.rules.book import Book
from renkei.systems.intermediate.service.lawful import aside, day_of, list_at
from renkei.systems.intermediate.service.office import Office
from renkei.terms.affairs import Category, InformationKind
from renkei.terms.bodies import BodyId
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem


async def decide(office: Office, body: BodyId, message: law.Decide) -> law.Decided:
    """May this body ask? The provider is a body of the directory, or else a category."""
    office.cabinet(body)
    on = day_of(office, message.on, "$.on")
    permissions, book = list_at(office, on), office.book()
    asked = law.Asked(
        inquirer=_body(book, body),
        provider=_provider(permissions, book, message.provider),
        item=message.item,
        kind=_known(permissions, message.kind),
    )
    return decided(permissions, asked, on)


async def explain(office: Office, body: BodyId, message: law.Explain) -> law.Explanations:
    """Decisions that this body holds, decided again."""
    cabinet, book, editions = office.cabinet(body), office.book(), office.law()
    text, details = message.decision.encode(), Details.load()
    return await aside(
        cabinet,
        lambda: explanations(text, lambda named: _body(book, named), editions, details, most=law.MAX_DECISIONS),
    )


async def who_holds(office: Office, body: BodyId, message: law.WhoHolds) -> law.KindHolders:
    """Who may be asked for a kind at all."""
    office.cabinet(body)
    on = day_of(office, message.on, "$.on")
    permissions = list_at(office, on)
    return kind_holders(permissions, _known(permissions, message.kind), on, _own(office, body, own=message.own))


async def search(office: Office, body: BodyId, message: law.Find) -> law.Found:
    """Words to items, kinds and categories."""
    cabinet, on = office.cabinet(body), day_of(office, message.on, "$.on")
    permissions = list_at(office, on)
    return await aside(cabinet, lambda: find(permissions, message.text, on))


async def diff(office: Office, body: BodyId, message: law.Diff) -> law.Differences:
    """What is permitted on one day and not on another; each day by the list that applies on it."""
    cabinet, own = office.cabinet(body), _own(office, body, own=message.own)
    days = day_of(office, message.before, "$.before"), day_of(office, message.after, "$.after")
    before, after = (_snapshot(office, day, own) for day in days)
    return await aside(cabinet, lambda: compare(before, after))


def _snapshot(office: Office, on: date, own: frozenset[Category] | None) -> Snapshot:
    return Snapshot(list_at(office, on), on, own)


def _own(office: Office, body: BodyId, *, own: bool) -> frozenset[Category] | None:
    return office.book().categories(body) if own else None


def _body(book: Book, id_: BodyId) -> law.Party:
    entry = book.body(id_)
    return law.Party(id=entry.id, ja=entry.name_ja, en=entry.name_en, categories=entry.categories)


def _provider(permissions: PermissionList, book: Book, id_: BodyId) -> law.Party:
    category = Category(id_)
    if book.knows(id_) or category not in permissions.categories:
        return _body(book, id_)
    return party(permissions, [category])


def _known(permissions: PermissionList, kind: InformationKind) -> InformationKind:
    if kind not in permissions.kinds:
        near = ", ".join(near_ids(permissions.kinds, kind))
        raise RenkeiError(Problem.WRONG_TYPE, f"$.kind: no such kind{'; near: ' * bool(near)}{near}")
    return kind
