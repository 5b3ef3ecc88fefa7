"""The registry at work over a store and a core that can fail."""

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
    CardRequest,
    CardRequests,
    NumberRequest,
    NumberRequests,
    ResidentRequests,
)
from renkei.messages.codec import decode, encode
from renkei.messages.residents import Resident, Residents
from renkei.systems.residents.ports import Entry, SealedCode
from renkei.systems.residents.rules import COLUMN_KEY, INDEX_KEY, KEYS, Keeper, merged
from renkei.systems.residents.service import Registry
from renkei.terms.bodies import DISCLOSURE, BodyId
from renkei.terms.codes import AcquisitionNumber
from renkei.terms.errors import RenkeiError
from renkei.terms.numbers import IndividualNumber, ResidentCode
from renkei.terms.problems import Problem
from renkei.terms.secrets import SecretText

BODY = BodyId("141003-mayor")


def resident(i: int, card: str | None = None) -> Resident:
    return Resident(
        resident=ResidentCode.parse(ResidentCode.complete(f"{i:010}")),
        number=IndividualNumber.parse(IndividualNumber.complete(f"{i:011}")),
        name=SecretText("番号花子"),
        kana=SecretText("バンゴウハナコ"),
        address=SecretText("横浜市中区"),
        born_on="1985-04-01",
        sex="f",
        card=card,
    )


def acquisition(i: int) -> AcquisitionNumber:
    return AcquisitionNumber.parse(f"{i:032x}")


def wish(i: int, number: int) -> NumberRequest:
    return NumberRequest(acquisition=acquisition(i), number=resident(number).number)


class MemoryStore:
    """The Store port in memory."""

    def __init__(self) -> None:
        self.rows: dict[bytes, Entry] = {}

    async def register(self, entries: Sequence[Entry]) -> None:
        self.rows |= {entry.resident_tag: entry for entry in entries}

    async def by_number(self, tags: Sequence[bytes]) -> list[SealedCode | None]:
        return [self._find("number_tag", tag) for tag in tags]

    async def by_card(self, tags: Sequence[bytes]) -> list[SealedCode | None]:
        return [self._find("card_tag", tag) for tag in tags]

    def _find(self, column: str, tag: bytes) -> SealedCode | None:
        found = (entry for entry in self.rows.values() if getattr(entry, column) == tag)
        return next((SealedCode(entry.resident_tag, entry.sealed_code) for entry in found), None)


class ScriptedCore:
    """Answers each request, and fails or lies when told to."""

    def __init__(self) -> None:
        self.asked: list[ResidentRequests] = []
        self.fails: RenkeiError | None = None
        self.forgets = 0
        self.problem: str | None = None

    async def acquire(self, requests: ResidentRequests) -> AcquisitionResults:
        self.asked.append(requests)
        if self.fails:
            raise self.fails
        results = [AcquisitionResult(acquisition=one.acquisition, problem=self.problem) for one in requests.requests]
        return AcquisitionResults(results=tuple(results[self.forgets :]))


class World:
    def __init__(self) -> None:
        luck = count(1)
        keys = SoftwareKeyStore.create(lambda length: next(luck).to_bytes(length))
        for key_id, purpose in KEYS.items():
            keys.make(key_id, purpose)
        self.keys = keys
        self.sealer = ColumnSealer(keys, COLUMN_KEY, lambda length: next(luck).to_bytes(length))
        self.store, self.core = MemoryStore(), ScriptedCore()
        self.keeper = Keeper(keys, self.sealer)
        self.registry = Registry(self.store, self.keeper, self.core)

    async def register(self, *residents: Resident) -> None:
        await self.registry.register(Residents(residents=residents))


@pytest.fixture
def world() -> World:
    return World()


async def test_27_3_only_the_resident_code_goes_on_to_the_core(world: World) -> None:
    await world.register(resident(1), resident(2))
    done = await world.registry.by_number(BODY, NumberRequests(requests=(wish(7, 2),)))
    assert done.results == (AcquisitionResult(acquisition=acquisition(7)),)
    (asked,) = world.core.asked
    assert asked.body == BODY
    assert [(one.acquisition, one.resident) for one in asked.requests] == [(acquisition(7), resident(2).resident)]
    assert resident(2).number.reveal().encode() not in encode(asked)


async def test_unknown_numbers_are_named_and_the_rest_goes_on_in_one_call(world: World) -> None:
    await world.register(resident(1), resident(2))
    wishes = (wish(1, 9), wish(2, 1), wish(3, 8), wish(4, 2))
    done = await world.registry.by_number(BODY, NumberRequests(requests=wishes))
    assert [one.problem for one in done.results] == ["unknown-number", None, "unknown-number", None]
    assert [one.acquisition for one in done.results] == [one.acquisition for one in wishes]
    assert [len(asked.requests) for asked in world.core.asked] == [2]


