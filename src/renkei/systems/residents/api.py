"""The registry's doors: who may knock, and what they get. Log lines count; they name no number of any kind."""

from typing import Final

import msgspec

from renkei.messages.acquisition import AcquisitionResults, CardRequests, NumberRequests
from renkei.messages.codec import VERSION
from renkei.messages.residents import Residents, Stored
from renkei.platform.observe import event
from renkei.platform.peers.identity import Peer
from renkei.platform.peers.server import Asked, Door, RawReply
from renkei.systems.residents.service import Registry
from renkei.terms.bodies import BodyId, Role, SystemName
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

OPERATORS: Final = frozenset({Role.OPERATOR})
ADDRESSEES: Final = frozenset({Role.ADDRESSEE})
DISCLOSURES: Final = frozenset({Role.DISCLOSURE})
ANY: Final = frozenset(Role)


def doors(name: SystemName, registry: Registry) -> list[Door]:
    """All doors of this system."""

    async def register(peer: Peer, message: Residents) -> Stored:
        stored = await registry.register(message)
        event("residents-registered", by=peer.system, stored=stored.stored)
        return stored

    async def by_number(peer: Peer, message: NumberRequests) -> AcquisitionResults:
        return _noted(peer, await registry.by_number(_body_of(peer), message))

    async def by_card(peer: Peer, message: CardRequests) -> AcquisitionResults:
        return _noted(peer, await registry.by_card(message))

    async def health(_peer: Peer, _asked: Asked) -> RawReply:
        return RawReply(msgspec.json.encode({"v": VERSION, "system": name}), "application/json")

    return [
        Door("POST", "/v1/residents", Residents, OPERATORS, register),
        Door("POST", "/v1/acquisitions", NumberRequests, ADDRESSEES, by_number),
        Door("POST", "/v1/acquisitions/card", CardRequests, DISCLOSURES, by_card),
        Door("GET", "/v1/health", None, ANY, health),
    ]


def _body_of(peer: Peer) -> BodyId:
    # The body for which codes are made stands in the certificate and nowhere else (命令44条: to the right body only).
    if peer.body is None:
        raise RenkeiError(Problem.WRONG_CERTIFICATE, "an addressee system acts for one body")
    return peer.body


def _noted(peer: Peer, results: AcquisitionResults) -> AcquisitionResults:
    failed = sum(one.problem is not None for one in results.results)
    event("acquisitions", by=peer.system, asked=len(results.results), failed=failed)
    return results
