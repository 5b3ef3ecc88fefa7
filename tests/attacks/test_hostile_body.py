"""A hostile body: has a certificate, keys and codes of its own, and speaks the protocol as it likes.

Tried: codes of other bodies, envelopes sent again, permits of its own making, permits of yesterday and of other
inquiries, ids of another tenant. What stopped it stands in each test. Beside these: test_core_inquiries,
test_intermediate_provision, test_intermediate_inquiries and test_intermediate_envelopes in tests/rooms.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Any

import apsw
import msgspec
import pytest

from renkei.crypto.envelope import Identity, open_envelope
from renkei.messages.codec import decode, encode
from renkei.messages.envelope import Label
from renkei.messages.inquiry import InquiryReplies, InquiryRequests
from renkei.messages.jobs import (
    JOB_FILE,
    JOB_RESULTS,
    JSON_LINES,
    InquiryRow,
    JobChoice,
    JobClosing,
    JobKind,
    JobQuery,
    JobResultsQuery,
    JobRows,
    JobState,
    JobStatus,
    NewJob,
)
from renkei.messages.line import (
    Addressees,
    Decision,
    Decisions,
    Holder,
    Holders,
    Inquiries,
    InquiryIds,
    Nothing,
    RecordsQuery,
    ReplicaKey,
    ReplicaKeys,
    Replicas,
    Side,
)
from renkei.messages.provision import Acks, Notice, Notices, Reports
from renkei.messages.receipt import InquiryRecord
from renkei.platform.peers.client import Client, PeerRefusedError, Target
from renkei.systems.intermediate.api import FILES, LINE_DOORS
from renkei.systems.intermediate.service import clerks
from renkei.systems.intermediate.service import inquiries as asking
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import AddresseeNumber, Role
from renkei.terms.codes import BodyCode
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.terms.secrets import SecretText
from tests.rooms.core_stage import KENPO, MAYOR, OTHER, Stage, inquiry, report
from tests.rooms.intermediate_world import INQUIRY, KANAGAWA, KAWASAKI, KIND, REPLICA, YOKOHAMA, Log, World
from tests.rooms.test_intermediate_system import World as Running

# At the core.


async def test_a_stolen_code_tells_no_more_than_an_invented_one(stage: Stage) -> None:
    """Tried: codes of another body, one that is somebody's and one that is nobody's. Stopped by the check in a code,
    which names its body: both are refused alike, recorded without a person, and counted as misuse.
    """
    await stage.code(MAYOR, 1)
    stolen, invented = await stage.code(OTHER, 1), BodyCode(OTHER, 1, bytes(16)).text()
    replies = await stage.inquire(
        *(inquiry(code, provider=KENPO, kind="medical-insurance") for code in (stolen, invented))
    )
    told = [stage.verified(reply).record for reply in replies]
    secret = {"inquiry", "asked_at_ms", "at_ms"}
    alike = [{name: value for name, value in record.items() if name not in secret} for record in told]
    assert alike[0] == alike[1]
    assert (alike[0]["person"], alike[0]["inquirer_code"]) == (None, None)
    assert (await stage.counts()).misuse_signs == 2


async def test_an_envelope_of_its_own_sent_again_is_the_same_inquiry(stage: Stage) -> None:
    """Tried: the own envelope ten times. Stopped by the id of the inquiry: one record, one leaf, the same answer."""
    double = stage.bodies[MAYOR]
    await stage.code(OTHER, 1)
    asked = InquiryRequests(inquiries=(inquiry(await stage.code(MAYOR, 1)),))
    envelope = double.seal(Label.INQUIRIES, asked, stage.known)
    answers = [await stage.envelope(envelope) for _ in range(10)]
    payloads = [open_envelope(Identity(double.keys), each, [stage.known.sign_key]) for each in answers]
    receipts = [decode(InquiryReplies, each).replies[0].receipt for each in payloads]
    assert len({(each.record, each.index) for each in receipts if each is not None}) == 1
    assert ((await stage.counts()).records, (await stage.counts()).log_size) == (1, 1)


async def test_an_envelope_of_another_body_sent_again_answers_to_its_sender_alone(stage: Stage) -> None:
    """Tried: a captured envelope of another body. Stopped by the seal of the reply, which is to that body's key."""
    await stage.code(OTHER, 1)
    asked = InquiryRequests(inquiries=(inquiry(await stage.code(MAYOR, 1)),))
    captured = stage.bodies[MAYOR].seal(Label.INQUIRIES, asked, stage.known)
    await stage.envelope(captured)
    again = await stage.envelope(captured)
    with pytest.raises(RenkeiError) as caught:
        open_envelope(Identity(stage.bodies[KENPO].keys), again, [stage.known.sign_key])
    assert caught.value.problem is Problem.BAD_ENVELOPE
    assert (await stage.counts()).records == 1


