"""A hostile operator of the core: has its database file and may write in it, but has no key.

Tried: records deleted, rewritten, given to another citizen, unmarked; notices and codes sent to another body; the log's
tiles and checkpoint changed or put back. What stopped it stands in each test, and what nothing stops.
"""

import asyncio
import logging
from contextlib import closing

import apsw
import pytest

from renkei.messages.log import RecordKeys, RecordKeysQuery
from renkei.platform.peers.client import PeerUnreachableError
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.translog.receipt import ReceiptError, verify_receipt
from tests.rooms.core_stage import DISCLOSURE, KENPO, MAYOR, OTHER, Stage, inquiry, report


async def behind(stage: Stage, *statements: str) -> None:
    """Stop the core, write in its file, start it again."""
    await stage.stop()
    with closing(apsw.Connection(str(stage.folder / "core.db"))) as connection:
        for statement in statements:
            connection.execute(statement)
    await stage.start()


async def citizens(stage: Stage) -> tuple[str, str]:
    """The disclosure system's codes for persons 1 and 2, of whom bodies have codes and about whom was asked once."""
    for person in (1, 2):
        await stage.code(OTHER, person)
        asked = inquiry(await stage.code(MAYOR, person))
        await stage.inquire(asked)
        await stage.report(report(asked))
    return await stage.code(DISCLOSURE, 1), await stage.code(DISCLOSURE, 2)


async def shows_nothing(stage: Stage, code: str, caplog: pytest.LogCaptureFixture) -> bool:
    """Whether the core answers with an error of its own, and says loudly that it does not believe its store."""
    caplog.set_level(logging.INFO, logger="renkei")
    with pytest.raises(PeerUnreachableError) as caught:
        await stage.records(code)
    return caught.value.detail.endswith("500") and disbelieved(caplog)


def disbelieved(caplog: pytest.LogCaptureFixture) -> bool:
    return any(getattr(record, "renkei", {}).get("problem") == "bad-store" for record in caplog.records)


