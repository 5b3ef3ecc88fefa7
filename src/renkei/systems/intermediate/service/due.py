"""The one loop that waits for moments: notices that lose their force, inquiries that were put off."""

import asyncio
from typing import Final

from renkei.systems.intermediate.service import clerks
from renkei.systems.intermediate.service.office import Office
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import BodyId

LONGEST_MS: Final = 60_000
"""Clocks get corrected; the next moment is worked out anew at least this often."""


async def settle(office: Office) -> InstantMs | None:
    """Do all that is due now; the next moment at which something will be."""
    upcoming: list[InstantMs] = []
    for body in office.cabinets:
        while await clerks.lapse(office, body):
            pass
        office.wake.inquiries(body)
        following = await _next(office, body)
        if following is not None:
            upcoming.append(following)
    return min(upcoming, default=None)


async def _next(office: Office, body: BodyId) -> InstantMs | None:
    now = office.now()
    return await office.store.read(lambda rows: rows.next_due(body, now))


async def pause(office: Office, woken: asyncio.Event, until: InstantMs | None) -> None:
    """Wait for that moment, or until somebody has a new one."""
    left_ms = LONGEST_MS if until is None else min(max(until - office.now(), 0), LONGEST_MS)
    try:
        async with asyncio.timeout(left_ms / 1000):
            await woken.wait()
    except TimeoutError:
        return
    woken.clear()
