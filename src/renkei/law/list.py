"""照会許可照合リスト: the permission list of 提供命令2条 and of 別表第二 before it, every dated row, with its names."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache

from renkei.law.facts import Facts, parse, shipped
from renkei.law.index import Index, compile_index
from renkei.law.rows import Affair, AffairId, CategoryName, KindName, Row, Table, item_order
from renkei.terms.affairs import Category, InformationKind, ItemNumber
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem


@dataclass(frozen=True, slots=True, eq=False)
class PermissionList:
    """The list of one version: all rows of all dates; what is permitted is asked as of a day (`decide`).

    Attributes:
        version: hex SHA-256 of the facts; core and provider decide with the same version or say why not.
        rows: those of the ordinance, then those of 別表第二; each by item, then oldest first.
        kinds: 特定個人情報名 by id.
        categories: kinds of bodies by id.
        affairs: short names of affairs by id.
        index: the rows again, made for `decide`.
    """

    version: str
    rows: tuple[Row, ...]
    kinds: Mapping[InformationKind, KindName]
    categories: Mapping[Category, CategoryName]
    affairs: Mapping[AffairId, Affair]
    index: Index = field(repr=False)

    @staticmethod
    def load() -> "PermissionList":
        """The list that this package ships; read once per process."""
        return _shipped()

    @classmethod
    def from_facts(cls, facts: Facts) -> "PermissionList":
        """The list that these checked facts make."""
        return cls(facts.version, facts.rows, facts.kinds, facts.categories, facts.affairs, compile_index(facts.rows))

    def in_force(self, on: date) -> tuple[Row, ...]:
        """Rows of the table as it stood on that day (Japan time)."""
        return tuple(row for row in self.rows if row.covers(on))

    def rows_of(self, item: ItemNumber, table: Table = Table.ORDINANCE) -> tuple[Row, ...]:
        """Every row of the item of that table, of all dates; empty for an item that never was."""
        return self.index.items[table].get(item, ())

    def items(self, table: Table = Table.ORDINANCE) -> tuple[ItemNumber, ...]:
        """Every item that ever was in that table, in its order."""
        return tuple(sorted(self.index.items[table], key=item_order))

    def changes(self) -> tuple[date, ...]:
        """Days on which what is permitted changed, ascending; the first is the day of the oldest text that is held."""
        return self.index.changes

    def affair_of(self, item: ItemNumber, on: date) -> Affair | None:
        """The affair of the item on that day; None when the item is not in force."""
        row = next((row for row in self.rows_of(item, Table.on(on)) if row.covers(on)), None)
        return None if row is None else self.affairs[row.affair]

    def checked(self, categories: Iterable[str]) -> frozenset[Category]:
        """Categories known to this list, from text; raises WRONG_TYPE for any other."""
        found = frozenset(Category(each) for each in categories)
        if not self.categories.keys() >= found:
            raise RenkeiError(Problem.WRONG_TYPE, "category")
        return found


@cache
def _shipped() -> PermissionList:
    return PermissionList.from_facts(parse(shipped()))
