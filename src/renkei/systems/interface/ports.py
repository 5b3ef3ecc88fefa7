"""What the interface system needs from outside: a way to hand bytes to the next system."""

from typing import Protocol

from renkei.systems.interface.rules import Hop


class Forward(Protocol):
    """Hands an envelope's bytes to the next system and returns its reply's bytes.

    Raises RenkeiError: UNREACHABLE or BUSY when repeating may help, else the problem that the next system named.
    """

    async def __call__(self, hop: Hop, body: bytes) -> bytes: ...
