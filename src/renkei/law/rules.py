"""Numbers that the law itself gives: thresholds, periods, deadlines (`facts/rules.tsv`), dated, each with its article.

What the law leaves open has no rule here: the validity of a notice (命令41条1項4号), the time to the first report of a
leak (速やかに), and what only the commission's guidelines (指針) say.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple, NewType

from renkei.law.ask import fold
from renkei.law.facts import lines
from renkei.terms.affairs import information_kind
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

RuleId = NewType("RuleId", str)
"""Short id of a rule, of our own making, e.g. `record-keep-years`."""


class Unit(Enum):
    """What a rule counts."""

    PERSONS = "persons"
    DAYS = "days"
    MONTHS = "months"
    YEARS = "years"
    FISCAL_YEARS = "fiscal-years"
    AGE = "age"
    """Full years of life."""
    BIRTHDAYS = "birthdays"
    """Birthdays after a day, that day's own not counted."""


class UnitName(NamedTuple):
    """How people read a unit after its number."""

    ja: str
    en: str


UNIT_NAMES: Final = {
    Unit.PERSONS: UnitName("人", "persons"),
    Unit.DAYS: UnitName("日", "days"),
    Unit.MONTHS: UnitName("月", "months"),
    Unit.YEARS: UnitName("年", "years"),
    Unit.FISCAL_YEARS: UnitName("年度", "fiscal years"),
    Unit.AGE: UnitName("歳", "years of age"),
    Unit.BIRTHDAYS: UnitName("回目の誕生日", "birthdays"),
}

_HEADER: Final = ("id", "value", "unit", "law", "article", "ja", "en", "from", "until")
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,8}")
_LAW: Final = re.compile(r"[0-9A-Z]{15}")
_ARTICLE: Final = re.compile(
    r"[^0-9\s]+[1-9][0-9]*条(?:の[1-9][0-9]*)*(?:第?[1-9][0-9]*項)?(?:第?[1-9][0-9]*号)?[イロハニホヘト]?"
)
_FILE: Final = "rules.tsv"


@dataclass(frozen=True, slots=True)
class Rule:
    """One number of the law for as long as it stayed the same.

    Attributes:
        id: the same for all stretches of days of one rule.
        value: in units of `unit`, at least 1.
        law: id of the law or ordinance at e-Gov, e.g. `426M60020000001`.
        article: the place, e.g. `令30条`.
        ja: what the number means, our own words.
        en: likewise in English.
        valid_from: first day known, Japan time. In the first line of an id this is the day from which the text that was
            read is in force; the rule itself may be older. In a later line it is the day of the change.
        valid_until: first day no longer in force; None while no end is known.
    """

    id: RuleId
    value: int
    unit: Unit
    law: str
    article: str
    ja: str
    en: str
    valid_from: date
    valid_until: date | None

    def covers(self, on: date) -> bool:
        """Whether the rule is known to be in force on that day (valid_from inclusive, valid_until exclusive)."""
        return self.valid_from <= on and (self.valid_until is None or on < self.valid_until)


@dataclass(frozen=True, slots=True)
class Rules:
    """Every rule of every date, by id, then oldest first."""

    entries: tuple[Rule, ...]

    @staticmethod
    def load() -> "Rules":
        """The rules that this package ships; read once per process."""
        return _shipped()

    @classmethod
    def from_bytes(cls, source: bytes) -> "Rules":
        """Read `rules.tsv`; raises MALFORMED with `file:line`, also where two stretches of one rule overlap."""
        found: list[Rule] = []
        for number, cells in lines(_FILE, source, _HEADER):
            try:
                rule = _rule(cells)
            except (ValueError, RenkeiError) as error:
                raise RenkeiError(Problem.MALFORMED, f"{_FILE}:{number}") from error
            if found and not _follows(found[-1], rule):
                raise RenkeiError(Problem.MALFORMED, f"{_FILE}:{number}: repeated, out of order or overlapping")
            found.append(rule)
        return cls(tuple(found))

    def find(self, id_: str, on: date) -> Rule:
        """The rule as of that day.

        Raises:
            RenkeiError: WRONG_TYPE with the reason: no such rule, or nothing known of it for that day.
        """
        known = [rule for rule in self.entries if rule.id == id_]
        for rule in known:
            if rule.covers(on):
                return rule
        why = f"known from {known[0].valid_from}, not for {on}" if known else "no such rule"
        raise RenkeiError(Problem.WRONG_TYPE, f"rule {id_}: {why}")

    def value(self, id_: str, on: date) -> int:
        """The number of the rule as of that day, in the rule's own unit; raises as `find`."""
        return self.find(id_, on).value

    def in_force(self, on: date, text: str = "") -> tuple[Rule, ...]:
        """Rules known for that day in whose id, meaning or article every word stands; width and kana do not matter."""
        words = fold(text).split()
        return tuple(
            rule for rule in self.entries if rule.covers(on) and all(word in _words_of(rule) for word in words)
        )


@cache
def _shipped() -> Rules:
    return Rules.from_bytes((files("renkei.law") / "facts" / _FILE).read_bytes())


def _words_of(rule: Rule) -> str:
    return fold("\n".join([rule.id, rule.ja, rule.en, rule.article, *UNIT_NAMES[rule.unit]]))


def _follows(previous: Rule, rule: Rule) -> bool:
    if previous.id != rule.id:
        return previous.id < rule.id
    return previous.valid_until is not None and previous.valid_until <= rule.valid_from


def _rule(cells: tuple[str, ...]) -> Rule:
    id_, value, unit, law, article, ja, en, begins, ends = cells
    _demand(_NUMBER.fullmatch(value) and _LAW.fullmatch(law) and _ARTICLE.fullmatch(article))
    _demand(ja and en and ja == ja.strip() and en == en.strip())
    valid_from = date.fromisoformat(begins)
    valid_until = date.fromisoformat(ends) if ends else None
    _demand(valid_until is None or valid_from < valid_until)
    # Ids of rules have the form of other ids of the facts.
    return Rule(RuleId(information_kind(id_)), int(value), Unit(unit), law, article, ja, en, valid_from, valid_until)


def _demand(sound: object) -> None:
    if not sound:
        raise ValueError("cell")
