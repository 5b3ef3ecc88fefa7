"""An intermediate server as a whole: real doors, real loops, real TLS, behind a real interface system.

The core and the addressee system are doubles; the loops, not the test, carry everything.
"""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest

from renkei.crypto.envelope import open_envelope, seal_envelope
from renkei.crypto.software import SoftwareKeyStore
from renkei.law.details import Details
from renkei.messages import line
from renkei.messages.acquisition import AcquisitionResult, AcquisitionResults, AddresseeRequests, CodeDeliveries
from renkei.messages.codec import Message, decode, encode
from renkei.messages.directory import SignedDirectory, SystemEntry, signed_bytes
from renkei.messages.envelope import KEY_BYTES, Envelope, Header, Label
from renkei.messages.fields import Outcome
from renkei.messages.provision import Acks, Notices
from renkei.platform.clock import SystemClock
from renkei.platform.config import KeyFile, Listen, Tls, load
from renkei.platform.entropy import system_entropy
from renkei.platform.peers.client import JSON, Client, PeerUnreachableError, Target
from renkei.platform.peers.identity import Peer
from renkei.platform.peers.mail import envelope_door
from renkei.platform.peers.server import Asked, Door, Server
from renkei.platform.peers.sources import CertificationSource, DirectorySource
from renkei.systems.interface import wiring as interface
from renkei.systems.intermediate import wiring
from renkei.systems.intermediate.wiring import Config, Hosted
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import CORE, AddresseeNumber, BodyId, Role, SystemName
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

from .identities import Identities
from .intermediate_world import (
    INQUIRY,
    INTERFACE,
    KANAGAWA,
    KAWASAKI,
    KIND,
    NOON,
    OWN,
    REPLICA,
    TENANTS,
    YOKOHAMA,
    CoreDouble,
    FakeClock,
)
from .intermediate_world import (
    World as DirectoryMaker,
)
from .post import post
from .running import ScriptedCertification, lists_of, opened, problem_of, process, until_refused
from .stores import both_engines, store_at, unheard

M = TypeVar("M", bound=Message)
SAMPLE = Path(__file__).parents[2] / "etc" / "intermediate.toml"


class SystemTime(FakeClock):
    """The core double on the machine's time."""

    def now_ms(self) -> InstantMs:
        return SystemClock().now_ms()


class CoreSystem:
    """The core double as a system: takes envelopes of the interface, sends codes and notices by itself."""

    def __init__(self, identities: Identities, core: CoreDouble) -> None:
        self.core = core
        self.tls = identities.tls(Role.CORE, "core")
        self.client = Client(self.tls)
        self.directory: SignedDirectory
        self.entries: dict[BodyId, bytes] = {}
        self.signers: dict[BodyId, bytes] = {}
        self.work = asyncio.Event()
        self.interface_url = ""
        self._port = 0
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        doors = [
            envelope_door(frozenset({Role.INTERFACE}), self._take),
            Door("GET", "/v1/directory", None, frozenset(Role), self._directory),
        ]
        self._server = Server(Listen(port=self._port), self.tls, doors)
        await self._server.start()
        self.url = self._server.url
        self._port = int(self.url.rpartition(":")[2])
        self._task = asyncio.create_task(self._send())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._server.stop()

    async def _directory(self, _: Peer, __: Asked) -> SignedDirectory:
        return self.directory

    async def _take(self, _: Peer, envelope: Envelope) -> Envelope:
        header = envelope.header
        payload = open_envelope(self.core.identity, envelope, [self.signers[header.sender]])
        label, message = self.core.handle(header, payload)
        self.work.set()
        return self._seal(label, message, header.sender, header.message)

    def _seal(self, label: Label, message: Message, to: BodyId, answers: str | None = None) -> Envelope:
        header = Header(
            label=label,
            sender=CORE,
            recipient=to,
            message=system_entropy(16).hex(),
            sent_at_ms=self.core.clock.now_ms(),
            answers=answers,
        )
        return seal_envelope(self.core.identity, header, encode(message), self.entries[to])

    async def _send(self) -> None:
        while True:
            await self.work.wait()
            self.work.clear()
            try:
                for body in TENANTS:
                    await self._deliver(body)
            except RenkeiError:
                self.work.set()
                await asyncio.sleep(0.01)  # a double's back-off, not a wait for a result

    async def _deliver(self, body: BodyId) -> None:
        deliveries, notices = self.core.deliveries.get(body, {}), self.core.notices.get(body, {})
        if deliveries:
            for ack in await self._post(body, Label.CODES, CodeDeliveries(deliveries=tuple(deliveries.values()))):
                del deliveries[ack]
        if notices:
            for ack in await self._post(body, Label.NOTICES, Notices(notices=tuple(notices.values()))):
                del notices[ack]

    async def _post(self, body: BodyId, label: Label, message: Message) -> list[str]:
        target = Target(self.interface_url, Role.INTERFACE, INTERFACE)
        reply = await post(self.client, target, self._seal(label, message, body))
        acks = decode(Acks, open_envelope(self.core.identity, reply, [self.signers[body]]))
        assert all(ack.problem is None for ack in acks.acks), acks
        return [ack.id for ack in acks.acks]


