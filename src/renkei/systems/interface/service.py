"""Relaying: check, pass on, give the reply back. Nothing is kept, so nothing is acknowledged here."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from renkei.messages.codec import decode
from renkei.messages.envelope import Envelope, Header
from renkei.systems.interface.ports import Forward
from renkei.systems.interface.rules import Addresses, Hop, Knocker, check_reply, route
from renkei.terms.bodies import SystemName
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem


@dataclass(frozen=True, slots=True)
class Ways:
    """Where a relay turns to: the next system, and a newer directory."""

    forward: Forward
    renew: Callable[[], None]


class Relay:
    """One interface system at work.

    Args:
        own: its name in the directory.
        addresses: the newest directory; raises UNREACHABLE while none has been seen.
        ways: out, and to a newer directory.
        per_destination: envelopes that may be under way to one system. One that answers slowly fills its own places
            only; whoever comes after that is told BUSY at once instead of waiting in a queue that we would hold.
    """

    def __init__(self, own: SystemName, addresses: Callable[[], Addresses], ways: Ways, per_destination: int) -> None:
        self._own = own
        self._addresses = addresses
        self._ways = ways
        self._per_destination = per_destination
        self._under_way: Counter[SystemName] = Counter()
        self._counts: Counter[str] = Counter()

    async def pass_on(self, knocker: Knocker, body: bytes) -> bytes:
        """The recipient's reply to this envelope, byte for byte."""
        envelope = decode(Envelope, body)
        hop = self._route(knocker, envelope.header)
        with self._place(hop):
            reply = await self._ways.forward(hop, body)
        check_reply(envelope.header, decode(Envelope, reply).header)
        self._counts[envelope.header.label.value] += 1
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
            raise RenkeiError(Problem.BUSY, f"{hop.system}: {self._per_destination} envelopes are under way")
        self._under_way[hop.system] += 1
        try:
            yield
        finally:
            self._under_way[hop.system] -= 1
            if not self._under_way[hop.system]:
                del self._under_way[hop.system]
