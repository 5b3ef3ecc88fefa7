"""The register's doors: who may knock, and what they get. Log lines count; they name no number of any kind."""

from typing import Final

import msgspec

from renkei.messages.acquisition import AcquisitionResults, AddresseeRequests
from renkei.messages.addressee import Persons
from renkei.messages.codec import VERSION
from renkei.messages.residents import Stored
from renkei.platform.observe import event
from renkei.platform.peers.identity import Peer
from renkei.platform.peers.server import Asked, Door, RawReply
from renkei.systems.addressee.ports import Directories
from renkei.systems.addressee.service import Register
from renkei.terms.bodies import Role, SystemName
from renkei.terms.errors import RenkeiError

LINES: Final = frozenset({Role.LINE})
INTERMEDIATES: Final = frozenset({Role.INTERMEDIATE})
ANY: Final = frozenset(Role)


def doors(name: SystemName, register: Register, directories: Directories) -> list[Door]:
    """All doors of this system."""

    async def persons(peer: Peer, message: Persons) -> Stored:
        stored = await register.register(peer.body, message)
        event("persons-registered", by=peer.system, stored=stored.stored)
        return stored

    async def acquisitions(peer: Peer, message: AddresseeRequests) -> AcquisitionResults:
        done = await register.acquire(peer.system, message)
        failed = sum(one.problem is not None for one in done.results)
        event("acquisitions", by=peer.system, asked=len(done.results), failed=failed)
        return done

    async def health(_peer: Peer, _asked: Asked) -> RawReply:
        state = {"v": VERSION, "system": name, "directory": _number(directories)}
        return RawReply(msgspec.json.encode(state), "application/json")

    return [
        Door("POST", "/v1/persons", Persons, LINES, persons),
        Door("POST", "/v1/acquisitions", AddresseeRequests, INTERMEDIATES, acquisitions),
        Door("GET", "/v1/health", None, ANY, health),
    ]


def _number(directories: Directories) -> int | None:
    try:
        return directories.current.number
    except RenkeiError:
        return None
