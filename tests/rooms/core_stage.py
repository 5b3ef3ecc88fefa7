"""A running core over real TLS with a real store, among doubles: an interface, bodies that can be told to fail, and callers."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import msgspec

from renkei.crypto.envelope import Identity, open_envelope, seal_envelope
from renkei.crypto.keystore import KeyPurpose
from renkei.crypto.software import SoftwareKeyStore
from renkei.messages.acquisition import AcquisitionResults, CodeDeliveries, ResidentRequest, ResidentRequests
from renkei.messages.codec import M, Message, decode, encode
from renkei.messages.directory import (
    BodyEntry,
    BodyRegistration,
    Directory,
    Done,
    PiaFinding,
    PiaFindings,
    SignedDirectory,
    SystemEntry,
    SystemRegistration,
)
from renkei.messages.envelope import Envelope, Header, Label
from renkei.messages.fields import Outcome
from renkei.messages.inquiry import InquiryReplies, InquiryReply, InquiryRequest, InquiryRequests
from renkei.messages.log import CoreCounts, CountsQuery
from renkei.messages.provision import Ack, Acks, Notice, Notices, Report, Reports
from renkei.messages.records import RecordsReplies, RecordsReply, RecordsRequest, RecordsRequests
from renkei.platform.clock import SystemClock
from renkei.platform.config import KeyFile, Listen, Tls
from renkei.platform.entropy import new_id, system_entropy
from renkei.platform.peers.client import Client, Target
from renkei.platform.peers.identity import Peer
from renkei.platform.peers.mail import envelope_door
from renkei.platform.peers.server import Server
from renkei.platform.peers.sources import CertificationSource, PeerAddress
from renkei.platform.process import System
from renkei.systems.core import wiring
from renkei.terms.affairs import Category, InformationKind, InstantMs, ItemNumber
from renkei.terms.bodies import CORE, BodyId, BodyState, PiaState, Role, SystemName
from renkei.terms.codes import AcquisitionNumber
from renkei.terms.errors import RenkeiError
from renkei.terms.numbers import ResidentCode
from renkei.terms.problems import Problem
from renkei.terms.secrets import SecretText
from renkei.translog.keys import KeyType, VerifierKey
from renkei.translog.receipt import Verified, verify_receipt
from renkei.translog.trust import Trust

from .identities import Identities, key_file
from .post import post
from .stores import store_at

MAYOR, OTHER, KENPO, DISCLOSURE = map(BodyId, ("141003-mayor", "141305-mayor", "kyokai-kenpo", "disclosure"))
CATEGORIES: dict[BodyId, tuple[str, ...]] = {
    MAYOR: ("municipal-mayor", "city-mayor"),
    OTHER: ("municipal-mayor", "city-mayor"),
    KENPO: ("japan-health-insurance-association",),
    DISCLOSURE: (),
}
CORE_KEYS = {
    "sign": KeyPurpose.SIGN,
    "log": KeyPurpose.SIGN,
    "directory": KeyPurpose.SIGN,
    "seal": KeyPurpose.SEAL,
    "link": KeyPurpose.LINK,
    "body": KeyPurpose.BODY,
    "record": KeyPurpose.RECORD,
    "index": KeyPurpose.INDEX,
    "column": KeyPurpose.COLUMN,
}
ORIGIN, WITNESS = "renkei.example/core-log", "renkei.example/supervision"
_serials = count(1)


def resident(serial: int) -> ResidentCode:
    return ResidentCode.parse(ResidentCode.complete(f"{serial:010d}"))


@dataclass
class BodyDouble:
    """A body's intermediate server, seen from the core. What it was sent, it keeps only if it acknowledged it."""

    id: BodyId
    keys: SoftwareKeyStore
    away: bool = False
    mute: bool = False
    """Answers, and acknowledges nothing."""
    turns_away: str | None = None
    """Acknowledges everything with this problem."""
    deliveries: list[tuple[str, str | None]] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    asked: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def codes(self) -> list[str]:
        return [code for _, code in self.deliveries if code is not None]

    def entry(self, interface: str, system: str) -> BodyEntry:
        return BodyEntry(
            id=self.id,
            name_ja=f"機関 {self.id}",
            name_en=self.id,
            code=None,
            categories=tuple(Category(each) for each in CATEGORIES[self.id]),
            state=BodyState.CONNECTED,
            pia=PiaState.IN_ORDER,
            interface=SystemName(interface),
            system=SystemName(system),
            sign_key=self.keys.public("sign"),
            seal_key=self.keys.public("seal"),
        )

    def receive(self, envelope: Envelope, directory: Directory) -> Envelope:
        self.asked += 1
        self.changed.set()
        if self.away:
            raise RenkeiError(Problem.UNREACHABLE, self.id)
        payload = open_envelope(Identity(self.keys), envelope, [directory.sign_key])
        ids = self._take(envelope.header.label, payload)
        acks = Acks(acks=() if self.mute else tuple(Ack(id=each, problem=self.turns_away) for each in ids))
        return self.seal(Label.ACKS, acks, directory, answers=envelope.header.message)

    def _take(self, label: Label, payload: bytes) -> list[str]:
        keeps = not self.mute and self.turns_away is None
        if label is Label.CODES:
            codes = decode(CodeDeliveries, payload).deliveries
            if keeps:
                self.deliveries += [
                    (each.acquisition.reveal(), None if each.code is None else each.code.reveal()) for each in codes
                ]
            return [each.id for each in codes]
        notices = decode(Notices, payload).notices
        if keeps:
            self.notices += notices
        return [each.inquiry for each in notices]

    def seal(self, label: Label, message: Message, directory: Directory, answers: str | None = None) -> Envelope:
        header = Header(
            label=label,
            sender=self.id,
            recipient=CORE,
            message=new_id(),
            sent_at_ms=SystemClock().now_ms(),
            answers=answers,
        )
        return seal_envelope(Identity(self.keys), header, encode(message), directory.seal_key)