async def test_a_body_reports_about_nobody_elses_inquiries(stage: Stage) -> None:
    """Tried: an end to an inquiry that another body was asked. Stopped by the record, which names the provider."""
    await stage.code(OTHER, 1)
    asked = inquiry(await stage.code(MAYOR, 1))
    await stage.inquire(asked)
    for spy in (KENPO, MAYOR):
        acks = (await stage.say(spy, Label.REPORTS, Reports(reports=(report(asked),)), Acks)).acks
        assert [ack.problem for ack in acks] == ["unknown-inquiry"]
    assert (await stage.counts()).log_size == 1


# At a provider: permits.


async def _noticed(world: World) -> Notice:
    (asked,) = await world.ask(YOKOHAMA, INQUIRY)
    await asking.send(world.office, YOKOHAMA, await asking.due(world.office, YOKOHAMA))
    return world.core.notices[KAWASAKI][asked]


async def _brought(world: World, notice: Notice) -> str | None:
    (ack,) = (await world.bring(KAWASAKI, Label.NOTICES, Notices(notices=(notice,)))).acks
    return ack.problem


def _of_own_making(world: World, notice: Notice) -> Notice:
    log, record = Log(), notice.receipt.record
    return msgspec.structs.replace(notice, receipt=log.receipt(record, *log.append(record)))


def _with_more(world: World, notice: Notice) -> Notice:
    record = decode(InquiryRecord, notice.receipt.record)
    more = encode(msgspec.structs.replace(record, items=(*record.items, "控除額"))).decode()
    return msgspec.structs.replace(notice, receipt=msgspec.structs.replace(notice.receipt, record=more))


def _proof_of_another(world: World, notice: Notice) -> Notice:
    other = '{"v":1}'
    receipt = world.core.log.receipt(other, *world.core.log.append(other))
    mixed = msgspec.structs.replace(notice.receipt, proof=receipt.proof, checkpoint=receipt.checkpoint)
    return msgspec.structs.replace(notice, receipt=mixed)


def _for_another_inquiry(world: World, notice: Notice) -> Notice:
    return msgspec.structs.replace(notice, inquiry="0" * 32)


@pytest.mark.parametrize("forge", [_of_own_making, _with_more, _proof_of_another, _for_another_inquiry])
async def test_a_forged_permit_gets_no_answer(world: World, forge: Callable[[World, Notice], Notice]) -> None:
    """Tried, with the core's own envelope key in hand: a receipt of a log of the own making under the right name, a
    changed field, another leaf's proof, another inquiry's id. Stopped by the receipt: BAD_RECEIPT, nothing is kept.
    """
    notice = await _noticed(world)
    assert await _brought(world, forge(world, notice)) == "bad-receipt"
    assert await world.office.store.read(lambda rows: rows.last_provision(KAWASAKI)) == 0
    assert await _brought(world, notice) is None


async def test_a_stale_permit_brings_no_content(world: World) -> None:
    """Tried: a true permit, kept until its validity was over. Stopped by the validity in the record: it lapses."""
    notice = await _noticed(world)
    world.clock.pass_ms(world.core.validity_ms + 1)
    assert await _brought(world, notice) is None
    await world.settle()
    result = await world.result(YOKOHAMA, notice.inquiry)
    assert (result.state.value, result.content) == ("lapsed", None)


async def test_a_permit_dated_long_before_its_decision_is_not_believed(world: World) -> None:
    """Tried: a permit under the law of another day. Stopped by the bound on when an inquiry was asked."""
    world.core.mutate_record = lambda record: msgspec.structs.replace(record, asked_at_ms=InstantMs(1_400_000_000_000))
    assert await _brought(world, await _noticed(world)) == "bad-receipt"


# At the line doors: another tenant's ids.

THEIRS = ("kawasakis-1", "kawasakis-2")
SECRET = "kawasakis own"


