"""The core's doors: who may knock, what is opened for them, and what is sealed for the way back."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import msgspec

from renkei.crypto.envelope import open_envelope, seal_envelope
from renkei.messages.acquisition import AcquisitionResults, ResidentRequests
from renkei.messages.codec import VERSION, Message, decode, encode
from renkei.messages.directory import (
    BodyEntry,
    BodyRegistration,
    Done,
    ListAnnouncement,
    ListWithdrawal,
    PiaFindings,
    SignedDirectory,
    SystemRegistration,
    sign_keys,
)
from renkei.messages.envelope import Envelope, Header, Label
from renkei.messages.inquiry import HolderQuestions, InquiryRequests
from renkei.messages.log import CoreCounts, Cosignature, CountsQuery, RecordKeys, RecordKeysQuery
from renkei.messages.ordinance import OrdinanceNotices
from renkei.messages.provision import Reports
from renkei.messages.records import RecordsRequests
from renkei.platform.observe import event
from renkei.platform.peers.identity import Peer
from renkei.platform.peers.mail import envelope_door
from renkei.platform.peers.server import Asked, Door, RawReply
from renkei.systems.core.service import lists, ordinance, watching
from renkei.systems.core.service import register as directory
from renkei.systems.core.service.acquisition import acquire
from renkei.systems.core.service.desk import Desk
from renkei.systems.core.service.disclosure import disclose
from renkei.systems.core.service.holders import holders
from renkei.systems.core.service.inquiries import inquire
from renkei.systems.core.service.reports import report
from renkei.systems.core.service.sharing import by_newest, catch_up
from renkei.terms.affairs import law_date
from renkei.terms.bodies import CORE, Role, SystemName
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

ANY: Final = frozenset(Role)
OPERATORS: Final = frozenset({Role.OPERATOR})
INTERFACES: Final = frozenset({Role.INTERFACE})
RESIDENTS: Final = frozenset({Role.RESIDENTS})
SUPERVISION: Final = frozenset({Role.SUPERVISION})
WATCHERS: Final = OPERATORS | SUPERVISION
REGISTRATION_BYTES: Final = 32 * 1024 * 1024
"""A whole country's bodies with their keys."""

FOR_GOOD: Final = "max-age=31536000, immutable"
"""Cache-Control of what is named by its own hash or place and never changes."""

_Serve = Callable[[Desk, BodyEntry, Any], Awaitable[Message]]
LETTERS: Final[Mapping[Label, tuple[type[Message], _Serve, Label]]] = {
    Label.INQUIRIES: (InquiryRequests, inquire, Label.INQUIRY_REPLIES),
    Label.HOLDERS: (HolderQuestions, holders, Label.HOLDER_REPLIES),
    Label.REPORTS: (Reports, report, Label.ACKS),
    Label.RECORDS: (RecordsRequests, disclose, Label.RECORD_REPLIES),
}
"""What a body may say to the core, and under which label it is answered."""


def doors(name: SystemName, desk: Desk) -> list[Door]:
    """All doors of this system."""
    own = [*_directory(desk), *_lists(desk), *_log(desk), *_watching(desk), _health(name, desk)]
    return [*_letters(desk), *_issuing(desk), *own]


def _letters(desk: Desk) -> list[Door]:
    async def envelopes(peer: Peer, envelope: Envelope) -> Envelope:
        return await by_newest(desk, lambda: answer(peer, envelope))

    async def answer(peer: Peer, envelope: Envelope) -> Envelope:
        header = envelope.header
        if header.recipient != CORE:
            raise RenkeiError(Problem.BAD_ENVELOPE, "not for the core")
        sender = desk.register.sender(header.sender, peer.system)
        letter = LETTERS.get(header.label)
        if letter is None:
            raise RenkeiError(Problem.UNKNOWN_DOOR, f"label {header.label.value}")
        kind, serve, label = letter
        message = decode(kind, open_envelope(desk.identity, envelope, sign_keys(sender)))
        reply = await serve(desk, sender, message)
        back = Header(
            label=label,
            sender=CORE,
            recipient=sender.id,
            message=desk.entropy(16).hex(),
            sent_at_ms=desk.now(),
            answers=header.message,
        )
        return seal_envelope(desk.identity, back, encode(reply), sender.seal_key)

    return [envelope_door(INTERFACES, envelopes)]


def _issuing(desk: Desk) -> list[Door]:
    async def acquisitions(_peer: Peer, message: ResidentRequests) -> AcquisitionResults:
        return await by_newest(desk, lambda: acquire(desk, message))

    return [Door("POST", "/v1/acquisitions", ResidentRequests, RESIDENTS, acquisitions)]


