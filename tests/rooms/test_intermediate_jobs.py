"""Bulk jobs, through a real store and real cryptography; nothing runs by itself."""

import asyncio
import csv
import dataclasses
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from renkei.messages.inquiry import InquiryRequest
from renkei.messages.jobs import (
    CSV,
    JSON_LINES,
    ExpectedRow,
    InquiryRow,
    JobChoice,
    JobClosing,
    JobKind,
    JobQuery,
    JobResult,
    JobResultsQuery,
    JobRows,
    JobState,
    JobStatus,
    NewJob,
    ReplicaRow,
    RowOutcome,
)
from renkei.messages.line import InquiryState, Nothing, RecordsQuery, Side
from renkei.systems.intermediate.rules.jobs import ATTEMPTS, RESEND_MS
from renkei.systems.intermediate.service import inquiries, results
from renkei.systems.intermediate.service.jobs import heads, taking, told, turns
from renkei.systems.intermediate.store.store import SqlStore
from renkei.terms.affairs import InformationKind
from renkei.terms.bodies import AddresseeNumber
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.terms.refusals import Reason
from renkei.terms.secrets import SecretText

from .intermediate_world import INQUIRY, ITEM, KAWASAKI, KIND, NOON, OSAKA, YOKOHAMA, World, put_in, ready
from .stores import behind, only_sqlite

COMMON = InquiryRow(provider=KAWASAKI, item=ITEM, kind=KIND, items=("所得額",), unit="税務課")
HEAD = NewJob(request="town-1", kind=JobKind.INQUIRIES, inquiry=COMMON)
DAY_MS = 86_400_000


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = await ready(tmp_path)
    yield made
    await made.database.close()


def rows(*addressees: str) -> tuple[InquiryRow, ...]:
    return tuple(InquiryRow(addressee=AddresseeNumber(each)) for each in addressees)


async def made(world: World, *given: InquiryRow, head: NewJob = HEAD) -> str:
    """A job with its rows, closed."""
    job = (await heads.create(world.office, YOKOHAMA, head)).job
    await taking.rows(world.office, YOKOHAMA, JobRows(job=job, first=1, inquiries=given))
    await heads.close(world.office, YOKOHAMA, JobClosing(job=job, rows=len(given)))
    return job


async def file(
    world: World, job: str, data: bytes, form: str = CSV, row: int = 1, line: int = 1, piece: int = 7
) -> JobStatus:
    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(data), piece):
            yield data[start : start + piece]

    return await taking.file(world.office, YOKOHAMA, job, taking.File(form, chunks(), row, line))


async def status(world: World, job: str) -> JobStatus:
    return await heads.status(world.office, YOKOHAMA, JobQuery(job=job))


async def ends(world: World, job: str, **query: Any) -> list[JobResult]:
    return list((await told.results(world.office, YOKOHAMA, JobResultsQuery(job=job, **query))).results)


async def refused(call: Any) -> Problem:
    with pytest.raises(RenkeiError) as caught:
        await call
    return caught.value.problem


async def test_every_row_of_a_job_is_asked_and_its_result_read_by_row(world: World) -> None:
    job = await made(world, *rows("1", "2", "1"))
    assert (await status(world, job)).state is JobState.RUNNING
    await world.settle()
    told_status = await status(world, job)
    assert told_status.state is JobState.DONE
    assert (told_status.rows, told_status.waiting, told_status.under_way, told_status.results) == (3, 0, 0, 3)
    found = {each.row: each for each in await ends(world, job)}
    assert [found[row].outcome for row in (1, 2, 3)] == [RowOutcome.PROVIDED, RowOutcome.NOT_HELD, RowOutcome.PROVIDED]
    first = found[1].result
    assert first is not None
    assert first.content == {"所得額": SecretText("3456789")}
    assert first.receipt is not None
    assert (found[1].addressee, found[1].provider, found[1].attempts) == ("1", KAWASAKI, 1)
    assert told_status.counts.provided == 2
    assert told_status.counts.not_held == 1


