"""Opening an account and fetching records, with twins that can fail."""

import asyncio
from collections.abc import Iterator
from itertools import count

import pytest

from renkei.messages.acquisition import CodeDelivery
from renkei.systems.disclosure.rules import Entry
from renkei.systems.disclosure.service import PAGE_RECORDS, Disclosure
from renkei.systems.disclosure.states import AccountState
from renkei.terms.bodies import BodyId, SystemName
from renkei.terms.codes import AcquisitionNumber, BodyCode
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.terms.secrets import SecretText
from tests.browser.ledger import Ledger, inquiry, inquiry_id
from tests.browser.stage import CARD, MemoryAccounts, ScriptedCore, ScriptedResidents, code_of

STRANGER = SystemName("card-9999")
WAIT_S = 30.0  # never used up: arrivals end the wait


class World:
    """The service among its twins."""

    def __init__(self) -> None:
        self.accounts = MemoryAccounts()
        self.ledger = Ledger()
        self.core = ScriptedCore({code_of(CARD).text(): self.ledger})
        self.residents = ScriptedResidents()
        ids: Iterator[int] = count(1)
        self.service = Disclosure(
            self.accounts, self.core, self.residents, self.ledger.trust, lambda: f"{next(ids):032x}"
        )
        self.residents.service = self.service


@pytest.fixture
def world() -> World:
    return World()


def delivery(acquisition: AcquisitionNumber, code: str | None, number: int = 1) -> CodeDelivery:
    return CodeDelivery(id=f"{number:032x}", acquisition=acquisition, code=None if code is None else SecretText(code))


async def test_the_first_visit_opens_an_account_and_waits_for_the_code(world: World) -> None:
    account = await world.service.account(CARD, WAIT_S)
    assert account.state is AccountState.OPEN
    assert account.code == code_of(CARD)
    assert world.accounts.rows[CARD].acquisition is None


async def test_the_second_visit_asks_nobody(world: World) -> None:
    await world.service.account(CARD, WAIT_S)
    await world.service.account(CARD, 0)
    assert len(world.residents.requests) == 1


async def test_two_windows_that_open_at_once_share_one_acquisition(world: World) -> None:
    world.residents.silent = True
    both = asyncio.gather(world.service.account(CARD, WAIT_S), world.service.account(CARD, WAIT_S))
    await asyncio.sleep(0)  # the twins never make anybody wait: one turn of the loop, and both are listening
    (listeners,) = world.service._arrivals.values()
    assert len(listeners) == 2
    (request,) = world.residents.requests
    await world.service.take([delivery(request.acquisition, code_of(CARD).text())])
    assert {account.state for account in await both} == {AccountState.OPEN}


async def test_a_visit_that_will_not_wait_says_that_the_code_is_on_its_way(world: World) -> None:
    world.residents.silent = True
    assert (await world.service.account(CARD, 0)).state is AccountState.PASSED_ON
    assert (await world.service.account(CARD, 0)).state is AccountState.PASSED_ON
    assert len(world.residents.requests) == 1


async def test_a_code_that_comes_while_nobody_waits_is_there_at_the_next_visit(world: World) -> None:
    world.residents.silent = True
    waiting = await world.service.account(CARD, 0)
    assert waiting.acquisition is not None
    await world.service.take([delivery(waiting.acquisition, code_of(CARD).text())])
    assert (await world.service.account(CARD, 0)).state is AccountState.OPEN


async def test_a_failure_keeps_the_acquisition_number_for_the_next_visit(world: World) -> None:
    world.residents.down = True
    with pytest.raises(RenkeiError) as failed:
        await world.service.account(CARD, WAIT_S)
    assert failed.value.problem is Problem.UNREACHABLE
    number = world.accounts.rows[CARD].acquisition
    world.residents.down = False
    assert (await world.service.account(CARD, WAIT_S)).state is AccountState.OPEN
    assert [request.acquisition for request in world.residents.requests] == [number]


async def test_art_21_2_nothing_is_kept_for_a_card_that_is_nobodys(world: World) -> None:
    with pytest.raises(RenkeiError) as refused:
        await world.service.account(STRANGER, WAIT_S)
    assert refused.value.problem is Problem.UNKNOWN_NUMBER
    assert not world.accounts.rows


async def test_order_art_44_2_a_holder_who_has_a_code_under_another_card_is_told_so(world: World) -> None:
    world.residents.elsewhere.add(CARD)
    account = await world.service.account(CARD, WAIT_S)
    assert (account.state, account.code, account.acquisition) == (AccountState.ELSEWHERE, None, None)


async def test_a_delivery_that_comes_twice_is_acknowledged_twice_and_changes_nothing(world: World) -> None:
    world.residents.silent = True
    waiting = await world.service.account(CARD, 0)
    assert waiting.acquisition is not None
    letter = delivery(waiting.acquisition, code_of(CARD).text())
    first = await world.service.take([letter])
    before = dict(world.accounts.rows)
    assert await world.service.take([letter]) == first
    assert first[0].problem is None
    assert world.accounts.rows == before


async def test_a_code_that_is_not_ours_is_sent_back_and_its_neighbours_are_kept(world: World) -> None:
    world.residents.silent = True
    waiting = await world.service.account(CARD, 0)
    assert waiting.acquisition is not None
    foreign = BodyCode(BodyId("141003-mayor"), 1, bytes(16)).text()
    acks = await world.service.take(
        [
            delivery(AcquisitionNumber("0" * 32), foreign, 1),
            delivery(waiting.acquisition, code_of(CARD).text(), 2),
        ]
    )
    assert [ack.problem for ack in acks] == ["bad-code", None]
    assert world.accounts.rows[CARD].state is AccountState.OPEN


async def test_g14_records_are_fetched_each_time_and_kept_nowhere(world: World) -> None:
    world.ledger.add(inquiry(1), "provided")
    code = code_of(CARD)
    for _ in range(2):
        assert len((await world.service.records(code, None)).entries) == 1
    assert len(world.core.asked) == 2
    assert len({request.request for request in world.core.asked}) == 2


async def test_pages_follow_each_other_to_the_last(world: World) -> None:
    for number in range(PAGE_RECORDS + 3):
        world.ledger.add(inquiry(number))
    first = await world.service.records(code_of(CARD), None)
    second = await world.service.records(code_of(CARD), first.older)
    assert (len(first.entries), len(second.entries), second.older) == (PAGE_RECORDS, 3, None)
    ids = [entry.first.inquiry for entry in (*first.entries, *second.entries) if isinstance(entry, Entry)]
    assert ids == [inquiry_id(number) for number in range(PAGE_RECORDS + 3)]


@pytest.mark.parametrize("before", [None, 5, 900])
async def test_a_record_is_found_wherever_the_link_said_it_stands(world: World, before: int | None) -> None:
    for number in range(130):
        world.ledger.add(inquiry(number))
    entry = await world.service.record(code_of(CARD), inquiry_id(129), before)
    assert entry.first.inquiry == inquiry_id(129)


async def test_a_record_of_somebody_else_is_not_found(world: World) -> None:
    world.ledger.add(inquiry(1))
    with pytest.raises(RenkeiError) as refused:
        await world.service.record(code_of(CARD), inquiry_id(77), None)
    assert refused.value.problem is Problem.UNKNOWN_INQUIRY
