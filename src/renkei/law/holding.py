"""Who may be asked for a kind of information at all (`renkei law who-holds`)."""

from datetime import date

from renkei.law.list import PermissionList
from renkei.law.names import law_row, named
from renkei.messages.law import KindHolders
from renkei.terms.affairs import Category, InformationKind


def kind_holders(
    permissions: PermissionList, kind: InformationKind, on: date, inquirer: frozenset[Category] | None = None
) -> KindHolders:
    """The categories that provide the kind that day, and the rows that say so.

    Args:
        permissions: the list that applies on that day.
        kind: one that the list names.
        on: the day in Japan.
        inquirer: only rows that let a body with these categories ask; None for all.
    """
    rows = [
        row
        for row in permissions.in_force(on)
        if kind in row.kinds and (inquirer is None or not row.inquirers.isdisjoint(inquirer))
    ]
    providing = frozenset[Category]().union(*(row.providers for row in rows))
    return KindHolders(
        on=on.isoformat(),
        list_version=permissions.version,
        kind=named(permissions.kinds[kind]),
        providers=tuple(named(name) for id_, name in permissions.categories.items() if id_ in providing),
        rows=tuple(law_row(permissions, row) for row in rows),
    )
