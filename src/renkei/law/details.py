"""The detail articles (提供命令3条以下) as dated facts: for which procedure, which information exactly, and whose.

A kind of information (`renkei.law.list`) is what a decision is about. The details say what of it the ordinance names
for each procedure: they explain an answer, they do not decide (docs/law/details.md).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files
from typing import TypeVar

from renkei.law.dated import Dated
from renkei.law.detail_facts import (
    HEADERS,
    Act,
    Detail,
    Key,
    Name,
    Particular,
    ParticularId,
    Person,
    Procedure,
    detail,
    named,
    particular,
    procedure,
    table,
)
from renkei.law.laws import Laws
from renkei.terms.affairs import InformationKind, ItemNumber
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

_T = TypeVar("_T")
_Key = TypeVar("_Key")


@dataclass(frozen=True, slots=True, eq=False)
class Details:
    """Every procedure and detail of all dates, with the names of what stands in them."""

    procedures: tuple[Dated[Procedure], ...]
    details: tuple[Dated[Detail], ...]
    acts: Mapping[Act, Name]
    persons: Mapping[Person, Name]
    particulars: Mapping[ParticularId, Particular]
    laws: Laws = field(repr=False)
    _by_item: Mapping[ItemNumber, tuple[Dated[Procedure], ...]] = field(repr=False)
    _by_key: Mapping[Key, tuple[Dated[Detail], ...]] = field(repr=False)

    @staticmethod
    def load() -> "Details":
        """The details that this package ships; read once per process; raises MALFORMED."""
        return _shipped()

    @classmethod
    def from_files(cls, sources: Mapping[str, bytes]) -> "Details":
        """Read all files or none; raises MALFORMED with `file:line` of the first line that is wrong."""
        acts = {Act(each[0]): Name(each[2], each[3]) for each in table("acts.tsv", sources, named)}
        persons = {Person(each[0]): Name(each[1], each[2]) for each in table("persons.tsv", sources, named)}
        particulars = {each.id: each for each in table("particulars.tsv", sources, particular)}
        procedures = tuple(table("procedures.tsv", sources, procedure))
        details = tuple(table("details.tsv", sources, detail))
        for line, each in enumerate(procedures, start=2):
            if not acts.keys() >= set(each.sense.acts):
                raise RenkeiError(Problem.MALFORMED, f"procedures.tsv:{line}: unknown act")
        for line, found in enumerate(details, start=2):
            known = persons.keys() >= set(found.sense.persons) and particulars.keys() >= set(found.sense.particulars)
            if not known:
                raise RenkeiError(Problem.MALFORMED, f"details.tsv:{line}: unknown id")
        by_item = _grouped(procedures, lambda each: each.item)
        by_key = _grouped(details, lambda each: each.key)
        laws = Laws.from_bytes(sources["laws.tsv"])
        return cls(procedures, details, acts, persons, particulars, laws, by_item, by_key)

    def procedures_of(self, item: ItemNumber, on: date) -> tuple[Procedure, ...]:
        """Procedures of the item's detail article on that day (Japan time), in its order; empty for no such item."""
        return tuple(each.sense for each in self._by_item.get(item, ()) if each.covers(on))

    def details_of(self, procedure: Procedure, on: date) -> tuple[Detail, ...]:
        """What the procedure may ask for on that day, in the order of the article."""
        return tuple(each.sense for each in self._by_key.get(procedure.key, ()) if each.covers(on))

    def naming(self, item: ItemNumber, kind: InformationKind, on: date) -> tuple[tuple[Procedure, Detail], ...]:
        """Details of the item on that day that name information of that kind, each with its procedure."""
        return tuple(
            (procedure, detail)
            for procedure in self.procedures_of(item, on)
            for detail in self.details_of(procedure, on)
            if self.of_kind(detail, kind)
        )

    def of_kind(self, detail: Detail, kind: InformationKind) -> tuple[Particular, ...]:
        """The detail's particulars that are part of that kind."""
        named = (self.particulars[each] for each in detail.particulars)
        return tuple(each for each in named if kind in each.kinds)

    def label(self, procedure: Procedure) -> Name:
        """The procedure in plain language, e.g. `児童手当法7条1項:認定の請求の審査`, from its provisions and acts."""
        acts = [self.acts[each] for each in procedure.acts]
        ja = f"{'、'.join(procedure.cites)}：{'・'.join(act.ja for act in acts)}"
        en = f"{'; '.join(self.laws.english(cite) for cite in procedure.cites)}: {', '.join(act.en for act in acts)}"
        return Name(ja.removeprefix("："), en.removeprefix(": "))

    def whose(self, detail: Detail) -> Name:
        """The persons whose information it is, as one phrase; empty where the article does not say."""
        names = [self.persons[each] for each in detail.persons]
        return Name("、".join(name.ja for name in names), ", ".join(name.en for name in names))


def shipped() -> dict[str, bytes]:
    """Bytes of the detail facts that this package ships, by file name."""
    folder = files("renkei.law") / "facts"
    return {name: (folder / name).read_bytes() for name in (*HEADERS, "laws.tsv", "phrases-details.tsv")}


@cache
def _shipped() -> Details:
    return Details.from_files(shipped())


def _grouped(rows: tuple[Dated[_T], ...], key: Callable[[_T], _Key]) -> Mapping[_Key, tuple[Dated[_T], ...]]:
    groups: dict[_Key, list[Dated[_T]]] = {}
    for row in rows:
        groups.setdefault(key(row.sense), []).append(row)
    return {each: tuple(group) for each, group in groups.items()}
