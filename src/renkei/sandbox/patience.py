"""Patience with a peer that is down: every door may be repeated, so a lost reply costs nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from renkei.platform.peers.client import PeerUnreachableError

T = TypeVar("T")
_RETRY_S: Final = 0.1
_PATIENCE: Final = 600
"""Tries before a peer counts as gone: about a minute."""


async def patiently(call: Callable[[], Awaitable[T]]) -> T:
    """Repeat a call while its peer cannot be reached; give up after about a minute."""
    for _ in range(_PATIENCE - 1):
        try:
            return await call()
        except PeerUnreachableError:
            await asyncio.sleep(_RETRY_S)
    return await call()
