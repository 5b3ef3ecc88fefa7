"""The residents system over real TLS and a real store, with a core that can be told to fail."""

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
import pytest

from renkei.messages.acquisition import (
    AcquisitionResult,
    AcquisitionResults,
    CardRequest,
    CardRequests,
    NumberRequest,
    NumberRequests,
    ResidentRequests,
)
from renkei.messages.codec import Message
from renkei.messages.residents import Resident, Residents, Stored
from renkei.platform.config import Listen, load
from renkei.platform.peers.client import Client, Target
from renkei.platform.peers.sources import CertificationSource, PeerAddress
from renkei.systems.residents.rules import KEYS
from renkei.systems.residents.wiring import Config, build
from renkei.terms.bodies import Role, SystemName
from renkei.terms.codes import AcquisitionNumber
from renkei.terms.errors import RenkeiError
from renkei.terms.numbers import IndividualNumber, ResidentCode
from renkei.terms.problems import Problem
from renkei.terms.secrets import SecretText

from .identities import Identities, key_file
from .running import ScriptedCertification, ScriptedPeer, opened, problem_of, process, until_refused
from .stores import only_sqlite, store_at

BODY = "141003-mayor"
ACQUISITIONS = "/v1/acquisitions"
CARDS = "/v1/acquisitions/card"

SAMPLE = Path(__file__).parents[2] / "etc" / "residents.toml"


def resident(i: int, card: str | None = None, address: str = "横浜市中区") -> Resident:
    return Resident(
        resident=ResidentCode.parse(ResidentCode.complete(f"{i:010}")),
        number=IndividualNumber.parse(IndividualNumber.complete(f"{i:011}")),
        name=SecretText("番号花子"),
        kana=SecretText("バンゴウハナコ"),
        address=SecretText(address),
        born_on="1985-04-01",
        sex="f",
        card=card,
    )


def acquisition(i: int) -> AcquisitionNumber:
    return AcquisitionNumber.parse(f"{0xACDC0000 + i:032x}")


def wishes(*numbers: int) -> NumberRequests:
    requests = (NumberRequest(acquisition=acquisition(i), number=resident(i).number) for i in numbers)
    return NumberRequests(requests=tuple(requests))


def answer(message: Message) -> AcquisitionResults:
    assert isinstance(message, ResidentRequests)
    results = (AcquisitionResult(acquisition=one.acquisition) for one in message.requests)
    return AcquisitionResults(results=tuple(results))


class World:
    """The system, a scripted core, and a client per role."""

    def __init__(self, folder: Path, stack: AsyncExitStack) -> None:
        self.folder, self._stack = folder, stack
        self.identities = Identities.found(folder / "tls")
        core_tls = self.identities.tls(Role.CORE, "core")
        self.core = ScriptedPeer(core_tls, {ACQUISITIONS: (ResidentRequests, Role.RESIDENTS, answer)})
        self.addressee = self.client(Role.ADDRESSEE, "addressee-1", BODY)
        self.operator = self.client(Role.OPERATOR, "operator-1")
        self.disclosure = self.client(Role.DISCLOSURE, "disclosure")
        self.target = Target("", Role.RESIDENTS)
        self._running = AsyncExitStack()

    def client(self, role: Role, system: str, body: str | None = None) -> Client:
        client = Client(self.identities.tls(role, system, body))
        self._stack.push_async_callback(client.close)
        return client

    async def prepare(self) -> None:
        await self.core.start()
        self._stack.push_async_callback(self.core.stop)
        self.config = Config(
            name=SystemName("residents"),
            store=store_at(self.folder / "residents.db"),
            listen=Listen(port=0),
            tls=self.identities.tls(Role.RESIDENTS, "residents"),
            keys=key_file(self.folder, KEYS),
            core=PeerAddress(url=self.core.url),
        )
        await self.start()
        self._stack.push_async_callback(self.stop)

    async def start(self) -> None:
        url = await self._running.enter_async_context(opened(build, self.config))
        self.target = Target(url, Role.RESIDENTS, SystemName("residents"))

    async def stop(self) -> None:
        await self._running.aclose()

    async def register(self, *residents: Resident, by: Client | None = None) -> int:
        message = Residents(residents=residents)
        return (await (by or self.operator).send(self.target, "/v1/residents", message, Stored)).stored

    async def acquire(self, *numbers: int, by: Client | None = None) -> list[str | None]:
        done = await (by or self.addressee).send(self.target, ACQUISITIONS, wishes(*numbers), AcquisitionResults)
        assert [one.acquisition for one in done.results] == [acquisition(i) for i in numbers]
        return [one.problem for one in done.results]

    async def acquire_by_card(self, *cards: str, by: Client | None = None) -> list[str | None]:
        requests = tuple(CardRequest(acquisition=acquisition(i), card=card) for i, card in enumerate(cards))
        message = CardRequests(requests=requests)
        done = await (by or self.disclosure).send(self.target, CARDS, message, AcquisitionResults)
        return [one.problem for one in done.results]

    def asked(self) -> list[tuple[str, list[ResidentCode]]]:
        """What the core heard so far: for which body, which residents."""
        heard = [message for message in self.core.heard if isinstance(message, ResidentRequests)]
        return [(message.body, [one.resident for one in message.requests]) for message in heard]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        world = World(tmp_path, stack)
        await world.prepare()
        yield world


