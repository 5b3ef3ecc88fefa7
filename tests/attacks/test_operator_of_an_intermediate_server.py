"""A hostile operator of an intermediate server: has its database files and may write in them, but has no key.

Tried: every sealed value changed by one bit, replaced by that of another row, another column, another body; rows found
by the tags of others; a record deleted; a table put back to an earlier day. What stopped it stands in each test; what
nothing stops stands there too, with who can see it.
"""

from collections.abc import Awaitable, Callable
from contextlib import closing
from typing import Any

import apsw
import msgspec
import pytest

from renkei.messages.jobs import InquiryRow, JobKind, JobQuery, JobResultsQuery, JobRows, NewJob
from renkei.messages.line import Addressees, Inquiries, InquiryIds, InquiryState, RecordsQuery, Side
from renkei.platform.peers.client import PeerUnreachableError
from renkei.systems.intermediate.service import codes, inquiries, results, sending
from renkei.systems.intermediate.service.jobs import heads, taking, told, turns
from renkei.terms.bodies import AddresseeNumber, BodyId
from renkei.terms.codes import AcquisitionNumber
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.terms.secrets import SecretText
from tests.rooms.intermediate_world import HANAKO, INQUIRY, ITEM, KAWASAKI, KIND, OSAKA, TARO, YOKOHAMA, World

BOTH = {YOKOHAMA: KAWASAKI, KAWASAKI: YOKOHAMA}
PERSONS = ("1", "2")


