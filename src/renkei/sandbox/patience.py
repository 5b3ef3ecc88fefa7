"""Patience with a peer that is down: every door may be repeated, so a lost reply costs nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Final, TypeVar

from renkei.platform.peers.client import PeerUnreachableError

T = TypeVar("T")
_RETRY_S: Final = 0.1
_PATIENCE: Final = 600
"""Tries before a peer counts as gone: about a minute."""
_SILENT: Final = 30
"""Tries before it is said for whom we wait: a few seconds."""

WAITED_FOR: Final[ContextVar[Callable[[str], None] | None]] = ContextVar("waited for", default=None)
"""Who is told, with what the peer's client says of it: whoever sits at a terminal; nobody in a simulation."""


async def patiently(call: Callable[[], Awaitable[T]]) -> T:
    """Repeat a call while its peer cannot be reached; give up after about a minute."""
    for tried in range(1, _PATIENCE):
        try:
            return await call()
        except PeerUnreachableError as error:
            tell = WAITED_FOR.get()
            if tried == _SILENT and tell is not None:
                tell(error.detail)
            await asyncio.sleep(_RETRY_S)
    return await call()
