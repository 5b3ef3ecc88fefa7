"""One body's addressee system over real TLS and a real store, with a registry and a directory that can fail."""

import base64
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from renkei.messages.acquisition import (
    AcquisitionResult,
    AcquisitionResults,
    AddresseeRequest,
    AddresseeRequests,
    NumberRequests,
)
from renkei.messages.addressee import Person, Persons
from renkei.messages.codec import Message, encode
from renkei.messages.directory import BodyEntry, Directory, SignedDirectory, signed_bytes
from renkei.messages.residents import Stored
from renkei.platform.config import Listen, load
from renkei.platform.peers.client import Client, Target
from renkei.platform.peers.identity import Peer
from renkei.platform.peers.server import Asked, Door, Server
from renkei.platform.peers.sources import CertificationSource, DirectorySource, PeerAddress
from renkei.systems.addressee.rules import KEYS
from renkei.systems.addressee.wiring import Config, build
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import AddresseeNumber, BodyId, BodyState, LineNumber, PiaState, Role, SystemName
from renkei.terms.codes import AcquisitionNumber
from renkei.terms.errors import RenkeiError
from renkei.terms.numbers import IndividualNumber
from renkei.terms.problems import Problem

from .identities import Identities, key_file
from .running import ScriptedCertification, ScriptedPeer, opened, problem_of, process, until_refused
from .stores import only_sqlite, store_at

MAYOR, BOARD = BodyId("141003-mayor"), BodyId("141003-education")
ACQUISITIONS = "/v1/acquisitions"
SAMPLE = Path(__file__).parents[2] / "etc" / "addressee.toml"
CORE_KEY = Ed25519PrivateKey.generate()


def number(i: int) -> IndividualNumber:
    return IndividualNumber.parse(IndividualNumber.complete(f"{i:011}"))


def person(i: int, number_of: int | None = None) -> Person:
    return Person(
        addressee=AddresseeNumber(f"ADDRESSEE-{i}"),
        number=number(i if number_of is None else number_of),
        lines={"welfare": LineNumber(f"LINE-{i}")},
    )


def acquisition(i: int) -> AcquisitionNumber:
    return AcquisitionNumber.parse(f"{0xACDC0000 + i:032x}")


def answer(message: Message) -> AcquisitionResults:
    assert isinstance(message, NumberRequests)
    results = (AcquisitionResult(acquisition=one.acquisition) for one in message.requests)
    return AcquisitionResults(results=tuple(results))


def directory(number: int, system: str) -> SignedDirectory:
    body = BodyEntry(
        id=MAYOR,
        name_ja="横浜市",
        name_en="Yokohama",
        code="141003",
        categories=(),
        state=BodyState.CONNECTED,
        pia=PiaState.IN_ORDER,
        interface=SystemName("interface-a"),
        system=SystemName(system),
        sign_key=bytes(32),
        seal_key=bytes(1216),
    )
    whole = Directory(
        number=number,
        made_at_ms=InstantMs(0),
        list_version="0" * 64,
        log_origin="log",
        log_key="",
        witness_keys=(),
        sign_key=bytes(32),
        seal_key=bytes(1216),
        systems=(),
        bodies=(body,),
    )
    text = encode(whole).decode()
    return SignedDirectory(directory=text, signature=CORE_KEY.sign(signed_bytes(text)))