class AddresseeSystem:
    """The addressee systems of all bodies, at one address."""

    def __init__(self, tls: Tls, core: CoreSystem) -> None:
        self._core = core
        self.body_of: dict[str, BodyId] = {}
        door = Door("POST", "/v1/acquisitions", AddresseeRequests, frozenset({Role.INTERMEDIATE}), self._acquire)
        self.server = Server(Listen(port=0), tls, [door])
        self.body = YOKOHAMA

    async def _acquire(self, _: Peer, message: AddresseeRequests) -> AcquisitionResults:
        for each in message.requests:
            self._core.core.acquire(self.body, each.acquisition, f"person {each.addressee}")
        self._core.work.set()
        return AcquisitionResults(
            results=tuple(AcquisitionResult(acquisition=each.acquisition) for each in message.requests)
        )


class World:
    """All of it."""

    def __init__(self, folder: Path, stack: AsyncExitStack) -> None:
        self.folder, self.stack = folder, stack
        self.identities = Identities.found(folder / "tls")
        self.running = AsyncExitStack()
        self.interface_running = AsyncExitStack()

    async def prepare(self) -> None:
        maker = DirectoryMaker(self.folder)
        await maker.database.close()
        maker.path.unlink(missing_ok=True)  # PostgreSQL has none
        maker.core.clock = SystemTime(NOON)
        self.core = CoreSystem(self.identities, maker.core)
        self.certification = ScriptedCertification(self.identities.tls(Role.CERTIFICATION, "certification"))
        await self.certification.start()
        self.stack.push_async_callback(self.certification.stop)
        await self.core.start()
        self.stack.push_async_callback(self.core.client.close)
        self.stack.push_async_callback(self.core.stop)
        self.addressees = {}
        for body in TENANTS:
            addressee = AddresseeSystem(self.identities.tls(Role.ADDRESSEE, "addressee", body), self.core)
            addressee.body = body
            await addressee.server.start()
            self.stack.push_async_callback(addressee.server.stop)
            self.addressees[body] = addressee
        self.maker = maker
        self.stack.push_async_callback(self.interface_running.aclose)
        self.stack.push_async_callback(self.stop)
        self.interface_config = self._interface_config()
        self.publish(1, {})
        url = await self.interface_running.enter_async_context(opened(interface.build, self.interface_config))
        self.core.interface_url = url
        self.config = self._config(url)
        await self.start()
        self.publish(2, {INTERFACE: url, OWN: self.target.base})
        await self._everybody_knows(2)

    def publish(self, number: int, urls: dict[SystemName, str]) -> None:
        """A directory, signed by the core double's own signing key."""
        directory = self.maker.directory
        entries = [
            SystemEntry(name=each.name, role=each.role, url=urls.get(each.name, each.url)) for each in directory.systems
        ]
        core = SystemEntry(name=SystemName("core"), role=Role.CORE, url=self.core.url)
        systems = tuple(entry for entry in entries if entry.role is not Role.CORE)
        directory = msgspec.structs.replace(directory, number=number, systems=(*systems, core))
        text = encode(directory).decode()
        signature = self.core.core.keys.sign("sign", signed_bytes(text))
        self.core.directory = SignedDirectory(directory=text, signature=signature)
        self.core.entries = {entry.id: entry.seal_key for entry in directory.bodies}
        self.core.signers = {entry.id: entry.sign_key for entry in directory.bodies}

    def _source(self, url: str, name: str) -> DirectorySource:
        key = self.core.core.keys.public("sign")
        return DirectorySource(url=url, key=key, kept=self.folder / f"{name}.json", refresh_ms=100)

    def _interface_config(self) -> interface.Config:
        return interface.Config(
            name=INTERFACE,
            listen=Listen(port=0),
            tls=self.identities.tls(Role.INTERFACE, INTERFACE),
            directory=msgspec.structs.replace(self._source(self.core.url, "interface"), role=Role.CORE),
        )

    def _config(self, interface_url: str) -> Config:
        return Config(
            name=OWN,
            store=store_at(self.folder / "intermediate.db"),
            listen=Listen(port=0),
            tls=self.identities.tls(Role.INTERMEDIATE, OWN),
            keys=self._keys(),
            directory=self._source(interface_url, "intermediate"),
            bodies=tuple(Hosted(id=body, addressee=self.addressees[body].server.url) for body in TENANTS),
            certification=CertificationSource(url=self.certification.url, refresh_ms=100),
        )

    def _keys(self) -> KeyFile:
        path, unlock = self.folder / "keys", self.folder / "unlock"
        unlock.touch(mode=0o600)
        unlock.write_bytes(b"correct horse")
        path.write_bytes(self.maker.keys.dump(b"correct horse"))
        return KeyFile(path=path, unlock=unlock)

    async def start(self) -> None:
        url = await self.running.enter_async_context(opened(wiring.build, self.config))
        self.target = Target(url, Role.INTERMEDIATE, OWN)
        # A restart finds its old address in the directory again.
        port = int(url.rpartition(":")[2])
        self.config = msgspec.structs.replace(self.config, listen=Listen(port=port))

    async def stop(self) -> None:
        await self.running.aclose()
        self.running = AsyncExitStack()

    async def _everybody_knows(self, number: int) -> None:
        client = self.client(Role.OPERATOR, "operator-1")
        targets = [self.target, Target(self.core.interface_url, Role.INTERFACE, INTERFACE)]
        for target in targets:
            while msgspec.json.decode(await client.fetch(target, "/v1/health"))["directory"] != number:
                pass

    def client(self, role: Role, system: str, body: BodyId | None = None) -> Client:
        client = Client(self.identities.tls(role, system, body))
        self.stack.push_async_callback(client.close)
        return client

    def line(self, body: BodyId) -> "LineSystem":
        return LineSystem(self, self.client(Role.LINE, f"line-{body}", body))


