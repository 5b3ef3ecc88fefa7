"""An interface system over real TLS, amid a core and an intermediate server that can be told to fail."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
import pytest

from renkei.crypto.keystore import KeyPurpose
from renkei.crypto.software import SoftwareKeyStore
from renkei.law.list import PermissionList
from renkei.messages.codec import encode
from renkei.messages.directory import (
    AnnouncedList,
    BodyEntry,
    Directory,
    ListFiles,
    SignedDirectory,
    SystemEntry,
    signed_bytes,
)
from renkei.messages.envelope import KEY_BYTES, Envelope, Header, Label
from renkei.messages.residents import Stored
from renkei.platform.config import Listen, load
from renkei.platform.entropy import system_entropy
from renkei.platform.peers.client import JSON, Client, ClientLimits, Target
from renkei.platform.peers.identity import Peer
from renkei.platform.peers.mail import PATH, envelope_door
from renkei.platform.peers.server import Asked, Door, Server
from renkei.platform.peers.sources import CertificationSource, DirectorySource
from renkei.systems.interface import wiring
from renkei.systems.interface.api import ENVELOPES_BYTES
from renkei.systems.interface.wiring import Config, build
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import CORE, BodyId, BodyState, PiaState, Role, SystemName
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from tests.newer import NEWER, NEWER_FILES, OTHER, OTHER_FILES

from .identities import Identities
from .post import post
from .running import ScriptedCertification, lists_of, opened, problem_of, process, until_refused

SAMPLE = Path(__file__).parents[2] / "etc" / "interface.toml"
HERE, THERE = BodyId("141003-mayor"), BodyId("271004-mayor")
INTERFACE, NEIGHBOUR = SystemName("interface-a"), SystemName("interface-b")
HOME = SystemName("intermediate-1")


def envelope(sender: BodyId, recipient: BodyId, answers: str | None = None, sealed: bytes = b"sealed") -> Envelope:
    header = Header(
        label=Label.ANSWERS,
        sender=sender,
        recipient=recipient,
        message=system_entropy(16).hex(),
        sent_at_ms=InstantMs(1),
        answers=answers,
    )
    return Envelope(header=header, sealed=sealed, key=bytes(KEY_BYTES), signature=bytes(64))


def reply_to(asked: Envelope) -> Envelope:
    return envelope(asked.header.recipient, asked.header.sender, asked.header.message)


class Neighbour:
    """A system that takes envelopes: replies, refuses, or keeps silent."""

    def __init__(self, identities: Identities, role: Role, name: str) -> None:
        self._tls = identities.tls(role, name)
        self._port = 0
        self.heard: list[Envelope] = []
        self.fails: RenkeiError | None = None
        self.silence: asyncio.Event | None = None
        self.doors = [envelope_door(frozenset({Role.INTERFACE}), self._take, limit_bytes=2**25)]

    async def start(self) -> None:
        self._server = Server(Listen(port=self._port), self._tls, self.doors)
        await self._server.start()
        self.url = self._server.url
        self._port = int(self.url.rpartition(":")[2])

    async def stop(self) -> None:
        await self._server.stop()

    async def _take(self, _: Peer, message: Envelope) -> Envelope:
        self.heard.append(message)
        if self.silence is not None:
            await self.silence.wait()
        if self.fails is not None:
            raise self.fails
        return reply_to(message)


class CoreDouble(Neighbour):
    """A core with a directory."""

    def __init__(self, identities: Identities) -> None:
        super().__init__(identities, Role.CORE, "core")
        self.keys = SoftwareKeyStore.create(system_entropy)
        self.keys.make("directory", KeyPurpose.SIGN)
        self.signed: SignedDirectory
        self.lists: dict[str, ListFiles] = {}
        self.doors += [
            Door("GET", "/v1/directory", None, frozenset(Role), self._directory),
            Door("GET", "/v1/lists/{version}", None, frozenset(Role), self._list),
        ]

    def publish(self, directory: Directory) -> None:
        text = encode(directory).decode()
        self.signed = SignedDirectory(directory=text, signature=self.keys.sign("directory", signed_bytes(text)))

    async def _directory(self, _: Peer, __: Asked) -> SignedDirectory:
        return self.signed

    async def _list(self, _: Peer, asked: Asked) -> ListFiles:
        if asked.params["version"] not in self.lists:
            raise RenkeiError(Problem.UNKNOWN_DOOR)
        return self.lists[asked.params["version"]]


class World:
    """The interface system, its neighbours, and a client per role."""

    def __init__(self, folder: Path, stack: AsyncExitStack) -> None:
        self.folder, self._stack = folder, stack
        self.identities = Identities.found(folder / "tls")
        self.core = CoreDouble(self.identities)
        self.home = Neighbour(self.identities, Role.INTERMEDIATE, HOME)
        self.neighbour = Neighbour(self.identities, Role.INTERFACE, NEIGHBOUR)
        self.certification = ScriptedCertification(self.identities.tls(Role.CERTIFICATION, "certification"))
        self.running = AsyncExitStack()

    def client(self, role: Role, system: str, body: str | None = None) -> Client:
        client = Client(self.identities.tls(role, system, body))
        self._stack.push_async_callback(client.close)
        return client

    async def prepare(self) -> None:
        for each in (self.core, self.home, self.neighbour, self.certification):
            await each.start()
            self._stack.push_async_callback(each.stop)
        self.core.publish(self.directory(1))
        self.config = Config(
            name=INTERFACE,
            listen=Listen(port=0),
            tls=self.identities.tls(Role.INTERFACE, INTERFACE),
            directory=DirectorySource(
                url=self.core.url,
                key=self.core.keys.public("directory"),
                kept=self.folder / "directory.json",
                role=Role.CORE,
                refresh_ms=100,
            ),
            certification=CertificationSource(url=self.certification.url, refresh_ms=100),
            under_way=2,
        )
        self._stack.push_async_callback(self.running.aclose)
        await self.start()

    async def start(self) -> None:
        url = await self.running.enter_async_context(opened(build, self.config))
        self.target = Target(url, Role.INTERFACE, INTERFACE)

    async def restart(self) -> None:
        await self.running.aclose()
        self.running = AsyncExitStack()
        await self.start()

    def directory(self, number: int, *more: BodyEntry) -> Directory:
        systems = (
            SystemEntry(name=SystemName("core"), role=Role.CORE, url=self.core.url),
            SystemEntry(name=INTERFACE, role=Role.INTERFACE, url="https://127.0.0.1:1"),
            SystemEntry(name=NEIGHBOUR, role=Role.INTERFACE, url=self.neighbour.url),
            SystemEntry(name=HOME, role=Role.INTERMEDIATE, url=self.home.url),
            SystemEntry(name=SystemName("intermediate-2"), role=Role.INTERMEDIATE, url="https://127.0.0.1:1"),
        )
        bodies = (body(HERE, INTERFACE, HOME), body(THERE, NEIGHBOUR, "intermediate-2"), *more)
        return Directory(
            number=number,
            made_at_ms=InstantMs(number),
            list_version=PermissionList.load().version,
            log_origin="log",
            log_key="key",
            witness_keys=(),
            sign_key=bytes(32),
            seal_key=bytes(1216),
            systems=systems,
            bodies=bodies,
        )

    async def send(self, client: Client, message: Envelope) -> Envelope:
        return await post(client, self.target, message)


def body(name: BodyId, interface: str, system: str) -> BodyEntry:
    return BodyEntry(
        id=name,
        name_ja=name,
        name_en=name,
        code=None,
        categories=(),
        state=BodyState.CONNECTED,
        pia=PiaState.IN_ORDER,
        interface=SystemName(interface),
        system=SystemName(system),
        sign_key=bytes(32),
        seal_key=bytes(1216),
    )


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        made = World(tmp_path, stack)
        await made.prepare()
        yield made


async def ready(world: World) -> Client:
    """A client of the body's own system, once the interface system has its directory."""
    client = world.client(Role.INTERMEDIATE, HOME)
    while True:
        try:
            await client.fetch(world.target, "/v1/directory")
        except RenkeiError:
            continue
        return client