async def test_the_core_is_not_called_for_nobody(world: World) -> None:
    done = await world.registry.by_number(BODY, NumberRequests(requests=(wish(1, 9),)))
    assert done.results == (AcquisitionResult(acquisition=acquisition(1), problem="unknown-number"),)
    assert world.core.asked == []


async def test_what_the_core_says_of_one_person_reaches_the_body(world: World) -> None:
    await world.register(resident(1))
    world.core.problem = "unknown-body"
    done = await world.registry.by_number(BODY, NumberRequests(requests=(wish(1, 1),)))
    assert [one.problem for one in done.results] == ["unknown-body"]


async def test_a_card_stands_for_its_holder_and_the_body_is_the_disclosure_system(world: World) -> None:
    await world.register(resident(1, card="c1"), resident(2, card="c2"), resident(3))
    requests = tuple(CardRequest(acquisition=acquisition(i), card=card) for i, card in enumerate(("c2", "c9")))
    done = await world.registry.by_card(CardRequests(requests=requests))
    assert [one.problem for one in done.results] == [None, "unknown-number"]
    (asked,) = world.core.asked
    assert asked.body == DISCLOSURE
    assert [one.resident for one in asked.requests] == [resident(2).resident]


@pytest.mark.parametrize("problem", [Problem.UNREACHABLE, Problem.BUSY])
async def test_a_core_that_is_away_fails_the_whole_call_and_nothing_is_kept(world: World, problem: Problem) -> None:
    await world.register(resident(1))
    before = dict(world.store.rows)
    world.core.fails = RenkeiError(problem, "core")
    with pytest.raises(RenkeiError) as caught:
        await world.registry.by_number(BODY, NumberRequests(requests=(wish(1, 1), wish(2, 9))))
    assert caught.value.problem is problem
    assert world.store.rows == before
    world.core.fails = None
    again = await world.registry.by_number(BODY, NumberRequests(requests=(wish(1, 1), wish(2, 9))))
    assert [one.problem for one in again.results] == [None, "unknown-number"]


async def test_a_reply_that_leaves_somebody_out_counts_as_no_reply(world: World) -> None:
    await world.register(resident(1), resident(2))
    world.core.forgets = 1
    with pytest.raises(RenkeiError) as caught:
        await world.registry.by_number(BODY, NumberRequests(requests=(wish(1, 1), wish(2, 2))))
    assert caught.value.problem is Problem.UNREACHABLE


async def test_nothing_of_a_resident_lies_open_in_a_row(world: World) -> None:
    await world.register(resident(1, card="card-one"))
    (entry,) = world.store.rows.values()
    secrets = [resident(1).resident.reveal(), resident(1).number.reveal(), "番号花子", "横浜市中区", "1985", "card-one"]
    for column in (entry.resident_tag, entry.number_tag, entry.card_tag, entry.sealed_code, entry.sealed_facts):
        assert column is not None
        assert not any(secret.encode() in column for secret in secrets)


async def test_the_sealed_facts_hold_the_whole_entry(world: World) -> None:
    await world.register(resident(1, card="card-one"))
    (entry,) = world.store.rows.values()
    facts = world.sealer.open("resident", "sealed_facts", entry.resident_tag, entry.sealed_facts)
    assert decode(Resident, facts) == resident(1, card="card-one")


async def test_a_code_moved_to_another_row_does_not_open(world: World) -> None:
    await world.register(resident(1), resident(2))
    one, two = world.store.rows.values()
    with pytest.raises(RenkeiError) as caught:
        world.keeper.code(SealedCode(one.resident_tag, two.sealed_code))
    assert caught.value.problem is Problem.BAD_STORE


def test_equal_digits_in_two_columns_have_different_tags(world: World) -> None:
    digits = resident(1).number
    assert world.keeper.number_tags([digits]) != world.keeper.card_tags([digits.reveal()])
    assert world.keeper.number_tags([digits]) != world.keys.mac(INDEX_KEY, [digits.reveal().encode()])


def test_rows_do_not_print_what_they_hold(world: World) -> None:
    (entry,) = world.keeper.entries([resident(1)])
    assert "sealed" not in repr(entry)


@given(known=st.lists(st.booleans(), max_size=40), repeated=st.booleans())
def test_every_request_gets_its_own_result_in_order(known: list[bool], repeated: bool) -> None:
    numbers = [acquisition(0 if repeated else i) for i in range(len(known))]
    codes = [resident(i).resident if one else None for i, one in enumerate(known)]
    answers = [
        AcquisitionResult(acquisition=number, problem=f"p-{'x' * i}")
        for i, (number, one) in enumerate(zip(numbers, known, strict=True))
        if one
    ]
    results = merged(numbers, codes, answers)
    expected = [f"p-{'x' * i}" if one else "unknown-number" for i, one in enumerate(known)]
    assert [one.problem for one in results] == expected
    assert [one.acquisition for one in results] == numbers