class LineSystem:
    """A line system of one body."""

    def __init__(self, world: World, client: Client) -> None:
        self._world, self._client = world, client

    async def ask(self, door: str, message: Message, reply: type[M]) -> M:
        return await self._client.send(self._world.target, f"/v1/line/{door}", message, reply)

    async def acquire(self, *numbers: str) -> None:
        wanted = tuple(AddresseeNumber(each) for each in numbers)
        message = line.Addressees(addressees=wanted, wait_ms=30_000)
        found = await self.ask("codes/acquire", message, line.CodeStatuses)
        assert [each.state for each in found.codes] == [line.CodeState.ACQUIRED] * len(numbers)

    async def inquire(self, *inquiries: line.Inquiry) -> list[str]:
        reply = await self.ask("inquiries", line.Inquiries(inquiries=inquiries), line.InquiriesAccepted)
        assert all(each.problem is None for each in reply.accepted), reply
        return [each.inquiry or "" for each in reply.accepted]

    async def results(self, *inquiries: str) -> list[line.Result]:
        message = line.InquiryIds(inquiries=inquiries, wait_ms=30_000)
        return list((await self.ask("inquiries/results", message, line.Results)).results)

    async def until(self, state: line.InquiryState, inquiry: str) -> None:
        message = line.InquiryIds(inquiries=(inquiry,))
        while (await self.ask("inquiries/results", message, line.Results)).results[0].state is not state:
            pass


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        made = World(tmp_path, stack)
        await made.prepare()
        yield made


async def prepared(world: World) -> tuple[LineSystem, LineSystem]:
    """Yokohama and Kawasaki with codes for person 1, Kawasaki with a replica."""
    yokohama, kawasaki = world.line(YOKOHAMA), world.line(KAWASAKI)
    await asyncio.gather(yokohama.acquire("1", "2"), kawasaki.acquire("1"))
    changed = await kawasaki.ask("replicas/put", line.Replicas(replicas=(REPLICA,)), line.Changed)
    assert changed.changed == 1
    return yokohama, kawasaki