class World:
    """The system, a scripted registry, a scripted interface, and a client per role."""

    def __init__(self, folder: Path, stack: AsyncExitStack) -> None:
        self.folder, self._stack = folder, stack
        self.identities = Identities.found(folder / "tls")
        registry = self.identities.tls(Role.RESIDENTS, "residents")
        self.residents = ScriptedPeer(registry, {ACQUISITIONS: (NumberRequests, Role.ADDRESSEE, answer)})
        self.line = self.client(Role.LINE, "welfare", MAYOR)
        self.intermediate = self.client(Role.INTERMEDIATE, "intermediate-1")
        self.other = self.client(Role.INTERMEDIATE, "intermediate-2")
        self.published = directory(1, "intermediate-1")
        self.interface = self._interface()
        self.target = Target("", Role.ADDRESSEE)
        self._running = AsyncExitStack()

    def client(self, role: Role, system: str, body: str | None = None) -> Client:
        client = Client(self.identities.tls(role, system, body))
        self._stack.push_async_callback(client.close)
        return client

    def _interface(self) -> Server:
        async def published(_peer: Peer, _asked: Asked) -> SignedDirectory:
            return self.published

        door = Door("GET", "/v1/directory", None, frozenset({Role.ADDRESSEE}), published)
        return Server(Listen(port=0), self.identities.tls(Role.INTERFACE, "interface-a"), [door])

    async def prepare(self) -> None:
        for peer in (self.residents, self.interface):
            await peer.start()
            self._stack.push_async_callback(peer.stop)
        self.config = Config(
            name=SystemName("addressee-1"),
            body=MAYOR,
            store=store_at(self.folder / "addressee.db"),
            listen=Listen(port=0),
            tls=self.identities.tls(Role.ADDRESSEE, "addressee-1", MAYOR),
            keys=key_file(self.folder, KEYS),
            directory=DirectorySource(
                url=self.interface.url,
                key=CORE_KEY.public_key().public_bytes_raw(),
                kept=self.folder / "directory.json",
            ),
            residents=PeerAddress(url=self.residents.url),
        )
        await self.start()
        self._stack.push_async_callback(self.stop)

    async def start(self) -> None:
        url = await self._running.enter_async_context(opened(build, self.config))
        self.target = Target(url, Role.ADDRESSEE, SystemName("addressee-1"))

    async def stop(self) -> None:
        await self._running.aclose()

    async def register(self, *persons: Person, by: Client | None = None) -> int:
        return (await (by or self.line).send(self.target, "/v1/persons", Persons(persons=persons), Stored)).stored

    async def acquire(self, *addressees: int, by: Client | None = None) -> list[str | None]:
        requests = tuple(
            AddresseeRequest(acquisition=acquisition(i), addressee=AddresseeNumber(f"ADDRESSEE-{i}"))
            for i in addressees
        )
        message = AddresseeRequests(requests=requests)
        done = await (by or self.intermediate).send(self.target, ACQUISITIONS, message, AcquisitionResults)
        assert [one.acquisition for one in done.results] == [acquisition(i) for i in addressees]
        return [one.problem for one in done.results]

    async def until_acquired(self, *addressees: int, by: Client) -> list[str | None]:
        """Repeat while the directory is on its way."""
        while True:
            try:
                return await self.acquire(*addressees, by=by)
            except RenkeiError as error:
                if error.problem not in {Problem.WRONG_ROLE, Problem.UNREACHABLE}:
                    raise

    def asked(self) -> list[list[IndividualNumber]]:
        heard = [message for message in self.residents.heard if isinstance(message, NumberRequests)]
        return [[one.number for one in message.requests] for message in heard]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        world = World(tmp_path, stack)
        await world.prepare()
        assert await world.until_acquired(404, by=world.intermediate) == ["unknown-addressee"]
        yield world


async def test_known_addressees_go_on_by_number_in_one_call(world: World) -> None:
    assert await world.register(person(1), person(2)) == 2
    assert await world.acquire(2, 9, 1) == [None, "unknown-addressee", None]
    assert world.asked() == [[number(2), number(1)]]


async def test_line_systems_of_another_body_and_other_roles_register_nothing(world: World) -> None:
    for caller in (world.client(Role.LINE, "school", BOARD), world.client(Role.LINE, "nobody"), world.intermediate):
        assert await problem_of(world.register(person(1), by=caller)) == Problem.WRONG_ROLE
    assert await world.acquire(1) == ["unknown-addressee"]


async def test_only_the_intermediate_server_that_the_directory_names_may_acquire(world: World) -> None:
    await world.register(person(1))
    for caller in (world.other, world.line):
        assert await problem_of(world.acquire(1, by=caller)) == Problem.WRONG_ROLE
    assert world.asked() == []


async def test_a_body_that_moved_is_served_at_its_new_intermediate_server_without_a_restart(world: World) -> None:
    await world.register(person(1))
    world.published = directory(2, "intermediate-2")
    assert await world.until_acquired(1, by=world.other) == [None]
    assert await problem_of(world.acquire(1, by=world.intermediate)) == Problem.WRONG_ROLE


async def test_the_directory_last_seen_serves_while_the_interface_is_away(world: World) -> None:
    await world.register(person(1))
    await world.interface.stop()
    await world.stop()
    await world.start()
    assert await world.acquire(1) == [None]
    health = await world.intermediate.fetch(world.target, "/v1/health")
    assert health == b'{"v":1,"system":"addressee-1","directory":1}'


async def test_registering_again_replaces_and_registering_is_durable(world: World) -> None:
    await world.register(person(1))
    await world.register(person(1, number_of=5))
    await world.stop()
    await world.start()
    assert await world.acquire(1) == [None]
    assert world.asked() == [[number(5)]]


async def test_a_number_of_another_addressee_stops_the_whole_list(world: World) -> None:
    await world.register(person(1))
    assert await problem_of(world.register(person(3), person(2, number_of=1))) == Problem.REPEATED_OTHERWISE
    assert await world.acquire(3, 2, 1) == ["unknown-addressee", "unknown-addressee", None]


