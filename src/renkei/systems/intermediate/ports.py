"""What the intermediate server needs from outside: rows, a store around them, peers, a clock."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from renkei.messages.acquisition import AcquisitionResults, AddresseeRequests
from renkei.messages.envelope import Envelope
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import BodyId

T = TypeVar("T")


class Clock(Protocol):
    """Tells the time."""

    def now_ms(self) -> InstantMs: ...


class Peers(Protocol):
    """The two ways out of a body's server. Both raise RenkeiError: UNREACHABLE or BUSY when repeating may help."""

    async def post(self, body: BodyId, envelope: Envelope) -> Envelope:
        """Hand an envelope of this body to its interface system; the recipient's reply."""
        ...

    async def acquire(self, body: BodyId, requests: AddresseeRequests) -> AcquisitionResults:
        """Ask the body's addressee system to start acquisitions (令27条1項)."""
        ...


@dataclass(frozen=True, slots=True)
class NewInquiry:
    """A row of `inquiry` as it is first written; `job`: on whose behalf, where a bulk job asked."""

    inquiry: str
    request_tag: bytes
    content_tag: bytes
    sequence: int
    asked_at_ms: InstantMs
    due_ms: InstantMs
    record: bytes
    job: str | None = None


@dataclass(frozen=True, slots=True)
class RecordRow:
    """What is read of an inquiry on either side; what stands after `record` only where it was asked for."""

    inquiry: str
    sequence: int
    record: bytes
    receipt: bytes | None = None
    content: bytes | None = None
    job: str | None = None


@dataclass(frozen=True, slots=True)
class Duties:
    """What a provision still has to do. None of it tells more than times: `answer_to` is a keyed tag.

    `lapse_at_ms` is the first moment at which a held provision has lost its force.
    """

    answer_to: bytes | None = None
    answer_due_ms: InstantMs | None = None
    report_due_ms: InstantMs | None = None
    lapse_at_ms: InstantMs | None = None


@dataclass(frozen=True, slots=True)
class ProvisionRow:
    """A row of `provision`."""

    inquiry: str
    sequence: int
    noticed_at_ms: InstantMs
    record: bytes
    receipt: bytes
    content: bytes | None
    duties: Duties


@dataclass(frozen=True, slots=True)
class PartRow:
    """A row of `job_part`: rows of a job that were not taken up yet."""

    lane: bytes
    first_row: int
    row_count: int
    sealed: bytes


@dataclass(frozen=True, slots=True)
class HeldReplica:
    """A replica as a check walks past it; `expected`: the check named it."""

    key_tag: bytes
    sealed: bytes
    changed_at_ms: InstantMs
    expected: bool


class JobRows(Protocol):
    """Bulk jobs in one transaction. Every method names the tenant and the job first."""

    def by_request(self, body: BodyId, request_tag: bytes) -> tuple[str, bytes] | None:
        """The job's id and content tag."""
        ...

    def add(self, body: BodyId, job: str, tags: tuple[bytes, bytes], record: bytes, now: InstantMs) -> None: ...
    def record(self, body: BodyId, job: str) -> bytes | None: ...
    def lock(self, body: BodyId, job: str) -> bytes | None:
        """The record, once no other transaction is at work on the job."""
        ...

    def put(self, body: BodyId, job: str, record: bytes, due_ms: InstantMs | None) -> None: ...
    def records(self, body: BodyId) -> Sequence[tuple[str, bytes]]: ...
    def due(self, body: BodyId) -> Sequence[str]: ...
    def drop_outcomes(self, body: BodyId, job: str, after: int) -> None: ...
    def drop(self, body: BodyId, job: str) -> None:
        """Everything of the job but its inquiries, which are the body's records."""
        ...

    def chunk(self, body: BodyId, job: str, first: int) -> tuple[int, bytes] | None:
        """How many rows a chunk has, and its content tag."""
        ...

    def add_chunk(self, body: BodyId, job: str, chunk: tuple[int, int, bytes]) -> None: ...
    def add_parts(self, body: BodyId, job: str, parts: Sequence[PartRow]) -> None: ...
    def parts(self, body: BodyId, job: str, lane: bytes, limit: int) -> Sequence[PartRow]: ...
    def drop_part(self, body: BodyId, job: str, part: PartRow) -> None: ...
    def drop_parts(self, body: BodyId, job: str) -> None: ...
    def lanes(self, body: BodyId, job: str) -> tuple[int, int]:
        """Rows that wait and rows under way, of all lanes together."""
        ...

    def free_lanes(self, body: BodyId, job: str, window: int, limit: int) -> Sequence[bytes]:
        """Lanes with rows that wait and fewer than `window` under way, the emptiest first."""
        ...

    def move(self, body: BodyId, job: str, lane: bytes, change: tuple[int, int]) -> None:
        """Change how many rows of a lane wait and are under way."""
        ...

    def add_outcomes(self, body: BodyId, job: str, outcomes: Sequence[tuple[int, bytes]]) -> None: ...
    def outcomes(self, body: BodyId, job: str, after: int, limit: int) -> Sequence[tuple[int, bytes]]: ...
    def to_settle(self, body: BodyId, limit: int) -> Sequence[RecordRow]:
        """Inquiries of jobs that have ended and of which their job has not taken note."""
        ...

    def settled(self, body: BodyId, inquiries: Sequence[str]) -> None: ...
    def inquiries_due(self, body: BodyId, now: InstantMs, most: int) -> int:
        """How many inquiries of jobs wait for the core now; counts no further than `most`."""
        ...

    def expect(self, body: BodyId, job: str, key_tag: bytes) -> None: ...
    def replica_changed(self, body: BodyId, key_tag: bytes) -> InstantMs | None: ...
    def replicas_after(self, body: BodyId, job: str, key_tag: bytes, limit: int) -> Sequence[HeldReplica]: ...
    def forget_expected(self, body: BodyId, job: str) -> None: ...


