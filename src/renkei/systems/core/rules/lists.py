"""Which permission list applies from which day, and what may still change about that (design 3, 7).

What applies on a day that has come never changes: both sides decide by the day of the request, and must come to the
same list weeks later.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

import msgspec

from renkei.law.list import PermissionList
from renkei.messages.directory import AnnouncedList, BodyEntry, Directory
from renkei.systems.core.rules.inquiry import MINUTE_MS
from renkei.terms.affairs import ASKED_AHEAD_MS, InstantMs, law_date
from renkei.terms.bodies import BodyState
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

MARGIN_MS: Final = 5 * MINUTE_MS
"""Longer than any change waits between its arrival and its commit."""


def versions(directory: Directory) -> frozenset[str]:
    """Every list that the directory names."""
    return frozenset({directory.list_version, *(each.version for each in directory.announced)})


def closed_until(now: InstantMs) -> date:
    """The last day whose list may not change any more.

    That is today in Japan, and tomorrow as soon as an inquiry may bear its date: another system's clock may be ahead of
    ours by ASKED_AHEAD_MS, and a change that was asked for before that moment may wait for its commit for MARGIN_MS.
    """
    return law_date(InstantMs(now + ASKED_AHEAD_MS + MARGIN_MS))


def with_list(directory: Directory, announced: AnnouncedList, now: InstantMs) -> Directory:
    """Announce a list, in place of another one for the same day; raises WRONG_STATE for a day that is closed."""
    _demand_open(announced.applies_from, now)
    return _with_lists(directory, {each.applies_from: each for each in (*directory.announced, announced)})


def without_list(directory: Directory, applies_from: str, now: InstantMs) -> Directory:
    """Take back what is announced for that day, if anything is; raises WRONG_STATE for a day that is closed."""
    _demand_open(applies_from, now)
    kept = [each for each in directory.announced if each.applies_from != applies_from]
    return _with_lists(directory, {each.applies_from: each for each in kept})


def check_categories(permissions: PermissionList, bodies: Iterable[BodyEntry]) -> None:
    """Every category of these bodies must stand in the list; raises WRONG_TYPE with the first that does not.

    Bodies that have ended are not looked at: what they were may have gone from the law.
    """
    for body in bodies:
        if body.state is BodyState.ENDED:
            continue
        unknown = sorted(set(body.categories) - permissions.categories.keys())
        if unknown:
            raise RenkeiError(Problem.WRONG_TYPE, f"{body.id}: no category {unknown[0]}")


def _with_lists(directory: Directory, by_day: Mapping[str, AnnouncedList]) -> Directory:
    return msgspec.structs.replace(directory, announced=tuple(by_day[day] for day in sorted(by_day)))


def _demand_open(applies_from: str, now: InstantMs) -> None:
    try:
        day = date.fromisoformat(applies_from)
    except ValueError:
        raise RenkeiError(Problem.WRONG_TYPE, "$.applies_from") from None
    if day <= closed_until(now):
        raise RenkeiError(Problem.WRONG_STATE, f"$.applies_from: {closed_until(now)} is closed, a later day wanted")
