"""Permission lists that are newer than the program: announced for a day, fetched by everybody, in force at midnight."""

import asyncio
from datetime import date
from typing import Final, NamedTuple

from renkei.law.editions import read_list
from renkei.law.list import PermissionList
from renkei.messages.directory import AnnouncedList, Directory, Done, ListAnnouncement, ListFiles, ListWithdrawal
from renkei.systems.core.ports import Work
from renkei.systems.core.rules import lists as rules
from renkei.systems.core.service.desk import Desk
from renkei.systems.core.service.register import change
from renkei.terms.affairs import InstantMs, law_date
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

MAX_WAITING: Final = 12
"""Announced lists whose day has not come: each system reads and holds every one of them."""


class Announced(NamedTuple):
    """What an announcement did."""

    done: Done
    version: str
    replaced: str | None
    """Version that was announced for that day before, where it was another one."""


class Withdrawn(NamedTuple):
    """What a withdrawal did."""

    done: Done
    version: str | None
    """What was announced for that day; None where nothing was."""


async def announce(desk: Desk, message: ListAnnouncement) -> Announced:
    """Take a list for a day that has not come: read whole, every category of a body in it, durable, then published.

    The same list for the same day again changes nothing.

    Raises:
        RenkeiError: MALFORMED (a line), WRONG_TYPE (the day; a category that is missing; nothing in force on the day),
            WRONG_STATE (a day that is closed), TOO_MANY (MAX_WAITING), TOO_LARGE (the directory).
    """
    permissions = await asyncio.to_thread(read_list, message.files)
    version, now = permissions.version, desk.now()
    announced = AnnouncedList(version=version, applies_from=message.applies_from)
    before: str | None = None

    def rule(directory: Directory) -> Directory:
        nonlocal before
        before = _announced_for(directory, message.applies_from)
        rules.check_categories(permissions, directory.bodies)
        new = rules.with_list(directory, announced, now)
        _demand_in_force(permissions, date.fromisoformat(message.applies_from))
        _demand_few(new, now)
        return new

    done = await change(desk, rule, {version: ListFiles(files=message.files)}, {version: permissions})
    return Announced(done, version, None if before == version else before)


async def withdraw(desk: Desk, message: ListWithdrawal) -> Withdrawn:
    """Take back what is announced for a day that has not come; where nothing is, nothing changes."""
    now = desk.now()
    before: str | None = None

    def rule(directory: Directory) -> Directory:
        nonlocal before
        before = _announced_for(directory, message.applies_from)
        return rules.without_list(directory, message.applies_from, now)

    return Withdrawn(await change(desk, rule), before)


async def files(desk: Desk, version: str) -> str:
    """The text of the `ListFiles` of a list that the directory names; raises UNKNOWN_DOOR for any other."""

    def find(work: Work) -> str | None:
        return work.list_files(version)

    found = await desk.store.read(find) if desk.law.knows(version) else None
    if found is None:
        raise RenkeiError(Problem.UNKNOWN_DOOR, "the directory names no such list")
    return found


def _announced_for(directory: Directory, day: str) -> str | None:
    return next((each.version for each in directory.announced if each.applies_from == day), None)


def _demand_in_force(permissions: PermissionList, day: date) -> None:
    if not permissions.in_force(day):
        raise RenkeiError(Problem.WRONG_TYPE, f"$.files: no row is in force on {day}, nothing would be permitted")


def _demand_few(directory: Directory, now: InstantMs) -> None:
    today = law_date(now).isoformat()
    if sum(each.applies_from > today for each in directory.announced) > MAX_WAITING:
        detail = f"at most {MAX_WAITING} lists may wait for their day: withdraw one, or wait until one applies"
        raise RenkeiError(Problem.TOO_MANY, detail)
