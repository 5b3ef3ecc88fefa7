"""The authority's doors: who may knock, and what they get."""

from typing import Final

import msgspec

from renkei.messages.certification import CertificateRequests, IssuedCertificates, Revocation, RevokedList
from renkei.messages.codec import VERSION
from renkei.messages.directory import Done
from renkei.platform.observe import event
from renkei.platform.peers.identity import Peer
from renkei.platform.peers.server import Asked, Door, RawReply
from renkei.systems.certification.service import Certification
from renkei.terms.bodies import Role, SystemName

OPERATORS: Final = frozenset({Role.OPERATOR})
ANY: Final = frozenset(Role)
CRL_TYPE: Final = "application/pkix-crl"


def doors(name: SystemName, service: Certification) -> list[Door]:
    """All doors of this system."""

    async def certificates(peer: Peer, message: CertificateRequests) -> IssuedCertificates:
        issued = await service.issue(message)
        event("certificates-issued", by=peer.system, serials=[one.serial for one in issued.certificates])
        return issued

    async def revoke(peer: Peer, message: Revocation) -> Done:
        done = await service.revoke(message)
        event("certificates-revoked", by=peer.system, serials=list(message.serials))
        return done

    async def revoked(_peer: Peer, _asked: Asked) -> RevokedList:
        return await service.revoked()

    async def crl(_peer: Peer, _asked: Asked) -> RawReply:
        return RawReply(await service.revocation_list(), CRL_TYPE)

    async def health(_peer: Peer, _asked: Asked) -> RawReply:
        listed = await service.revoked()
        state = {"v": VERSION, "system": name, "revocation_list": listed.number, "revoked": len(listed.serials)}
        return RawReply(msgspec.json.encode(state), "application/json")

    return [
        Door("POST", "/v1/certificates", CertificateRequests, OPERATORS, certificates),
        Door("POST", "/v1/revocations", Revocation, OPERATORS, revoke),
        Door("GET", "/v1/revocations", None, ANY, revoked),
        Door("GET", "/crl", None, ANY, crl),
        Door("GET", "/v1/health", None, ANY, health),
    ]
