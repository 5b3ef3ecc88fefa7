"""Bulk jobs: what rows take from the head, which inquiries are asked again, what is counted and told."""

import re
from typing import Any, get_args

import msgspec
import pytest

from renkei.messages.fields import Period, RequestId
from renkei.messages.jobs import (
    MAX_ROWS,
    ExpectedRow,
    InquiryRow,
    JobCounts,
    JobKind,
    JobState,
    NewJob,
    ReplicaRow,
    RowOutcome,
)
from renkei.messages.line import InquiryState, ReplicaKey
from renkei.systems.intermediate.rules import jobs
from renkei.systems.intermediate.rules.jobs import ATTEMPTS, RESEND_MS, Ages, Asked, Expected, KeptJob, UnfitError
from renkei.systems.intermediate.rules.kept import KeptInquiry
from renkei.terms.affairs import InformationKind, InstantMs, ItemNumber
from renkei.terms.bodies import AddresseeNumber, BodyId
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.terms.refusals import Reason
from renkei.terms.secrets import SecretText

JOB, PROVIDER, KIND = "0f" * 16, BodyId("141305-mayor"), InformationKind("local-tax")
ONE = AddresseeNumber("1")
NOON, DAY_MS = InstantMs(1_790_000_000_000), 86_400_000
COMMON = InquiryRow(provider=PROVIDER, item=ItemNumber("48"), kind=KIND, items=("所得額",), unit="税務課")
HEAD = NewJob(request="town", kind=JobKind.INQUIRIES, inquiry=COMMON)
PERIOD = Period(first="2025-04-01", last="2026-03-31")


def kept_job(**changes: Any) -> KeptJob:
    made = KeptJob(job=JOB, head=HEAD, state=JobState.RUNNING, created_ms=NOON)
    return msgspec.structs.replace(made, **changes)


def ended(attempt: int = 1, **changes: Any) -> KeptInquiry:
    made = KeptInquiry(
        inquiry="1f" * 16,
        request=jobs.request_of(JOB, Asked(7, attempt, 9)),
        addressee=ONE,
        code=None,
        provider=PROVIDER,
        item=ItemNumber("48"),
        kind=KIND,
        items=("所得額",),
        period=PERIOD,
        unit="税務課",
        asked_at_ms=NOON,
        respond_within_ms=60_000,
        non_disclosure=True,
        no_self_information=True,
        consent=True,
        state=InquiryState.REFUSED,
        reason=Reason.PROVIDER_NOT_CONNECTED.value,
    )
    return msgspec.structs.replace(made, **changes)


# Rows and their head.


def test_a_row_takes_from_the_head_what_it_leaves_out_and_keeps_what_it_says() -> None:
    made = jobs.complete(HEAD, InquiryRow(addressee=ONE, unit="保険課", period=PERIOD), 3, 5)
    assert (made.row, made.line) == (3, 5)
    assert made.inquiry is not None
    assert (made.inquiry.provider, made.inquiry.unit, made.inquiry.period) == (PROVIDER, "保険課", PERIOD)
    assert not made.inquiry.consent


@pytest.mark.parametrize("field", ["provider", "item", "kind", "items", "unit"])
def test_what_neither_row_nor_head_says_is_named(field: str) -> None:
    head = msgspec.structs.replace(HEAD, inquiry=msgspec.structs.replace(COMMON, **{field: None}))
    with pytest.raises(UnfitError) as caught:
        jobs.complete(head, InquiryRow(addressee=ONE), 1)
    assert (caught.value.problem, caught.value.field) == (Problem.WRONG_TYPE, field)


@pytest.mark.parametrize("row", [InquiryRow(), InquiryRow(addressee=ONE, code=SecretText("c"))])
def test_a_row_names_its_person_once(row: InquiryRow) -> None:
    with pytest.raises(UnfitError) as caught:
        jobs.complete(HEAD, row, 1)
    assert caught.value.field == "addressee"


