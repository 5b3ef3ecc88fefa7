"""Long polls: who waits for a change is woken by the commit that made it; nobody looks again and again."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")
Key = tuple[str, ...]
"""What changed: ("inquiry", body, id), ("code", body, addressee number)."""


class Waiters:
    """Everybody who waits for one of some keys."""

    def __init__(self) -> None:
        self._events: defaultdict[Key, set[asyncio.Event]] = defaultdict(set)

    def wake(self, keys: Iterable[Key]) -> None:
        """Call after the commit, on the loop."""
        for key in keys:
            for event in self._events.get(key, ()):
                event.set()

    @contextmanager
    def watch(self, keys: Sequence[Key]) -> Iterator[asyncio.Event]:
        """An event that is set by every later wake of one of the keys."""
        event = asyncio.Event()
        for key in keys:
            self._events[key].add(event)
        try:
            yield event
        finally:
            for key in keys:
                self._events[key].discard(event)
                if not self._events[key]:
                    del self._events[key]

    async def until(self, keys: Sequence[Key], look: Callable[[], Awaitable[bool]], wait_ms: int) -> bool:
        """Whether `look` was satisfied before the time ran out; it looks at once and after each wake.

        The watch begins before the first look, so a change between the two is not missed.
        """
        with self.watch(list(dict.fromkeys(keys))) as event:
            try:
                async with asyncio.timeout(wait_ms / 1000):
                    while not await look():
                        await event.wait()
                        event.clear()
            except TimeoutError:
                return False
        return True