async def test_in_one_list_a_number_that_was_given_up_may_be_taken_and_one_that_is_used_may_not(world: World) -> None:
    await world.register(person(1), person(2))
    # 1 gives up its number before 2 takes it; the last word on a person counts.
    assert await world.register(person(1, number_of=7), person(2, number_of=1), person(1, number_of=8)) == 3
    assert await world.acquire(1, 2) == [None, None]
    assert world.asked() == [[number(8), number(1)]]
    for pair in ((person(3), person(4, number_of=3)), (person(2, number_of=8), person(1))):
        assert await problem_of(world.register(*pair)) == Problem.REPEATED_OTHERWISE
    assert await world.acquire(3, 1, 2) == ["unknown-addressee", None, None]


async def test_an_addressee_twice_in_one_list_of_acquisitions_goes_on_twice(world: World) -> None:
    await world.register(person(1))
    assert await world.acquire(1, 9, 1) == [None, "unknown-addressee", None]
    assert world.asked() == [[number(1), number(1)]]


@pytest.mark.parametrize("problem", [Problem.UNREACHABLE, Problem.BUSY, Problem.WRONG_ROLE, Problem.BAD_STORE])
async def test_a_registry_that_cannot_fails_the_whole_call_and_a_repeat_is_whole(
    world: World, problem: Problem
) -> None:
    await world.register(person(1))
    world.residents.fails = RenkeiError(problem)
    expected = Problem.BUSY if problem is Problem.BUSY else Problem.UNREACHABLE
    assert await problem_of(world.acquire(1, 9)) == expected
    world.residents.fails = None
    assert await world.acquire(1, 9) == [None, "unknown-addressee"]


async def test_a_body_that_the_core_does_not_know_is_told_so(world: World) -> None:
    await world.register(person(1))
    world.residents.fails = RenkeiError(Problem.UNKNOWN_BODY)
    assert await problem_of(world.acquire(1)) == Problem.UNKNOWN_BODY


@only_sqlite
async def test_21_2_neither_store_nor_log_holds_an_acquisition_number_or_a_person(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        await world.register(person(1))
        await world.acquire(1, 9)
        world.residents.fails = RenkeiError(Problem.UNREACHABLE)
        await problem_of(world.acquire(1))
    await world.stop()
    canaries = [acquisition(i).reveal() for i in (1, 9)]
    canaries += [number(1).reveal(), "ADDRESSEE-1", "LINE-1", "welfare"]
    files = list(world.folder.glob("addressee.db*"))
    texts = [path.read_bytes() for path in files]
    assert [canary for canary in canaries for text in texts if canary.encode() in text] == []
    lines = [repr((one.getMessage(), one.__dict__)) for one in caplog.records if one.name == "renkei"]
    assert len(lines) > 0
    # The name of the line system that registered may be logged; persons may not.
    assert [canary for canary in canaries[:-1] for line in lines if canary in line] == []
    await world.start()


def test_the_sample_configuration_loads() -> None:
    config = load(SAMPLE, Config)
    assert config.body == MAYOR
    assert config.store.address == SAMPLE.parent / "addressee.db"


async def test_as_a_process_it_says_when_it_is_ready_and_ends_when_told(world: World) -> None:
    await world.stop()
    file = world.folder / "addressee.toml"
    tls, source = world.config.tls, world.config.directory
    file.write_text(
        f"""name = "addressee-1"
body = "{MAYOR}"
store = "{world.config.store}"
log = "addressee.log"
listen = {{ port = 0 }}
tls = {{ certificate = "{tls.certificate}", key = "{tls.key}", authorities = "{tls.authorities}" }}
keys = {{ path = "keys", unlock = "keys.unlock" }}
residents = {{ url = "{world.residents.url}" }}
[directory]
url = "{source.url}"
key = "{base64.b64encode(source.key).decode()}"
kept = "directory.json"
"""
    )
    async with process("addressee", file) as (child, ready):
        assert ready["ready"] == "addressee-1"
        assert ready["pid"] == child.pid
        world.target = Target(ready["url"], Role.ADDRESSEE, SystemName("addressee-1"))
        await world.register(person(1))
        assert await world.until_acquired(1, by=world.intermediate) == [None]
    await world.start()


async def test_a_certificate_that_was_revoked_meanwhile_is_refused_without_a_restart(world: World) -> None:
    certification = ScriptedCertification(world.identities.tls(Role.CERTIFICATION, "certification"))
    await certification.start()
    await world.stop()
    source = CertificationSource(url=certification.url, refresh_ms=1)
    world.config = msgspec.structs.replace(world.config, certification=source)
    await world.start()
    assert await world.register(person(1)) == 1
    lost = world.identities.tls(Role.LINE, "welfare", MAYOR)
    caller = Client(lost)
    certification.revoke(lost)
    refused = await until_refused(lambda: world.register(person(1), by=caller))
    assert refused == Problem.REVOKED_CERTIFICATE
    assert await world.register(person(1)) == 1
    await caller.close()
    await world.stop()
    await certification.stop()
    await world.start()