async def test_rows_are_worked_off_while_further_ones_come_and_results_come_as_they_arise(world: World) -> None:
    job = (await heads.create(world.office, YOKOHAMA, HEAD)).job
    await taking.rows(world.office, YOKOHAMA, JobRows(job=job, first=1, inquiries=rows("1")))
    await world.settle()
    assert [(each.sequence, each.row) for each in await ends(world, job)] == [(1, 1)]
    assert (await status(world, job)).state is JobState.OPEN
    await taking.rows(world.office, YOKOHAMA, JobRows(job=job, first=2, inquiries=rows("2")))
    await world.settle()
    assert [(each.sequence, each.row) for each in await ends(world, job, after=1)] == [(2, 2)]
    await heads.close(world.office, YOKOHAMA, JobClosing(job=job, rows=2))
    await world.settle()
    assert (await status(world, job)).state is JobState.DONE


async def test_the_same_head_chunk_and_closing_again_change_nothing(world: World) -> None:
    job = await made(world, *rows("1", "2"))
    assert await made(world, *rows("1", "2")) == job
    await world.settle()
    assert await made(world, *rows("1", "2")) == job
    await world.settle()
    assert len(world.core.decided) == 2
    assert [each.job for each in (await heads.jobs(world.office, YOKOHAMA, Nothing())).jobs] == [job]


async def test_another_head_chunk_or_number_of_rows_is_refused_and_nothing_is_stored(world: World) -> None:
    office = world.office
    job = (await heads.create(office, YOKOHAMA, HEAD)).job
    other = msgspec.structs.replace(HEAD, inquiry=msgspec.structs.replace(COMMON, unit="福祉課"))
    assert await refused(heads.create(office, YOKOHAMA, other)) is Problem.REPEATED_OTHERWISE
    await taking.rows(office, YOKOHAMA, JobRows(job=job, first=1, inquiries=rows("1", "2")))
    for first, given, problem in [
        (1, rows("2", "1"), Problem.REPEATED_OTHERWISE),
        (1, rows("1"), Problem.REPEATED_OTHERWISE),
        (2, rows("2"), Problem.REPEATED_OTHERWISE),
        (4, rows("1"), Problem.WRONG_STATE),
        (1_000_000, rows("1"), Problem.WRONG_STATE),
        (3, (), Problem.WRONG_TYPE),
    ]:
        assert await refused(taking.rows(office, YOKOHAMA, JobRows(job=job, first=first, inquiries=given))) is problem
    assert await refused(heads.close(office, YOKOHAMA, JobClosing(job=job, rows=3))) is Problem.WRONG_STATE
    assert (await status(world, job)).rows == 2
    await heads.close(office, YOKOHAMA, JobClosing(job=job, rows=2))
    late = JobRows(job=job, first=3, inquiries=rows("1"))
    assert await refused(taking.rows(office, YOKOHAMA, late)) is Problem.WRONG_STATE


async def test_a_row_that_cannot_be_taken_is_an_error_of_that_row_with_a_reason_in_two_languages(world: World) -> None:
    lines = [
        "addressee,provider,period_first,period_last,consent",
        "1,,,,",
        "77,,,,",
        "１,,,,",
        '1,"141305-mayor",2026-04-01,2025-04-01,',
        "1,2",
        "1,,,,yes",
        ",,,,",
    ]
    job = (await heads.create(world.office, YOKOHAMA, HEAD)).job
    assert (await file(world, job, "\r\n".join(lines).encode())).rows == 7
    await world.settle()
    found = {each.row: each for each in await ends(world, job, failed=True)}
    assert {row: (each.line, each.problem, each.field) for row, each in found.items()} == {
        2: (3, "no-code-yet", None),
        3: (4, "wrong-type", "addressee"),
        4: (5, "wrong-type", "period"),
        5: (6, "malformed", None),
        6: (7, "wrong-type", "consent"),
        7: (8, "wrong-type", "addressee"),
    }
    assert all(each.outcome is RowOutcome.FAILED for each in found.values())
    assert all(each.reason_ja and each.reason_en and each.next_ja and each.next_en for each in found.values())
    done = await status(world, job)
    assert (done.state, done.counts.failed, done.counts.provided) == (JobState.DONE, 6, 1)


async def test_a_refused_row_says_why_and_what_to_do(world: World) -> None:
    world.core.refuse = lambda _: Reason.PROVIDER_HOLDS_NO_CODE
    job = await made(world, *rows("1"))
    await world.settle()
    (only,) = await ends(world, job)
    assert (only.outcome, only.problem) == (RowOutcome.REFUSED, "provider-holds-no-code")
    assert only.reason_ja
    assert only.next_en
    assert (await status(world, job)).counts.resent == 0