async def test_from_acquiring_a_code_to_an_answer_everything_goes_by_itself(world: World) -> None:
    yokohama, kawasaki = await prepared(world)
    ids = await yokohama.inquire(*(msgspec.structs.replace(INQUIRY, request=f"r{n}") for n in range(20)))
    found = await yokohama.results(*ids)
    assert [each.state for each in found] == [line.InquiryState.PROVIDED] * 20
    assert all(each.content and each.content["所得額"].reveal() == "3456789" for each in found)
    query = line.RecordsQuery(side=line.Side.PROVIDER)
    records = (await kawasaki.ask("records", query, line.Records)).records
    assert [each.inquiry for each in records] == ids
    while len(world.core.core.reports) < 20:
        await asyncio.sleep(0)
    assert {each.outcome for each in world.core.core.reports.values()} == {Outcome.PROVIDED}


async def test_a_held_inquiry_is_released_by_a_clerk(world: World) -> None:
    yokohama, kawasaki = await prepared(world)
    protected = msgspec.structs.replace(REPLICA, automatic=False)
    await kawasaki.ask("replicas/put", line.Replicas(replicas=(protected,)), line.Changed)
    (inquiry,) = await yokohama.inquire(INQUIRY)
    await yokohama.until(line.InquiryState.HELD, inquiry)
    (waiting,) = (await kawasaki.ask("held", line.Nothing(), line.HeldList)).held
    decision = line.Decision(inquiry=waiting.inquiry, release=True, clerk="k-1")
    reply = await kawasaki.ask("held/decide", line.Decisions(decisions=(decision,)), line.DecisionResults)
    assert reply.results == (line.DecisionResult(inquiry=inquiry, state=line.InquiryState.PROVIDED),)
    assert (await yokohama.results(inquiry))[0].state is line.InquiryState.PROVIDED


async def test_what_nobody_decided_lapses_when_its_time_is_over(world: World) -> None:
    yokohama, kawasaki = await prepared(world)
    protected = msgspec.structs.replace(REPLICA, automatic=False)
    await kawasaki.ask("replicas/put", line.Replicas(replicas=(protected,)), line.Changed)
    world.core.core.validity_ms = 1_000
    (inquiry,) = await yokohama.inquire(INQUIRY)
    assert (await yokohama.results(inquiry))[0].state is line.InquiryState.LAPSED


async def test_a_restart_goes_on_with_what_was_due(world: World) -> None:
    yokohama, _ = await prepared(world)
    await world.core.stop()
    (inquiry,) = await yokohama.inquire(INQUIRY)
    await world.stop()
    await world.core.start()
    await world.start()
    assert (await yokohama.results(inquiry))[0].state is line.InquiryState.PROVIDED


@both_engines
async def test_what_was_kept_by_a_commit_that_was_told_as_failed_is_sent_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    yokohama = world.line(YOKOHAMA)
    once = line.Addressees(addressees=(AddresseeNumber("1"),))
    with unheard(monkeypatch) as told, pytest.raises(PeerUnreachableError):
        await yokohama.ask("codes/acquire", once, line.CodeStatuses)
    assert told
    await yokohama.acquire("1")


