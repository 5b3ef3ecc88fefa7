"""What goes on between the processes of one store: signals, and rights that one of them has at a time."""

import asyncio
from collections.abc import Callable
from typing import Protocol

Heard = Callable[[str], None]


class Lease(Protocol):
    """A right that one process at a time has. It ends with the process, or with its connection to the database."""

    async def held(self) -> bool:
        """Take it if it is free; True while this process has it. Ask before each piece of work that it is for."""

    async def release(self) -> None:
        """Give it free, if it was held."""


class Signals(Protocol):
    """The database between processes."""

    def listen(self, channel: str, heard: Heard, loop: asyncio.AbstractEventLoop) -> None:
        """Call `heard` in the loop with each payload."""

    def lease(self, name: str) -> Lease:
        """A right by its name."""

    def close(self) -> None:
        """Stop listening, give every right free."""


class Silence:
    """Where there is one process: it has every right, and nobody speaks to it."""

    def listen(self, channel: str, heard: Heard, loop: asyncio.AbstractEventLoop) -> None:
        """Nobody will signal."""

    def lease(self, name: str) -> "Silence":  # noqa: ARG002
        return self

    async def held(self) -> bool:
        return True

    async def release(self) -> None:
        """It is always held."""

    def close(self) -> None:
        """Nothing is open."""
