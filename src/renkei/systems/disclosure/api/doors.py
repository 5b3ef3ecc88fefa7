"""The machine door: codes come from the core through interface D."""

from collections.abc import Callable
from typing import Final

import msgspec

from renkei.messages.acquisition import CodeDeliveries
from renkei.messages.codec import VERSION
from renkei.messages.directory import Directory
from renkei.messages.envelope import Envelope, Label
from renkei.messages.provision import Acks
from renkei.platform.peers.doors import Asked, Door, RawReply
from renkei.platform.peers.identity import Peer
from renkei.systems.disclosure.api.letters import Letters
from renkei.systems.disclosure.api.peers import own_interface
from renkei.systems.disclosure.service import Disclosure
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

    def doors(self) -> list[Door]:
        return [
            Door("POST", "/v1/envelopes", Envelope, frozenset({Role.INTERFACE}), self.envelopes),
            Door("GET", "/v1/health", None, MACHINES, self.health),
        ]

    async def envelopes(self, peer: Peer, envelope: Envelope) -> Envelope:
        if peer.system != own_interface(self._directory()):
            raise RenkeiError(Problem.WRONG_ROLE, "another interface")
        codes = self._letters.read(envelope, Label.CODES, CodeDeliveries)
        acks = await self._service.take(codes.deliveries)
        return self._letters.write(Label.ACKS, Acks(acks=tuple(acks)), envelope.header.message)

    async def health(self, _peer: Peer, _asked: Asked) -> RawReply:
        state = {"v": VERSION, "system": self._name, "directory": self._number()}
        return RawReply(msgspec.json.encode(state), "application/json")

    def _number(self) -> int | None:
        try:
            return self._directory().number
        except RenkeiError:
            return None
