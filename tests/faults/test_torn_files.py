"""Torn and garbled files: what nobody was told of is dropped, all else is kept or refused, wrong data are never served."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from renkei.messages.codec import Message, encode
from renkei.messages.jobs import CSV, JOB_FILE, InquiryRow, JobKind, JobState, JobStatus, NewJob
from renkei.messages.line import InquiryIds, Results
from renkei.messages.log import RecordKeys, RecordKeysQuery
from renkei.platform.peers.client import Client, PeerUnreachableError, Target
from renkei.sandbox import processes
from renkei.sandbox.bodies import KAWASAKI, YOKOHAMA
from renkei.sandbox.layout import CORE
from renkei.sandbox.load import Load, whole
from renkei.sandbox.network import OPERATOR, Network
from renkei.sandbox.plans import ITEMS, PLANS, period_of
from renkei.terms.bodies import BodyId, SystemName
from renkei.terms.errors import RenkeiError

from .files import garble_pages, halve, tear_wal, turn_a_bit

pytestmark = pytest.mark.asyncio(loop_scope="session")
on_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
"""The files of PostgreSQL are its own to mend: its WAL, its checksums."""
EAST = SystemName("intermediate-1")
ROWS = 200


def refused_to_start(network: Network, name: SystemName) -> str:
    """What a system says that an operator must mend before it can run (exit code 2)."""
    info = network.state.systems[name]
    command = processes.command(info.kind, Path(info.config))
    ended = subprocess.run(command, check=False, capture_output=True, timeout=120)
    assert ended.returncode == 2, ended
    return ended.stderr.decode()


@on_sqlite
async def test_a_torn_commit_that_nobody_was_told_of_is_dropped_and_everything_else_stands(
    network: Network, load: Load
) -> None:
    before = load.plan(44)
    await load.ask(before)
    for name in (CORE, EAST):
        await network.kill(name)
        assert tear_wal(network.layout.system(name).store)
    await asyncio.gather(network.start(CORE), network.start(EAST))
    await load.ended(before)
    await load.ask(after := load.plan(22))
    await load.ended(after)
    report = await load.settle()
    assert whole(load, report), report


Call = tuple[Client, Target, str, Message, type[Message]]


def of_inquiries(network: Network, load: Load) -> list[Call]:
    info = network.state.bodies[YOKOHAMA.id]
    client, target = network.client(info), network.target(EAST)
    return [
        (client, target, "/v1/line/inquiries/results", InquiryIds(inquiries=(inquiry,)), Results)
        for inquiry in load.asked[YOKOHAMA.id][:40]
    ]


def of_records(network: Network, load: Load) -> list[Call]:
    client, target = network.client(network.state.staff[OPERATOR]), network.target(CORE)
    size = len(load.asked[YOKOHAMA.id])
    return [
        (client, target, "/v1/record-keys", RecordKeysQuery(after=after, limit=5), RecordKeys)
        for after in range(0, size, 5)
    ]


async def told(call: Call) -> bytes | None:
    client, target, path, message, reply = call
    try:
        return encode(await client.send(target, path, message, reply))
    except PeerUnreachableError:
        return None


@on_sqlite
@pytest.mark.parametrize(
    ("name", "tables", "asked"),
    [(EAST, ("inquiry", "provision"), of_inquiries), (CORE, ("record",), of_records)],
)
async def test_a_garbled_store_gives_no_wrong_answer_and_says_that_it_is_damaged(
    network: Network,
    load: Load,
    name: SystemName,
    tables: tuple[str, ...],
    asked: Callable[[Network, Load], list[Call]],
) -> None:
    await load.ask(planned := load.plan(44))
    await load.ended(planned)
    await load.settle()
    calls = asked(network, load)
    right = [await told(call) for call in calls]
    assert None not in right
    folder = network.layout.system(name)
    await network.kill(name)
    with kept_aside(folder.store):
        assert garble_pages(folder.store, tables)
        begin = len(folder.log.read_text())
        try:
            await network.start(name)
        except RenkeiError:
            assert "bad-store" in folder.output.read_text()
        else:
            found = [await told(call) for call in calls]
            assert None in found
            assert all(given in {None, true} for given, true in zip(found, right, strict=True))
            assert "store-damaged" in folder.log.read_text()[begin:]
        await network.kill(name)
    await network.start(name)
    assert [await told(call) for call in calls] == right
    report = await load.settle()
    assert whole(load, report), report


@contextmanager
def kept_aside(store: Path) -> Iterator[None]:
    """The store's files as they are now, put back afterwards."""
    aside = store.with_name("aside")
    aside.mkdir()
    for file in store.parent.glob(f"{store.name}*"):
        shutil.copy2(file, aside)
    try:
        yield
    finally:
        for file in store.parent.glob(f"{store.name}*"):
            file.unlink()
        for file in aside.iterdir():
            shutil.move(file, store.parent)
        aside.rmdir()