@dataclass
class Stage:
    """Everything around one core. `restart` stops the core and starts it again on the same files."""

    folder: Path
    stack: AsyncExitStack
    identities: Identities
    keys: KeyFile
    witness: SoftwareKeyStore
    bodies: dict[BodyId, BodyDouble]
    core_tls: Tls
    clients: dict[str, Client] = field(default_factory=dict)
    system: System | None = None
    directory: Directory | None = None
    certification: CertificationSource | None = None
    supervision_url: str | None = None
    """Where the core asks at its start; without it, it asks nobody."""
    log_origin: str = ORIGIN
    port: int = 0
    broken: str | None = None
    """Why the store stopped the process, if it did."""

    # -- the core's life

    def config(self) -> wiring.Config:
        witness = VerifierKey(WITNESS, KeyType.COSIGNATURE, self.witness.public("witness"))
        return wiring.Config(
            name=SystemName("core"),
            store=store_at(self.folder / "core.db"),
            listen=Listen(port=self.port),
            tls=self.core_tls,
            keys=self.keys,
            log_origin=self.log_origin,
            witnesses=(witness.text(),),
            supervision=None if self.supervision_url is None else PeerAddress(url=self.supervision_url),
            certification=self.certification,
        )

    async def start(self) -> None:
        def stop(why: str) -> None:
            self.broken = why

        self.system = await wiring.build(self.config(), stop)
        for part in self.system.parts:
            started = part.start()
            if started is not None:
                await started
        self.port = int(self.system.server.url.rsplit(":", 1)[1])

    async def stop(self) -> None:
        if self.system is not None:
            for part in reversed(self.system.parts):
                await part.stop()
            for close in self.system.closing:
                await close()
            self.system = None

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    # -- who speaks to it

    @property
    def target(self) -> Target:
        assert self.system is not None
        return Target(self.system.server.url, Role.CORE, SystemName("core"))

    def client(self, role: Role, system: str) -> Client:
        name = f"{role.value}-{system}"
        if name not in self.clients:
            client = Client(self.identities.tls(role, system))
            self.stack.push_async_callback(client.close)
            self.clients[name] = client
        return self.clients[name]

    @property
    def operator(self) -> Client:
        return self.client(Role.OPERATOR, "operator-1")

    @property
    def supervision(self) -> Client:
        return self.client(Role.SUPERVISION, "supervision")

    async def fetch_directory(self) -> Directory:
        signed = await self.operator.ask(self.target, "/v1/directory", SignedDirectory)
        self.directory = decode(Directory, signed.directory)
        return self.directory

    @property
    def known(self) -> Directory:
        assert self.directory is not None
        return self.directory

    async def register(self, *entries: BodyEntry) -> Done:
        done = await self.operator.send(self.target, "/v1/directory/bodies", BodyRegistration(bodies=entries), Done)
        await self.fetch_directory()
        return done

    async def change(self, body: BodyId, **changes: object) -> None:
        entry = next(each for each in self.known.bodies if each.id == body)
        await self.register(msgspec.structs.replace(entry, **changes))

    async def find(self, body: BodyId, pia: PiaState) -> Done:
        findings = PiaFindings(findings=(PiaFinding(body=body, pia=pia),))
        return await self.supervision.send(self.target, "/v1/pia", findings, Done)

    async def envelope(self, envelope: Envelope, interface: str = "interface-a") -> Envelope:
        client = self.client(Role.INTERFACE, interface)
        return await post(client, self.target, envelope)

    async def say(self, body: BodyId, label: Label, message: Message, reply: type[M]) -> M:
        double = self.bodies[body]
        asked = double.seal(label, message, self.known)
        answer = await self.envelope(asked)
        assert answer.header.answers == asked.header.message
        return decode(reply, open_envelope(Identity(double.keys), answer, [self.known.sign_key]))

    # -- what they say

    async def acquire(self, body: BodyId, *serials: int) -> tuple[ResidentRequests, AcquisitionResults]:
        requests = tuple(
            ResidentRequest(acquisition=AcquisitionNumber.parse(new_id()), resident=resident(serial))
            for serial in serials
        )
        message = ResidentRequests(body=body, requests=requests)
        return message, await self.send_acquisition(message)

    async def send_acquisition(self, message: ResidentRequests) -> AcquisitionResults:
        client = self.client(Role.RESIDENTS, "residents")
        return await client.send(self.target, "/v1/acquisitions", message, AcquisitionResults)

    async def code(self, body: BodyId, serial: int) -> str:
        """The body's code for a person, acquired the whole way."""
        double = self.bodies[body]
        before = len(double.codes())
        await self.acquire(body, serial)
        await self.until(double, lambda: len(double.codes()) > before)
        return double.codes()[-1]

    async def until(self, body: BodyDouble, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not true():
                body.changed.clear()
                if not true():
                    await body.changed.wait()

    async def settled(self, true: Callable[[CoreCounts], bool]) -> CoreCounts:
        """The counts once the core has also stored what it was told."""
        async with asyncio.timeout(20):
            while not true(counts := await self.counts()):
                await asyncio.sleep(0)
            return counts

    async def counts(self) -> CoreCounts:
        return await self.operator.send(self.target, "/v1/counts", CountsQuery(), CoreCounts)

    async def inquire(self, *inquiries: InquiryRequest, body: BodyId = MAYOR) -> tuple[InquiryReply, ...]:
        message = InquiryRequests(inquiries=inquiries)
        return (await self.say(body, Label.INQUIRIES, message, InquiryReplies)).replies

    async def report(self, *reports: Report, body: BodyId = OTHER) -> tuple[Ack, ...]:
        return (await self.say(body, Label.REPORTS, Reports(reports=reports), Acks)).acks

    async def records(self, code: str, before: int | None = None, limit: int = 100) -> RecordsReply:
        request = RecordsRequest(request=new_id(), code=SecretText(code), before=before, limit=limit)
        message = RecordsRequests(requests=(request,))
        return (await self.say(DISCLOSURE, Label.RECORDS, message, RecordsReplies)).replies[0]

    @property
    def trust(self) -> Trust:
        witness = VerifierKey(WITNESS, KeyType.COSIGNATURE, self.witness.public("witness"))
        return Trust(self.known.log_origin, VerifierKey.parse(self.known.log_key), (witness,))

    def verified(self, reply: InquiryReply) -> Verified:
        assert reply.receipt is not None, reply.problem
        return verify_receipt(reply.receipt, self.trust)


def inquiry(code: str, **changes: object) -> InquiryRequest:
    asked = InquiryRequest(
        inquiry=new_id(),
        code=SecretText(code),
        provider=OTHER,
        item=ItemNumber("48"),
        kind=InformationKind("local-tax"),
        items=("総所得金額",),
        period=None,
        unit="税務課",
        asked_at_ms=SystemClock().now_ms(),
        respond_within_ms=None,
        non_disclosure=False,
        no_self_information=False,
    )
    return msgspec.structs.replace(asked, **changes)


def report(asked: InquiryRequest, outcome: Outcome = Outcome.PROVIDED, **changes: object) -> Report:
    made = Report(
        inquiry=asked.inquiry,
        outcome=outcome,
        at_ms=InstantMs(SystemClock().now_ms()),
        digest=b"d" * 32 if outcome is Outcome.PROVIDED else None,
        non_disclosure=False,
        no_self_information=False,
    )
    return msgspec.structs.replace(made, **changes)


def _body(name: BodyId) -> BodyDouble:
    keys = SoftwareKeyStore.create(system_entropy)
    keys.make("sign", KeyPurpose.SIGN)
    keys.make("seal", KeyPurpose.SEAL)
    return BodyDouble(name, keys)


async def _interface(stage: Stage, name: str) -> SystemEntry:
    async def carry(_peer: Peer, envelope: Envelope) -> Envelope:
        return stage.bodies[envelope.header.recipient].receive(envelope, stage.known)

    doors = [envelope_door(frozenset({Role.CORE}), carry)]
    server = Server(Listen(port=0), stage.identities.tls(Role.INTERFACE, name), doors)
    await server.start()
    stage.stack.push_async_callback(server.stop)
    return SystemEntry(name=SystemName(name), role=Role.INTERFACE, url=server.url)


async def set_stage(folder: Path, stack: AsyncExitStack) -> Stage:
    """A core with four connected bodies behind one interface."""
    identities = Identities.found(folder / "authority")
    witness = SoftwareKeyStore.create(system_entropy)
    witness.make("witness", KeyPurpose.SIGN)
    stage = Stage(
        folder=folder,
        stack=stack,
        identities=identities,
        keys=key_file(folder, CORE_KEYS),
        witness=witness,
        bodies={name: _body(name) for name in CATEGORIES},
        core_tls=identities.tls(Role.CORE, "core"),
    )
    await stage.start()
    stack.push_async_callback(stage.stop)
    nowhere = "https://127.0.0.1:1"
    systems = (
        await _interface(stage, "interface-a"),
        SystemEntry(name=SystemName("intermediate-1"), role=Role.INTERMEDIATE, url=nowhere),
        SystemEntry(name=SystemName("disclosure"), role=Role.DISCLOSURE, url=nowhere),
    )
    await stage.operator.send(stage.target, "/v1/directory/systems", SystemRegistration(systems=systems), Done)
    held = {DISCLOSURE: "disclosure"}
    entries = [each.entry("interface-a", held.get(name, "intermediate-1")) for name, each in stage.bodies.items()]
    await stage.register(*entries)
    return stage
