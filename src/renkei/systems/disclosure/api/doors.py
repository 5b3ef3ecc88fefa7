"""The machine door: codes come from the core through interface D."""

from collections.abc import Callable
from typing import Final

import msgspec

from renkei.law.editions import Editions
from renkei.messages.acquisition import CodeDeliveries
from renkei.messages.codec import VERSION
from renkei.messages.directory import Directory
from renkei.messages.envelope import Envelope, Label
from renkei.messages.provision import Acks
from renkei.platform.clock import SystemClock
from renkei.platform.peers.doors import Asked, Door, RawReply
from renkei.platform.peers.identity import Peer
from renkei.platform.peers.mail import envelope_door
from renkei.systems.disclosure.api.letters import Letters
from renkei.systems.disclosure.api.peers import own_interface
from renkei.systems.disclosure.service import Disclosure
from renkei.terms.affairs import law_date
from renkei.terms.bodies import Role, SystemName
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

MACHINES: Final = frozenset(Role) - {Role.CARD}


class MachineDoors:
    """Admit, open, hand on, seal the reply."""

    def __init__(
        self, name: SystemName, service: Disclosure, letters: Letters, directory: Callable[[], Directory]
    ) -> None:
        self._name = name
        self._service = service
        self._letters = letters
        self._directory = directory

    def doors(self, editions: Callable[[], Editions]) -> list[Door]:
        """All of them; `editions`: the permission lists, as far as they are here."""

        async def health(_peer: Peer, _asked: Asked) -> RawReply:
            lists = editions().summary(law_date(SystemClock().now_ms()))
            state = {"v": VERSION, "system": self._name, "directory": self._number(), "lists": lists}
            return RawReply(msgspec.json.encode(state), "application/json")

        return [
            envelope_door(frozenset({Role.INTERFACE}), self.envelopes),
            Door("GET", "/v1/health", None, MACHINES, health),
        ]

    async def envelopes(self, peer: Peer, envelope: Envelope) -> Envelope:
        if peer.system != own_interface(self._directory()):
            raise RenkeiError(Problem.WRONG_ROLE, "another interface")
        codes = self._letters.read(envelope, Label.CODES, CodeDeliveries)
        acks = await self._service.take(codes.deliveries)
        return self._letters.write(Label.ACKS, Acks(acks=tuple(acks)), envelope.header.message)

    def _number(self) -> int | None:
        try:
            return self._directory().number
        except RenkeiError:
            return None
