"""The doors of an interface system."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from renkei.law.editions import Editions
from renkei.messages.codec import encode
from renkei.messages.directory import ListFiles, SignedDirectory
from renkei.messages.envelope import EnvelopeReplies, Envelopes
from renkei.platform.clock import SystemClock
from renkei.platform.peers.client import JSON
from renkei.platform.peers.doors import Asked, Door, RawReply
from renkei.platform.peers.identity import Peer
from renkei.platform.peers.mail import PATH
from renkei.systems.interface.rules import Knocker
from renkei.systems.interface.service import Relay
from renkei.terms.affairs import law_date
from renkei.terms.bodies import Role, SystemName

ENVELOPES_BYTES: Final = 16 * 1024 * 1024
_SENDERS: Final = frozenset({Role.INTERMEDIATE, Role.DISCLOSURE, Role.CORE, Role.INTERFACE})
_NETWORK: Final = frozenset(Role) - {Role.CARD}


@dataclass(frozen=True, slots=True)
class Passed:
    """What the core publishes and everybody asks us for."""

    directory: Callable[[], SignedDirectory]
    files: Callable[[str], ListFiles]
    """Of a permission list that the directory names, by version."""
    editions: Callable[[], Editions]


def doors(own: SystemName, relay: Relay, passed: Passed) -> Sequence[Door]:
    """One door for envelopes, two that pass the core's directory and lists on, one that says how things stand."""

    async def envelopes(peer: Peer, message: Envelopes) -> EnvelopeReplies:
        return await relay.pass_on(Knocker(peer.role, peer.system), message)

    async def directory(_: Peer, __: Asked) -> SignedDirectory:
        return passed.directory()

    async def lists(_: Peer, asked: Asked) -> RawReply:
        files = encode(passed.files(asked.params["version"]))
        return RawReply(files, JSON, headers={"Cache-Control": "max-age=31536000, immutable"})

    async def health(_: Peer, __: Asked) -> RawReply:
        on = law_date(SystemClock().now_ms())
        state = {
            "v": 1,
            "system": own,
            "directory": relay.directory_number,
            "relayed": relay.counts,
            "lists": passed.editions().summary(on),
        }
        return RawReply(msgspec.json.encode(state), JSON)

    return [
        Door("POST", PATH, Envelopes, _SENDERS, envelopes, limit_bytes=ENVELOPES_BYTES),
        Door("GET", "/v1/directory", None, _NETWORK, directory),
        Door("GET", "/v1/lists/{version}", None, _NETWORK, lists),
        Door("GET", "/v1/health", None, _NETWORK, health),
    ]