def passing(world: World, times: int, reason: Reason) -> Callable[[InquiryRequest], Reason | None]:
    seen: list[str] = []

    def refuse(asked: InquiryRequest) -> Reason | None:
        seen.append(asked.inquiry)
        return reason if len(seen) <= times else None

    return refuse


@pytest.mark.parametrize("times", [1, 3])
async def test_a_refusal_that_may_pass_is_asked_about_again_later(world: World, times: int) -> None:
    world.core.refuse = passing(world, times, Reason.OTHER_LIST_VERSION)
    job = await made(world, *rows("1"))
    await world.settle()
    assert len(world.core.decided) == 1
    for attempt in range(times):
        world.clock.pass_ms((RESEND_MS << attempt) - 1)
        await world.settle()
        assert len(world.core.decided) == attempt + 1
        world.clock.pass_ms(1)
        await world.settle()
    (only,) = await ends(world, job)
    assert (only.outcome, only.attempts) == (RowOutcome.PROVIDED, times + 1)
    done = await status(world, job)
    assert (done.state, done.counts.resent, done.counts.provided, done.counts.refused) == (JobState.DONE, times, 1, 0)
    page = await results.records(world.office, YOKOHAMA, RecordsQuery(side=Side.INQUIRER))
    assert len(page.records) == times + 1  # each is an inquiry, and every inquiry is a record (法23条)


async def test_after_three_repetitions_the_refusal_is_the_result(world: World) -> None:
    world.core.refuse = lambda _: Reason.OTHER_LIST_VERSION
    job = await made(world, *rows("1"))
    for _ in range(ATTEMPTS + 1):
        await world.settle()
        world.clock.pass_ms(RESEND_MS * 10)
    (only,) = await ends(world, job)
    assert (only.outcome, only.attempts, only.problem) == (RowOutcome.REFUSED, ATTEMPTS, "other-list-version")
    assert len(world.core.decided) == ATTEMPTS


async def test_a_lapsed_inquiry_is_asked_again_at_once(world: World) -> None:
    await world.replicate(KAWASAKI, automatic=False)
    job = await made(world, *rows("1"))
    await world.settle()
    assert (await status(world, job)).under_way == 1
    await world.replicate(KAWASAKI)
    world.clock.pass_ms(world.core.validity_ms + 1)
    await world.lapse()
    await world.settle()
    (only,) = await ends(world, job)
    assert (only.outcome, only.attempts) == (RowOutcome.PROVIDED, 2)


async def test_cancelling_asks_nothing_more_and_what_is_under_way_comes_to_its_end(world: World) -> None:
    job = (await heads.create(world.office, YOKOHAMA, HEAD)).job
    await taking.rows(world.office, YOKOHAMA, JobRows(job=job, first=1, inquiries=rows("1")))
    await turns.turn(world.office, YOKOHAMA)
    await taking.rows(world.office, YOKOHAMA, JobRows(job=job, first=2, inquiries=rows("2", "2")))
    for _ in range(2):
        told_status = await heads.cancel(world.office, YOKOHAMA, JobChoice(job=job))
        assert (told_status.state, told_status.counts.not_asked, told_status.under_way) == (JobState.CANCELLING, 2, 1)
    assert await refused(heads.delete(world.office, YOKOHAMA, JobChoice(job=job))) is Problem.WRONG_STATE
    await world.settle()
    assert (await heads.cancel(world.office, YOKOHAMA, JobChoice(job=job))).state is JobState.CANCELLED
    assert [each.outcome for each in await ends(world, job)] == [RowOutcome.PROVIDED]
    assert len(world.core.decided) == 1


async def test_a_deleted_job_is_gone_and_the_records_of_its_inquiries_stay(world: World) -> None:
    job = await made(world, *rows("1"))
    await world.settle()
    assert (await heads.delete(world.office, YOKOHAMA, JobChoice(job=job))).changed == 1
    assert (await status(world, job)).state is JobState.DELETING
    assert (await heads.delete(world.office, YOKOHAMA, JobChoice(job=job))).changed == 0
    await world.settle()
    assert (await heads.delete(world.office, YOKOHAMA, JobChoice(job=job))).changed == 0
    assert await refused(status(world, job)) is Problem.UNKNOWN_JOB
    assert await refused(ends(world, job)) is Problem.UNKNOWN_JOB
    page = await results.records(world.office, YOKOHAMA, RecordsQuery(side=Side.INQUIRER))
    assert [record.state for record in page.records] == [InquiryState.PROVIDED]


