"""Bulk jobs: what is kept of them, what their rows say, which inquiries are asked again."""

from collections.abc import Sequence
from typing import Final, NamedTuple, TypeVar

import msgspec

from renkei.messages.codec import Part
from renkei.messages.fields import HexId, Kind, Moment, Period, Slug
from renkei.messages.jobs import (
    ExpectedRow,
    Freshness,
    InquiryRow,
    JobCounts,
    JobKind,
    JobState,
    JobStatus,
    NewJob,
    ReplicaRow,
    RowOutcome,
)
from renkei.messages.line import Inquiry, InquiryState, Replica, ReplicaKey
from renkei.systems.intermediate.rules.kept import KeptInquiry
from renkei.systems.intermediate.rules.presented import check_inquiry, check_replica
from renkei.terms.affairs import InformationKind, InstantMs, law_date
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.terms.refusals import Reason

ATTEMPTS: Final = 4
"""How often one row's inquiry is asked at most: once, and again three times."""
RESEND_MS: Final = 60_000
"""How long to wait before a refusal that may pass is asked about again; twice as long the next time, and so on."""
_DAY_MS: Final = 86_400_000
_PASSING: Final = frozenset(
    {
        Reason.OTHER_LIST_VERSION.value,
        Reason.PROVIDER_NOT_CONNECTED.value,
        Problem.BUSY.value,
        Problem.UNREACHABLE.value,
    }
)
"""Refusals that speak of the moment: the lists or the connection will be in order again. All others speak of the law or
of the person, and stay."""
FAILED_OUTCOMES: Final = frozenset(RowOutcome) - {RowOutcome.PROVIDED}

Row = InquiryRow | ReplicaRow | ExpectedRow
R = TypeVar("R", bound=Part)


class Expected(Part, frozen=True):
    """A replica that a check expects."""

    key: ReplicaKey
    as_of: str | None


class Numbered(Part, frozen=True):
    """A row that can be worked off."""

    row: int
    line: int | None = None
    inquiry: Inquiry | None = None
    replica: Replica | None = None
    expected: Expected | None = None


class KeptPart(Part, frozen=True):
    """Rows of a job that were not taken up yet (`job_part.sealed`)."""

    rows: tuple[Numbered, ...]


class KeptOutcome(Part, frozen=True):
    """What came of one row (`job_outcome.sealed`); content and reason of an inquiry stand with the inquiry alone."""

    row: int
    outcome: RowOutcome
    line: int | None = None
    attempts: int = 0
    inquiry: HexId | None = None
    problem: Slug | None = None
    field: str | None = None
    key: ReplicaKey | None = None
    as_of: str | None = None
    changed_at_ms: Moment | None = None
    seen_at_ms: Moment | None = None


class Ages(Part, frozen=True):
    """Replicas of one kind: how many, oldest and newest change."""

    count: int
    oldest_ms: int
    newest_ms: int


class KeptJob(Part, frozen=True):
    """A job (`job.record`). `walked`: how far a check has gone through the replicas."""

    job: HexId
    head: NewJob
    state: JobState
    created_ms: Moment
    rows: int = 0
    results: int = 0
    counts: JobCounts = JobCounts()
    begun_ms: Moment | None = None
    closed_ms: Moment | None = None
    ended_ms: Moment | None = None
    walked: bytes = b""
    kinds: tuple[Kind, ...] = ()
    ages: dict[Kind, Ages] = msgspec.field(default_factory=dict)


class UnfitError(RenkeiError):
    """A row that cannot be taken: the problem, and in which field."""

    def __init__(self, problem: Problem, field: str | None) -> None:
        super().__init__(problem, field or "")
        self.field = field


def check_head(head: NewJob) -> None:
    """What the rows have in common belongs to the job's kind; raises WRONG_TYPE."""
    given = {JobKind.INQUIRIES: head.inquiry, JobKind.REPLICAS: head.replica, JobKind.REPLICA_CHECK: head.expected}
    if any(part is not None for kind, part in given.items() if kind is not head.kind):
        raise RenkeiError(Problem.WRONG_TYPE, "common fields of another kind of job")


