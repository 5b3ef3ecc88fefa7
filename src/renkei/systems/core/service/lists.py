"""Permission lists that are newer than the program: announced for a day, fetched by everybody, in force at midnight."""

import asyncio

from renkei.law.editions import read_list
from renkei.law.list import PermissionList
from renkei.messages.codec import decode
from renkei.messages.directory import AnnouncedList, Directory, Done, ListAnnouncement, ListFiles, ListWithdrawal
from renkei.systems.core.ports import Store, Work
from renkei.systems.core.rules import lists as rules
from renkei.systems.core.service.desk import Desk
from renkei.systems.core.service.register import change
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem


async def stored_lists(store: Store, directory: Directory) -> dict[str, PermissionList]:
    """Every list that the directory names, read from the store; raises BAD_STORE."""
    wanted = sorted(rules.versions(directory))
    texts = await store.read(lambda work: [work.list_files(version) for version in wanted])
    return {version: _read(version, text) for version, text in zip(wanted, texts, strict=True)}


async def announce(desk: Desk, message: ListAnnouncement) -> Done:
    """Take a list for a day that has not come: read whole, every category of a body in it, durable, then published.

    The same list for the same day again changes nothing.
    """
    permissions = await asyncio.to_thread(read_list, message.files)
    version, now = permissions.version, desk.now()
    announced = AnnouncedList(version=version, applies_from=message.applies_from)

    def rule(directory: Directory) -> Directory:
        rules.check_categories(permissions, directory.bodies)
        return rules.with_list(directory, announced, now)

    return await change(desk, rule, {version: ListFiles(files=message.files)}, {version: permissions})


async def withdraw(desk: Desk, message: ListWithdrawal) -> Done:
    """Take back what is announced for a day that has not come; where nothing is, nothing changes."""
    now = desk.now()
    return await change(desk, lambda directory: rules.without_list(directory, message.applies_from, now))


async def files(desk: Desk, version: str) -> str:
    """The text of the `ListFiles` of a list that the directory names; raises UNKNOWN_DOOR for any other."""

    def find(work: Work) -> str | None:
        return work.list_files(version)

    found = await desk.store.read(find) if desk.law.knows(version) else None
    if found is None:
        raise RenkeiError(Problem.UNKNOWN_DOOR, "the directory names no such list")
    return found


def _read(version: str, text: str | None) -> PermissionList:
    """What was stored is believed only if it is what its version says: the disk is not the core."""
    if text is None:
        raise RenkeiError(Problem.BAD_STORE, f"no files of list {version}")
    try:
        return read_list(decode(ListFiles, text).files, version)
    except RenkeiError as error:
        raise RenkeiError(Problem.BAD_STORE, f"list {version}: {error.detail}") from error