async def test_a_job_under_way_is_not_deleted_and_a_cancelled_one_is(world: World) -> None:
    job = await made(world, *rows("1", "2"))
    assert await refused(heads.delete(world.office, YOKOHAMA, JobChoice(job=job))) is Problem.WRONG_STATE
    await heads.cancel(world.office, YOKOHAMA, JobChoice(job=job))
    assert await refused(heads.delete(world.office, YOKOHAMA, JobChoice(job=job))) is Problem.WRONG_STATE
    await world.settle()
    assert (await heads.delete(world.office, YOKOHAMA, JobChoice(job=job))).changed == 1
    await world.settle()
    assert (await heads.jobs(world.office, YOKOHAMA, Nothing())).jobs == ()


async def test_deleting_goes_on_after_a_crash_tells_how_far_it_is_and_leaves_nothing_of_the_job(world: World) -> None:
    job = await made(world, *rows("1", "2", "77", "1", "2"))
    other = await made(world, *rows("1"), head=msgspec.structs.replace(HEAD, request="other"))
    await world.settle()
    with put_in(turns, "TURN_FORGOTTEN", 2):
        await heads.delete(world.office, YOKOHAMA, JobChoice(job=job))
        await turns.turn(world.office, YOKOHAMA)
        await world.restart()
        assert (await status(world, job)).results == 3
        assert [each.sequence for each in await ends(world, job)] == [1, 2, 3]
        await turns.turn(world.office, YOKOHAMA)
        assert (await status(world, job)).results == 1
        await world.settle()
    assert await refused(status(world, job)) is Problem.UNKNOWN_JOB
    for table in ("job", "job_chunk", "job_lane", "job_part", "job_outcome", "job_expected"):
        assert {found for (found,) in behind(world.path, f"SELECT job FROM {table}")} <= {other}
    assert len(await ends(world, other)) == 1
    again = await made(world, *rows("1"))  # the same request id is free, and asks anew
    assert again != job
    await world.settle()
    assert (await status(world, again)).counts.provided == 1


async def test_who_waits_for_a_job_that_is_being_deleted_is_told_when_it_is_gone(world: World) -> None:
    job = await made(world, *rows("1"))
    await world.settle()
    await heads.delete(world.office, YOKOHAMA, JobChoice(job=job))
    waiting = asyncio.create_task(heads.status(world.office, YOKOHAMA, JobQuery(job=job, wait_ms=20_000)))
    while not world.office.waiters._events:
        await asyncio.sleep(0)
    await turns.turn(world.office, YOKOHAMA)
    assert await refused(waiting) is Problem.UNKNOWN_JOB


@pytest.mark.parametrize(
    ("form", "data", "lines"),
    [
        (CSV, b"addressee\n\n1\n77\n2\n", [3, 4, 5]),
        (JSON_LINES, b'{"addressee":"1"}\n\n{"addressee":"77"}\n{"addressee":"2"}\n', [1, 3, 4]),
    ],
    ids=["csv", "json-lines"],
)
async def test_every_result_names_the_line_of_the_file_also_where_it_was_asked_more_than_once(
    world: World, form: str, data: bytes, lines: list[int]
) -> None:
    world.core.refuse = lambda _: None if world.core.decided else Reason.OTHER_LIST_VERSION
    job = (await heads.create(world.office, YOKOHAMA, HEAD)).job
    await file(world, job, data, form)
    await world.settle()
    world.clock.pass_ms(RESEND_MS)
    await world.settle()
    found = sorted(await ends(world, job), key=lambda each: each.row)
    assert [each.line for each in found] == lines
    assert [(each.outcome, each.attempts) for each in found] == [
        (RowOutcome.PROVIDED, 2), (RowOutcome.FAILED, 0), (RowOutcome.NOT_HELD, 1),
    ]  # fmt: skip