async def test_codes_are_wanted_for_the_body_in_the_certificate(world: World) -> None:
    assert await world.register(resident(1), resident(2)) == 2
    assert await world.acquire(2, 9, 1) == [None, "unknown-number", None]
    assert world.asked() == [(BODY, [resident(2).resident, resident(1).resident])]


async def test_an_addressee_system_without_a_body_is_refused(world: World) -> None:
    await world.register(resident(1))
    nobody = world.client(Role.ADDRESSEE, "addressee-9")
    assert await problem_of(world.acquire(1, by=nobody)) == Problem.WRONG_CERTIFICATE
    assert world.asked() == []


async def test_the_card_stands_for_the_person_at_the_disclosure_system(world: World) -> None:
    await world.register(resident(1, card="c1"), resident(2))
    assert await world.acquire_by_card("c1", "c2") == [None, "unknown-number"]
    assert world.asked() == [("disclosure", [resident(1).resident])]


async def test_each_door_is_for_one_role(world: World) -> None:
    assert await problem_of(world.register(resident(1), by=world.addressee)) == Problem.WRONG_ROLE
    assert await problem_of(world.acquire(1, by=world.operator)) == Problem.WRONG_ROLE
    assert await problem_of(world.acquire(1, by=world.disclosure)) == Problem.WRONG_ROLE
    assert await problem_of(world.acquire_by_card("c1", by=world.addressee)) == Problem.WRONG_ROLE
    assert world.asked() == []


async def test_registering_again_replaces_and_registering_is_durable(world: World) -> None:
    await world.register(resident(1, card="old"))
    await world.register(resident(1, card="new", address="川崎市川崎区"))
    await world.stop()
    await world.start()
    assert await world.acquire_by_card("old", "new") == ["unknown-number", None]
    assert await world.acquire(1) == [None]


async def test_7_2_a_resident_who_got_a_new_number_is_found_by_it_alone(world: World) -> None:
    await world.register(resident(1))
    old, new = resident(1).number, resident(5).number
    changed = Resident(**{f: getattr(resident(1), f) for f in Resident.__struct_fields__} | {"number": new})
    await world.register(changed)
    assert await world.acquire(1, 5) == ["unknown-number", None]
    assert old != new
    assert world.asked() == [(BODY, [resident(1).resident])]


@pytest.mark.parametrize("shared", ["number", "card"])
async def test_a_number_or_card_of_another_resident_stops_the_whole_list(world: World, shared: str) -> None:
    await world.register(resident(1, card="c1"))
    thief = {f: getattr(resident(2), f) for f in Resident.__struct_fields__}
    thief |= {shared: getattr(resident(1, card="c1"), shared)}
    caught = await problem_of(world.register(resident(3, card="c3"), Resident(**thief)))
    assert caught == Problem.REPEATED_OTHERWISE
    assert await world.acquire(3, 1) == ["unknown-number", None]
    assert await world.acquire_by_card("c3", "c1") == ["unknown-number", None]


def having(i: int, number: int, card: str | None = None) -> Resident:
    """A resident with the number of another place."""
    return msgspec.structs.replace(resident(i, card=card), number=resident(number).number)


async def test_in_one_list_what_was_given_up_may_be_taken_and_what_is_used_may_not(world: World) -> None:
    await world.register(resident(1, card="c1"), resident(2, card="c2"))
    # 1 gives up number and card before 2 takes them; the last word on a resident counts.
    assert await world.register(having(1, 7), having(2, 1, card="c1"), having(1, 8, card="c8")) == 3
    assert await world.acquire(1, 7, 8, 2) == [None, "unknown-number", None, "unknown-number"]
    assert await world.acquire_by_card("c1", "c2", "c8") == [None, "unknown-number", None]
    codes = [resident(2).resident, resident(1).resident]
    assert world.asked() == [(BODY, codes), ("disclosure", codes)]
    for pair in ((resident(3, card="c3"), resident(4, card="c3")), (having(2, 8, card="c1"), having(1, 9))):
        assert await problem_of(world.register(*pair)) == Problem.REPEATED_OTHERWISE
    assert await world.acquire(3, 9) == ["unknown-number", "unknown-number"]


