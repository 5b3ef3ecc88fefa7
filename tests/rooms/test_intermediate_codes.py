"""Codes and replicas of a body (法21条の2, 命令44条), through a real store."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from renkei.messages.acquisition import CodeDeliveries, CodeDelivery
from renkei.messages.envelope import Label
from renkei.messages.fields import Period
from renkei.messages.line import Addressees, CodeState, ReplicaKey, ReplicaKeys, Replicas
from renkei.messages.provision import Ack
from renkei.platform.peers.client import PeerUnreachableError
from renkei.systems.intermediate.rules.presented import REPLICA_BYTES
from renkei.systems.intermediate.service import codes, replicas
from renkei.terms.bodies import AddresseeNumber, BodyId
from renkei.terms.codes import AcquisitionNumber
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.terms.secrets import SecretText

from .intermediate_world import HANAKO, KAWASAKI, KIND, REPLICA, TARO, YOKOHAMA, World
from .stores import behind


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = World(tmp_path)
    yield made
    await made.database.close()


def persons(*numbers: str, wait_ms: int = 0) -> Addressees:
    return Addressees(addressees=tuple(AddresseeNumber(each) for each in numbers), wait_ms=wait_ms)


async def states(world: World, *numbers: str, body: BodyId = YOKOHAMA) -> list[tuple[str, str | None]]:
    found = (await codes.states(world.office, body, persons(*numbers))).codes
    return [(each.state.value, each.problem) for each in found]


async def acquisitions(world: World, body: BodyId = YOKOHAMA) -> int:
    return len(await codes.due(world.office, body))


def rows_left(world: World, table: str) -> int:
    return int(behind(world.path, f"SELECT COUNT(*) FROM {table}")[0][0])


async def test_a_code_is_asked_for_once_and_arrives_from_the_core(world: World) -> None:
    first = (await codes.acquire(world.office, YOKOHAMA, persons("1", "2", "1"))).codes
    assert [each.state for each in first] == [CodeState.REQUESTED] * 3
    await codes.acquire(world.office, YOKOHAMA, persons("1"))
    await world.settle()
    found = (await codes.states(world.office, YOKOHAMA, persons("2", "1", "3"))).codes
    assert [each.addressee for each in found] == ["2", "1", "3"]
    assert [each.code.reveal() if each.code else None for each in found] == [
        world.core.code(YOKOHAMA, HANAKO).text(),
        world.core.code(YOKOHAMA, TARO).text(),
        None,
    ]
    assert [each.state for each in found] == [CodeState.ACQUIRED, CodeState.ACQUIRED, CodeState.NONE]
    assert sum(len(each.requests) for each in world.network.acquisitions) == 2
    # Asking again for what is there changes nothing.
    await codes.acquire(world.office, YOKOHAMA, persons("1", "2"))
    assert await acquisitions(world) == 0


async def test_each_acquisition_has_a_number_of_its_own_and_it_is_deleted_with_the_code(world: World) -> None:
    await codes.acquire(world.office, YOKOHAMA, persons("1", "2"))
    assert rows_left(world, "acquisition") == 2
    await world.settle()
    (requests,) = world.network.acquisitions
    assert len({each.acquisition for each in requests.requests}) == 2
    assert rows_left(world, "acquisition") == 0


async def test_one_body_knows_a_person_under_another_code_than_the_next(world: World) -> None:
    await world.acquire(YOKOHAMA, "1")
    await world.acquire(KAWASAKI, "1")
    first = (await codes.states(world.office, YOKOHAMA, persons("1"))).codes[0].code
    second = (await codes.states(world.office, KAWASAKI, persons("1"))).codes[0].code
    assert first != second
    assert await states(world, "1", "2", body=KAWASAKI) == [("acquired", None), ("none", None)]


async def test_a_person_who_is_not_found_fails_alone_and_may_be_tried_again(world: World) -> None:
    world.network.addressee_problem = {"1": "unknown-number"}
    await world.acquire(YOKOHAMA, "1", "2")
    assert await states(world, "1", "2") == [("failed", "unknown-number"), ("acquired", None)]
    assert rows_left(world, "acquisition") == 0
    world.network.addressee_problem = {}
    await world.acquire(YOKOHAMA, "1")
    assert await states(world, "1") == [("acquired", None)]


async def test_a_person_who_has_a_code_under_another_addressee_number_fails(world: World) -> None:
    await world.acquire(YOKOHAMA, "1")
    await world.acquire(YOKOHAMA, "11")
    assert await states(world, "1", "11") == [("acquired", None), ("failed", "wrong-state")]
    assert rows_left(world, "acquisition") == 0


@pytest.mark.parametrize("weather", [["before"], ["after"], ["after", "after"]])
async def test_a_crash_or_a_lost_reply_repeats_the_same_acquisition(world: World, weather: list[str]) -> None:
    await codes.acquire(world.office, YOKOHAMA, persons("1"))
    (before,) = await codes.due(world.office, YOKOHAMA)
    world.network.lost = list(weather)
    for _ in weather:
        with pytest.raises(PeerUnreachableError):
            await codes.send(world.office, YOKOHAMA, await codes.due(world.office, YOKOHAMA))
        await world.restart()
    (after,) = await codes.due(world.office, YOKOHAMA)
    assert after == before
    # To each repeat that reached it the core says "already", after the code.
    await world.core_sends(YOKOHAMA)
    assert await states(world, "1") == [("requested" if weather == ["before"] else "acquired", None)]
    await world.settle()
    assert await states(world, "1") == [("acquired", None)]


async def test_a_repeated_delivery_is_acknowledged_again(world: World) -> None:
    await codes.acquire(world.office, YOKOHAMA, persons("1"))
    await codes.send(world.office, YOKOHAMA, await codes.due(world.office, YOKOHAMA))
    (delivery,) = world.core.deliveries[YOKOHAMA].values()
    message = CodeDeliveries(deliveries=(delivery, delivery))
    for _ in range(2):
        acks = (await world.bring(YOKOHAMA, Label.CODES, message)).acks
        assert acks == (Ack(id=delivery.id), Ack(id=delivery.id))
        await world.restart()
    assert await states(world, "1") == [("acquired", None)]


@pytest.mark.parametrize("owner", [KAWASAKI, None])
async def test_a_code_that_is_not_ours_is_turned_away_and_the_acquisition_stays(
    world: World, owner: BodyId | None
) -> None:
    await codes.acquire(world.office, YOKOHAMA, persons("1"))
    ((_, kept),) = await codes.due(world.office, YOKOHAMA)
    text = world.core.code(owner, TARO).text() if owner else "100-no-code"
    delivery = CodeDelivery(id="a" * 32, acquisition=kept.acquisition, code=SecretText(text))
    acks = (await world.bring(YOKOHAMA, Label.CODES, CodeDeliveries(deliveries=(delivery,)))).acks
    assert acks == (Ack(id="a" * 32, problem="bad-code"),)
    assert [said[0] for said in world.loud] == ["code-turned-away"]
    assert await states(world, "1") == [("requested", None)]
    assert rows_left(world, "acquisition") == 1


async def test_a_code_that_nobody_asked_for_is_turned_away(world: World) -> None:
    text = SecretText(world.core.code(YOKOHAMA, TARO).text())
    delivery = CodeDelivery(id="b" * 32, acquisition=AcquisitionNumber("c" * 32), code=text)
    acks = (await world.bring(YOKOHAMA, Label.CODES, CodeDeliveries(deliveries=(delivery,)))).acks
    assert acks == (Ack(id="b" * 32, problem="unknown-addressee"),)
    assert rows_left(world, "code") == 0


async def test_another_bodys_acquisition_number_is_unknown(world: World) -> None:
    await codes.acquire(world.office, YOKOHAMA, persons("1"))
    ((_, kept),) = await codes.due(world.office, YOKOHAMA)
    text = SecretText(world.core.code(KAWASAKI, TARO).text())
    delivery = CodeDelivery(id="d" * 32, acquisition=kept.acquisition, code=text)
    acks = (await world.bring(KAWASAKI, Label.CODES, CodeDeliveries(deliveries=(delivery,)))).acks
    assert acks == (Ack(id="d" * 32, problem="unknown-addressee"),)
    assert await states(world, "1") == [("requested", None)]


async def test_in_one_list_each_person_is_taken_for_what_is_known_of_them(world: World) -> None:
    world.network.addressee_problem = {"11": "unknown-number"}
    await world.acquire(YOKOHAMA, "1", "11")
    world.network.addressee_problem = {}
    world.persons["3"] = "jiro"
    await codes.acquire(world.office, YOKOHAMA, persons("2"))
    found = (await codes.acquire(world.office, YOKOHAMA, persons("3", "1", "2", "11", "3", "1"))).codes
    assert [(each.addressee, each.state.value) for each in found] == [
        ("3", "requested"),
        ("1", "acquired"),
        ("2", "requested"),
        ("11", "requested"),
        ("3", "requested"),
        ("1", "acquired"),
    ]
    assert found[1].code is not None
    assert [each.problem for each in found] == [None] * 6
    assert sorted(kept.addressee for _, kept in await codes.due(world.office, YOKOHAMA)) == ["11", "2", "3"]
    await world.settle()
    assert await states(world, "3", "2", "11") == [("acquired", None), ("acquired", None), ("failed", "wrong-state")]
    assert rows_left(world, "acquisition") == 0


async def test_in_one_message_of_codes_each_is_taken_for_what_it_is_and_the_same_after_a_crash(world: World) -> None:
    world.persons |= {"3": "jiro", "4": "jiro", "5": "shiro"}
    await codes.acquire(world.office, YOKOHAMA, persons("1", "2", "3", "4", "5"))
    numbers = {kept.addressee: kept.acquisition for _, kept in await codes.due(world.office, YOKOHAMA)}
    text = {who: SecretText(world.core.code(YOKOHAMA, who).text()) for who in (TARO, HANAKO, "jiro")}
    foreign = SecretText(world.core.code(KAWASAKI, HANAKO).text())
    brought = [
        ("1", text[TARO], None),
        ("1", text[TARO], None),  # the same acquisition number again
        ("2", foreign, "bad-code"),
        ("2", text[HANAKO], None),
        ("3", text["jiro"], None),
        ("4", text["jiro"], None),  # the body has it, since a moment ago, for another
        ("5", None, None),
        ("nobody", text[TARO], None),  # taken before, as far as one can know
        ("nobody", SecretText(world.core.code(YOKOHAMA, "goro").text()), "unknown-addressee"),
    ]
    message = CodeDeliveries(
        deliveries=tuple(
            CodeDelivery(
                id=f"{i:032x}", acquisition=numbers.get(AddresseeNumber(who), AcquisitionNumber("e" * 32)), code=code
            )
            for i, (who, code, _) in enumerate(brought)
        )
    )
    ended = [("acquired", None)] * 3 + [("failed", "wrong-state")] * 2
    for _ in range(2):
        acks = (await world.bring(YOKOHAMA, Label.CODES, message)).acks
        assert [ack.id for ack in acks] == [each.id for each in message.deliveries]
        assert [ack.problem for ack in acks] == [problem for _, _, problem in brought]
        assert await states(world, "1", "2", "3", "4", "5") == ended
        assert rows_left(world, "acquisition") == 0
        await world.restart()
    assert [said[3] for said in world.loud] == [f"{i:032x}" for i in (2, 8, 2, 8)]


async def test_a_reply_that_mixes_results_moves_each_person_alone_and_none_whose_code_was_quicker(world: World) -> None:
    world.network.addressee_problem = {"2": "unknown-addressee", "11": "unknown-number"}
    await codes.acquire(world.office, YOKOHAMA, persons("1", "2", "11"))
    pending = await codes.due(world.office, YOKOHAMA)
    quick = next(kept for _, kept in pending if kept.addressee == "11")
    code = SecretText(world.core.code(YOKOHAMA, HANAKO).text())
    delivery = CodeDelivery(id="a" * 32, acquisition=quick.acquisition, code=code)
    await world.bring(YOKOHAMA, Label.CODES, CodeDeliveries(deliveries=(delivery,)))
    await codes.send(world.office, YOKOHAMA, pending)
    ended = [("requested", None), ("failed", "unknown-addressee"), ("acquired", None)]
    assert await states(world, "1", "2", "11") == ended
    assert await acquisitions(world) == 0
    assert rows_left(world, "acquisition") == 1  # until the code of the first is there


async def test_results_that_do_not_belong_to_the_requests_are_not_believed(world: World) -> None:
    await codes.acquire(world.office, YOKOHAMA, persons("1", "2"))
    honest = world.network.acquire

    async def swapped(body: BodyId, requests: object) -> object:
        reply = await honest(body, requests)  # type: ignore[arg-type]
        return msgspec.structs.replace(reply, results=reply.results[::-1])

    world.network.acquire = swapped  # type: ignore[method-assign,assignment]
    with pytest.raises(RenkeiError) as caught:
        await codes.send(world.office, YOKOHAMA, await codes.due(world.office, YOKOHAMA))
    assert caught.value.problem is Problem.WRONG_TYPE
    assert await acquisitions(world) == 2


async def test_a_long_poll_for_codes_ends_when_they_are_there(world: World) -> None:
    poll = asyncio.create_task(codes.acquire(world.office, YOKOHAMA, persons("1", "2", wait_ms=30_000)))
    while not await acquisitions(world):
        await asyncio.sleep(0)
    assert not poll.done()
    await world.settle()
    assert [each.state for each in (await poll).codes] == [CodeState.ACQUIRED] * 2


# Replicas.


async def put(world: World, *given: object, body: BodyId = KAWASAKI) -> int:
    return (await replicas.put(world.office, body, Replicas(replicas=given))).changed  # type: ignore[arg-type]


async def test_registering_again_changes_nothing_and_replacing_does(world: World) -> None:
    other = msgspec.structs.replace(REPLICA, addressee=AddresseeNumber("2"))
    assert await put(world, REPLICA, other) == 2
    await world.restart()
    assert await put(world, REPLICA, other) == 0
    assert await put(world, REPLICA, msgspec.structs.replace(other, automatic=False)) == 1
    assert await put(world, REPLICA, body=YOKOHAMA) == 1
    assert rows_left(world, "replica") == 3


async def test_periods_are_kept_apart(world: World) -> None:
    years = [Period(first=f"{year}-01-01", last=f"{year}-12-31") for year in (2023, 2024)]
    given = [msgspec.structs.replace(REPLICA, period=period) for period in (None, *years)]
    assert await put(world, *given) == 3
    keys = ReplicaKeys(
        replicas=tuple(ReplicaKey(addressee=REPLICA.addressee, kind=KIND, period=period) for period in (None, years[0]))
    )
    assert (await replicas.delete(world.office, KAWASAKI, keys)).changed == 2
    assert (await replicas.delete(world.office, KAWASAKI, keys)).changed == 0
    assert rows_left(world, "replica") == 1


async def test_a_tenant_cannot_delete_anothers_replica(world: World) -> None:
    await put(world, REPLICA)
    keys = ReplicaKeys(replicas=(ReplicaKey(addressee=REPLICA.addressee, kind=KIND, period=None),))
    assert (await replicas.delete(world.office, YOKOHAMA, keys)).changed == 0
    assert rows_left(world, "replica") == 1


async def test_a_replica_that_is_too_large_is_refused_and_nothing_of_its_message_is_stored(world: World) -> None:
    large = msgspec.structs.replace(REPLICA, items={"所得額": SecretText("9" * REPLICA_BYTES)})
    with pytest.raises(RenkeiError) as caught:
        await put(world, REPLICA, large)
    assert caught.value.problem is Problem.TOO_LARGE
    assert "$.replicas[1]" in caught.value.detail
    assert rows_left(world, "replica") == 0