def test_a_replica_is_provided_automatically_unless_it_says_otherwise() -> None:
    head = NewJob(request="r", kind=JobKind.REPLICAS, replica=ReplicaRow(kind=KIND, items={"a": SecretText("b")}))
    for said, automatic in ((None, True), (True, True), (False, False)):
        made = jobs.complete(head, ReplicaRow(addressee=ONE, automatic=said), 1)
        assert made.replica is not None
        assert made.replica.automatic is automatic
    with pytest.raises(UnfitError) as caught:
        jobs.complete(head, ReplicaRow(), 1)
    assert caught.value.field == "addressee"


def test_an_expected_row_names_a_replica_and_the_day_of_its_last_change() -> None:
    head = NewJob(request="r", kind=JobKind.REPLICA_CHECK, expected=ExpectedRow(kind=KIND, as_of="2026-04-01"))
    made = jobs.complete(head, ExpectedRow(addressee=ONE), 1)
    key = ReplicaKey(addressee=ONE, kind=KIND, period=None)
    assert made.expected == Expected(key=key, as_of="2026-04-01")


@pytest.mark.parametrize("kind", [JobKind.REPLICAS, JobKind.REPLICA_CHECK])
def test_common_fields_belong_to_the_kind_of_the_job(kind: JobKind) -> None:
    jobs.check_head(HEAD)
    with pytest.raises(RenkeiError) as caught:
        jobs.check_head(msgspec.structs.replace(HEAD, kind=kind))
    assert caught.value.problem is Problem.WRONG_TYPE


# Inquiries of a job.


@pytest.mark.parametrize("asked", [Asked(1, 1), Asked(1, 1, 2), Asked(MAX_ROWS, ATTEMPTS, 10**12)])
def test_a_request_id_tells_row_attempt_and_line_and_is_one_that_a_line_system_might_have_given(asked: Asked) -> None:
    request = jobs.request_of(JOB, asked)
    assert jobs.asked_of(request) == asked
    pattern = get_args(RequestId)[1].pattern
    assert re.search(pattern, request)


def test_another_attempt_is_another_request() -> None:
    assert len({jobs.request_of(JOB, Asked(1, attempt, 2)) for attempt in range(1, ATTEMPTS + 1)}) == ATTEMPTS


@pytest.mark.parametrize(
    "reason",
    [Reason.OTHER_LIST_VERSION.value, Reason.PROVIDER_NOT_CONNECTED.value, "busy", "unreachable"],
)
def test_a_refusal_that_speaks_of_the_moment_is_asked_about_again_after_one_two_and_four_minutes(reason: str) -> None:
    waits = []
    for attempt in range(1, ATTEMPTS):
        found = jobs.again(ended(attempt, reason=reason), kept_job(), NOON)
        assert found is not None
        inquiry, due = found
        assert jobs.asked_of(inquiry.request) == Asked(7, attempt + 1, 9)
        waits.append(due - NOON)
    assert waits == [RESEND_MS, 2 * RESEND_MS, 4 * RESEND_MS]
    assert jobs.again(ended(ATTEMPTS, reason=reason), kept_job(), NOON) is None


def test_what_is_asked_again_is_the_same_but_for_its_id() -> None:
    before = ended()
    found = jobs.again(before, kept_job(), NOON)
    assert found is not None
    told = msgspec.structs.asdict(found[0])
    same = set(told) - {"request", "code"}
    assert {name: told[name] for name in same} == {name: getattr(before, name) for name in same}
    assert told["code"] is None


def test_a_lapsed_inquiry_is_asked_again_at_once() -> None:
    found = jobs.again(ended(state=InquiryState.LAPSED, reason=None), kept_job(), NOON)
    assert found is not None
    assert found[1] == NOON


@pytest.mark.parametrize("reason", [each.value for each in Reason if each not in {
    Reason.OTHER_LIST_VERSION, Reason.PROVIDER_NOT_CONNECTED,
}])  # fmt: skip
def test_every_other_refusal_speaks_of_the_law_or_the_person_and_stays(reason: str) -> None:
    assert jobs.again(ended(reason=reason), kept_job(), NOON) is None


