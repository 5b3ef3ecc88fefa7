"""Envelopes between two servers: what is ready for one system goes together, of whichever bodies (ADR 0020).

Together they share a request at every hop and nothing else: each is opened, refused and answered for itself.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, cast

from msgspec import Raw

from renkei.messages.codec import decode, encode
from renkei.messages.envelope import MAX_ENVELOPES, Envelope, EnvelopeReplies, EnvelopeReply, Envelopes, Label
from renkei.platform.observe import failure
from renkei.platform.peers.batches import Batches
from renkei.platform.peers.client import Client, Target, refusal
from renkei.platform.peers.doors import DOOR_BYTES, Door
from renkei.platform.peers.identity import Peer
from renkei.platform.peers.problems import STATUS
from renkei.terms.bodies import Role, SystemName
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

PATH: Final = "/v1/envelopes"
TOGETHER_BYTES: Final = 1024 * 1024
"""From so much on envelopes go in the next request; a larger one goes alone."""
AT_ONCE: Final = 2
"""Requests under way to one system, of each kind."""

Way = tuple[Target, SystemName, Label]
Answer = Callable[[Peer, Envelope], Awaitable[Envelope]]


class Mail:
    """Hands envelopes to interface systems. One list for each system at the end, so a slow one holds up nobody else."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._ways: dict[Way, Batches[Envelope, Envelope | RenkeiError]] = {}

    async def send(self, interface: Target, system: SystemName, envelope: Envelope) -> Envelope:
        """The recipient's reply to an envelope.

        Args:
            interface: to whom it is handed.
            system: where the recipient's data are, or the core.
            envelope: as it was sealed.

        Raises:
            RenkeiError: PeerUnreachableError when repeating may help, else PeerRefusedError.
        """
        way = (interface, system, envelope.header.label)
        batches = self._ways.get(way)
        if batches is None:
            batches = self._ways[way] = self._open(interface)
        reply = await batches.ask(envelope)
        if isinstance(reply, RenkeiError):
            raise reply
        return reply

    async def stop(self) -> None:
        """Wait for nobody any more."""
        await asyncio.gather(*(batches.stop() for batches in self._ways.values()))

    def _open(self, interface: Target) -> Batches[Envelope, Envelope | RenkeiError]:
        async def carry(envelopes: Sequence[Envelope]) -> Sequence[Envelope | RenkeiError]:
            replies = await hand_on(self._client, interface, [Raw(encode(each)) for each in envelopes])
            return [_read(interface, reply) for reply in replies]

        return Batches(carry, TOGETHER_BYTES, weigh=_weight, at_once=AT_ONCE)


async def hand_on(client: Client, target: Target, envelopes: Sequence[Raw]) -> Sequence[EnvelopeReply]:
    """One reply for each; raises what `Client.send` raises, and BAD_ENVELOPE."""
    told = await client.send(target, PATH, Envelopes(envelopes=tuple(envelopes)), EnvelopeReplies)
    if len(told.replies) != len(envelopes):
        raise RenkeiError(Problem.BAD_ENVELOPE, f"{len(told.replies)} replies to {len(envelopes)} envelopes")
    return told.replies


def _weight(envelope: Envelope) -> int:
    return TOGETHER_BYTES // MAX_ENVELOPES + len(envelope.sealed)


def _read(interface: Target, reply: EnvelopeReply) -> Envelope | RenkeiError:
    if reply.problem is not None:
        problem = next((each for each in Problem if each.value == reply.problem), None)
        return refusal(interface, 422 if problem is None else STATUS[problem], problem, reply.detail)
    try:
        return decode(Envelope, cast("bytes", reply.envelope))
    except RenkeiError as error:
        return error


def envelope_door(roles: frozenset[Role], answer: Answer, limit_bytes: int = DOOR_BYTES) -> Door:
    """The door of a system at the end of the way, which opens envelopes and answers each."""

    async def reply(peer: Peer, envelope: Raw) -> EnvelopeReply:
        try:
            opened = decode(Envelope, cast("bytes", envelope))
            return EnvelopeReply(envelope=Raw(encode(await answer(peer, opened))))
        except Exception as error:  # noqa: BLE001  # whatever it is, it is no affair of the others
            return refused(error, peer.system)

    async def replies(peer: Peer, message: Envelopes) -> EnvelopeReplies:
        return EnvelopeReplies(replies=tuple(await asyncio.gather(*(reply(peer, each) for each in message.envelopes))))

    return Door("POST", PATH, Envelopes, roles, replies, limit_bytes=limit_bytes)


def refused(error: Exception, peer: SystemName) -> EnvelopeReply:
    """What the sender of one envelope hears, as it would of a whole request (`problems`); it is logged here."""
    failure("envelope-refused", error, peer=peer)
    if isinstance(error, RenkeiError):
        return EnvelopeReply(problem=error.problem.value, detail=error.detail)
    return EnvelopeReply(problem=Problem.UNREACHABLE.value)