def _directory(desk: Desk) -> list[Door]:
    async def current(_peer: Peer, _asked: Asked) -> SignedDirectory:
        await catch_up(desk)  # who has seen another process's newer one must not be shown an older
        return desk.signed

    async def bodies(peer: Peer, message: BodyRegistration) -> Done:
        done = await directory.register_bodies(desk, message)
        event("bodies-registered", by=peer.system, number=done.number, bodies=[each.id for each in message.bodies])
        return done

    async def systems(peer: Peer, message: SystemRegistration) -> Done:
        done = await directory.register_systems(desk, message)
        event("systems-registered", by=peer.system, number=done.number, systems=[each.name for each in message.systems])
        return done

    async def findings(peer: Peer, message: PiaFindings) -> Done:
        done = await directory.find_breaches(desk, message)
        event("pia-findings", by=peer.system, number=done.number, bodies=[each.body for each in message.findings])
        return done

    async def ordinances(peer: Peer, message: OrdinanceNotices) -> Done:
        done = await ordinance.publish(desk, message)
        event("ordinances", by=peer.system, number=done.number, entries=[*message.ids()])
        return done

    return [
        Door("GET", "/v1/directory", None, ANY, current),
        Door("POST", "/v1/directory/bodies", BodyRegistration, OPERATORS, bodies, limit_bytes=REGISTRATION_BYTES),
        Door("POST", "/v1/directory/systems", SystemRegistration, OPERATORS, systems),
        Door("POST", "/v1/pia", PiaFindings, SUPERVISION, findings),
        Door("POST", "/v1/ordinance-affairs", OrdinanceNotices, SUPERVISION, ordinances),
    ]


def _lists(desk: Desk) -> list[Door]:
    async def announce(peer: Peer, message: ListAnnouncement) -> Done:
        done, version, replaced = await lists.announce(desk, message)
        event(
            "list-announced",
            by=peer.system,
            number=done.number,
            applies_from=message.applies_from,
            version=version,
            replaced=replaced,
        )
        return done

    async def withdraw(peer: Peer, message: ListWithdrawal) -> Done:
        done, version = await lists.withdraw(desk, message)
        day = message.applies_from
        event("list-withdrawn", by=peer.system, number=done.number, applies_from=day, version=version)
        return done

    async def files(_peer: Peer, asked: Asked) -> RawReply:
        text = await lists.files(desk, asked.params["version"])
        return RawReply(text.encode(), "application/json", headers={"Cache-Control": FOR_GOOD})

    return [
        Door("POST", "/v1/lists", ListAnnouncement, OPERATORS, announce),
        Door("POST", "/v1/list-withdrawals", ListWithdrawal, OPERATORS, withdraw),
        Door("GET", "/v1/lists/{version}", None, ANY, files),
    ]


def _log(desk: Desk) -> list[Door]:
    async def resource(_peer: Peer, asked: Asked) -> RawReply:
        path = asked.params["path"]
        note = not path.startswith("tile/")
        content_type = "text/plain; charset=utf-8" if note else "application/octet-stream"
        # C2SP tlog-tiles: a tile never changes; a checkpoint is always asked anew.
        age = "no-cache" if note else FOR_GOOD
        return RawReply(await watching.log_resource(desk, path), content_type, headers={"Cache-Control": age})

    async def cosignatures(peer: Peer, message: Cosignature) -> Done:
        done = await watching.cosign(desk, message)
        event("cosigned", by=peer.system, size=message.size)
        return done

    return [
        Door("GET", "/log/{path...}", None, ANY, resource),
        Door("POST", "/v1/cosignatures", Cosignature, SUPERVISION, cosignatures),
    ]


def _watching(desk: Desk) -> list[Door]:
    async def counts(_peer: Peer, _message: CountsQuery) -> CoreCounts:
        return await watching.counts(desk)

    async def record_keys(peer: Peer, message: RecordKeysQuery) -> RecordKeys:
        # Looking into the records is itself recorded (design 10).
        event("records-looked-at", by=peer.system, after=message.after, limit=message.limit)
        return await watching.record_keys(desk, message)

    return [
        Door("POST", "/v1/counts", CountsQuery, WATCHERS, counts),
        Door("POST", "/v1/record-keys", RecordKeysQuery, WATCHERS, record_keys),
    ]


def _health(name: SystemName, desk: Desk) -> Door:
    async def health(_peer: Peer, _asked: Asked) -> RawReply:
        sizes = await watching.log_sizes(desk)
        state = {
            "v": VERSION,
            "system": name,
            "directory": desk.register.number,
            "log_size": sizes.size,
            "cosigned_size": sizes.cosigned,
            "log": sizes.standing,
            "lists": desk.law.summary(law_date(desk.now())),
        }
        return RawReply(msgspec.json.encode(state), "application/json")

    return Door("GET", "/v1/health", None, ANY, health)