RowType = type[InquiryRow] | type[ReplicaRow] | type[ExpectedRow]


def row_type(kind: JobKind) -> RowType:
    """What a row of a job of this kind looks like."""
    types: dict[JobKind, RowType] = {
        JobKind.INQUIRIES: InquiryRow,
        JobKind.REPLICAS: ReplicaRow,
        JobKind.REPLICA_CHECK: ExpectedRow,
    }
    return types[kind]


def complete(head: NewJob, row: Row, number: int, line: int | None = None) -> Numbered:
    """The row with what the head says for all rows; raises UnfitError for what is still missing or does not fit."""
    if isinstance(row, InquiryRow):
        return Numbered(row=number, line=line, inquiry=_inquiry(_merged(head.inquiry, row)))
    if isinstance(row, ReplicaRow):
        return Numbered(row=number, line=line, replica=_replica(_merged(head.replica, row), number))
    row = _merged(head.expected, row)
    key = ReplicaKey(addressee=_given(row.addressee, "addressee"), kind=_given(row.kind, "kind"), period=row.period)
    return Numbered(row=number, line=line, expected=Expected(key=key, as_of=row.as_of))


def _merged(common: R | None, row: R) -> R:
    if common is None:
        return row
    own = {name: value for name in row.__struct_fields__ if (value := getattr(row, name)) is not None}
    return msgspec.structs.replace(common, **own)


T = TypeVar("T")


def _given(value: T | None, field: str) -> T:
    if value is None:
        raise UnfitError(Problem.WRONG_TYPE, field)
    return value


def _inquiry(row: InquiryRow) -> Inquiry:
    made = Inquiry(
        request="-",
        provider=_given(row.provider, "provider"),
        item=_given(row.item, "item"),
        kind=_given(row.kind, "kind"),
        items=_given(row.items, "items"),
        unit=_given(row.unit, "unit"),
        addressee=row.addressee,
        code=row.code,
        period=row.period,
        respond_within_ms=row.respond_within_ms,
        non_disclosure=bool(row.non_disclosure),
        no_self_information=bool(row.no_self_information),
        consent=bool(row.consent),
    )
    try:
        check_inquiry(made)
    except RenkeiError as error:
        raise UnfitError(error.problem, "addressee") from None
    return made


def _replica(row: ReplicaRow, number: int) -> Replica:
    made = Replica(
        addressee=_given(row.addressee, "addressee"),
        kind=_given(row.kind, "kind"),
        period=row.period,
        items=_given(row.items, "items"),
        automatic=row.automatic is not False,
        non_disclosure=bool(row.non_disclosure),
        no_self_information=bool(row.no_self_information),
    )
    try:
        check_replica(made, number)
    except RenkeiError as error:
        raise UnfitError(error.problem, "items") from None
    return made


# Inquiries of a job. Their request id says whose they are, so that a repetition finds what is there.


class Asked(NamedTuple):
    """Which row an inquiry is for: its number, its line in the file where it has one; attempts count from 1."""

    row: int
    attempt: int
    line: int | None = None


def request_of(job: str, asked: Asked) -> str:
    """The request id of a row's inquiry."""
    request = f"{job}.{asked.row}.{asked.attempt}"
    return request if asked.line is None else f"{request}.{asked.line}"


def asked_of(request: str) -> Asked:
    """Of which row a request id that `request_of` made speaks."""
    return Asked(*map(int, request.split(".")[1:]))