async def test_an_envelope_reaches_core_neighbour_and_home_and_the_reply_comes_back(world: World) -> None:
    home = await ready(world)
    for recipient, where in ((CORE, world.core), (THERE, world.neighbour), (HERE, world.home)):
        asked = envelope(HERE, recipient)
        reply = await world.send(home, asked)
        assert reply.header.answers == asked.header.message
        assert where.heard == [asked]


async def test_core_and_neighbours_reach_the_bodies_that_are_connected_here(world: World) -> None:
    await ready(world)
    await world.send(world.client(Role.CORE, "core"), envelope(CORE, HERE))
    await world.send(world.client(Role.INTERFACE, NEIGHBOUR), envelope(THERE, HERE))
    assert [each.header.sender for each in world.home.heard] == [CORE, THERE]


async def test_who_may_not_speak_for_the_sender_is_refused(world: World) -> None:
    await ready(world)
    impostor = world.client(Role.INTERMEDIATE, "intermediate-2")
    assert await problem_of(world.send(impostor, envelope(HERE, CORE))) is Problem.WRONG_ROLE
    for role in (Role.LINE, Role.ADDRESSEE, Role.CARD, Role.RESIDENTS, Role.OPERATOR, Role.SUPERVISION):
        client = world.client(role, HOME, HERE)
        assert await problem_of(world.send(client, envelope(HERE, CORE))) is Problem.WRONG_ROLE, role
    assert world.core.heard == []


