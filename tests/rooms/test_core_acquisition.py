"""符号の取得 at the core (法21条の2, 命令44条), and what is left of it on the core's disk and in its log: nothing."""

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
import pytest

from renkei.messages.acquisition import AcquisitionResults, ResidentRequest, ResidentRequests
from renkei.messages.fields import Outcome
from renkei.platform.peers.client import PeerRefusedError, PeerUnreachableError
from renkei.systems.core.store.issuance import SqlIssuance
from renkei.systems.core.store.work import SqlStore
from renkei.terms.bodies import BodyId, BodyState
from renkei.terms.codes import AcquisitionNumber, BodyCode
from renkei.terms.problems import Problem

from .core_stage import DISCLOSURE, MAYOR, OTHER, Stage, inquiry, report, resident, set_stage
from .stores import only_sqlite


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        yield await set_stage(tmp_path, stack)


async def test_each_body_gets_its_own_code_under_the_acquisition_number_it_gave(stage: Stage) -> None:
    message, results = await stage.acquire(MAYOR, 1, 2)
    double = stage.bodies[MAYOR]
    await stage.until(double, lambda: len(double.deliveries) == 2)
    assert [result.problem for result in results.results] == [None, None]
    assert [result.acquisition for result in results.results] == [each.acquisition for each in message.requests]
    assert [number for number, _ in double.deliveries] == [each.acquisition.reveal() for each in message.requests]
    theirs = await stage.code(OTHER, 1)
    assert len({*double.codes(), theirs}) == 3
    assert BodyCode.parse(double.codes()[0], MAYOR).owner == MAYOR
    counts = await stage.settled(lambda counts: counts.pending_codes == 0)
    assert (counts.persons, counts.codes_issued) == (2, 3)


async def test_art_44_2_a_body_that_has_a_code_is_told_so_and_not_told_the_code(stage: Stage) -> None:
    await stage.code(MAYOR, 1)
    double = stage.bodies[MAYOR]
    await stage.acquire(MAYOR, 1)
    await stage.until(double, lambda: len(double.deliveries) == 2)
    assert double.deliveries[1][1] is None
    assert (await stage.counts()).codes_issued == 1


async def test_two_acquisitions_of_one_person_in_one_message_bring_one_code(stage: Stage) -> None:
    await stage.acquire(MAYOR, 1, 1)
    double = stage.bodies[MAYOR]
    await stage.until(double, lambda: len(double.deliveries) == 2)
    assert len(double.codes()) == 1
    assert (await stage.counts()).persons == 1


async def test_one_acquisition_number_twice_in_one_message_brings_one_delivery(stage: Stage) -> None:
    double = stage.bodies[MAYOR]
    double.away = True
    asked = [("a", 1), ("a", 1), ("a", 2), ("b", 2), ("b", 2)]
    requests = tuple(
        ResidentRequest(acquisition=AcquisitionNumber(digit * 32), resident=resident(serial)) for digit, serial in asked
    )
    results = await stage.send_acquisition(ResidentRequests(body=MAYOR, requests=requests))
    assert [result.problem for result in results.results] == [None] * 5
    assert (await stage.counts()).pending_codes == 2
    double.away = False
    await stage.until(double, lambda: len(double.deliveries) == 2)
    assert [number for number, _ in double.deliveries] == ["a" * 32, "b" * 32]
    # The number stands for the person with whom it came first; what came later under it counts for nothing.
    assert len(set(double.codes())) == 2


async def test_in_one_message_those_who_have_a_code_stand_beside_those_who_get_one(stage: Stage) -> None:
    await stage.code(MAYOR, 1)
    await stage.code(OTHER, 2)
    double = stage.bodies[MAYOR]
    message, _ = await stage.acquire(MAYOR, 3, 1, 2, 3)
    await stage.until(double, lambda: len(double.deliveries) == 5)
    assert [number for number, _ in double.deliveries[1:]] == [each.acquisition.reveal() for each in message.requests]
    assert [code is not None for _, code in double.deliveries[1:]] == [True, False, True, False]
    counts = await stage.settled(lambda counts: counts.pending_codes == 0)
    assert (counts.persons, counts.codes_issued) == (3, 4)


async def test_the_same_acquisition_again_while_its_code_waits_changes_nothing(stage: Stage) -> None:
    double = stage.bodies[MAYOR]
    double.away = True
    message, _ = await stage.acquire(MAYOR, 1, 2)
    await stage.send_acquisition(message)
    assert (await stage.counts()).pending_codes == 2
    double.away = False
    await stage.until(double, lambda: len(double.deliveries) == 2)
    assert len(double.codes()) == 2


