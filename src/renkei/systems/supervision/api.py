"""Supervision's doors: who may see what the witness says, and who may send the core word through it."""

from typing import Final

import msgspec

from renkei.messages.codec import VERSION
from renkei.messages.directory import Done, PiaFindings
from renkei.messages.log import CoreCounts, CountsQuery, Settlement, WitnessState
from renkei.messages.ordinance import OrdinanceNotices
from renkei.platform.observe import event
from renkei.platform.peers.identity import Peer
from renkei.platform.peers.server import Asked, Door, RawReply
from renkei.systems.supervision.ports import Core
from renkei.systems.supervision.service import Witness, count, pass_on, report_findings
from renkei.terms.bodies import Role, SystemName

ANY: Final = frozenset(Role)
COMMISSION: Final = frozenset({Role.COMMISSION})
OPERATORS: Final = frozenset({Role.OPERATOR})
READERS: Final = frozenset({Role.OPERATOR, Role.COMMISSION, Role.CORE})


def doors(name: SystemName, witness: Witness, core: Core) -> list[Door]:
    """All doors of this system."""

    async def state(_peer: Peer, _asked: Asked) -> WitnessState:
        return witness.state

    async def checkpoint(_peer: Peer, _asked: Asked) -> RawReply:
        headers = {"Cache-Control": "no-cache"}
        return RawReply(witness.checkpoint.encode(), "text/plain; charset=utf-8", headers=headers)

    async def settle(peer: Peer, message: Settlement) -> Done:
        done = await witness.settle(message)
        event("alert-settled", by=peer.system)
        return done

    async def findings(peer: Peer, message: PiaFindings) -> Done:
        done = await report_findings(core, message)
        event("pia-findings", by=peer.system, number=done.number, bodies=[each.body for each in message.findings])
        return done

    async def ordinances(peer: Peer, message: OrdinanceNotices) -> Done:
        done = await pass_on(core, message)
        event("ordinances", by=peer.system, number=done.number, entries=[*message.ids()])
        return done

    async def counts(peer: Peer, _message: CountsQuery) -> CoreCounts:
        event("counts-looked-at", by=peer.system)
        return await count(core)

    async def health(_peer: Peer, _asked: Asked) -> RawReply:
        seen = witness.state
        described = {"v": VERSION, "system": name, "size": seen.size, "alert": seen.alert}
        return RawReply(msgspec.json.encode(described), "application/json")

    return [
        Door("GET", "/v1/state", None, READERS, state),
        Door("GET", "/checkpoint", None, ANY, checkpoint),
        Door("POST", "/v1/settlements", Settlement, OPERATORS, settle),
        Door("POST", "/v1/findings", PiaFindings, COMMISSION, findings),
        Door("POST", "/v1/ordinance-affairs", OrdinanceNotices, COMMISSION, ordinances),
        Door("POST", "/v1/counts", CountsQuery, COMMISSION, counts),
        Door("GET", "/v1/health", None, ANY, health),
    ]