async def test_without_a_certificate_of_this_network_there_is_no_connection(world: World, tmp_path: Path) -> None:
    foreign = Identities.found(tmp_path / "foreign").tls(Role.INTERMEDIATE, HOME)
    mixed = msgspec.structs.replace(foreign, authorities=world.identities.authorities)
    client = Client(mixed)
    assert await problem_of(world.send(client, envelope(HERE, CORE))) is not None
    await client.close()
    assert world.core.heard == []


async def test_malformed_and_oversized_envelopes_are_refused(world: World) -> None:
    home = await ready(world)
    for sent, problem in (
        (b"{}", Problem.WRONG_TYPE),
        (b"\x00", Problem.MALFORMED),
        (encode(Stored(stored=1)), Problem.UNKNOWN_FIELD),
    ):
        assert await problem_of(home.post_bytes(world.target, PATH, sent, JSON)) is problem
    large = envelope(HERE, CORE, sealed=bytes(ENVELOPES_BYTES))
    assert await problem_of(world.send(home, large)) is Problem.TOO_LARGE
    assert world.core.heard == []


async def test_a_receiver_that_is_down_is_unreachable_and_back_at_once(world: World) -> None:
    home = await ready(world)
    await world.neighbour.stop()
    assert await problem_of(world.send(home, envelope(HERE, THERE))) is Problem.UNREACHABLE
    await world.send(home, envelope(HERE, CORE))
    await world.neighbour.start()
    await world.send(home, envelope(HERE, THERE))


async def test_a_receiver_that_never_replies_is_given_up_before_the_sender_gives_us_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ClientLimits().total_s > wiring.REPLY_S
    monkeypatch.setattr(wiring, "REPLY_S", 0.5)
    await world.restart()
    home = await ready(world)
    world.neighbour.silence = asyncio.Event()
    async with asyncio.timeout(20):
        assert await problem_of(world.send(home, envelope(HERE, THERE))) is Problem.UNREACHABLE
    world.neighbour.silence.set()


async def test_a_silent_receiver_does_not_hold_up_the_others(world: World) -> None:
    home = await ready(world)
    world.neighbour.silence = asyncio.Event()
    silent = [asyncio.create_task(world.send(home, envelope(HERE, THERE))) for _ in range(2)]
    while len(world.neighbour.heard) < 2:
        await asyncio.sleep(0)
    assert await problem_of(world.send(home, envelope(HERE, THERE))) is Problem.BUSY
    await world.send(home, envelope(HERE, CORE))
    world.neighbour.silence.set()
    assert len(await asyncio.gather(*silent)) == 2


async def test_what_the_recipient_refuses_the_sender_hears(world: World) -> None:
    home = await ready(world)
    world.neighbour.fails = RenkeiError(Problem.BAD_ENVELOPE, "seal")
    assert await problem_of(world.send(home, envelope(HERE, THERE))) is Problem.BAD_ENVELOPE


async def test_the_directory_is_handed_on_as_the_core_signed_it(world: World) -> None:
    home = await ready(world)
    for role in (Role.INTERMEDIATE, Role.DISCLOSURE, Role.LINE, Role.INTERFACE):
        client = world.client(role, "somebody")
        assert await client.ask(world.target, "/v1/directory", SignedDirectory) == world.core.signed
    card = world.client(Role.CARD, "card-1")
    assert await problem_of(card.fetch(world.target, "/v1/directory")) is Problem.WRONG_ROLE
    new = BodyId("011002-mayor")
    assert await problem_of(world.send(home, envelope(HERE, new))) is Problem.UNKNOWN_BODY
    world.core.publish(world.directory(2, body(new, INTERFACE, HOME)))
    while await home.ask(world.target, "/v1/directory", SignedDirectory) != world.core.signed:
        pass
    await world.send(home, envelope(HERE, new))


async def test_the_kept_directory_serves_while_the_core_is_down(world: World) -> None:
    await ready(world)
    await world.core.stop()
    await world.restart()
    home = world.client(Role.INTERMEDIATE, HOME)
    assert await home.ask(world.target, "/v1/directory", SignedDirectory) == world.core.signed
    await world.send(home, envelope(HERE, THERE))
    await world.core.start()


async def test_a_directory_of_another_key_is_never_believed(world: World) -> None:
    home = await ready(world)
    before = world.core.signed
    forged = SoftwareKeyStore.create(system_entropy)
    forged.make("directory", KeyPurpose.SIGN)
    honest, world.core.keys = world.core.keys, forged
    world.core.publish(world.directory(9))
    assert await problem_of(world.send(home, envelope(HERE, BodyId("nobody")))) is Problem.UNKNOWN_BODY
    assert await home.ask(world.target, "/v1/directory", SignedDirectory) == before
    world.core.keys = honest


