"""What a refused inquirer could have asked for its own affair: the nearest rows, and in what they differ.

Personal information is asked for one affair (法19条8号: that of the item), so another affair is never "nearest".
"""

from dataclasses import dataclass
from enum import Enum

from renkei.law.decide import Question
from renkei.law.list import PermissionList
from renkei.law.rows import Row, Table
from renkei.terms.affairs import InformationKind


class Difference(Enum):
    """What would have to be otherwise in the question for the row to permit it."""

    DAY = "day"
    ITEM = "item"
    INFORMATION = "information"
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True)
class Near:
    """A row that names this inquirer and would permit a like question."""

    row: Row
    kind: InformationKind
    """The kind asked for if the row lists it, else the row's first."""
    differs: frozenset[Difference]


def nearest(permissions: PermissionList, question: Question, limit: int = 3) -> list[Near]:
    """Rows nearest to a refused question, best first; empty when no row of the item names the inquirer.

    Only rows count that stand in the table of that day, name the inquirer, and share the item, or the kind and an
    affair of the item (several items may be of one affair). Fewest differences come first; among equals a row in force
    that day, then the same item, then the same kind, then the order of the facts.

    Args:
        permissions: the list.
        question: what was refused.
        limit: at most so many rows.
    """
    table = Table.on(question.on)
    of_inquirer = [
        row for row in permissions.rows if row.table is table and not row.inquirers.isdisjoint(question.inquirer)
    ]
    affairs = {row.affair for row in of_inquirer if row.item == question.item}
    found = [_near(row, question) for row in of_inquirer if row.affair in affairs]
    related = [near for near in found if not near.differs >= {Difference.ITEM, Difference.INFORMATION}]
    return sorted(related, key=_distance)[:limit]


def _near(row: Row, question: Question) -> Near:
    listed = question.kind in row.kinds
    wrong = {
        Difference.DAY: not row.covers(question.on),
        Difference.ITEM: row.item != question.item,
        Difference.INFORMATION: not listed,
        Difference.PROVIDER: row.providers.isdisjoint(question.provider),
    }
    kind = question.kind if listed else row.kinds[0]
    return Near(row, kind, frozenset(difference for difference, is_so in wrong.items() if is_so))


def _distance(near: Near) -> tuple[int, bool, bool, bool]:
    differs = near.differs
    return (
        len(differs),
        Difference.DAY in differs,
        Difference.ITEM in differs,
        Difference.INFORMATION in differs,
    )