def sql(world: World, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """Behind the server's back; `world.restart` makes it forget what it remembered."""
    with closing(apsw.Connection(str(world.path))) as connection:
        return list(connection.execute(statement, values))


async def lived(world: World) -> None:
    """Both bodies have two rows at least in every table that has a sealed column."""
    world.persons |= {"3": "saburo", "4": "shiro"}
    for body, provider in BOTH.items():
        await world.acquire(body, *PERSONS)
        for person in PERSONS:
            await world.replicate(body, addressee=AddresseeNumber(person))
        asked = [msgspec.structs.replace(INQUIRY, request=f"r{n}", provider=provider) for n in (1, 2)]
        await world.ask(body, *asked)
        row = InquiryRow(provider=provider, item=ITEM, kind=KIND, items=("所得額",), unit="税務課")
        done = await _job(world, body, row, "done")
        await world.settle()
        assert (await heads.status(world.office, body, JobQuery(job=done))).results == 2
    for body in BOTH:
        # Left as they are: a job of which nothing was asked, answers that nobody took, codes that are asked for.
        row = InquiryRow(provider=OSAKA, item=ITEM, kind=KIND, items=("所得額",), unit="税務課")
        await _job(world, body, row, "open")
        for person in (TARO, HANAKO):
            world.core.acquire(OSAKA, AcquisitionNumber("0" * 32), person)
        await _replicas(world, body)
        world.network.lost = ["before"]
        with pytest.raises(PeerUnreachableError):
            await world.acquire(body, "3", "4")
    world.network.lost = []


async def _job(world: World, body: BodyId, common: InquiryRow, request: str) -> str:
    head = NewJob(request=request, kind=JobKind.INQUIRIES, inquiry=common)
    job = (await heads.create(world.office, body, head)).job
    for first, person in enumerate(PERSONS, start=1):
        rows = (InquiryRow(addressee=AddresseeNumber(person)),)
        await taking.rows(world.office, body, JobRows(job=job, first=first, inquiries=rows))
    return job


# How each column is read in daily work.


async def _codes(world: World, body: BodyId) -> object:
    wanted = tuple(AddresseeNumber(each) for each in (*PERSONS, "3", "4"))
    return await codes.states(world.office, body, Addressees(addressees=wanted))


async def _replicas(world: World, body: BodyId) -> object:
    for person in (TARO, HANAKO):
        world.core.asks(OSAKA, body, person)
    return await world.core_sends(body)


async def _results(world: World, body: BodyId) -> object:
    ids = [row[0] for row in sql(world, "SELECT inquiry FROM inquiry WHERE tenant = ?", body)]
    return await results.results(world.office, body, InquiryIds(inquiries=tuple(ids)))


async def _provided(world: World, body: BodyId) -> object:
    return await results.records(world.office, body, RecordsQuery(side=Side.PROVIDER))


async def _answers(world: World, body: BodyId) -> object:
    return await sending.answers_due(world.office, body, OSAKA)


async def _jobs(world: World, body: BodyId) -> object:
    ids = [row[0] for row in sql(world, "SELECT job FROM job WHERE tenant = ?", body)]
    return [await heads.status(world.office, body, JobQuery(job=each)) for each in ids]


async def _outcomes(world: World, body: BodyId) -> object:
    ids = [row[0] for row in sql(world, "SELECT job FROM job WHERE tenant = ?", body)]
    return [await told.results(world.office, body, JobResultsQuery(job=each)) for each in ids]


async def _acquisitions(world: World, body: BodyId) -> object:
    return await codes.due(world.office, body)


async def _turn(world: World, body: BodyId) -> object:
    await turns.turn(world.office, body)
    return None


READERS: dict[str, Callable[[World, BodyId], Awaitable[object]]] = {
    "code.sealed": _codes,
    "acquisition.sealed": _acquisitions,
    "replica.sealed": _replicas,
    "inquiry.record": _results,
    "inquiry.receipt": _results,
    "inquiry.content": _results,
    "provision.record": _provided,
    "provision.content": _answers,
    "job.record": _jobs,
    "job_part.sealed": _turn,
    "job_outcome.sealed": _outcomes,
}
NEVER_READ = {"provision.receipt"}
"""Kept as evidence, handed to nobody by the server itself."""


def sealed_columns(world: World) -> set[str]:
    tables = [row[0] for row in sql(world, "SELECT name FROM sqlite_master WHERE type = 'table'")]
    named = {f"{table}.{row[1]}" for table in tables for row in sql(world, f"PRAGMA table_info({table})")}
    return {each for each in named if each.rpartition(".")[2] in {"sealed", "record", "receipt", "content"}}


async def test_every_sealed_column_is_among_those_that_are_tried(world: World) -> None:
    assert sealed_columns(world) == READERS.keys() | NEVER_READ


def _values(world: World, body: BodyId, column: str) -> list[tuple[int, bytes]]:
    table, _, name = column.partition(".")
    found = sql(world, f"SELECT rowid, {name} FROM {table} WHERE tenant = ? AND {name} IS NOT NULL", body)
    assert len(found) > 1, column
    return [(row, bytes(value)) for row, value in found]


def changes(world: World, column: str) -> dict[str, tuple[int, bytes]]:
    """What is put in which row of Yokohama's, by what was tried."""
    (row, value), (_, other), *_ = _values(world, YOKOHAMA, column)
    elsewhere = next(each for each in READERS if each != column)
    return {
        "one bit": (row, value[:-1] + bytes([value[-1] ^ 1])),
        "another row": (row, other),
        "another column": (row, _values(world, YOKOHAMA, elsewhere)[0][1]),
        "another body": (row, _values(world, KAWASAKI, column)[0][1]),
        "cut short": (row, value[:12]),
    }


async def test_a_sealed_value_that_was_changed_moved_or_copied_does_not_open(world: World) -> None:
    """Stopped by AES-GCM under a key per body and column with the row's key bound in: BAD_STORE at reading."""
    await lived(world)
    tried = {(column, how): what for column in READERS for how, what in changes(world, column).items()}
    for (column, how), (row, value) in tried.items():
        table, _, name = column.partition(".")
        before = sql(world, f"SELECT {name} FROM {table} WHERE rowid = ?", row)[0][0]
        sql(world, f"UPDATE {table} SET {name} = ? WHERE rowid = ?", value, row)
        await world.restart()
        with pytest.raises(RenkeiError) as caught:
            await READERS[column](world, YOKOHAMA)
        assert caught.value.problem is Problem.BAD_STORE, (column, how)
        sql(world, f"UPDATE {table} SET {name} = ? WHERE rowid = ?", before, row)
        if column != "job_part.sealed":  # reading it works it off
            await READERS[column](world, KAWASAKI)  # nobody else is troubled


def swap(world: World, table: str, column: str, one: int, other: int) -> None:
    values = [sql(world, f"SELECT {column} FROM {table} WHERE rowid = ?", each)[0][0] for each in (one, other)]
    sql(world, f"UPDATE {table} SET {column} = NULL WHERE rowid = ?" if column == "code_tag" else
        f"UPDATE {table} SET {column} = x'00' WHERE rowid = ?", one)  # fmt: skip
    sql(world, f"UPDATE {table} SET {column} = ? WHERE rowid = ?", values[0], other)
    sql(world, f"UPDATE {table} SET {column} = ? WHERE rowid = ?", values[1], one)


async def test_a_code_tag_put_at_another_person_gives_nobody_another_persons_data(world: World) -> None:
    """Stopped by the code inside the seal, which is compared with the code that was asked about: BAD_STORE."""
    await world.acquire(KAWASAKI, "2")
    await world.replicate(KAWASAKI, addressee=AddresseeNumber("2"), items={"所得額": SecretText("hanako's")})
    (one, _), (other, _) = _values(world, KAWASAKI, "code.sealed")
    swap(world, "code", "code_tag", one, other)
    await world.restart()
    await world.ask(YOKOHAMA, INQUIRY)
    with pytest.raises(RenkeiError) as caught:
        await world.settle()
    assert caught.value.problem is Problem.BAD_STORE
    assert sql(world, "SELECT count(*) FROM provision") == [(0,)]


async def test_a_request_tag_put_at_another_inquiry_gives_nobody_its_result(world: World) -> None:
    """Stopped by the line system's own id inside the seal: BAD_STORE for whoever repeats the request."""
    about_hanako = msgspec.structs.replace(INQUIRY, request="r-2", addressee=AddresseeNumber("2"))
    await world.ask(YOKOHAMA, INQUIRY, about_hanako)
    (one, _), (other, _) = _values(world, YOKOHAMA, "inquiry.record")
    swap(world, "inquiry", "request_tag", one, other)
    swap(world, "inquiry", "content_tag", one, other)
    await world.restart()
    with pytest.raises(RenkeiError) as caught:
        await inquiries.take(world.office, YOKOHAMA, Inquiries(inquiries=(INQUIRY,)))
    assert caught.value.problem is Problem.BAD_STORE


async def test_an_answer_tagged_for_another_body_is_sent_to_nobody(world: World) -> None:
    """Stopped by the inquirer inside the seal: BAD_STORE before anything is sealed to the other body's key."""
    world.core.acquire(OSAKA, AcquisitionNumber("0" * 32), TARO)
    world.core.asks(OSAKA, KAWASAKI, TARO)
    await world.core_sends(KAWASAKI)
    tag = world.office.cabinet(KAWASAKI).destination(YOKOHAMA)
    sql(world, "UPDATE provision SET answer_to = ?", tag)
    await world.restart()
    with pytest.raises(RenkeiError) as caught:
        await sending.answers_due(world.office, KAWASAKI, YOKOHAMA)
    assert caught.value.problem is Problem.BAD_STORE


async def test_a_body_renamed_in_the_rows_of_another_opens_nothing(world: World) -> None:
    """Stopped by the key per body: the rows are found under the new name and do not open."""
    await lived(world)
    for table in ("code", "replica", "inquiry", "provision", "job"):
        sql(world, f"DELETE FROM {table} WHERE tenant = ?", KAWASAKI)
        sql(world, f"UPDATE {table} SET tenant = ? WHERE tenant = ?", KAWASAKI, YOKOHAMA)
    await world.restart()
    for column in ("inquiry.record", "provision.record", "job.record"):
        with pytest.raises(RenkeiError) as caught:
            await READERS[column](world, KAWASAKI)
        assert caught.value.problem is Problem.BAD_STORE
    found = await codes.states(world.office, KAWASAKI, Addressees(addressees=(AddresseeNumber("1"),)))
    assert [each.code for each in found.codes] == [None]  # tags are keyed per body too


async def test_a_deleted_record_is_missed_by_whoever_compares_the_copies(world: World) -> None:
    """NOT stopped by the server: its own file has no chain. The other body's copy and the core's leaf still stand."""
    (inquiry,) = await world.ask(YOKOHAMA, INQUIRY)
    await world.settle()
    sql(world, "DELETE FROM inquiry WHERE tenant = ?", YOKOHAMA)
    await world.restart()
    own = await results.records(world.office, YOKOHAMA, RecordsQuery(side=Side.INQUIRER))
    other = await results.records(world.office, KAWASAKI, RecordsQuery(side=Side.PROVIDER))
    assert {each.inquiry for each in other.records} - {each.inquiry for each in own.records} == {inquiry}
    assert inquiry in world.core.decided


def keep(world: World, table: str) -> None:
    sql(world, f"CREATE TABLE kept AS SELECT * FROM {table}")


def put_back(world: World, table: str) -> None:
    sql(world, f"DELETE FROM {table}")
    sql(world, f"INSERT INTO {table} SELECT * FROM kept")
    sql(world, "DROP TABLE kept")


async def test_inquiries_put_back_to_an_earlier_day_have_lost_their_answers(world: World) -> None:
    """NOT stopped: the answer was acknowledged, so that nobody has it any more and nobody sends it again.

    The core gives its first decision again, under the same leaf; then the inquiry waits for ever. Seen by whoever
    compares the copies: the provider's record and the core's say `provided`. Asked anew, it is another inquiry.
    """
    (inquiry,) = await world.ask(YOKOHAMA, INQUIRY)
    keep(world, "inquiry")
    await world.settle()
    first = await world.result(YOKOHAMA, inquiry)
    assert first.state is InquiryState.PROVIDED
    put_back(world, "inquiry")
    await world.restart()
    await world.settle()
    world.clock.pass_ms(world.core.validity_ms + 10_000)
    await world.settle()
    again = await world.result(YOKOHAMA, inquiry)
    assert (again.state, again.content) == (InquiryState.PERMITTED, None)
    assert again.receipt == first.receipt
    assert len(world.core.log.leaves) == 1
    (other,) = (await results.records(world.office, KAWASAKI, RecordsQuery(side=Side.PROVIDER))).records
    assert (other.inquiry, other.state) == (inquiry, InquiryState.PROVIDED)
    assert await world.ask(YOKOHAMA, INQUIRY) == [inquiry]
    (anew,) = await world.ask(YOKOHAMA, msgspec.structs.replace(INQUIRY, request="anew"))
    await world.settle()
    assert (await world.result(YOKOHAMA, anew)).content == first.content
    assert len(world.core.log.leaves) == 2


async def test_provisions_put_back_to_a_day_before_their_acknowledgement_are_answered_again(world: World) -> None:
    """Harmless: the same answer and the same report go out again, and change nothing at inquirer and core."""
    world.network.lost = ["", "before"]  # the answer does not arrive; asked of the core it was
    (inquiry,) = await world.ask(YOKOHAMA, INQUIRY)
    with pytest.raises(PeerUnreachableError):
        await world.settle()
    keep(world, "provision")
    world.network.lost = []
    await world.settle()
    first, sent = await world.result(YOKOHAMA, inquiry), len(world.network.sent)
    assert first.state is InquiryState.PROVIDED
    assert world.core.times_reported == {inquiry: 1}
    put_back(world, "provision")
    await world.restart()
    await world.settle()
    assert len(world.network.sent) == sent + 2
    assert await world.result(YOKOHAMA, inquiry) == first
    assert world.core.times_reported == {inquiry: 2}
    assert len(world.core.log.leaves) == 1


async def test_provisions_put_back_to_a_day_before_their_notice_are_as_if_deleted(world: World) -> None:
    """NOT stopped by that server: the core does not notify again what was acknowledged. The other copies stand."""
    keep(world, "provision")
    (inquiry,) = await world.ask(YOKOHAMA, INQUIRY)
    await world.settle()
    put_back(world, "provision")
    await world.restart()
    await world.settle()
    assert (await results.records(world.office, KAWASAKI, RecordsQuery(side=Side.PROVIDER))).records == ()
    (own,) = (await results.records(world.office, YOKOHAMA, RecordsQuery(side=Side.INQUIRER))).records
    assert (own.inquiry, own.state) == (inquiry, InquiryState.PROVIDED)
    assert world.core.reports[inquiry].outcome.value == "provided"


async def test_a_replica_put_back_to_an_earlier_day_is_provided(world: World) -> None:
    """NOT stopped: an older value of the same cell opens. Seen by a check of replicas, which names what is stale."""
    old = sql(world, "SELECT content_tag, sealed FROM replica")[0]
    await world.replicate(KAWASAKI, items={"所得額": SecretText("newer")})
    sql(world, "UPDATE replica SET content_tag = ?, sealed = ?", *old)
    await world.restart()
    (inquiry,) = await world.ask(YOKOHAMA, INQUIRY)
    await world.settle()
    content = (await world.result(YOKOHAMA, inquiry)).content
    assert content == {"所得額": SecretText("3456789")}
