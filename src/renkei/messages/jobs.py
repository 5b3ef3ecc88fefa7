"""一括処理 (bulk jobs): a line system's doors for up to a million rows, taken at once and worked off in the background.

A job is made from a head, gets its rows in numbered chunks or as one file, and is closed; results come as they arise.
Everything may be repeated: the same head, the same chunk, the same file change nothing.
"""

from enum import Enum
from typing import Annotated, Final

from msgspec import Meta

from renkei.messages.codec import Message, Part
from renkei.messages.fields import (
    MAX_ITEMS,
    MAX_LIST,
    Addressee,
    Body,
    Day,
    HexId,
    Item,
    ItemName,
    ItemNames,
    Kind,
    Moment,
    Period,
    Position,
    RequestId,
    Slug,
    Unit,
)
from renkei.messages.line import Result, Wait
from renkei.terms.secrets import SecretText

MAX_ROWS: Final = 1_000_000
"""Rows of one job."""

JOB_FILE: Final = "/v1/line/jobs/{job}/file"
"""Where a job's rows go as one CSV or JSON Lines body."""
JOB_RESULTS: Final = "/v1/line/jobs/{job}/results"
"""Where a job's results come from, as CSV or JSON Lines."""
CSV: Final = "text/csv"
JSON_LINES: Final = "application/x-ndjson"

_Rows = Meta(max_length=MAX_LIST)


class JobKind(Enum):
    """What a job's rows are."""

    INQUIRIES = "inquiries"
    REPLICAS = "replicas"
    REPLICA_CHECK = "replica-check"


class JobState(Enum):
    """一括処理の状態. Rows are worked off from the first chunk on, also while the job is open."""

    OPEN = "open"
    RUNNING = "running"
    CANCELLING = "cancelling"
    DONE = "done"
    CANCELLED = "cancelled"
    DELETING = "deleting"


class InquiryRow(Part, frozen=True):
    """One inquiry (法19条8号, 命令40条); what is left out is taken from the job's head."""

    provider: Body | None = None
    item: Item | None = None
    kind: Kind | None = None
    items: ItemNames | None = None
    unit: Unit | None = None
    addressee: Addressee | None = None
    code: SecretText | None = None
    period: Period | None = None
    respond_within_ms: Annotated[int, Meta(ge=1_000, le=30 * 86_400_000)] | None = None
    non_disclosure: bool | None = None
    no_self_information: bool | None = None
    consent: bool | None = None


class ReplicaRow(Part, frozen=True):
    """One replica (副本); what is left out is taken from the job's head."""

    addressee: Addressee | None = None
    kind: Kind | None = None
    period: Period | None = None
    items: Annotated[dict[ItemName, SecretText], Meta(min_length=1, max_length=MAX_ITEMS)] | None = None
    automatic: bool | None = None
    non_disclosure: bool | None = None
    no_self_information: bool | None = None


class ExpectedRow(Part, frozen=True):
    """One replica that should be registered; `as_of`: the day of its last change, after which none is stale."""

    addressee: Addressee | None = None
    kind: Kind | None = None
    period: Period | None = None
    as_of: Day | None = None


class NewJob(Message, frozen=True):
    """jobs: make a job. `request` is the line system's own id: the same id with the same head is the same job.

    Of the three parts at most the one of the job's kind may be given: what its rows have in common.
    """

    request: RequestId
    kind: JobKind
    inquiry: InquiryRow | None = None
    replica: ReplicaRow | None = None
    expected: ExpectedRow | None = None


class JobRows(Message, frozen=True):
    """jobs/rows: the next rows, numbered from `first` on, in the list of the job's kind. All are taken, or none.

    The same chunk again changes nothing; a chunk that leaves a gap, or has other rows than before, is refused.
    """

    job: HexId
    first: Annotated[int, Meta(ge=1, le=MAX_ROWS)]
    inquiries: Annotated[tuple[InquiryRow, ...], _Rows] = ()
    replicas: Annotated[tuple[ReplicaRow, ...], _Rows] = ()
    expected: Annotated[tuple[ExpectedRow, ...], _Rows] = ()


