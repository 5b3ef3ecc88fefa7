"""The body's register at work over a store and a registry that can fail."""

from collections.abc import Sequence
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.crypto.columns import ColumnSealer
from renkei.crypto.software import SoftwareKeyStore
from renkei.messages.acquisition import (
    AcquisitionResult,
    AcquisitionResults,
    AddresseeRequest,
    AddresseeRequests,
    NumberRequests,
)
from renkei.messages.addressee import Person, Persons
from renkei.messages.codec import decode, encode
from renkei.messages.directory import BodyEntry, Directory
from renkei.systems.addressee.ports import Entry, SealedNumber
from renkei.systems.addressee.rules import COLUMN_KEY, KEYS, Keeper, merged
from renkei.systems.addressee.service import Register
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import AddresseeNumber, BodyId, BodyState, LineNumber, PiaState, SystemName
from renkei.terms.codes import AcquisitionNumber
from renkei.terms.errors import RenkeiError
from renkei.terms.numbers import IndividualNumber
from renkei.terms.problems import Problem

MAYOR, BOARD = BodyId("141003-mayor"), BodyId("141003-education")
OWN, OTHER = SystemName("intermediate-1"), SystemName("intermediate-2")


def body(body_id: BodyId, system: SystemName) -> BodyEntry:
    return BodyEntry(
        id=body_id,
        name_ja="横浜市",
        name_en="Yokohama",
        code="141003",
        categories=(),
        state=BodyState.CONNECTED,
        pia=PiaState.IN_ORDER,
        interface=SystemName("interface-a"),
        system=system,
        sign_key=bytes(32),
        seal_key=bytes(1216),
    )


DIRECTORY = Directory(
    number=3,
    made_at_ms=InstantMs(0),
    list_version="0" * 64,
    log_origin="log",
    log_key="",
    witness_keys=(),
    sign_key=bytes(32),
    seal_key=bytes(1216),
    systems=(),
    bodies=(body(MAYOR, OWN), body(BOARD, OTHER)),
)


def number(i: int) -> IndividualNumber:
    return IndividualNumber.parse(IndividualNumber.complete(f"{i:011}"))


def person(i: int) -> Person:
    return Person(addressee=AddresseeNumber(f"A{i}"), number=number(i), lines={"welfare": LineNumber(f"W{i}")})


def wish(i: int, addressee: int) -> AddresseeRequest:
    acquisition = AcquisitionNumber.parse(f"{i:032x}")
    return AddresseeRequest(acquisition=acquisition, addressee=AddresseeNumber(f"A{addressee}"))


class MemoryStore:
    """The Store port in memory."""

    def __init__(self) -> None:
        self.rows: dict[bytes, Entry] = {}

    async def register(self, entries: Sequence[Entry]) -> None:
        self.rows |= {entry.addressee_tag: entry for entry in entries}

    async def by_addressee(self, tags: Sequence[bytes]) -> list[SealedNumber | None]:
        found = [self.rows.get(tag) for tag in tags]
        return [None if one is None else SealedNumber(one.addressee_tag, one.sealed_number) for one in found]


class ScriptedResidents:
    """Answers each request, and fails or lies when told to."""

    def __init__(self) -> None:
        self.asked: list[NumberRequests] = []
        self.fails: RenkeiError | None = None
        self.forgets = 0

    async def acquire(self, requests: NumberRequests) -> AcquisitionResults:
        self.asked.append(requests)
        if self.fails:
            raise self.fails
        results = [AcquisitionResult(acquisition=one.acquisition) for one in requests.requests]
        return AcquisitionResults(results=tuple(results[self.forgets :]))


class ScriptedDirectories:
    """The directory as known; counts how often a newer one was wanted."""

    def __init__(self) -> None:
        self.known: Directory | None = DIRECTORY
        self.woken = 0

    @property
    def current(self) -> Directory:
        if self.known is None:
            raise RenkeiError(Problem.UNREACHABLE)
        return self.known

    def wake(self) -> None:
        self.woken += 1


class World:
    def __init__(self) -> None:
        luck = count(1)
        keys = SoftwareKeyStore.create(lambda length: next(luck).to_bytes(length))
        for key_id, purpose in KEYS.items():
            keys.make(key_id, purpose)
        self.sealer = ColumnSealer(keys, COLUMN_KEY, lambda length: next(luck).to_bytes(length))
        self.store, self.residents = MemoryStore(), ScriptedResidents()
        self.keeper = Keeper(keys, self.sealer)
        self.directories = ScriptedDirectories()
        self.register = Register(MAYOR, self.directories, self.store, self.keeper, self.residents)

    async def know(self, *people: int) -> None:
        await self.register.register(MAYOR, Persons(persons=tuple(person(i) for i in people)))

    async def acquire(self, *wishes: AddresseeRequest, system: SystemName = OWN) -> list[str | None]:
        done = await self.register.acquire(system, AddresseeRequests(requests=wishes))
        assert [one.acquisition for one in done.results] == [one.acquisition for one in wishes]
        return [one.problem for one in done.results]