def again(kept: KeptInquiry, job: KeptJob, now: InstantMs) -> tuple[Inquiry, InstantMs] | None:
    """The same inquiry under its next request id, and when it is due; None where asking again would not help.

    A lapsed one is asked again at once: the provider was too late, not unwilling (命令41条3項). It is a new inquiry,
    with a decision and a record of its own (法23条).
    """
    asked = asked_of(kept.request)
    if asked.attempt >= ATTEMPTS or job.state is JobState.CANCELLING or kept.addressee is None:
        return None
    if kept.state is InquiryState.LAPSED:
        wait_ms = 0
    elif kept.state is InquiryState.REFUSED and kept.reason in _PASSING:
        wait_ms = RESEND_MS << (asked.attempt - 1)
    else:
        return None
    same = Inquiry(
        request=request_of(job.job, asked._replace(attempt=asked.attempt + 1)),
        provider=kept.provider,
        item=kept.item,
        kind=kept.kind,
        items=kept.items,
        unit=kept.unit,
        addressee=kept.addressee,
        period=kept.period,
        respond_within_ms=kept.respond_within_ms,
        non_disclosure=kept.non_disclosure,
        no_self_information=kept.no_self_information,
        consent=kept.consent,
    )
    return same, InstantMs(now + wait_ms)


# Checks of replicas.


def judge(expected: Expected, changed_at_ms: InstantMs | None) -> RowOutcome | None:
    """Missing, stale, or (None) as it should be: stale is what was last changed before the day that the row names."""
    if changed_at_ms is None:
        return RowOutcome.MISSING
    if expected.as_of is not None and law_date(changed_at_ms).isoformat() < expected.as_of:
        return RowOutcome.STALE
    return None


def age_days(changed_at_ms: int, now_ms: int) -> int:
    """Whole days since a replica was changed."""
    return max(now_ms - changed_at_ms, 0) // _DAY_MS


def aged(ages: dict[Kind, Ages], kind: Kind, changed_at_ms: int) -> None:
    """Count one replica in."""
    old = ages.get(kind, Ages(count=0, oldest_ms=changed_at_ms, newest_ms=changed_at_ms))
    ages[kind] = Ages(
        count=old.count + 1, oldest_ms=min(old.oldest_ms, changed_at_ms), newest_ms=max(old.newest_ms, changed_at_ms)
    )


# What is told of a job.


def counted(counts: JobCounts, changes: dict[str, int]) -> JobCounts:
    """The counts after some more rows; names as in `JobCounts`."""
    return msgspec.structs.replace(counts, **{name: getattr(counts, name) + more for name, more in changes.items()})


def count_name(outcome: RowOutcome) -> str:
    """Under which name of `JobCounts` an outcome is counted."""
    return outcome.value.replace("-", "_")


_NO_ROW: Final = frozenset({"resent", "unexpected"})


def rows_done(counts: JobCounts) -> int:
    """Rows of which nothing more is to be expected."""
    return sum(getattr(counts, name) for name in counts.__struct_fields__ if name not in _NO_ROW)


def status_of(kept: KeptJob, lanes: tuple[int, int], now: InstantMs) -> JobStatus:
    """How a job stands; its speed is the mean since it began."""
    waiting, under_way = lanes
    done, per_second, end = rows_done(kept.counts), None, None
    if kept.begun_ms is not None:
        spent_ms = max((kept.ended_ms or now) - kept.begun_ms, 1)
        per_second = round(done * 1_000 / spent_ms)
        if done and kept.ended_ms is None:
            end = InstantMs(now + spent_ms * (waiting + under_way) // done)
    return JobStatus(
        job=kept.job,
        request=kept.head.request,
        kind=kept.head.kind,
        state=kept.state,
        rows=kept.rows,
        waiting=waiting,
        under_way=under_way,
        results=kept.results,
        counts=kept.counts,
        created_ms=kept.created_ms,
        begun_ms=kept.begun_ms,
        closed_ms=kept.closed_ms,
        ended_ms=kept.ended_ms,
        per_second=per_second,
        expected_end_ms=end,
        freshness=tuple(_freshness(kind, ages) for kind, ages in sorted(kept.ages.items())),
    )


def _freshness(kind: InformationKind, ages: Ages) -> Freshness:
    times = {"oldest_ms": InstantMs(ages.oldest_ms), "newest_ms": InstantMs(ages.newest_ms)}
    return Freshness(kind=kind, count=ages.count, **times)


def with_period(period: Period | None) -> Sequence[str]:
    """The two days of a period as columns; empty without one."""
    return ("", "") if period is None else (period.first, period.last)