async def _tenant(world: World) -> dict[str, str]:
    """Kawasaki has a code, a replica, an inquiry, one that waits for a clerk, and a job; gives the ids."""
    world.persons |= {each: each for each in THEIRS}
    await world.acquire(KAWASAKI, *THEIRS)
    for person in THEIRS:
        await world.replicate(
            KAWASAKI, addressee=AddresseeNumber(person), items={"所得額": SecretText(SECRET)}, automatic=False
        )
    own = msgspec.structs.replace(INQUIRY, request="own", addressee=AddresseeNumber(THEIRS[0]), provider=YOKOHAMA)
    (asked,) = await world.ask(KAWASAKI, msgspec.structs.replace(own, unit=SECRET))
    common = InquiryRow(provider=YOKOHAMA, item=INQUIRY.item, kind=KIND, items=("所得額",), unit=SECRET)
    door = _door("newJob")
    status = await door(world, KAWASAKI, NewJob(request="own", kind=JobKind.INQUIRIES, inquiry=common))
    rows = (InquiryRow(addressee=AddresseeNumber(THEIRS[0])),)
    await _door("addJobRows")(world, KAWASAKI, JobRows(job=status.job, first=1, inquiries=rows))
    await world.replicate(KAWASAKI, automatic=False)
    (held,) = await world.ask(YOKOHAMA, msgspec.structs.replace(INQUIRY, request="held"))
    await world.settle()
    assert [each.inquiry for each in (await clerks.held(world.office, KAWASAKI)).held] == [held]
    return {"inquiry": asked, "held": held, "job": status.job}


def _door(name: str) -> Callable[[World, Any, Any], Awaitable[Any]]:
    desk = next(desk for each, desk in LINE_DOORS.items() if each.name == name)
    return lambda world, body, message: desk(world.office, body, message)


Knock = Callable[[dict[str, str]], msgspec.Struct]
NUMBERS = tuple(AddresseeNumber(each) for each in THEIRS)
KNOCKS: dict[str, Knock] = {
    "codeStates": lambda _: Addressees(addressees=NUMBERS),
    "putReplicas": lambda _: Replicas(replicas=tuple(msgspec.structs.replace(REPLICA, addressee=n) for n in NUMBERS)),
    "deleteReplicas": lambda _: ReplicaKeys(
        replicas=tuple(ReplicaKey(addressee=each, kind=KIND, period=None) for each in NUMBERS)
    ),
    "inquire": lambda _: Inquiries(inquiries=(msgspec.structs.replace(INQUIRY, request="own", addressee=NUMBERS[0]),)),
    "inquiryResults": lambda ids: InquiryIds(inquiries=(ids["inquiry"], ids["held"])),
    "holders": lambda _: Holders(questions=(Holder(addressee=NUMBERS[0], item=INQUIRY.item, kind=KIND),)),
    "records": lambda _: RecordsQuery(side=Side.INQUIRER),
    "heldInquiries": lambda _: Nothing(),
    "decideHeld": lambda ids: Decisions(decisions=(Decision(inquiry=ids["held"], release=True, clerk="spy"),)),
    "newJob": lambda _: NewJob(request="own", kind=JobKind.REPLICAS),
    "addJobRows": lambda ids: JobRows(job=ids["job"], first=2, inquiries=(InquiryRow(addressee=NUMBERS[0]),)),
    "closeJob": lambda ids: JobClosing(job=ids["job"], rows=1),
    "jobStatus": lambda ids: JobQuery(job=ids["job"]),
    "listJobs": lambda _: Nothing(),
    "jobResults": lambda ids: JobResultsQuery(job=ids["job"]),
    "cancelJob": lambda ids: JobChoice(job=ids["job"]),
    "deleteJob": lambda ids: JobChoice(job=ids["job"]),
}
OF_THE_LAW = {"mayAsk", "decideByLaw", "explainByLaw", "whoHolds", "findInLaw", "diffOfLaw"}
"""Public law and the directory; they take no id of anybody's."""
OWN = {"acquireCodes"}
"""Asks the own addressee system about an own number, whatever another body calls its persons."""


def test_every_line_door_is_knocked_at_with_anothers_ids() -> None:
    assert {each.name for each in LINE_DOORS} == KNOCKS.keys() | OF_THE_LAW | OWN


UNKNOWN = {Problem.UNKNOWN_JOB, Problem.UNKNOWN_INQUIRY, Problem.UNKNOWN_ADDRESSEE}


async def _told(world: World, name: str, message: msgspec.Struct) -> bytes | Problem:
    try:
        return encode(await _door(name)(world, KANAGAWA, message))
    except RenkeiError as error:
        return error.problem