class JobClosing(Message, frozen=True):
    """jobs/close: all rows are there. `rows` says how many, so that a chunk that was lost is noticed."""

    job: HexId
    rows: Annotated[int, Meta(ge=0, le=MAX_ROWS)]


class JobQuery(Message, frozen=True):
    """jobs/status: one job; waits until it has ended, or `wait_ms` have passed."""

    job: HexId
    wait_ms: Wait = 0


class JobChoice(Message, frozen=True):
    """jobs/cancel and jobs/delete: which job."""

    job: HexId


class JobCounts(Part, frozen=True):
    """Rows by what came of them, and `resent`: how often an inquiry was asked again."""

    provided: int = 0
    refused: int = 0
    withheld: int = 0
    not_held: int = 0
    lapsed: int = 0
    failed: int = 0
    not_asked: int = 0
    resent: int = 0
    registered: int = 0
    unchanged: int = 0
    found: int = 0
    missing: int = 0
    stale: int = 0
    unexpected: int = 0


class Freshness(Part, frozen=True):
    """Replicas of one kind that the body holds: how many, and when the oldest and the newest was last changed."""

    kind: Kind
    count: int
    oldest_ms: Moment
    newest_ms: Moment


class JobStatus(Message, frozen=True):
    """How a job stands. `rows` are durable: whoever was interrupted goes on with `rows` + 1.

    `results`: how many there are, the last one's `sequence`. `expected_end_ms`: what the speed up to now promises.
    """

    job: HexId
    request: RequestId
    kind: JobKind
    state: JobState
    rows: int
    waiting: int
    under_way: int
    results: int
    counts: JobCounts
    created_ms: Moment
    begun_ms: Moment | None = None
    closed_ms: Moment | None = None
    ended_ms: Moment | None = None
    per_second: int | None = None
    expected_end_ms: Moment | None = None
    freshness: tuple[Freshness, ...] = ()


class JobList(Message, frozen=True):
    """jobs/list: every job of which something is left, oldest first."""

    jobs: tuple[JobStatus, ...]


class JobResultsQuery(Message, frozen=True):
    """jobs/results: results after the one numbered `after`; with `failed` all but those that are as they should be."""

    job: HexId
    after: Position = 0
    limit: Annotated[int, Meta(ge=1, le=MAX_LIST)] = 100
    failed: bool = False


class RowOutcome(Enum):
    """What came of one row. `failed`: the row could not be read or taken, `problem` and `field` say why."""

    PROVIDED = "provided"
    REFUSED = "refused"
    WITHHELD = "withheld"
    NOT_HELD = "not-held"
    LAPSED = "lapsed"
    FAILED = "failed"
    MISSING = "missing"
    STALE = "stale"
    UNEXPECTED = "unexpected"


class JobResult(Part, frozen=True):
    """One row's end; results are numbered in the order in which they came.

    `row` counts the rows from 1 (0: an unexpected replica, which no row names), `line` is the line of the file.
    """

    sequence: int
    row: int
    outcome: RowOutcome
    line: int | None = None
    attempts: int = 0
    addressee: Addressee | None = None
    provider: Body | None = None
    kind: Kind | None = None
    period: Period | None = None
    field: str | None = None
    problem: Slug | None = None
    reason_ja: str | None = None
    reason_en: str | None = None
    next_ja: str | None = None
    next_en: str | None = None
    as_of: Day | None = None
    changed_at_ms: Moment | None = None
    age_days: int | None = None
    result: Result | None = None


class JobResults(Message, frozen=True):
    """One page; go on with `after` = `next`. `more`: there are further results already."""

    results: tuple[JobResult, ...]
    next: int
    more: bool