@pytest.mark.parametrize("state", [InquiryState.PROVIDED, InquiryState.WITHHELD, InquiryState.NOT_HELD])
def test_an_answer_is_not_asked_for_again(state: InquiryState) -> None:
    assert jobs.again(ended(state=state, reason=None), kept_job(), NOON) is None


def test_a_cancelled_job_asks_nothing_again_nor_is_a_code_that_is_no_longer_there_asked_with() -> None:
    assert jobs.again(ended(), kept_job(state=JobState.CANCELLING), NOON) is None
    assert jobs.again(ended(addressee=None), kept_job(), NOON) is None


# Checks of replicas.


def test_a_replica_is_missing_or_older_than_the_day_in_japan_that_the_row_names() -> None:
    def judged(as_of: str | None, changed_at_ms: int | None) -> RowOutcome | None:
        key = ReplicaKey(addressee=ONE, kind=KIND, period=None)
        return jobs.judge(Expected(key=key, as_of=as_of), None if changed_at_ms is None else InstantMs(changed_at_ms))

    midnight = 1_775_055_600_000  # 2026-04-02T00:00:00+09:00
    assert judged(None, None) is RowOutcome.MISSING
    assert judged(None, 0) is None
    assert judged("2026-04-02", midnight - 1) is RowOutcome.STALE
    assert judged("2026-04-02", midnight) is None


def test_ages_are_whole_days_and_oldest_and_newest_of_each_kind() -> None:
    assert [jobs.age_days(0, now) for now in (0, DAY_MS - 1, DAY_MS, 3 * DAY_MS)] == [0, 0, 1, 3]
    assert jobs.age_days(5, 0) == 0  # a clock that was put back
    ages: dict[InformationKind, Ages] = {}
    for changed in (7, 3, 9):
        jobs.aged(ages, KIND, InstantMs(changed))
    assert ages == {KIND: Ages(count=3, oldest_ms=3, newest_ms=9)}


# What is told of a job.


def test_every_outcome_has_its_count_and_only_resent_and_unexpected_are_no_rows() -> None:
    for outcome in RowOutcome:
        counts = jobs.counted(JobCounts(), {jobs.count_name(outcome): 2})
        assert sum(msgspec.structs.asdict(counts).values()) == 2
        assert jobs.rows_done(counts) == (0 if outcome is RowOutcome.UNEXPECTED else 2)
    assert jobs.rows_done(JobCounts(provided=1, resent=5)) == 1
    assert jobs.counted(JobCounts(provided=1), {"provided": 2}).provided == 3


def test_the_expected_end_follows_from_the_mean_speed_until_the_job_has_ended() -> None:
    half = kept_job(rows=100, counts=JobCounts(provided=50), begun_ms=NOON)
    told = jobs.status_of(half, (30, 20), InstantMs(NOON + 10_000))
    assert (told.per_second, told.expected_end_ms) == (5, NOON + 20_000)
    done = msgspec.structs.replace(half, state=JobState.DONE, ended_ms=InstantMs(NOON + 20_000))
    for state in (JobState.DONE, JobState.DELETING):
        told = jobs.status_of(msgspec.structs.replace(done, state=state), (0, 0), InstantMs(NOON + DAY_MS))
        assert (told.per_second, told.expected_end_ms) == (2, None)


def test_a_job_that_has_not_begun_promises_nothing() -> None:
    told = jobs.status_of(kept_job(rows=5), (5, 0), NOON)
    assert (told.per_second, told.expected_end_ms, told.freshness) == (None, None, ())


def test_freshness_is_told_by_kind() -> None:
    ages = {
        InformationKind("pension"): Ages(count=1, oldest_ms=1, newest_ms=1),
        KIND: Ages(count=2, oldest_ms=3, newest_ms=4),
    }
    told = jobs.status_of(kept_job(ages=ages), (0, 0), NOON).freshness
    assert [(each.kind, each.count, each.oldest_ms, each.newest_ms) for each in told] == [
        (KIND, 2, 3, 4), ("pension", 1, 1, 1),
    ]  # fmt: skip
    assert (jobs.with_period(None), jobs.with_period(PERIOD)) == (("", ""), ("2025-04-01", "2026-03-31"))