async def test_a_record_given_to_another_citizen_is_shown_to_nobody(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """Stopped by the commitment to the person in the record, which the core opens again before it shows it."""
    one, two = await citizens(stage)
    other = "(SELECT person FROM record WHERE sequence = 1)"
    await behind(stage, f"UPDATE record SET person = {other} WHERE sequence = 3")
    assert await shows_nothing(stage, one, caplog)
    assert (await stage.records(two)).records == ()


async def test_a_record_that_a_body_marked_is_not_shown_though_its_column_says_so(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """Stopped by the mark in the record itself (Act art. 23(2))."""
    one, _ = await citizens(stage)
    asked = inquiry(stage.bodies[MAYOR].codes()[0], non_disclosure=True)
    await stage.inquire(asked)
    await behind(stage, "UPDATE record SET marked = 0")
    assert await shows_nothing(stage, one, caplog)


async def test_a_rewritten_record_does_not_verify_with_anybody(stage: Stage) -> None:
    """Stopped by the leaf: the receipt of another text leads to no signed root."""
    one, _ = await citizens(stage)
    await behind(stage, "UPDATE record SET record = replace(record, '141305-mayor', '141003-mayor') WHERE sequence = 1")
    (shown,) = (await stage.records(one)).records
    with pytest.raises(ReceiptError) as caught:
        verify_receipt(shown.first, stage.trust)
    assert caught.value.step.value == "inclusion"


async def test_a_rewritten_end_does_not_verify_with_anybody(stage: Stage) -> None:
    """Stopped by the second leaf in the same way."""
    one, _ = await citizens(stage)
    await behind(stage, "UPDATE record SET outcome = replace(outcome, 'provided', 'withheld') WHERE sequence = 1")
    (shown,) = (await stage.records(one)).records
    assert shown.outcome is not None
    with pytest.raises(ReceiptError):
        verify_receipt(shown.outcome, stage.trust)


async def test_a_salt_that_was_changed_or_moved_does_not_open(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """Stopped by AES-GCM with the inquiry bound in: BAD_STORE."""
    one, _ = await citizens(stage)
    for tried in ("(SELECT sealed_salt FROM record WHERE sequence = 3)", "zeroblob(61)"):
        await behind(stage, f"UPDATE record SET sealed_salt = {tried} WHERE sequence = 1")
        caplog.clear()
        assert await shows_nothing(stage, one, caplog)


async def test_a_deleted_record_leaves_a_leaf_that_nobody_can_explain(stage: Stage) -> None:
    """Caught by the log: it has more leaves than the record file has records and ends (renkei demo counts the same).

    NOT caught by the citizen, who simply does not see it; both bodies still have their own records of it.
    """
    one, _ = await citizens(stage)
    await behind(stage, "DELETE FROM record WHERE sequence = 1")
    assert (await stage.records(one)).records == ()
    query = RecordKeysQuery()
    keys = (await stage.supervision.send(stage.target, "/v1/record-keys", query, RecordKeys)).records
    ends = sum(key.state not in {"permitted", "refused"} for key in keys)
    assert (await stage.counts()).log_size - len(keys) - ends == 2


async def test_a_record_that_was_deleted_and_is_asked_again_gets_another_leaf(stage: Stage) -> None:
    """Caught by the inquirer, which has the first receipt: one inquiry has two leaves."""
    await citizens(stage)
    asked = inquiry(stage.bodies[MAYOR].codes()[0])
    (first,) = await stage.inquire(asked)
    sequence = stage.verified(first).index + 1
    await behind(stage, f"DELETE FROM record WHERE sequence = {sequence}", "DELETE FROM notice")
    (again,) = await stage.inquire(asked)
    assert stage.verified(again).index != stage.verified(first).index


async def test_a_notice_addressed_to_another_body_takes_the_code_to_nobody(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """Stopped by the code's own check, which names its body: BAD_STORE before anything is sealed to the other."""
    await citizens(stage)
    provider, spy = stage.bodies[OTHER], stage.bodies[KENPO]
    await stage.settled(lambda counts: counts.pending_notices == 0)
    provider.away = True
    await stage.inquire(inquiry(stage.bodies[MAYOR].codes()[0]))
    caplog.set_level(logging.INFO, logger="renkei")
    await behind(stage, f"UPDATE notice SET provider = '{KENPO}'")
    async with asyncio.timeout(20):
        while not disbelieved(caplog):
            await asyncio.sleep(0)
    assert (spy.notices, spy.asked) == ([], 0)


async def test_a_code_addressed_to_another_body_does_not_open(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """Stopped by AES-GCM with body and delivery bound in: BAD_STORE."""
    stage.bodies[MAYOR].away = True
    await stage.acquire(MAYOR, 1)
    caplog.set_level(logging.INFO, logger="renkei")
    await behind(stage, f"UPDATE code_delivery SET body = '{KENPO}'")
    async with asyncio.timeout(20):
        while not disbelieved(caplog):
            await asyncio.sleep(0)
    assert (stage.bodies[KENPO].deliveries, stage.bodies[KENPO].asked) == ([], 0)


async def test_a_code_said_to_be_issued_to_a_body_brings_it_nothing(stage: Stage) -> None:
    """A row of the issuance file is not a code: the body still has none, and cannot make one without the core's key."""
    await stage.code(MAYOR, 1)
    await behind(stage, f"INSERT INTO issued SELECT '{OTHER}', person, epoch, issued_at_ms FROM issued")
    await stage.acquire(OTHER, 1)
    await stage.until(stage.bodies[OTHER], lambda: len(stage.bodies[OTHER].deliveries) == 1)
    assert stage.bodies[OTHER].codes() == []


CHANGED_LOG = (
    "UPDATE log_tile SET data = zeroblob(length(data)) WHERE level = 0",
    "DELETE FROM log_tile WHERE level = 0",
    "UPDATE log_checkpoint SET size = size + 1",
    "UPDATE log_checkpoint SET note = replace(note, 'renkei', 'renkai')",
)


async def test_a_log_whose_edge_or_checkpoint_was_changed_is_not_opened(stage: Stage) -> None:
    """Stopped at the start: the tiles of the edge must lead to the checkpoint (BAD_STORE). What lies behind it, and who
    notices: tests/store/test_logstore_changed.py.
    """
    await citizens(stage)
    await stage.stop()
    file = stage.folder / "core.db"
    honest = file.read_bytes()
    for statement in CHANGED_LOG:
        with pytest.raises(RenkeiError) as caught:
            await behind(stage, statement)
        assert caught.value.problem is Problem.BAD_STORE, statement
        file.write_bytes(honest)


async def test_a_log_put_back_alone_can_take_no_further_record(stage: Stage) -> None:
    """Log tables of an earlier day beside today's record file: the next record would take a place that is taken.

    Stopped by the record file's key; the whole file put back is caught by the witness
    (test_a_core_that_was_set_back_to_an_older_disk_is_caught).
    """
    await citizens(stage)
    tables = ("log_tile", "log_checkpoint")
    await behind(stage, *(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}" for table in tables))
    code = stage.bodies[MAYOR].codes()[0]
    await stage.inquire(inquiry(code), inquiry(code))
    await behind(
        stage,
        *(f"DELETE FROM {table}" for table in tables),
        *(f"INSERT INTO {table} SELECT * FROM kept_{table}" for table in tables),
    )
    with pytest.raises(RenkeiError):
        await stage.inquire(inquiry(code))