@pytest.fixture
def world() -> World:
    return World()


async def test_the_number_goes_on_and_the_addressee_number_stays(world: World) -> None:
    await world.know(1, 2)
    assert await world.acquire(wish(7, 2)) == [None]
    (asked,) = world.residents.asked
    assert [one.number for one in asked.requests] == [number(2)]
    assert b"A2" not in encode(asked)


async def test_unknown_addressees_are_named_and_the_rest_goes_on_in_one_call(world: World) -> None:
    await world.know(1, 2)
    problems = await world.acquire(wish(1, 9), wish(2, 1), wish(3, 2))
    assert problems == ["unknown-addressee", None, None]
    assert [len(asked.requests) for asked in world.residents.asked] == [2]


async def test_the_registry_is_not_called_for_nobody(world: World) -> None:
    assert await world.acquire(wish(1, 9)) == ["unknown-addressee"]
    assert world.residents.asked == []


@pytest.mark.parametrize("peer_body", [BOARD, None])
async def test_a_line_system_of_another_body_stores_nothing(world: World, peer_body: BodyId | None) -> None:
    with pytest.raises(RenkeiError) as caught:
        await world.register.register(peer_body, Persons(persons=(person(1),)))
    assert caught.value.problem is Problem.WRONG_ROLE
    assert world.store.rows == {}


@pytest.mark.parametrize("system", [OTHER, SystemName("intermediate-9")])
async def test_only_the_intermediate_server_of_this_body_may_acquire(world: World, system: SystemName) -> None:
    await world.know(1)
    with pytest.raises(RenkeiError) as caught:
        await world.acquire(wish(1, 1), system=system)
    assert caught.value.problem is Problem.WRONG_ROLE
    assert world.residents.asked == []
    assert world.directories.woken == 1


async def test_before_the_first_directory_nobody_is_admitted_yet(world: World) -> None:
    await world.know(1)
    world.directories.known = None
    with pytest.raises(RenkeiError) as caught:
        await world.acquire(wish(1, 1))
    assert caught.value.problem is Problem.UNREACHABLE


async def test_a_body_that_the_directory_does_not_know_has_no_intermediate_server(world: World) -> None:
    register = Register(BodyId("999"), world.directories, world.store, world.keeper, world.residents)
    with pytest.raises(RenkeiError) as caught:
        await register.acquire(OWN, AddresseeRequests(requests=(wish(1, 1),)))
    assert caught.value.problem is Problem.WRONG_ROLE


async def test_a_registry_that_is_away_fails_the_whole_call_and_nothing_is_kept(world: World) -> None:
    await world.know(1)
    before = dict(world.store.rows)
    world.residents.fails = RenkeiError(Problem.UNREACHABLE, "residents")
    with pytest.raises(RenkeiError) as caught:
        await world.acquire(wish(1, 1), wish(2, 9))
    assert caught.value.problem is Problem.UNREACHABLE
    assert world.store.rows == before
    world.residents.fails = None
    assert await world.acquire(wish(1, 1), wish(2, 9)) == [None, "unknown-addressee"]


async def test_a_reply_that_leaves_somebody_out_counts_as_no_reply(world: World) -> None:
    await world.know(1, 2)
    world.residents.forgets = 1
    with pytest.raises(RenkeiError) as caught:
        await world.acquire(wish(1, 1), wish(2, 2))
    assert caught.value.problem is Problem.UNREACHABLE


async def test_nothing_of_a_person_lies_open_in_a_row(world: World) -> None:
    await world.know(1)
    (entry,) = world.store.rows.values()
    for column in (entry.addressee_tag, entry.number_tag, entry.sealed_number, entry.sealed_lines):
        assert not any(secret in column for secret in (number(1).reveal().encode(), b"A1", b"W1", b"welfare"))
    opened = world.sealer.open("person", "sealed_lines", entry.addressee_tag, entry.sealed_lines)
    assert decode(Person, opened) == person(1)


async def test_a_number_moved_to_another_row_does_not_open(world: World) -> None:
    await world.know(1, 2)
    one, two = world.store.rows.values()
    with pytest.raises(RenkeiError) as caught:
        world.keeper.number(SealedNumber(one.addressee_tag, two.sealed_number))
    assert caught.value.problem is Problem.BAD_STORE


@given(known=st.lists(st.booleans(), max_size=40), repeated=st.booleans())
def test_every_request_gets_its_own_result_in_order(known: list[bool], repeated: bool) -> None:
    wishes = [wish(0 if repeated else i, i) for i in range(len(known))]
    numbers = [number(i) if one else None for i, one in enumerate(known)]
    answers = [
        AcquisitionResult(acquisition=one.acquisition, problem=f"p-{'x' * i}")
        for i, one in enumerate(wishes)
        if known[i]
    ]
    results = merged(wishes, numbers, answers)
    expected = [f"p-{'x' * i}" if one else "unknown-addressee" for i, one in enumerate(known)]
    assert [one.problem for one in results] == expected