Changed = tuple[RecordRow, InstantMs | None]
"""An inquiry as it now is, and when it ended, if it did: kept for inquiries of jobs only."""


class Rows(Protocol):
    """One transaction's view of the tables. Every method names the tenant first; nothing crosses tenants."""

    @property
    def jobs(self) -> JobRows: ...

    # Codes (法21条の2).
    def codes(self, body: BodyId, addressee_tags: Sequence[bytes]) -> dict[bytes, bytes]:
        """Sealed states by addressee tags, of those that are there."""
        ...

    def code_owners(self, body: BodyId, code_tags: Sequence[bytes]) -> dict[bytes, tuple[bytes, bytes]]:
        """Addressee tag and sealed state by code tags, of those that are there."""
        ...

    def put_codes(self, body: BodyId, codes: Sequence[tuple[bytes, bytes | None, bytes]], now: InstantMs) -> None:
        """Addressee tag, tag of the code once it is there, and sealed state of each."""
        ...

    def acquisitions(self, body: BodyId, tags: Sequence[bytes]) -> dict[bytes, bytes]:
        """Sealed acquisitions by tags, of those that are there."""
        ...

    def add_acquisitions(self, body: BodyId, acquisitions: Sequence[tuple[bytes, bytes]], due_ms: InstantMs) -> None:
        """Tag and sealed acquisition of each."""
        ...

    def acquisitions_due(self, body: BodyId, limit: int) -> Sequence[tuple[bytes, bytes]]: ...
    def acquisitions_sent(self, body: BodyId, tags: Sequence[bytes]) -> None: ...
    def drop_acquisitions(self, body: BodyId, tags: Sequence[bytes]) -> None: ...

    # Replicas.
    def replicas(self, body: BodyId, key_tags: Sequence[bytes]) -> dict[bytes, bytes]:
        """Sealed replicas by key tags, of those that are there."""
        ...

    def replica_contents(self, body: BodyId, key_tags: Sequence[bytes]) -> dict[bytes, bytes]:
        """Content tags by key tags, of those that are there."""
        ...

    def put_replicas(self, body: BodyId, replicas: Sequence[tuple[bytes, bytes, bytes]], now: InstantMs) -> None:
        """Key tag, content tag and sealed replica of each."""
        ...

    def drop_replica(self, body: BodyId, key_tag: bytes) -> int: ...

    # The inquirer's records (法23条).
    def requests(self, body: BodyId, request_tags: Sequence[bytes]) -> dict[bytes, tuple[str, bytes]]:
        """Inquiry and content tag by request tags, of those that are there."""
        ...

    def last_inquiry(self, body: BodyId) -> int: ...
    def add_inquiries(self, body: BodyId, rows: Sequence[NewInquiry]) -> None: ...
    def inquiries(self, body: BodyId, inquiries: Sequence[str]) -> dict[str, RecordRow]: ...
    def inquiries_whole(self, body: BodyId, inquiries: Sequence[str]) -> dict[str, RecordRow]: ...
    def inquiries_due(self, body: BodyId, now: InstantMs, limit: int) -> Sequence[RecordRow]: ...
    def inquiries_after(self, body: BodyId, sequence: int, limit: int) -> Sequence[RecordRow]: ...
    def decide_inquiries(self, body: BodyId, decided: Sequence[Changed]) -> None:
        """Store record and receipt of each."""
        ...

    def answer_inquiries(self, body: BodyId, answered: Sequence[Changed]) -> None:
        """Store record and content of each."""
        ...

    def defer_inquiry(self, body: BodyId, inquiry: str, due_ms: InstantMs) -> None: ...

    # The provider's records.
    def provisions(self, body: BodyId, inquiries: Sequence[str]) -> dict[str, ProvisionRow]: ...
    def last_provision(self, body: BodyId) -> int: ...
    def add_provisions(self, body: BodyId, rows: Sequence[ProvisionRow]) -> None: ...
    def change_provision(self, body: BodyId, row: ProvisionRow) -> None: ...
    def answers_settled(self, body: BodyId, settled: Sequence[tuple[str, bytes]]) -> None:
        """Nothing is due to the inquirer any more, and content goes, where inquiry and sealed record are still so."""
        ...

    def reports_settled(self, body: BodyId, settled: Sequence[tuple[str, bytes]]) -> None:
        """Nothing is due to the core any more, likewise."""
        ...

    def provisions_after(self, body: BodyId, sequence: int, limit: int) -> Sequence[RecordRow]: ...
    def held(self, body: BodyId) -> Sequence[ProvisionRow]: ...
    def lapsing(self, body: BodyId, now: InstantMs, limit: int) -> Sequence[ProvisionRow]: ...
    def answers_due(self, body: BodyId, answer_to: bytes, limit: int) -> Sequence[ProvisionRow]: ...
    def answers_waiting(self, body: BodyId) -> Sequence[ProvisionRow]: ...
    def reports_due(self, body: BodyId, limit: int) -> Sequence[ProvisionRow]: ...

    def next_due(self, body: BodyId, now: InstantMs) -> InstantMs | None:
        """The next moment after now at which something of this body becomes due."""
        ...


class Store(Protocol):
    """Durable rows. A job that raises leaves nothing behind; what `write` returned is on disk."""

    async def write(self, name: str, job: Callable[[Rows], T]) -> T: ...
    async def read(self, job: Callable[[Rows], T]) -> T: ...
