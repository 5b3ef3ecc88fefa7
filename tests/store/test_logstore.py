"""The log and the records it commits to become durable together, or not at all."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from renkei.messages.receipt import Receipt
from renkei.platform.logstore import MIGRATIONS, LogStore
from renkei.platform.sql import Database, Store, StoreFailedError, Tx
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.translog.receipt import verify_receipt
from renkei.translog.tiles import HASH_BYTES
from renkei.translog.tree import EMPTY_ROOT, TreeHead

from .conftest import COUNT, Begin, MakeStore, Open, only_sqlite
from .logged import ADD, LOG_KEY, SALT, TRUST, Signer, head_of, keep, record, tree_of


async def test_a_new_log_has_a_signed_checkpoint_of_the_empty_tree(begin: Begin) -> None:
    database, log = await begin()
    assert await head_of(database, log) == TreeHead(0, EMPTY_ROOT)
    assert await database.read(lambda tx: log.receipts(tx, [])) == []


async def test_a_record_is_in_the_signed_tree_as_soon_as_it_is_durable(begin: Begin) -> None:
    database, log = await begin()
    assert await database.write("keep", keep(log, 1, 2, 3)) == 0
    assert await database.write("keep", keep(log, 4)) == 3
    assert await head_of(database, log) == tree_of([1, 2, 3, 4])


async def test_every_committed_leaf_has_a_receipt_that_verifies_offline(begin: Begin) -> None:
    database, log = await begin()
    for start in range(0, 600, 200):
        await database.write("keep", keep(log, *range(start, start + 200)))
    leaves = [(record(number), SALT, number) for number in (0, 1, 255, 256, 511, 598, 599)]
    receipts = await database.read(lambda tx: log.receipts(tx, leaves))
    for receipt, (text, _, index) in zip(receipts, leaves, strict=True):
        verified = verify_receipt(receipt, TRUST)
        assert (verified.index, verified.size, verified.record) == (index, 600, json.loads(text))


async def test_one_signature_serves_the_whole_group(begin: Begin, signer: Signer) -> None:
    database, log = await begin()
    before = signer.signed
    waiting = [asyncio.create_task(database.write("keep", keep(log, number))) for number in range(64)]
    indices = await asyncio.gather(*waiting)
    assert sorted(indices) == list(range(64))
    assert signer.signed - before < 64
    before = signer.signed
    await database.write("other", lambda tx: tx.run(ADD, id=1_000, text=""))
    assert signer.signed == before  # nothing appended, nothing signed


async def test_a_job_that_fails_leaves_no_hole_and_no_leaf(begin: Begin) -> None:
    database, log = await begin()
    jobs = [keep(log, 1), keep(log, 2, 3, fail=True), keep(log, 4), keep(log, 5, fail=True), keep(log, 6)]
    waiting = [asyncio.create_task(database.write("keep", job)) for job in jobs]
    indices = await asyncio.gather(*waiting, return_exceptions=True)
    assert [index for index in indices if isinstance(index, int)] == [0, 1, 2]
    assert await head_of(database, log) == tree_of([1, 4, 6])


async def test_without_a_signature_nothing_is_kept_and_the_store_takes_nothing_any_more(
    begin: Begin, signer: Signer, caplog: pytest.LogCaptureFixture
) -> None:
    database, log = await begin()
    await database.write("keep", keep(log, 1))
    signer.broken = True
    with pytest.raises(StoreFailedError):
        await database.write("keep", keep(log, 2))
    assert await database.read(lambda tx: tx.row(COUNT)) == (1,)
    assert await head_of(database, log) == tree_of([1])
    assert "store-takes-nothing-any-more" in caplog.messages


@only_sqlite
async def test_after_a_group_that_could_not_commit_the_log_goes_on_from_what_is_durable(begin: Begin) -> None:
    database, log = await begin()
    await database.write("keep", keep(log, 1))
    await database.write("limit", lambda tx: tx.rows("PRAGMA max_page_count = 30"))

    def too_much(tx: Tx) -> None:
        log.append(tx, [bytes([number % 256]) * 32 for number in range(20_000)])

    with pytest.raises(RenkeiError):
        await database.write("too-much", too_much)
    await database.close()
    again, log = await begin()
    assert await again.write("keep", keep(log, 2)) == 1
    assert await head_of(again, log) == tree_of([1, 2])


async def test_a_group_that_fails_at_its_commit_is_forgotten_in_memory_too(open_store: Open, migrations: Path) -> None:
    (migrations / "0002_parts.sql").write_text(
        "CREATE TABLE part (note INTEGER REFERENCES note (id) DEFERRABLE INITIALLY DEFERRED);"
    )
    log = LogStore(TRUST, Signer())
    database = open_store(migrations, MIGRATIONS, before_commit=log.before_commit)
    await database.write("open-log", log.open)
    await database.write("keep", keep(log, 1))

    def orphan(tx: Tx) -> None:
        keep(log, 2, 3)(tx)
        tx.run("INSERT INTO part (note) VALUES (99)")

    with pytest.raises(RenkeiError):
        await database.write("orphan", orphan)
    assert await database.write("keep", keep(log, 4)) == 1
    assert await head_of(database, log) == tree_of([1, 4])
    (receipt,) = await database.read(lambda tx: log.receipts(tx, [(record(4), SALT, 1)]))
    assert verify_receipt(receipt, TRUST).index == 1


async def test_a_reopened_log_goes_on_where_it_was(begin: Begin) -> None:
    database, log = await begin()
    await database.write("keep", keep(log, *range(300)))
    await database.close()
    again, log = await begin()
    assert await again.write("keep", keep(log, 300)) == 300
    assert await head_of(again, log) == tree_of(list(range(301)))


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE log_tile SET data = :zeros WHERE level = 0",
        "DELETE FROM log_tile WHERE level = 0",
        "DELETE FROM log_tile WHERE level = -1",
        "UPDATE log_checkpoint SET size = 2, note = replace(note, :one, :two)",
    ],
)
async def test_a_log_whose_tiles_do_not_lead_to_its_checkpoint_is_not_opened(begin: Begin, damage: str) -> None:
    database, log = await begin()
    await database.write("keep", keep(log, 1))
    await database.write("damage", lambda tx: tx.run(damage, zeros=bytes(32), one="\n1\n", two="\n2\n"))
    await database.close()
    with pytest.raises(RenkeiError) as caught:
        await begin()
    assert caught.value.problem is Problem.BAD_STORE


async def test_a_receipt_before_its_commit_is_a_bug(begin: Begin) -> None:
    database, log = await begin()

    def hasty(tx: Tx) -> list[Receipt]:
        first = keep(log, 1)(tx)
        return log.receipts(tx, [(record(1), SALT, first)])

    with pytest.raises(AssertionError):
        await database.write("hasty", hasty)
    assert (await head_of(database, log)).size == 0


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=st.lists(st.tuples(st.integers(1, 40), st.booleans()), max_size=12))
async def test_whatever_fails_between_the_tree_is_that_of_the_records_kept(
    make_store: MakeStore, migrations: Path, plan: list[tuple[int, bool]]
) -> None:
    log = LogStore(TRUST, LOG_KEY.sign)
    database = Database.open(make_store(), [migrations, MIGRATIONS], before_commit=log.before_commit)
    await database.write("open-log", log.open)
    kept: list[int] = []
    waiting = []
    start = 0
    for count, fail in plan:
        numbers = range(start, start + count)
        waiting.append(asyncio.create_task(database.write("keep", keep(log, *numbers, fail=fail))))
        kept += [] if fail else numbers
        start += count
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert [isinstance(outcome, RenkeiError) for outcome in outcomes] == [fail for _, fail in plan]
    assert await head_of(database, log) == tree_of(kept)
    await database.close()


APPENDS_UNTIL_KILLED = """
import asyncio, sys
from itertools import pairwise
from pathlib import Path
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from renkei.platform.logstore import MIGRATIONS, LogStore
from renkei.platform.sql import Database, Store
from renkei.translog.keys import KeyType, VerifierKey
from renkei.translog.receipt import record_entry
from renkei.translog.trust import Trust

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ORIGIN = "log.example/renkei"
TRUST = Trust(ORIGIN, VerifierKey(ORIGIN, KeyType.ED25519, KEY.public_key().public_bytes_raw()))