async def test_a_number_twice_in_one_list_goes_on_twice(world: World) -> None:
    await world.register(resident(1))
    assert await world.acquire(1, 9, 1) == [None, "unknown-number", None]
    assert world.asked() == [(BODY, [resident(1).resident] * 2)]


@pytest.mark.parametrize("problem", [Problem.UNREACHABLE, Problem.BUSY, Problem.WRONG_ROLE, Problem.BAD_STORE])
async def test_a_core_that_cannot_fails_the_whole_call_and_a_repeat_is_whole(world: World, problem: Problem) -> None:
    await world.register(resident(1))
    world.core.fails = RenkeiError(problem)
    expected = Problem.BUSY if problem is Problem.BUSY else Problem.UNREACHABLE
    assert await problem_of(world.acquire(1, 9)) == expected
    world.core.fails = None
    assert await world.acquire(1, 9) == [None, "unknown-number"]


async def test_a_body_that_the_core_does_not_know_is_told_so(world: World) -> None:
    await world.register(resident(1))
    world.core.fails = RenkeiError(Problem.UNKNOWN_BODY)
    assert await problem_of(world.acquire(1)) == Problem.UNKNOWN_BODY


async def test_a_core_that_is_down_is_called_again_when_it_is_back(world: World) -> None:
    await world.register(resident(1))
    await world.core.stop()
    assert await problem_of(world.acquire(1)) == Problem.UNREACHABLE
    await world.core.start()
    assert await world.acquire(1) == [None]


@only_sqlite
async def test_21_2_neither_store_nor_log_holds_an_acquisition_number_or_a_person(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        await world.register(resident(1, card="card-7"))
        await world.acquire(1, 9)
        await world.acquire_by_card("card-7")
        world.core.fails = RenkeiError(Problem.UNREACHABLE)
        await problem_of(world.acquire(1))
    await world.stop()
    canaries = [acquisition(i).reveal() for i in (0, 1, 9)]
    canaries += [resident(i).number.reveal() for i in (1, 9)]
    canaries += [resident(1).resident.reveal(), "番号花子", "横浜市中区", "card-7"]
    files = list(world.folder.glob("residents.db*"))
    texts = [path.read_bytes() for path in files]
    texts += [
        repr((record.getMessage(), record.__dict__)).encode() for record in caplog.records if record.name == "renkei"
    ]
    assert len(texts) > len(files) >= 1
    assert [canary for canary in canaries for text in texts if canary.encode() in text] == []
    await world.start()


async def test_health_answers_every_role(world: World) -> None:
    for client in (world.operator, world.disclosure, world.addressee):
        assert await client.fetch(world.target, "/v1/health") == b'{"v":1,"system":"residents"}'


def test_the_sample_configuration_loads() -> None:
    config = load(SAMPLE, Config)
    assert config.name == "residents"
    assert config.keys.path == SAMPLE.parent / "residents.keys"


async def test_as_a_process_it_says_when_it_is_ready_and_a_kill_loses_nothing(world: World) -> None:
    await world.stop()
    tls = world.config.tls
    file = world.folder / "residents.toml"
    file.write_text(
        f"""name = "residents"
store = "{world.config.store}"
log = "residents.log"
listen = {{ port = 0 }}
tls = {{ certificate = "{tls.certificate}", key = "{tls.key}", authorities = "{tls.authorities}" }}
keys = {{ path = "keys", unlock = "keys.unlock" }}
core = {{ url = "{world.core.url}" }}
"""
    )
    async with process("residents", file) as (child, ready):
        assert (ready["ready"], ready["pid"]) == ("residents", child.pid)
        world.target = Target(ready["url"], Role.RESIDENTS, SystemName("residents"))
        await world.register(resident(1))
        # Whatever it has answered for must outlive the hardest end.
        child.kill()
        await child.wait()
    await world.start()
    assert await world.acquire(1) == [None]


async def test_a_certificate_that_was_revoked_meanwhile_is_refused_without_a_restart(world: World) -> None:
    certification = ScriptedCertification(world.identities.tls(Role.CERTIFICATION, "certification"))
    await certification.start()
    await world.stop()
    source = CertificationSource(url=certification.url, refresh_ms=1)
    world.config = msgspec.structs.replace(world.config, certification=source)
    await world.start()
    await world.register(resident(1))
    lost = world.identities.tls(Role.ADDRESSEE, "addressee-1", BODY)
    caller = Client(lost)
    certification.revoke(lost)
    refused = await until_refused(lambda: world.acquire(404, by=caller))
    assert refused == Problem.REVOKED_CERTIFICATE
    await world.register(resident(1))
    await caller.close()
    await world.stop()
    await certification.stop()
    await world.start()
