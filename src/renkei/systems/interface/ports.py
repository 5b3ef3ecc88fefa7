"""What the interface system needs from outside: a way to the next system."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Raw

from renkei.messages.envelope import EnvelopeReply
from renkei.systems.interface.rules import Hop
from renkei.terms.bodies import SystemName
from renkei.terms.errors import RenkeiError


class Refused(Protocol):
    """What the sender hears of an envelope that a peer's fault keeps from its recipient; says it in the log as well."""

    def __call__(self, error: RenkeiError, peer: SystemName) -> EnvelopeReply: ...


class Forward(Protocol):
    """Hands envelopes to the next system and returns its replies, one for each, in order.

    Raises RenkeiError: UNREACHABLE or BUSY when repeating may help, else the problem that the next system named.
    """

    async def __call__(self, hop: Hop, envelopes: Sequence[Raw]) -> Sequence[EnvelopeReply]: ...
