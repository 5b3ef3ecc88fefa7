"""Several processes of one core over one store: each goes by the newest directory, and each can do another's work.

Truth is in the store alone. What a process has in memory it checks inside the transaction that depends on it
(`Desk.decide`; the log's end), and what waits is sent by whichever process holds the right to send to that body.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from renkei.systems.core.ports import OvertakenError
from renkei.systems.core.service.desk import Desk
from renkei.systems.core.service.sending import resume
from renkei.systems.core.service.stored import opened, stored_lists

T = TypeVar("T")


async def by_newest(desk: Desk, action: Callable[[], Awaitable[T]]) -> T:
    """Do it, and anew by the newest directory for as long as a newer one is published meanwhile."""
    while True:
        try:
            return await action()
        except OvertakenError:
            await catch_up(desk)


async def catch_up(desk: Desk) -> None:
    """Go by the stored directory, if another process has published a newer one.

    Raises:
        RenkeiError: BAD_STORE where its signature or one of its lists does not hold.
    """
    number, signed = await desk.store.read(lambda work: (work.directory_number(), work.directory()))
    if number > desk.register.number:
        directory, signed = opened(desk.keys, signed)
        desk.adopt(signed, await stored_lists(desk.store, directory, desk.law.held))


async def take_over(desk: Desk) -> None:
    """What a process does now and then, and when it may have missed something: catch up, and look for what waits."""
    await catch_up(desk)
    await resume(desk)