async def test_a_revoked_sender_is_refused(world: World) -> None:
    await ready(world)
    tls = world.identities.tls(Role.INTERMEDIATE, HOME)
    client = Client(tls)
    await world.send(client, envelope(HERE, CORE))
    world.certification.revoke(tls)
    found = await until_refused(lambda: world.send(client, envelope(HERE, CORE)))
    assert found is Problem.REVOKED_CERTIFICATE
    await client.close()


# Permission lists.


async def lists_here(world: World, version: str, *, held: bool) -> Client:
    """A client of the body's own system, once the interface system names that list, or holds it too."""
    home = await ready(world)
    named = AnnouncedList(version=version, applies_from="2099-04-01")
    world.core.publish(msgspec.structs.replace(world.directory(2), announced=(named,)))
    while True:
        lists = msgspec.json.decode(await home.fetch(world.target, "/v1/health"))["lists"]
        if version in (lists["held"] if held else lists["missing"]):
            return home


async def test_a_list_that_the_directory_names_is_passed_on_and_not_written_down(world: World) -> None:
    world.core.lists[NEWER.version] = ListFiles(files=NEWER_FILES)
    home = await lists_here(world, NEWER.version, held=True)
    found = await home.ask(world.target, f"/v1/lists/{NEWER.version}", ListFiles)
    assert found.files == NEWER_FILES
    assert not list(world.folder.glob("*lists*"))
    assert await problem_of(home.fetch(world.target, f"/v1/lists/{OTHER.version}")) is Problem.UNKNOWN_DOOR


async def test_a_list_with_another_hash_is_never_passed_on(world: World) -> None:
    world.core.lists[NEWER.version] = ListFiles(files=OTHER_FILES)
    home = await lists_here(world, NEWER.version, held=False)
    call = home.fetch(world.target, f"/v1/lists/{NEWER.version}")
    assert await problem_of(call) is Problem.UNREACHABLE
    world.core.lists[NEWER.version] = ListFiles(files=NEWER_FILES)
    await lists_here(world, NEWER.version, held=True)
    found = await home.ask(world.target, f"/v1/lists/{NEWER.version}", ListFiles)
    assert found.files == NEWER_FILES


async def test_health_counts_what_was_relayed_and_keeps_nothing_else(world: World) -> None:
    home = await ready(world)
    await world.send(home, envelope(HERE, THERE, sealed=b"canary-sealed-77"))
    health = msgspec.json.decode(await home.fetch(world.target, "/v1/health"))
    assert health == {"v": 1, "system": "interface-a", "directory": 1, "relayed": {"answers": 1}, "lists": lists_of()}
    kept = [path for path in world.folder.iterdir() if path.is_file()]
    assert [path.name for path in kept] == ["directory.json"]
    assert all(b"canary" not in path.read_bytes() for path in kept)


async def test_it_runs_as_a_process_of_its_own(world: World) -> None:
    tls = world.config.tls
    file = world.folder / "interface.toml"
    key = base64.b64encode(world.core.keys.public("directory")).decode()
    file.write_text(
        f'name = "interface-a"\nlog = "interface.log"\n[listen]\nport = 0\n'
        f'[tls]\ncertificate = "{tls.certificate}"\nkey = "{tls.key}"\nauthorities = "{tls.authorities}"\n'
        f'[directory]\nurl = "{world.core.url}"\nrole = "core"\nkey = "{key}"\nkept = "process.directory.json"\n'
    )
    async with process("interface", file) as (_, ready_line):
        assert ready_line["ready"] == "interface-a"
        world.target = Target(ready_line["url"], Role.INTERFACE, INTERFACE)
        home = await ready(world)
        await world.send(home, envelope(HERE, THERE))


def test_the_sample_configuration_loads() -> None:
    config = load(SAMPLE, Config)
    assert (config.name, config.under_way) == ("interface-a", 64)
    assert config.directory.kept == SAMPLE.parent / "interface-a.directory.json"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("under_way = 64", "under_way = 0"),
        ("under_way = 64", "store = 'x.db'"),
        ('url = "https://127.0.0.1:4430"', 'url = "http://127.0.0.1:4430"'),
        ("port = 4451", "port = 70000"),
        ("AAAA=", "AA=="),
    ],
)
def test_a_wrong_configuration_is_refused_naming_the_key(tmp_path: Path, old: str, new: str) -> None:
    text = SAMPLE.read_text()
    assert old in text
    wrong = tmp_path / "interface.toml"
    wrong.write_text(text.replace(old, new, 1))
    with pytest.raises(RenkeiError) as caught:
        load(wrong, Config)
    assert caught.value.problem is Problem.BAD_CONFIGURATION
