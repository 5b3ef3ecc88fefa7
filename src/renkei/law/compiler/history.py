"""Versions of a text folded into dated facts: what goes on unchanged stays one row, whatever its wording did."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import TypeVar

from renkei.law.dated import Dated
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

_T = TypeVar("_T")


def amended(dated: Sequence[Dated[_T]], senses: Iterable[_T], on: date) -> list[Dated[_T]]:
    """The rows after a version that is in force from that day: what it does not say ends, what it adds begins.

    Args:
        dated: rows so far, none of which begins or ends after that day.
        senses: what every row of the new version says; the same twice is two rows.
        on: the version's first day in force.

    Raises:
        RenkeiError: WRONG_TYPE where the rows already know a later version; versions are added in their order.
    """
    late = max((day for each in dated for day in (each.start, each.until) if day is not None), default=on)
    if late > on:
        raise RenkeiError(Problem.WRONG_TYPE, f"{on} is before {late}, which is already there")
    left = Counter(senses)
    rows = list[Dated[_T]]()
    for each in dated:
        if each.until == on:  # the same day compiled again
            each = replace(each, until=None)  # noqa: PLW2901
        if each.until is not None:
            rows.append(each)
        elif left[each.sense] > 0:
            left[each.sense] -= 1
            rows.append(each)
        elif each.start < on:
            rows.append(replace(each, until=on))
    return [*rows, *(Dated(sense, on) for sense in left.elements())]


def folded(versions: Iterable[tuple[date, Iterable[_T]]]) -> list[Dated[_T]]:
    """Dated rows of versions that are given in the order of their days."""
    rows = list[Dated[_T]]()
    for on, senses in versions:
        rows = amended(rows, senses, on)
    return rows
