"""What the commission passes on about affairs by ordinance, and what it makes of the directory (法19条9号・26条).

An entry is never taken out and never altered but for its end, so that every record can be read by it years later.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import TypeVar

import msgspec

from renkei.law.list import PermissionList
from renkei.law.notified import check_affair, check_in_time, check_limitation
from renkei.messages.directory import BodyEntry, Directory
from renkei.messages.ordinance import Ending, Limitation, OrdinanceAffair, OrdinanceNotices
from renkei.systems.core.rules.lists import closed_until
from renkei.terms.affairs import InstantMs, law_date
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

Lists = Callable[[date], PermissionList]
"""The permission list that applies on a day."""
_E = TypeVar("_E", OrdinanceAffair, Limitation)


def with_notices(directory: Directory, notices: OrdinanceNotices, lists: Lists, now: InstantMs) -> Directory:
    """The directory with what was passed on: all of it or nothing. What stands there already changes nothing.

    Raises:
        RenkeiError: UNKNOWN_BODY, REPEATED_OTHERWISE (an id that means something else), WRONG_TYPE (a demand of the
            rules that is not met), WRONG_STATE (an end of what is not there, or for a day that is closed); the detail
            begins with the entry's id.
    """
    today = law_date(now)
    fresh_affairs = _fresh(directory.ordinance_affairs, notices.affairs)
    fresh_limitations = _fresh(directory.limitations, notices.limitations)
    for affair in fresh_affairs:
        body = _notified_by(directory, affair, today)
        on = max(today, date.fromisoformat(affair.starts_on))
        check_affair(affair, frozenset(body.categories), body.code, lists(on), on)
    for limitation in fresh_limitations:
        body = _notified_by(directory, limitation, today)
        check_limitation(limitation, frozenset(body.categories), body.code, lists(today))
    changed = msgspec.structs.replace(
        directory,
        ordinance_affairs=_sorted((*directory.ordinance_affairs, *_published(fresh_affairs, today))),
        limitations=_sorted((*directory.limitations, *fresh_limitations)),
    )
    return _ended(changed, notices.endings, now)


def _fresh(known: Iterable[_E], passed_on: Iterable[_E]) -> list[_E]:
    """The entries that are new; one that was ended since it was first passed on is not."""
    seen: dict[str, _E] = {entry.id: entry for entry in known}
    fresh: list[_E] = []
    for entry in passed_on:
        earlier = seen.get(entry.id)
        if earlier is None:
            fresh.append(entry)
            seen[entry.id] = entry
        elif not _says(entry, earlier):
            raise RenkeiError(Problem.REPEATED_OTHERWISE, entry.id)
    return fresh


def _says(entry: _E, earlier: _E) -> bool:
    """Whether a repeat says what stands there already; the end and the day of publication may have been added since."""
    if isinstance(entry, OrdinanceAffair) and isinstance(earlier, OrdinanceAffair):
        return earlier == msgspec.structs.replace(entry, until=earlier.until, published_on=earlier.published_on)
    return earlier == msgspec.structs.replace(entry, until=earlier.until)


def _published(affairs: Iterable[OrdinanceAffair], today: date) -> list[OrdinanceAffair]:
    """規則5号3条4項: nobody asks by an affair for a day on which it was not public yet, whatever day it names."""
    return [msgspec.structs.replace(affair, published_on=today.isoformat()) for affair in affairs]


def _notified_by(directory: Directory, entry: OrdinanceAffair | Limitation, today: date) -> BodyEntry:
    if date.fromisoformat(entry.notified_on) > today:
        raise RenkeiError(Problem.WRONG_TYPE, f"{entry.id}: notified on a day that has not come")
    body = next((each for each in directory.bodies if each.id == entry.body), None)
    if body is None:
        raise RenkeiError(Problem.UNKNOWN_BODY, f"{entry.id}: {entry.body}")
    return body


def _sorted(entries: Iterable[_E]) -> tuple[_E, ...]:
    return tuple(sorted(entries, key=lambda entry: entry.id))


def _ended(directory: Directory, endings: Iterable[Ending], now: InstantMs) -> Directory:
    named = list(endings)
    ends: Mapping[str, Ending] = {ending.id: ending for ending in named}
    if len(ends) != len(named):
        raise RenkeiError(Problem.WRONG_TYPE, "endings: one stands twice")
    known = {affair.id for affair in directory.ordinance_affairs}, {each.id for each in directory.limitations}
    unknown = sorted(ends.keys() - known[0] - known[1])
    if unknown:
        raise RenkeiError(Problem.WRONG_STATE, f"{unknown[0]}: not in the directory")
    return msgspec.structs.replace(
        directory,
        ordinance_affairs=tuple(_end(entry, ends.get(entry.id), now) for entry in directory.ordinance_affairs),
        limitations=tuple(_end(entry, ends.get(entry.id), now) for entry in directory.limitations),
    )


def _end(entry: _E, ending: Ending | None, now: InstantMs) -> _E:
    if ending is None or ending.until == entry.until:
        return entry
    closed = closed_until(now)
    # Both sides decide by the day of the request: what applied on a day that has come stays what it was.
    if any(date.fromisoformat(day) <= closed for day in (ending.until, entry.until) if day is not None):
        raise RenkeiError(Problem.WRONG_STATE, f"{entry.id}: {closed} is closed, a later day wanted")
    if date.fromisoformat(ending.notified_on) > law_date(now):
        raise RenkeiError(Problem.WRONG_TYPE, f"{entry.id}: notified on a day that has not come")
    if ending.until < entry.starts_on:
        raise RenkeiError(Problem.WRONG_TYPE, f"{entry.id}: it begins on {entry.starts_on}")
    if isinstance(entry, Limitation):
        check_in_time(entry.id, ending.notified_on, ending.until)
    return msgspec.structs.replace(entry, until=ending.until)