async def test_another_bodys_job_is_unknown(world: World) -> None:
    job = await made(world, *rows("1"))
    office = world.office
    for call in (
        heads.status(office, KAWASAKI, JobQuery(job=job)),
        heads.cancel(office, KAWASAKI, JobChoice(job=job)),
        told.results(office, KAWASAKI, JobResultsQuery(job=job)),
        taking.rows(office, KAWASAKI, JobRows(job=job, first=1, inquiries=rows("1"))),
    ):
        assert await refused(call) is Problem.UNKNOWN_JOB


async def test_a_provider_that_does_not_answer_keeps_only_its_own_rows_waiting(world: World) -> None:
    silent = [msgspec.structs.replace(row, provider=OSAKA) for row in rows(*["1"] * 6)]
    with put_in(turns, "WINDOW", 2), put_in(taking, "PART_ROWS", 2), put_in(turns, "TURN_PARTS", 1):
        job = await made(world, *silent, *rows("1", "2", "1", "2"))
        await world.settle()
        told_status = await status(world, job)
    assert (told_status.waiting, told_status.under_way) == (4, 2)
    assert sorted(each.row for each in await ends(world, job)) == [7, 8, 9, 10]


async def test_single_inquiries_pass_by_those_of_a_job(world: World) -> None:
    await made(world, *rows(*["1"] * 20))
    await turns.turn(world.office, YOKOHAMA)
    world.clock.pass_ms(5)
    (single,) = await world.ask(YOKOHAMA, INQUIRY)
    assert (await inquiries.due(world.office, YOKOHAMA))[0].inquiry == single


async def test_nothing_is_taken_up_while_many_inquiries_of_jobs_wait_for_the_core(world: World) -> None:
    with put_in(turns, "MOST_DUE", 3), put_in(taking, "PART_ROWS", 2), put_in(turns, "TURN_PARTS", 1):
        job = await made(world, *rows(*["1"] * 10))
        while await turns.due(world.office, YOKOHAMA):
            await turns.turn(world.office, YOKOHAMA)
        told_status = await status(world, job)
        assert (told_status.waiting, told_status.under_way) == (6, 4)
        await world.settle()
    assert (await status(world, job)).counts.provided == 10


async def test_no_body_has_more_than_twenty_jobs_that_have_not_ended(world: World) -> None:
    for number in range(heads.MOST_OPEN):
        await heads.create(world.office, YOKOHAMA, msgspec.structs.replace(HEAD, request=f"j-{number}"))
    more = msgspec.structs.replace(HEAD, request="one-more")
    assert await refused(heads.create(world.office, YOKOHAMA, more)) is Problem.BUSY
    again = await heads.create(world.office, YOKOHAMA, msgspec.structs.replace(HEAD, request="j-3"))
    assert again.state is JobState.OPEN
    await heads.create(world.office, KAWASAKI, more)


async def test_common_fields_of_another_kind_of_job_are_refused(world: World) -> None:
    head = NewJob(request="x", kind=JobKind.REPLICAS, inquiry=COMMON)
    assert await refused(heads.create(world.office, YOKOHAMA, head)) is Problem.WRONG_TYPE


class _CrashError(BaseException):
    """The end of the process: nothing in it goes on, so nothing catches it."""


class DyingStore(SqlStore):
    """The process dies at one of its commits: before it (nothing is kept) or just after it (nobody hears of it)."""

    left: int
    after: bool

    async def write(self, name: str, job: Any) -> Any:
        self.left -= 1
        if self.left == 0 and not self.after:
            raise _CrashError
        result = await super().write(name, job)
        if self.left == 0:
            raise _CrashError
        return result


