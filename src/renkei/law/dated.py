"""Something that the law said from one day until another."""

from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Dated(Generic[_T]):
    """What a row says, and when: `start` is the first day in force, `until` the first day no more (None while open)."""

    sense: _T
    start: date
    until: date | None = None

    def covers(self, on: date) -> bool:
        """Whether it is in force on that day."""
        return self.start <= on and (self.until is None or on < self.until)
