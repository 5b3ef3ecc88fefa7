"""The doors of an interface system."""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from renkei.messages.directory import SignedDirectory
from renkei.platform.peers.client import JSON
from renkei.platform.peers.doors import Asked, Door, RawReply
from renkei.platform.peers.identity import Peer
from renkei.systems.interface.rules import Knocker
from renkei.systems.interface.service import Relay
from renkei.terms.bodies import Role, SystemName

ENVELOPE_BYTES: Final = 16 * 1024 * 1024
_SENDERS: Final = frozenset({Role.INTERMEDIATE, Role.DISCLOSURE, Role.CORE, Role.INTERFACE})
_NETWORK: Final = frozenset(Role) - {Role.CARD}


def doors(own: SystemName, relay: Relay, signed: Callable[[], SignedDirectory]) -> Sequence[Door]:
    """One door for envelopes, one that passes the core's directory on, one that says how things stand."""

    async def envelope(peer: Peer, body: bytes) -> RawReply:
        return RawReply(await relay.pass_on(Knocker(peer.role, peer.system), body), JSON)

    async def directory(_: Peer, __: Asked) -> SignedDirectory:
        return signed()

    async def health(_: Peer, __: Asked) -> RawReply:
        state = {"v": 1, "system": own, "directory": relay.directory_number, "relayed": relay.counts}
        return RawReply(msgspec.json.encode(state), JSON)

    return [
        Door("POST", "/v1/envelopes", bytes, _SENDERS, envelope, limit_bytes=ENVELOPE_BYTES),
        Door("GET", "/v1/directory", None, _NETWORK, directory),
        Door("GET", "/v1/health", None, _NETWORK, health),
    ]