@pytest.mark.parametrize("after", [False, True], ids=["before-commit", "after-commit"])
async def test_a_crash_at_any_commit_of_a_job_followed_by_a_repetition_gives_the_same_results(
    world: World, after: bool
) -> None:
    people = ["1", "2", "77", "1", "2"]
    crashes = 0
    for at in range(1, 60):
        head = msgspec.structs.replace(HEAD, request=f"town-{at}")
        dying = DyingStore(world.database)
        dying.left, dying.after = at, after
        before = len(world.core.decided)
        with put_in(taking, "PART_ROWS", 2), put_in(turns, "TURN_PARTS", 1), put_in(turns, "TURN_INQUIRIES", 1):
            world.office = dataclasses.replace(world.office, store=dying)
            try:
                await made(world, *rows(*people), head=head)
                await world.settle()
            except _CrashError:
                crashes += 1
            await world.restart()
            job = await made(world, *rows(*people), head=head)
            await world.settle()
        done = await status(world, job)
        assert (done.state, done.rows, done.results, done.waiting, done.under_way) == (JobState.DONE, 5, 5, 0, 0)
        assert sorted((each.row, each.outcome.value) for each in await ends(world, job)) == [
            (1, "provided"), (2, "not-held"), (3, "failed"), (4, "provided"), (5, "not-held"),
        ]  # fmt: skip
        assert len(world.core.decided) == before + 4
        if dying.left > 0:
            break
    assert crashes > 15
    assert at < 59


async def test_a_file_that_was_cut_goes_on_from_the_rows_that_are_durable_or_comes_again_as_a_whole(
    world: World,
) -> None:
    text = "addressee\n" + "".join(f"{1 + number % 2}\n" for number in range(10))
    with put_in(taking, "MAX_LIST", 3):
        for request, again_from in (("whole", 1), ("rest", 7)):
            job = (await heads.create(world.office, YOKOHAMA, msgspec.structs.replace(HEAD, request=request))).job

            async def cut() -> AsyncIterator[bytes]:
                yield text[:26].encode()  # seven rows and a piece
                raise RenkeiError(Problem.MALFORMED, "cut")

            came = taking.File(CSV, cut())
            assert await refused(taking.file(world.office, YOKOHAMA, job, came)) is Problem.MALFORMED
            assert (await status(world, job)).rows == 6
            await world.settle()
            if again_from == 1:
                await file(world, job, text.encode())
            else:
                await file(world, job, b"addressee\n" + text[22:].encode(), row=7, line=8)
            await world.settle()
            done = await status(world, job)
            assert (done.state, done.rows, done.results) == (JobState.DONE, 10, 10)
            assert sorted(each.row for each in await ends(world, job)) == list(range(1, 11))
            await file(world, job, text.encode())  # once more, when all is over
        changed = text.replace("addressee\n1", "addressee\n2")
        assert await refused(file(world, job, changed.encode())) is Problem.REPEATED_OTHERWISE


async def test_results_are_told_as_csv_and_json_lines_also_in_part(world: World) -> None:
    job = await made(world, *rows("1", "2", "77"))
    await world.settle()
    whole: dict[str, bytes] = {}
    for form in (CSV, JSON_LINES):
        query = (YOKOHAMA, JobResultsQuery(job=job))
        whole[form] = b"".join([part async for part in told.stream(world.office, query, form)])
    lines = [msgspec.json.decode(each) for each in whole[JSON_LINES].splitlines()]
    assert [each["sequence"] for each in lines] == [1, 2, 3]
    table = list(csv.DictReader(whole[CSV].decode().splitlines()))
    assert sorted((each["row"], each["outcome"], each["content"]) for each in table) == [
        ("1", "provided", '{"所得額": "3456789"}'), ("2", "not-held", ""), ("3", "failed", ""),
    ]  # fmt: skip
    later = (YOKOHAMA, JobResultsQuery(job=job, after=2))
    assert len(b"".join([part async for part in told.stream(world.office, later, JSON_LINES)]).splitlines()) == 1
    failing = (YOKOHAMA, JobResultsQuery(job=job, failed=True))
    assert len(b"".join([part async for part in told.stream(world.office, failing, JSON_LINES)]).splitlines()) == 2


async def test_a_page_of_results_holds_no_more_than_fits_into_a_message(world: World) -> None:
    job = await made(world, *rows("1", "2", "1"))
    await world.settle()
    with put_in(told, "BATCH_BYTES", 1):
        page = await told.results(world.office, YOKOHAMA, JobResultsQuery(job=job))
        assert (len(page.results), page.next, page.more) == (1, 1, True)
        page = await told.results(world.office, YOKOHAMA, JobResultsQuery(job=job, after=2))
        assert (len(page.results), page.next, page.more) == (1, 3, False)


# Replicas.


def replica(addressee: str, value: str = "1", **changes: Any) -> ReplicaRow:
    return ReplicaRow(addressee=AddresseeNumber(addressee), items={"所得額": SecretText(value)}, **changes)