async def test_another_tenants_ids_open_nothing_at_any_line_door(world: World) -> None:
    """Tried: every id of another tenant at every door that takes one. Stopped by tags and rows that begin with the
    tenant of the certificate: unknown, or one's own; nothing of the other is told and nothing of it changes.
    """
    ids = await _tenant(world)
    before = _everything(world)
    assert all(before[table] for table in ("code", "replica", "inquiry", "provision", "job"))
    for name, knock in KNOCKS.items():
        told = await _told(world, name, knock(ids))
        assert not isinstance(told, Problem) or told in UNKNOWN, name
        if isinstance(told, Problem):
            continue
        own = {"putReplicas": b'"changed":2', "deleteReplicas": b'"changed":2'}
        assert SECRET.encode() not in told, name
        assert b'"code":"1' not in told, name
        assert own.get(name, b"") in told, name
    assert _everything(world) == before


def _everything(world: World) -> dict[str, list[object]]:
    """Every row that is Kawasaki's."""
    with closing(apsw.Connection(str(world.path))) as connection:
        named = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%tenant%'")
        tables = [name for (name,) in named]
        return {
            table: list(connection.execute(f"SELECT * FROM {table} WHERE tenant = ?", (KAWASAKI,))) for table in tables
        }


# At the doors of files, which name a job in their path: over HTTP.


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with AsyncExitStack() as stack:
        made = Running(tmp_path, stack)
        await made.prepare()
        yield made


def _strangers(world: Running) -> tuple[Client, Client]:
    kawasaki, kanagawa = (world.client(Role.LINE, f"line-{body}", body) for body in (KAWASAKI, KANAGAWA))
    return kawasaki, kanagawa


async def _rows() -> AsyncIterator[bytes]:
    for number in NUMBERS:
        yield encode(InquiryRow(addressee=number)) + b"\n"


async def _file(client: Client, target: Target, name: str, job: str) -> JobStatus | bytes:
    """What a door of files answers."""
    if name == "putJobFile":
        return await client.upload(target, JOB_FILE.format(job=job), _rows(), JSON_LINES, JobStatus)
    async with asyncio.timeout(20):
        return b"".join([piece async for piece in client.download(target, JOB_RESULTS.format(job=job))])


def test_every_door_of_files_is_knocked_at_with_anothers_job() -> None:
    assert {each.name for each in FILES} == {"putJobFile", "getJobResults"}
    assert all("{job}" in each.path for each in FILES)


async def test_another_tenants_job_opens_neither_door_of_files(running: Running) -> None:
    """Tried: a job of another tenant in the path, to put rows into it and to read its results. Stopped by the rows,
    which begin with the tenant of the certificate: as unknown as one that nobody has, and nothing of it changes.
    """
    owner, spy = _strangers(running)
    common = InquiryRow(provider=YOKOHAMA, item=INQUIRY.item, kind=KIND, items=("所得額",), unit=SECRET)
    head = NewJob(request="own", kind=JobKind.INQUIRIES, inquiry=common)
    job = (await owner.send(running.target, "/v1/line/jobs", head, JobStatus)).job
    rows = JobRows(job=job, first=1, inquiries=(InquiryRow(addressee=NUMBERS[0]),))
    await owner.send(running.target, "/v1/line/jobs/rows", rows, JobStatus)
    async with asyncio.timeout(20):
        while not (before := await _file(owner, running.target, "getJobResults", job)):
            await asyncio.sleep(0)
    for name in ("putJobFile", "getJobResults"):
        told = []
        for tried in (job, "0" * 32):
            with pytest.raises(PeerRefusedError) as caught:
                await _file(spy, running.target, name, tried)
            told.append((caught.value.problem, caught.value.detail))
        assert told[0] == told[1], name
        assert told[0][0] is Problem.UNKNOWN_JOB, name
    # The same doors, opened by the owner, who finds everything as it was.
    status = await owner.send(running.target, "/v1/line/jobs/status", JobQuery(job=job), JobStatus)
    assert (status.state, status.rows, status.results) == (JobState.OPEN, 1, 1)
    assert await _file(owner, running.target, "getJobResults", job) == before
    other = await owner.send(running.target, "/v1/line/jobs", msgspec.structs.replace(head, request="r-2"), JobStatus)
    put = await _file(owner, running.target, "putJobFile", other.job)
    assert isinstance(put, JobStatus)
    assert (put.job, put.rows) == (other.job, 2)
