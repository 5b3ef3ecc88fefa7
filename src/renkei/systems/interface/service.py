"""Relaying: check, pass on, give the reply back. Nothing is kept, so nothing is acknowledged here."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

from msgspec import Raw

from renkei.messages.codec import decode
from renkei.messages.envelope import Envelope, EnvelopeReplies, EnvelopeReply, Envelopes, Header
from renkei.systems.interface.ports import Forward, Refused
from renkei.systems.interface.rules import Addresses, Hop, Knocker, check_reply, route
from renkei.terms.bodies import SystemName
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem


@dataclass(frozen=True, slots=True)
class _Passing:
    """An envelope on its way: its place in the sender's list, and its bytes as they came."""

    place: int
    header: Header
    envelope: Raw


@dataclass(frozen=True, slots=True)
class Ways:
    """Where a relay turns to: the next system, a newer directory, and whoever reads what was refused."""

    forward: Forward
    renew: Callable[[], None]
    refused: Refused


class Relay:
    """One interface system at work.

    Args:
        own: its name in the directory.
        addresses: the newest directory; raises UNREACHABLE while none has been seen.
        ways: out, and to a newer directory.
        per_destination: requests that may be under way to one system. One that answers slowly fills its own places
            only; whoever comes after that is told BUSY at once instead of waiting in a queue that we would hold.
    """

    def __init__(self, own: SystemName, addresses: Callable[[], Addresses], ways: Ways, per_destination: int) -> None:
        self._own = own
        self._addresses = addresses
        self._ways = ways
        self._per_destination = per_destination
        self._under_way: Counter[SystemName] = Counter()
        self._counts: Counter[str] = Counter()

    async def pass_on(self, knocker: Knocker, message: Envelopes) -> EnvelopeReplies:
        """The recipients' replies to these envelopes; both byte for byte, each refused or answered for itself."""
        replies: dict[int, EnvelopeReply] = {}
        together: defaultdict[Hop, list[_Passing]] = defaultdict(list)
        for place, envelope in enumerate(message.envelopes):
            try:
                header = decode(Envelope, cast("bytes", envelope)).header
                together[self._route(knocker, header)].append(_Passing(place, header, envelope))
            except RenkeiError as error:
                replies[place] = self._ways.refused(error, knocker.system)
        for carried in await asyncio.gather(*(self._carry(hop, each) for hop, each in together.items())):
            replies.update(carried)
        return EnvelopeReplies(replies=tuple(replies[place] for place in range(len(message.envelopes))))

    async def _carry(self, hop: Hop, passing: Sequence[_Passing]) -> dict[int, EnvelopeReply]:
        """What goes to one system, and its replies by place in the sender's list."""
        try:
            with self._place(hop):
                replies = await self._ways.forward(hop, [each.envelope for each in passing])
        except RenkeiError as error:
            return {each.place: self._ways.refused(error, hop.system) for each in passing}
        pairs = zip(passing, replies, strict=True)
        return {each.place: self._checked(each.header, reply, hop) for each, reply in pairs}

    def _checked(self, asked: Header, reply: EnvelopeReply, hop: Hop) -> EnvelopeReply:
        if reply.problem is not None:
            return EnvelopeReply(problem=reply.problem, detail=reply.detail)
        try:
            check_reply(asked, decode(Envelope, cast("bytes", reply.envelope)).header)
        except RenkeiError as error:
            return self._ways.refused(error, hop.system)
        self._counts[asked.label.value] += 1
        return reply

    @property
    def counts(self) -> Mapping[str, int]:
        """Envelopes relayed with success since the start, by label."""
        return dict(self._counts)

    @property
    def directory_number(self) -> int | None:
        """The directory that envelopes are routed by; None while there is none."""
        try:
            return self._addresses().number
        except RenkeiError:
            return None

    def _route(self, knocker: Knocker, header: Header) -> Hop:
        try:
            return route(self._addresses(), self._own, knocker, header)
        except RenkeiError:
            self._ways.renew()  # perhaps a body is new, or has moved
            raise

    @contextmanager
    def _place(self, hop: Hop) -> Iterator[None]:
        if self._under_way[hop.system] >= self._per_destination:
            raise RenkeiError(Problem.BUSY, f"{hop.system}: {self._per_destination} requests are under way")
        self._under_way[hop.system] += 1
        try:
            yield
        finally:
            self._under_way[hop.system] -= 1
            if not self._under_way[hop.system]:
                del self._under_way[hop.system]