@both_engines
async def test_an_inquiry_whose_commit_was_told_as_failed_is_asked_once_without_a_repeat(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    yokohama, _ = await prepared(world)
    with unheard(monkeypatch) as told, pytest.raises(PeerUnreachableError):
        await yokohama.inquire(INQUIRY)
    assert told
    while not world.core.core.reports:
        await asyncio.sleep(0)
    (inquiry,) = await yokohama.inquire(INQUIRY)
    assert (await yokohama.results(inquiry))[0].state is line.InquiryState.PROVIDED
    assert list(world.core.core.reports) == [inquiry]


async def test_a_server_that_was_away_gets_its_notices_when_it_is_back(world: World) -> None:
    yokohama, _ = await prepared(world)
    (inquiry,) = await yokohama.inquire(INQUIRY)
    await world.stop()
    await world.start()
    assert (await yokohama.results(inquiry))[0].state is line.InquiryState.PROVIDED
    assert world.core.core.times_reported.get(inquiry, 1) == 1


async def test_only_line_systems_of_a_hosted_body_may_use_the_line_doors(world: World) -> None:
    message = line.RecordsQuery(side=line.Side.INQUIRER)
    foreign = LineSystem(world, world.client(Role.LINE, "line-x", BodyId("271004-mayor")))
    assert await problem_of(foreign.ask("records", message, line.Records)) is Problem.WRONG_ROLE
    nameless = LineSystem(world, world.client(Role.LINE, "line-x"))
    assert await problem_of(nameless.ask("records", message, line.Records)) is Problem.WRONG_ROLE
    for role in set(Role) - {Role.LINE}:
        other = LineSystem(world, world.client(role, "somebody", YOKOHAMA))
        assert await problem_of(other.ask("records", message, line.Records)) is Problem.WRONG_ROLE, role


async def test_only_interface_systems_may_bring_envelopes(world: World) -> None:
    header = Header(label=Label.CODES, sender=CORE, recipient=YOKOHAMA, message="a" * 32, sent_at_ms=NOON)
    envelope = Envelope(header=header, sealed=b"x", key=bytes(KEY_BYTES), signature=bytes(64))
    for role in set(Role) - {Role.INTERFACE}:
        client = world.client(role, "core", YOKOHAMA)
        assert await problem_of(post(client, world.target, envelope)) is Problem.WRONG_ROLE
    other = world.client(Role.INTERFACE, "interface-b")
    assert await problem_of(post(other, world.target, envelope)) is Problem.WRONG_ROLE


BAD_INPUT = [
    (b"", Problem.MALFORMED),
    (b"[]", Problem.WRONG_TYPE),
    (b'{"v":1}', Problem.WRONG_TYPE),
    (b'{"v":2,"inquiries":[]}', Problem.WRONG_VERSION),
    (b'{"v":1,"inquiries":[]}', Problem.WRONG_TYPE),
    (encode(line.Inquiries(inquiries=(INQUIRY,)))[:-1], Problem.MALFORMED),
    (encode(line.Inquiries(inquiries=(INQUIRY,)))[:-1] + b',"body":"141305-mayor"}', Problem.UNKNOWN_FIELD),
    (encode(line.Inquiries(inquiries=(INQUIRY,) * 2)).replace(b'"unit"', b'"units"', 1), Problem.UNKNOWN_FIELD),
    (encode(line.Inquiries(inquiries=(INQUIRY,))).replace(b'"48"', b'"forty-eight"'), Problem.WRONG_TYPE),
    (encode(line.Inquiries(inquiries=(INQUIRY,))).replace(b'"48"', b"48"), Problem.WRONG_TYPE),
    (encode(line.Inquiries(inquiries=(INQUIRY,) * 1_001)), Problem.TOO_MANY),
]


async def test_bad_messages_are_refused_with_one_problem_and_leave_nothing(world: World) -> None:
    client = world.client(Role.LINE, "line-1", YOKOHAMA)
    for body, problem in BAD_INPUT:
        assert await problem_of(client.post_bytes(world.target, "/v1/line/inquiries", body, JSON)) is problem, body[:60]
    assert await problem_of(client.fetch(world.target, "/v1/line/inquiries")) is Problem.UNKNOWN_DOOR
    page = await world.line(YOKOHAMA).ask("records", line.RecordsQuery(side=line.Side.INQUIRER), line.Records)
    assert page.records == ()


async def test_a_message_that_is_too_large_is_refused(world: World) -> None:
    client = world.client(Role.LINE, "line-1", YOKOHAMA)
    large = b'{"v":1,"inquiries":[' + b" " * (4 * 1024 * 1024) + b"]}"
    assert await problem_of(client.post_bytes(world.target, "/v1/line/inquiries", large, JSON)) is Problem.TOO_LARGE


async def test_the_description_is_served_to_line_systems(world: World) -> None:
    client = world.client(Role.LINE, "line-1", YOKOHAMA)
    served = await client.fetch(world.target, "/openapi.json")
    assert served == (Path(__file__).parents[2] / "docs" / "openapi.json").read_bytes()
    other = world.client(Role.INTERFACE, INTERFACE)
    assert await problem_of(other.fetch(world.target, "/openapi.json")) is Problem.WRONG_ROLE


async def test_health_names_the_bodies_and_the_directory(world: World) -> None:
    client = world.client(Role.SUPERVISION, "supervision")
    health = msgspec.json.decode(await client.fetch(world.target, "/v1/health"))
    assert health == {"v": 1, "system": OWN, "directory": 2, "bodies": sorted(TENANTS), "lists": lists_of()}


async def test_holders_and_may_ask_answer_over_the_wire(world: World) -> None:
    yokohama, _ = await prepared(world)
    world.core.core.holders = (KAWASAKI, KANAGAWA)
    question = line.Holder(addressee=AddresseeNumber("1"), item=INQUIRY.item, kind=KIND)
    found = await yokohama.ask("holders", line.Holders(questions=(question,)), line.HolderAnswers)
    assert found.answers[0].providers == (KAWASAKI, KANAGAWA)
    rows = await yokohama.ask("may-ask", line.MayAsk(item=INQUIRY.item), line.MayAskRows)
    assert any(KAWASAKI in row.providers for row in rows.rows)
    await world.core.stop()
    with pytest.raises(PeerUnreachableError):
        await yokohama.ask("holders", line.Holders(questions=(question,)), line.HolderAnswers)
    await world.core.start()


async def test_a_revoked_line_system_is_refused(world: World) -> None:
    tls = world.identities.tls(Role.LINE, "line-1", YOKOHAMA)
    client = Client(tls)
    await client.fetch(world.target, "/openapi.json")
    world.certification.revoke(tls)
    found = await until_refused(lambda: client.fetch(world.target, "/openapi.json"))
    assert found is Problem.REVOKED_CERTIFICATE
    await client.close()


async def test_missing_keys_stop_the_start(world: World) -> None:
    await world.stop()
    store = SoftwareKeyStore.create(system_entropy)
    world.config.keys.path.write_bytes(store.dump(b"correct horse"))
    with pytest.raises(RenkeiError) as caught:
        await wiring.build(world.config, lambda _: None)
    assert caught.value.problem is Problem.BAD_CONFIGURATION
    assert YOKOHAMA in caught.value.detail


async def test_the_details_of_the_law_are_read_at_the_start_and_not_for_the_first_question(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> Details:
        raise RenkeiError(Problem.MALFORMED, "details.tsv:2")

    await world.stop()
    monkeypatch.setattr(Details, "load", broken)
    with pytest.raises(RenkeiError, match=r"details\.tsv:2"):
        await wiring.build(world.config, lambda _: None)


async def test_it_runs_as_a_process_of_its_own_and_survives_a_kill(world: World) -> None:
    await prepared(world)
    await world.stop()
    file = write_config(world)
    async with process("intermediate", file) as (child, ready):
        assert ready["ready"] == OWN
        (inquiry,) = await world.line(YOKOHAMA).inquire(INQUIRY)
        child.kill()
        await child.wait()
    async with process("intermediate", file):
        yokohama = world.line(YOKOHAMA)
        assert await yokohama.inquire(INQUIRY) == [inquiry]
        assert (await yokohama.results(inquiry))[0].state is line.InquiryState.PROVIDED


def write_config(world: World) -> Path:
    config, file = world.config, world.folder / "intermediate.toml"
    key = base64.b64encode(config.directory.key).decode()
    bodies = "".join(f'[[bodies]]\nid = "{each.id}"\naddressee = "{each.addressee}"\n' for each in config.bodies)
    file.write_text(
        f'name = "{config.name}"\nstore = "{config.store}"\nlog = "intermediate.log"\n'
        f"[listen]\nport = {config.listen.port}\n"
        f'[tls]\ncertificate = "{config.tls.certificate}"\nkey = "{config.tls.key}"\n'
        f'authorities = "{config.tls.authorities}"\n'
        f'[keys]\npath = "{config.keys.path}"\nunlock = "{config.keys.unlock}"\n'
        f'[directory]\nurl = "{config.directory.url}"\nkey = "{key}"\nkept = "{config.directory.kept}"\n{bodies}'
    )
    return file


def test_the_sample_configuration_loads() -> None:
    config = load(SAMPLE, Config)
    assert config.name == "intermediate-1"
    assert [hosted.id for hosted in config.bodies] == ["141003-mayor", "141003-education"]
    assert config.store.address == SAMPLE.parent / "intermediate-1.db"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("cosignatures = 0", "cosignatures = 99"),
        ("cosignatures = 0", "unknown = 1"),
        ('id = "141003-mayor"', 'id = "Yokohama"'),
        ('"https://127.0.0.1:4471"', '"ftp://127.0.0.1"'),
        ("[keys]", "[key]"),
    ],
)
def test_a_wrong_configuration_is_refused(tmp_path: Path, old: str, new: str) -> None:
    text = SAMPLE.read_text()
    assert old in text
    wrong = tmp_path / "intermediate.toml"
    wrong.write_text(text.replace(old, new, 1))
    with pytest.raises(RenkeiError) as caught:
        load(wrong, Config)
    assert caught.value.problem is Problem.BAD_CONFIGURATION