async def test_codes_for_an_absent_body_wait_in_the_store_and_go_out_after_a_restart(stage: Stage) -> None:
    double = stage.bodies[MAYOR]
    double.away = True
    await stage.acquire(MAYOR, 1)
    before = double.asked
    await stage.until(double, lambda: double.asked > before)
    await stage.restart()
    double.away = False
    await stage.until(double, lambda: len(double.deliveries) == 1)
    await stage.settled(lambda counts: counts.pending_codes == 0)


async def test_the_code_of_a_person_stays_the_same_over_a_restart(stage: Stage) -> None:
    code = await stage.code(MAYOR, 1)
    await stage.restart()
    await stage.code(OTHER, 1)
    (reply,) = await stage.inquire(inquiry(code))
    assert stage.verified(reply).record["event"] == "permitted"


@pytest.mark.parametrize("kept", [False, True], ids=["before the commit", "after the commit"])
async def test_a_crash_at_the_commit_followed_by_a_repeat_brings_one_code(
    stage: Stage, kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = SqlStore.write

    async def ending(self: SqlStore, name: str, job: object) -> object:
        if name != "acquisition":
            return await write(self, name, job)  # type: ignore[arg-type]
        if kept:
            await write(self, name, job)  # type: ignore[arg-type]
        raise RuntimeError("the process ends here")

    double = stage.bodies[MAYOR]
    double.away = True
    message, _ = await stage.acquire(MAYOR, 9)  # gives us a message to send by hand
    message = ResidentRequests(
        body=MAYOR, requests=tuple(msgspec.structs.replace(each, resident=resident(1)) for each in message.requests)
    )
    monkeypatch.setattr(SqlStore, "write", ending)
    with pytest.raises(PeerUnreachableError):
        await stage.send_acquisition(message)
    monkeypatch.setattr(SqlStore, "write", write)
    await stage.restart()
    await stage.send_acquisition(message)
    assert (await stage.counts()).pending_codes == 1


@pytest.mark.parametrize(("body", "problem"), [("nobody", "unknown-body"), (OTHER, "wrong-state")])
async def test_a_body_that_is_not_connected_gets_no_code(stage: Stage, body: str, problem: str) -> None:
    await stage.change(OTHER, state=BodyState.SUSPENDED)
    _, results = await stage.acquire(BodyId(body), 1)
    assert [result.problem for result in results.results] == [problem]
    assert (await stage.counts()).persons == 0


async def test_a_code_that_a_body_turns_away_is_given_up_and_said_loudly(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.bodies[MAYOR].turns_away = "unknown-addressee"
    await stage.acquire(MAYOR, 1)

    def said() -> list[logging.LogRecord]:
        return [each for each in caplog.records if each.message == "turned-away"]

    await stage.settled(lambda counts: counts.pending_codes == 0 and bool(said()))
    (line,) = said()
    assert line.levelno == logging.ERROR


async def test_only_residents_may_bring_resident_codes(stage: Stage) -> None:
    message, _ = await stage.acquire(MAYOR, 1)
    with pytest.raises(PeerRefusedError) as refused:
        await stage.operator.send(stage.target, "/v1/acquisitions", message, AcquisitionResults)
    assert refused.value.problem is Problem.WRONG_ROLE


async def test_two_residents_with_one_link_code_are_never_merged(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if HMAC collided: the store says that this person came from another 住民票コード."""
    await stage.code(MAYOR, 1)
    true = SqlIssuance.residents
    monkeypatch.setattr(SqlIssuance, "residents", lambda self, persons: dict.fromkeys(true(self, persons), b"x" * 32))
    with pytest.raises(PeerUnreachableError):
        await stage.acquire(OTHER, 1)
    assert (await stage.counts()).codes_issued == 1


@only_sqlite
async def test_neither_number_nor_code_is_found_on_the_core_s_disk_or_in_its_log(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        stage.bodies[MAYOR].away = True
        await stage.code(OTHER, 1)
        own = await stage.code(DISCLOSURE, 1)
        message, _ = await stage.acquire(MAYOR, 1)
        asked = inquiry(stage.bodies[OTHER].codes()[0], provider=DISCLOSURE)
        await stage.inquire(asked, body=OTHER)
        await stage.report(report(asked, Outcome.PROVIDED))
        await stage.records(own)
    secrets = [resident(1).reveal(), message.requests[0].acquisition.reveal()]
    for body in (OTHER, DISCLOSURE):
        for text in stage.bodies[body].codes():
            secrets += [text, BodyCode.parse(text, body).reveal().hex()]
    on_disk = b"".join(path.read_bytes() for path in stage.folder.glob("core.db*"))
    said = "\n".join(str(record.__dict__) for record in caplog.records)
    assert asked.inquiry.encode() in on_disk  # what is looked for would be found
    for secret in secrets:
        assert secret not in said
        assert secret.encode() not in on_disk
        if len(secret) == 32:
            assert bytes.fromhex(secret) not in on_disk
