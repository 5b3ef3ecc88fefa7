"""An intermediate server with a real store and real cryptography, amid doubles that can be told to fail.

The doubles: a core with its own log, an addressee system, a network between them, and a body that is hosted elsewhere.
Nothing runs by itself: `settle` carries everything that is due until nothing is.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from msgspec import Raw

from renkei.crypto.codes import Codes
from renkei.crypto.commit import commitment
from renkei.crypto.envelope import Identity, open_envelope, seal_envelope
from renkei.crypto.keystore import KeyPurpose
from renkei.crypto.software import SoftwareKeyStore
from renkei.law.editions import Editions
from renkei.law.list import PermissionList
from renkei.messages.acquisition import (
    AcquisitionResult,
    AcquisitionResults,
    AddresseeRequests,
    CodeDeliveries,
    CodeDelivery,
)
from renkei.messages.codec import Message, decode, encode
from renkei.messages.directory import BodyEntry, Directory, SystemEntry
from renkei.messages.envelope import Envelope, EnvelopeReplies, Envelopes, Header, Label
from renkei.messages.fields import Outcome
from renkei.messages.inquiry import (
    HolderQuestions,
    HolderReplies,
    HolderReply,
    InquiryReplies,
    InquiryReply,
    InquiryRequest,
    InquiryRequests,
)
from renkei.messages.line import Addressees, Inquiries, Inquiry, InquiryIds, Replica, Replicas, Result
from renkei.messages.provision import Ack, Acks, Answer, Answers, Notice, Notices, Report, Reports
from renkei.messages.receipt import InquiryRecord, Receipt
from renkei.platform.entropy import system_entropy
from renkei.platform.peers.client import PeerUnreachableError
from renkei.platform.peers.identity import Peer
from renkei.platform.sql import Database
from renkei.systems.intermediate import api
from renkei.systems.intermediate.rules.book import Book
from renkei.systems.intermediate.service import clerks, codes, inquiries, replicas, results, sending
from renkei.systems.intermediate.service.cabinet import Cabinet
from renkei.systems.intermediate.service.jobs import turns
from renkei.systems.intermediate.service.office import Office
from renkei.systems.intermediate.store.store import SqlStore
from renkei.terms.affairs import ArticleNumber, Category, InformationKind, InstantMs, ItemNumber
from renkei.terms.bodies import CORE, AddresseeNumber, BodyId, BodyState, PiaState, Role, SystemName
from renkei.terms.codes import AcquisitionNumber, BodyCode
from renkei.terms.errors import RenkeiError
from renkei.terms.numbers import ResidentCode
from renkei.terms.problems import Problem
from renkei.terms.refusals import Reason
from renkei.terms.secrets import SecretText
from renkei.translog.checkpoint import sign_checkpoint
from renkei.translog.keys import KeyType, VerifierKey
from renkei.translog.tree import TreeHead

from .stores import store_at

MIGRATIONS = Path(api.__file__).parent / "migrations"
YOKOHAMA, KAWASAKI, KANAGAWA = BodyId("141003-mayor"), BodyId("141305-mayor"), BodyId("140007-governor")
TENANTS = (YOKOHAMA, KAWASAKI, KANAGAWA)
OSAKA = BodyId("271004-mayor")
"""A body that is hosted elsewhere."""
CATEGORIES = {
    YOKOHAMA: ("municipal-mayor", "city-mayor"),
    KAWASAKI: ("municipal-mayor", "city-mayor"),
    KANAGAWA: ("prefectural-governor",),
    OSAKA: ("municipal-mayor", "city-mayor"),
}
ITEM, KIND, ARTICLE = ItemNumber("48"), InformationKind("local-tax"), ArticleNumber("50")
INTERFACE, OTHER_INTERFACE = SystemName("interface-a"), SystemName("interface-b")
OWN, OTHER = SystemName("intermediate-1"), SystemName("intermediate-2")
NOON = InstantMs(1_790_000_000_000)
TARO, HANAKO = "taro", "hanako"
ORIGIN = "log.renkei.test"


class FakeClock:
    """Time stands still until it is moved."""

    def __init__(self, now: int = NOON) -> None:
        self.now = now

    def now_ms(self) -> InstantMs:
        return InstantMs(self.now)

    def pass_ms(self, span: int) -> None:
        self.now += span


# The log, written anew from RFC 9162 so that it does not share a mistake with ours.


def merkle(hashes: list[bytes]) -> bytes:
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + merkle(hashes[:split]) + merkle(hashes[split:])).digest()


def audit_path(index: int, hashes: list[bytes]) -> list[bytes]:
    if len(hashes) == 1:
        return []
    split = 1 << (len(hashes) - 1).bit_length() - 1
    if index < split:
        return [*audit_path(index, hashes[:split]), merkle(hashes[split:])]
    return [*audit_path(index - split, hashes[split:]), merkle(hashes[:split])]


class Log:
    """A log that signs a checkpoint per receipt."""

    def __init__(self, origin: str = ORIGIN) -> None:
        self.store = SoftwareKeyStore.create(system_entropy)
        self.store.make("log", KeyPurpose.SIGN)
        self.origin = origin
        self.key = VerifierKey(origin, KeyType.ED25519, self.store.public("log"))
        self.leaves: list[bytes] = []

    def append(self, record: str) -> tuple[bytes, int]:
        salt = system_entropy(32)
        entry = hashlib.sha256(salt + record.encode()).digest()
        self.leaves.append(hashlib.sha256(b"\x00" + entry).digest())
        return salt, len(self.leaves) - 1

    def receipt(self, record: str, salt: bytes, index: int) -> Receipt:
        head = TreeHead(len(self.leaves), merkle(self.leaves))
        checkpoint = sign_checkpoint(self.origin, head, self.key, lambda text: self.store.sign("log", text))
        proof = tuple(audit_path(index, self.leaves))
        return Receipt(record=record, salt=salt, index=index, proof=proof, checkpoint=checkpoint)


def _keys(*prefixes: str) -> SoftwareKeyStore:
    store = SoftwareKeyStore.create(system_entropy)
    for prefix in prefixes:
        for name in ("sign", "seal", "column", "index"):
            store.make(prefix + name, KeyPurpose(name))
    return store


def envelope_to(sender: Identity, header: Header, message: Message, public: bytes) -> Envelope:
    return seal_envelope(sender, header, encode(message), public)


class CoreDouble:
    """Decides as it is told, but makes true records, proofs and codes."""

    def __init__(self, clock: FakeClock, permissions: PermissionList) -> None:
        self.clock = clock
        self.keys = _keys("")
        for name in ("link", "body", "record"):
            self.keys.make(name, KeyPurpose(name))
        self.identity = Identity(self.keys)
        self.codes = Codes(self.keys)
        self.log = Log()
        self.permissions = permissions
        self.refuse: Callable[[InquiryRequest], Reason | None] = lambda _: None
        self.problem: Callable[[InquiryRequest], Problem | None] = lambda _: None
        self.validity_ms = 3_600_000
        self.mutate_reply: Callable[[InquiryReply], InquiryReply] = lambda reply: reply
        self.mutate_notice: Callable[[Notice], Notice] = lambda notice: notice
        self.mutate_record: Callable[[InquiryRecord], InquiryRecord] = lambda record: record
        self.decided: dict[str, tuple[InquiryRequest, InquiryReply]] = {}
        self.notices: dict[BodyId, dict[str, Notice]] = {}
        self.parked: dict[str, str] = {}
        self.deliveries: dict[BodyId, dict[str, CodeDelivery]] = {}
        self.issued: set[tuple[str, BodyId]] = set()
        self.reports: dict[str, Report] = {}
        self.times_reported: dict[str, int] = {}
        self.holders: tuple[BodyId, ...] = ()
        self.skip_reports = False
        self.refuse_reports: Problem | None = None

    def code(self, body: BodyId, person: str) -> BodyCode:
        digits = f"{int.from_bytes(hashlib.sha256(person.encode()).digest()[:4], 'big'):010d}"
        resident = ResidentCode.parse(ResidentCode.complete(digits))
        return self.codes.issue(self.codes.link([resident]), body)[0]

    def acquire(self, body: BodyId, acquisition: AcquisitionNumber, person: str) -> None:
        fresh = (person, body) not in self.issued
        self.issued.add((person, body))
        code = SecretText(self.code(body, person).text()) if fresh else None
        delivery = CodeDelivery(id=system_entropy(16).hex(), acquisition=acquisition, code=code)
        self.deliveries.setdefault(body, {})[delivery.id] = delivery

    def handle(self, header: Header, payload: bytes) -> tuple[Label, Message]:
        match header.label:
            case Label.INQUIRIES:
                asked = decode(InquiryRequests, payload).inquiries
                replies = tuple(self.mutate_reply(self.inquire(header.sender, each)) for each in asked)
                return Label.INQUIRY_REPLIES, InquiryReplies(replies=replies)
            case Label.REPORTS:
                return Label.ACKS, Acks(acks=self._report(decode(Reports, payload)))
            case Label.HOLDERS:
                questions = decode(HolderQuestions, payload).questions
                found = tuple(HolderReply(question=each.question, providers=self.holders) for each in questions)
                return Label.HOLDER_REPLIES, HolderReplies(replies=found)
            case _:
                raise AssertionError(header.label)

    def _report(self, message: Reports) -> tuple[Ack, ...]:
        if self.skip_reports:
            return ()
        if self.refuse_reports is not None:
            return tuple(Ack(id=report.inquiry, problem=self.refuse_reports.value) for report in message.reports)
        for report in message.reports:
            assert self.reports.setdefault(report.inquiry, report) == report
            self.times_reported[report.inquiry] = self.times_reported.get(report.inquiry, 0) + 1
        return tuple(Ack(id=report.inquiry) for report in message.reports)

    def inquire(self, sender: BodyId, asked: InquiryRequest) -> InquiryReply:
        seen = self.decided.get(asked.inquiry)
        if seen is not None:
            assert seen[0] == asked, "the same inquiry must be asked the same way"
            return seen[1]
        problem = self.problem(asked)
        if problem is not None:
            return InquiryReply(inquiry=asked.inquiry, problem=problem.value)
        reason = self.refuse(asked)
        reply, notice = self._record(sender, asked, reason)
        self.decided[asked.inquiry] = (asked, reply)
        self.notices.setdefault(asked.provider, {})[asked.inquiry] = notice
        return reply

    def asks(self, inquirer: BodyId, provider: BodyId, person: str) -> str:
        """An inquiry of a body that is hosted elsewhere."""
        asked = InquiryRequest(
            inquiry=system_entropy(16).hex(),
            code=SecretText(self.code(inquirer, person).text()),
            provider=provider,
            item=ITEM,
            kind=KIND,
            items=("所得額",),
            period=None,
            unit="税務課",
            asked_at_ms=self.clock.now_ms(),
            respond_within_ms=None,
            non_disclosure=False,
            no_self_information=False,
        )
        self.inquire(inquirer, asked)
        return asked.inquiry

    def _record(self, sender: BodyId, asked: InquiryRequest, reason: Reason | None) -> tuple[InquiryReply, Notice]:
        permitted = reason is None
        salts = system_entropy(32), system_entropy(32)
        person = self._person(asked.code, sender)
        code = self.code(asked.provider, person) if permitted and person else None
        record = self.mutate_record(
            InquiryRecord(
                event="permitted" if permitted else "refused",
                inquiry=asked.inquiry,
                inquirer=sender,
                provider=asked.provider,
                item=asked.item,
                article=ARTICLE if permitted else None,
                list_version=self.permissions.version,
                kind=asked.kind,
                items=asked.items,
                period=asked.period,
                unit=asked.unit,
                asked_at_ms=asked.asked_at_ms,
                at_ms=self.clock.now_ms(),
                valid_until_ms=InstantMs(self.clock.now_ms() + self.validity_ms) if permitted else None,
                reason=reason.value if reason else None,
                non_disclosure=asked.non_disclosure,
                no_self_information=asked.no_self_information,
                person=None,
                inquirer_code=commitment("inquirer", salts[0], asked.code.reveal().encode()) if permitted else None,
                provider_code=commitment("provider", salts[1], code.text().encode()) if code else None,
            )
        )
        text = encode(record).decode()
        receipt = self.log.receipt(text, *self.log.append(text))
        reply = InquiryReply(inquiry=asked.inquiry, receipt=receipt, code_salt=salts[0] if permitted else None)
        shown = SecretText(code.text()) if code else None
        return reply, Notice(inquiry=asked.inquiry, receipt=receipt, code=shown, code_salt=salts[1] if code else None)

    def _person(self, code: SecretText, sender: BodyId) -> str | None:
        known = {self.code(sender, person).text(): person for person, body in self.issued if body == sender}
        return known.get(code.reveal())


class Outsider:
    """A body that is hosted elsewhere: takes answers as an inquirer, or gives them as a provider."""

    def __init__(self, body: BodyId) -> None:
        self.body = body
        self.keys = _keys("")
        self.identity = Identity(self.keys)
        self.answers: list[Answer] = []
        self.refuse: Problem | None = None
        self.silent = False

    def handle(self, payload: bytes) -> tuple[Label, Message]:
        answers = decode(Answers, payload).answers
        if self.silent:
            return Label.ACKS, Acks(acks=())
        self.answers += answers
        problem = self.refuse.value if self.refuse else None
        return Label.ACKS, Acks(acks=tuple(Ack(id=each.inquiry, problem=problem) for each in answers))


@dataclass
class Network:
    """`ports.Peers`: carries envelopes to the core, to other bodies, and back to the same server."""

    world: "World"
    lost: list[str] = field(default_factory=list)
    """What happens to the next ones: `before` (never arrives), `after` (done, but the reply is lost), `` (goes)."""
    sent: list[Header] = field(default_factory=list)
    addressee_problem: dict[str, str] = field(default_factory=dict)
    acquisitions: list[AddresseeRequests] = field(default_factory=list)

    def _weather(self, when: str) -> None:
        if self.lost and self.lost[0] == when:
            self.lost.pop(0)
            raise PeerUnreachableError(Problem.UNREACHABLE, "the double is down")

    async def post(self, body: BodyId, envelope: Envelope) -> Envelope:
        self._weather("before")
        header = envelope.header
        assert header.sender == body
        self.sent.append(header)
        reply = await self.world.carry(envelope)
        self._weather("after")
        if self.lost and not self.lost[0]:
            self.lost.pop(0)
        return reply

    async def acquire(self, body: BodyId, requests: AddresseeRequests) -> AcquisitionResults:
        self._weather("before")
        self.acquisitions.append(requests)
        made = []
        for each in requests.requests:
            problem = self.addressee_problem.get(each.addressee)
            if problem is None:
                self.world.core.acquire(body, each.acquisition, self.world.persons[each.addressee])
            made.append(AcquisitionResult(acquisition=each.acquisition, problem=problem))
        self._weather("after")
        return AcquisitionResults(results=tuple(made))


class World:
    """Everything, in one folder. `restart` closes the store and opens it again, as after a crash."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "intermediate.db"
        self.clock = FakeClock()
        self.permissions = PermissionList.load()
        self.law = Editions.shipped()
        self.core = CoreDouble(self.clock, self.permissions)
        self.outsider = Outsider(OSAKA)
        self.keys = _keys(*(f"{body}/" for body in TENANTS))
        self.persons = {"1": TARO, "2": HANAKO, "11": TARO}
        self.network = Network(self)
        self.loud: list[tuple[str, RenkeiError, BodyId, str]] = []
        self.directory = self._directory()
        self.book = Book(self.directory)
        self.database: Database
        self.office: Office
        self.open()

    def open(self) -> None:
        self.database = Database.open(store_at(self.path), [MIGRATIONS])
        self.office = Office(
            store=SqlStore(self.database),
            peers=self.network,
            clock=self.clock,
            entropy=system_entropy,
            law=lambda: self.law,
            book=lambda: self.book,
            cabinets={body: Cabinet(body, self.keys, system_entropy) for body in TENANTS},
            loud=lambda *said: self.loud.append(said),
            answer_wait_ms=20,
        )

    async def restart(self) -> None:
        await self.database.close()
        self.open()

    def _directory(self) -> Directory:
        systems = (
            SystemEntry(name=INTERFACE, role=Role.INTERFACE, url="https://127.0.0.1:1"),
            SystemEntry(name=OTHER_INTERFACE, role=Role.INTERFACE, url="https://127.0.0.1:2"),
            SystemEntry(name=OWN, role=Role.INTERMEDIATE, url="https://127.0.0.1:3"),
            SystemEntry(name=OTHER, role=Role.INTERMEDIATE, url="https://127.0.0.1:4"),
            SystemEntry(name=SystemName("core"), role=Role.CORE, url="https://127.0.0.1:5"),
        )
        return Directory(
            number=7,
            made_at_ms=NOON,
            list_version=self.permissions.version,
            log_origin=ORIGIN,
            log_key=self.core.log.key.text(),
            witness_keys=(),
            sign_key=self.core.keys.public("sign"),
            seal_key=self.core.keys.public("seal"),
            systems=systems,
            bodies=tuple(self._entry(body) for body in CATEGORIES),
        )

    def _entry(self, body: BodyId) -> BodyEntry:
        here = body in TENANTS
        keys, prefix = (self.keys, f"{body}/") if here else (self.outsider.keys, "")
        return BodyEntry(
            id=body,
            name_ja=body,
            name_en=body,
            code=None,
            categories=tuple(Category(each) for each in CATEGORIES[body]),
            state=BodyState.CONNECTED,
            pia=PiaState.IN_ORDER,
            interface=INTERFACE if here else OTHER_INTERFACE,
            system=OWN if here else OTHER,
            sign_key=keys.public(f"{prefix}sign"),
            seal_key=keys.public(f"{prefix}seal"),
        )

    # The way of an envelope.

    async def carry(self, envelope: Envelope) -> Envelope:
        header = envelope.header
        if header.recipient in TENANTS:
            return await self.knock(envelope)
        party = self.core.identity if header.recipient == CORE else self.outsider.identity
        payload = open_envelope(party, envelope, self.book.sign_keys(header.sender))
        label, message = (
            self.core.handle(header, payload) if header.recipient == CORE else self.outsider.handle(payload)
        )
        back = Header(
            label=label,
            sender=header.recipient,
            recipient=header.sender,
            message=system_entropy(16).hex(),
            sent_at_ms=self.clock.now_ms(),
            answers=header.message,
        )
        return envelope_to(party, back, message, self.book.seal_key(header.sender))

    async def knock(self, envelope: Envelope, interface: SystemName = INTERFACE) -> Envelope:
        """An envelope at the server's machine door, brought by an interface system."""
        door = next(each for each in api.doors(self.office, OWN) if each.path == "/v1/envelopes")
        peer = Peer(Role.INTERFACE, interface, None, 1, InstantMs(2**50))
        told = await door.handler(peer, Envelopes(envelopes=(Raw(encode(envelope)),)))
        assert isinstance(told, EnvelopeReplies)
        (reply,) = told.replies
        if reply.problem is not None:
            raise RenkeiError(Problem(reply.problem), reply.detail)
        return decode(Envelope, bytes(reply.envelope))

    async def bring(self, body: BodyId, label: Label, message: Message, sender: BodyId = CORE) -> Acks:
        """A message of the core or of the outsider to a body of this server."""
        identity = self.core.identity if sender == CORE else self.outsider.identity
        header = Header(
            label=label,
            sender=sender,
            recipient=body,
            message=system_entropy(16).hex(),
            sent_at_ms=self.clock.now_ms(),
        )
        reply = await self.knock(envelope_to(identity, header, message, self.book.seal_key(body)))
        if (reply.header.label, reply.header.answers) != (Label.ACKS, header.message):
            raise RenkeiError(Problem.BAD_ENVELOPE, "not the reply to this message")
        return decode(Acks, open_envelope(identity, reply, self.book.sign_keys(body)))

    # Carrying everything that is due.

    async def settle(self) -> None:
        while await self.step():
            pass

    async def step(self) -> bool:
        """Carry everything that is due once; whether anything was."""
        moved = False
        for body in TENANTS:
            office = self.office
            if acquisitions := await codes.due(office, body):
                await codes.send(office, body, acquisitions)
                moved = True
            if await turns.due(office, body):
                await turns.turn(office, body)
                moved = True
            if asked := await inquiries.due(office, body):
                await inquiries.send(office, body, asked)
                moved = True
            for inquirer in await sending.destinations(office, body):
                answers = await sending.answers_due(office, body, inquirer)
                await sending.send_answers(office, body, inquirer, answers)
                moved = True
            if reports := await sending.reports_due(office, body):
                await sending.send_reports(office, body, reports)
                moved = True
            moved |= await self.core_sends(body)
        return moved

    async def core_sends(self, body: BodyId) -> bool:
        """Codes and notices for one body, until it takes them."""
        deliveries, notices = self.core.deliveries.get(body, {}), self.core.notices.get(body, {})
        if deliveries:
            message = CodeDeliveries(deliveries=tuple(deliveries.values()))
            for ack in (await self.bring(body, Label.CODES, message)).acks:
                del deliveries[ack.id]
        moved = bool(deliveries or notices)
        if notices:
            message_of_notices = Notices(notices=tuple(self.core.mutate_notice(each) for each in notices.values()))
            acks = (await self.bring(body, Label.NOTICES, message_of_notices)).acks
            for ack in acks:
                del notices[ack.id]
                if ack.problem is not None:
                    self.core.parked[ack.id] = ack.problem
            moved = bool(acks)
        return moved

    async def lapse(self) -> None:
        for body in TENANTS:
            await clerks.lapse(self.office, body)

    # What line systems do.

    async def acquire(self, body: BodyId, *addressees: str) -> None:
        numbers = tuple(AddresseeNumber(each) for each in addressees)
        await codes.acquire(self.office, body, Addressees(addressees=numbers))
        await self.settle()

    async def replicate(self, body: BodyId, **changes: object) -> None:
        replica = msgspec.structs.replace(REPLICA, **changes)
        await replicas.put(self.office, body, Replicas(replicas=(replica,)))

    async def ask(self, body: BodyId, *asked: Inquiry) -> list[str]:
        accepted = (await inquiries.take(self.office, body, Inquiries(inquiries=asked))).accepted
        assert all(each.problem is None for each in accepted), accepted
        return [each.inquiry or "" for each in accepted]

    async def result(self, body: BodyId, inquiry: str) -> Result:
        found = (await results.results(self.office, body, InquiryIds(inquiries=(inquiry,)))).results
        return found[0]