async def main():
    log = LogStore(TRUST, KEY.sign)
    database = Database.open(Store.parse(sys.argv[1], Path()), [Path(sys.argv[2]), MIGRATIONS], before_commit=log.before_commit)
    await database.write("open-log", log.open)
    async def forever(lane):
        number = lane
        while True:
            def job(tx):
                index = log.append(tx, [record_entry(bytes(32), '{"n":%d}' % number)])
                tx.run("INSERT INTO note (id, text) VALUES (:id, :text)", id=index, text=str(number))
                return index
            print(await database.write("add", job), number, flush=True)
            number += 8
    await asyncio.gather(*(forever(lane) for lane in range(8)))

asyncio.run(main())
"""


async def test_a_kill_at_any_moment_leaves_log_and_records_in_agreement(
    begin: Begin, store: Store, migrations: Path
) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", APPENDS_UNTIL_KILLED, str(store), str(migrations), stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    lines = [await child.stdout.readline() for _ in range(300)]
    os.kill(child.pid, signal.SIGKILL)
    lines += (await child.stdout.read()).splitlines(keepends=True)
    await child.wait()
    told = {tuple(map(int, line.split())) for line in lines if line.endswith(b"\n")}
    database, log = await begin()
    rows = await database.read(lambda tx: tx.rows("SELECT id, text FROM note ORDER BY id"))
    numbers = [int(text) for _, text in rows]
    assert [index for index, _ in rows] == list(range(len(rows)))
    assert await head_of(database, log) == tree_of(numbers)
    assert told <= set(enumerate(numbers))


def test_a_commitment_of_another_length_is_a_bug() -> None:
    with pytest.raises(AssertionError):
        LogStore(TRUST, LOG_KEY.sign).append(None, [bytes(HASH_BYTES - 1)])  # type: ignore[arg-type]