@on_sqlite
async def test_a_system_with_a_torn_file_refuses_to_start_names_it_and_starts_once_it_is_mended(
    network: Network, load: Load
) -> None:
    folder = network.layout.system(EAST)
    kept = folder.path / "directory.json"
    await network.kill(EAST)
    for damage, file, told_as in ((halve, kept, str(kept)), (turn_a_bit, folder.keystore, "key store")):
        was = damage(file)
        assert told_as in refused_to_start(network, EAST)
        file.write_bytes(was)
    with kept_aside(folder.store):
        folder.store.write_bytes(b"garbage" + folder.store.read_bytes()[7:])
        assert str(folder.store) in refused_to_start(network, EAST)
    kept.unlink()  # a copy of what the core shows: it is fetched anew
    await network.start(EAST)
    await load.ask(planned := load.plan(22))
    await load.ended(planned)
    assert kept.exists()


async def test_an_upload_that_is_cut_in_the_middle_of_a_row_leaves_a_job_that_the_whole_file_completes(
    network: Network, load: Load, tmp_path: Path
) -> None:
    plan = PLANS[0]
    assert (plan.inquirer, plan.provider) == (YOKOHAMA, KAWASAKI)
    line = network.line(YOKOHAMA.id)
    common = InquiryRow(
        provider=plan.provider.id,
        item=plan.item,
        kind=plan.kind,
        items=ITEMS[plan.kind],
        unit=plan.unit,
        period=period_of(plan.kind),
    )
    job = (await line.bulk.create(NewJob(request="cut", kind=JobKind.INQUIRIES, inquiry=common))).job
    people = [inquiry.addressee for _, inquiry in load.plan(ROWS, lambda each: each is plan)]
    file = tmp_path / "town.csv"
    file.write_text("addressee\n" + "".join(f"{person}\n" for person in people))

    async def cut() -> AsyncIterator[bytes]:
        data = file.read_bytes()
        yield data[: len(data) // 2 + 3]
        raise ConnectionResetError

    info = network.state.bodies[YOKOHAMA.id]
    with pytest.raises(PeerUnreachableError):
        await network.client(info).upload(network.target(EAST), JOB_FILE.format(job=job), cut(), CSV, JobStatus)
    status = await line.bulk.status(job)
    assert status.state is not JobState.DONE
    assert status.rows < ROWS
    await line.bulk.send(job, file)
    done = await line.bulk.ended(job)
    assert (done.state, done.rows, done.results, done.counts.provided) == (JobState.DONE, ROWS, ROWS, ROWS)
    found = [each async for each in line.bulk.results(job)]
    assert sorted(each.row for each in found) == list(range(1, ROWS + 1))
    inquiries = [each.result.inquiry for each in found if each.result]
    assert len(set(inquiries)) == ROWS
    load.asked[BodyId(YOKOHAMA.id)] += inquiries
    report = await load.settle()
    assert whole(load, report), report