async def registered(world: World, request: str, *given: ReplicaRow) -> JobStatus:
    head = NewJob(request=request, kind=JobKind.REPLICAS, replica=ReplicaRow(kind=KIND))
    job = (await heads.create(world.office, YOKOHAMA, head)).job
    await taking.rows(world.office, YOKOHAMA, JobRows(job=job, first=1, replicas=given))
    await heads.close(world.office, YOKOHAMA, JobClosing(job=job, rows=len(given)))
    await world.settle()
    return await status(world, job)


async def checked(world: World, request: str, *given: ExpectedRow) -> tuple[JobStatus, list[JobResult]]:
    head = NewJob(request=request, kind=JobKind.REPLICA_CHECK, expected=ExpectedRow(kind=KIND))
    job = (await heads.create(world.office, YOKOHAMA, head)).job
    if given:
        await taking.rows(world.office, YOKOHAMA, JobRows(job=job, first=1, expected=given))
    await heads.close(world.office, YOKOHAMA, JobClosing(job=job, rows=len(given)))
    await world.settle()
    return await status(world, job), await ends(world, job)


async def test_replicas_of_a_job_are_registered_and_a_repetition_changes_nothing(world: World) -> None:
    done = await registered(world, "load-1", replica("1"), replica("2"))
    assert (done.state, done.counts.registered, done.counts.unchanged) == (JobState.DONE, 2, 0)
    done = await registered(world, "load-2", replica("1"), replica("2", "5"))
    assert (done.counts.registered, done.counts.unchanged) == (1, 1)


async def test_a_check_tells_what_is_missing_stale_or_not_expected_and_how_old_it_is(world: World) -> None:
    await registered(
        world, "load", replica("1"), replica("2"), replica("3"), replica("9", kind=InformationKind("pension"))
    )
    world.clock.pass_ms(10 * DAY_MS)
    await registered(world, "later", replica("2", "2"))
    world.clock.pass_ms(DAY_MS)
    expected = [
        ExpectedRow(addressee=AddresseeNumber("1"), as_of="2030-01-01"),
        ExpectedRow(addressee=AddresseeNumber("2"), as_of="2020-01-01"),
        ExpectedRow(addressee=AddresseeNumber("4")),
        ExpectedRow(addressee=AddresseeNumber("2")),
    ]
    with put_in(turns, "TURN_REPLICAS", 2):
        done, found = await checked(world, "check", *expected)
    assert sorted((each.row, each.outcome.value, each.addressee, each.age_days) for each in found) == [
        (0, "unexpected", "3", 11), (1, "stale", "1", 11), (3, "missing", "4", None),
    ]  # fmt: skip
    assert (done.counts.found, done.counts.missing, done.counts.stale, done.counts.unexpected) == (2, 1, 1, 1)
    assert [(each.kind, each.count, each.oldest_ms, each.newest_ms) for each in done.freshness] == [
        (KIND, 3, NOON, NOON + 10 * DAY_MS), ("pension", 1, NOON, NOON),
    ]  # fmt: skip


async def test_a_check_without_rows_tells_how_fresh_everything_is(world: World) -> None:
    await registered(world, "load", replica("1"), replica("2"))
    done, found = await checked(world, "fresh")
    assert found == []
    assert [(each.kind, each.count) for each in done.freshness] == [(KIND, 2)]


@only_sqlite
async def test_a_thief_of_the_disk_learns_nothing_from_a_job(world: World) -> None:
    world.persons["canary-addressee-81"] = "saburo"
    await world.acquire(YOKOHAMA, "canary-addressee-81")
    row = InquiryRow(addressee=AddresseeNumber("canary-addressee-81"), provider=OSAKA, unit="canary-unit-82")
    await made(world, row, head=msgspec.structs.replace(HEAD, request="canary-request-83"))
    waiting = world.path.read_bytes() + world.path.with_name(world.path.name + "-wal").read_bytes()
    await world.settle()
    everything = waiting + world.path.read_bytes() + world.path.with_name(world.path.name + "-wal").read_bytes()
    assert YOKOHAMA.encode() in everything
    for canary in ("canary-addressee-81", "canary-unit-82", "canary-request-83", OSAKA, '"running"'):
        assert canary.encode() not in everything, canary