REPLICA = Replica(
    addressee=AddresseeNumber("1"),
    kind=KIND,
    period=None,
    items={"所得額": SecretText("3456789"), "控除額": SecretText("480000")},
)
INQUIRY = Inquiry(
    request="r-1",
    provider=KAWASAKI,
    item=ITEM,
    kind=KIND,
    items=("所得額",),
    unit="税務課",
    addressee=AddresseeNumber("1"),
)


async def ready(folder: Path) -> World:
    """Two bodies hold codes for Taro, and Kawasaki a replica of his."""
    world = World(folder)
    await world.acquire(YOKOHAMA, "1", "2")
    await world.acquire(KAWASAKI, "1")
    await world.replicate(KAWASAKI)
    return world


def answer_for(world: World, inquiry: str, *more: str, **changes: object) -> Answer:
    """An answer that the outsider gives to an inquiry that named it; with `more`, items that nobody asked for."""
    content = {"所得額": SecretText("42")} | dict.fromkeys(more, SecretText("43"))
    salt = system_entropy(32)
    _, reply = world.core.decided[inquiry]
    assert reply.receipt is not None
    answer = Answer(
        inquiry=inquiry,
        outcome=Outcome.PROVIDED,
        permit_index=reply.receipt.index,
        at_ms=world.clock.now_ms(),
        content=content,
        content_salt=salt,
        digest=commitment(
            "content", salt, msgspec.json.encode({name: content[name].reveal() for name in sorted(content)})
        ),
        non_disclosure=False,
        no_self_information=False,
    )
    return msgspec.structs.replace(answer, **changes)


@contextmanager
def put_in(target: object, name: str, value: object) -> Iterator[None]:
    """Change an attribute for a while."""
    before = getattr(target, name)
    setattr(target, name, value)
    try:
        yield
    finally:
        setattr(target, name, before)
