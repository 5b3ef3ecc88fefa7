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
    """A row of `inquiry` as it is first written; due at once."""

    inquiry: str
    request_tag: bytes
    content_tag: bytes
    sequence: int
    asked_at_ms: InstantMs
    record: bytes


@dataclass(frozen=True, slots=True)
class RecordRow:
    """What is read of an inquiry on either side; `receipt` and `content` only where they were asked for."""

    inquiry: str
    sequence: int
    record: bytes
    receipt: bytes | None = None
    content: bytes | None = None


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


class Rows(Protocol):
    """One transaction's view of the tables. Every method names the tenant first; nothing crosses tenants."""

    # Codes (法21条の2).
    def code(self, body: BodyId, addressee_tag: bytes) -> bytes | None: ...
    def code_owner(self, body: BodyId, code_tag: bytes) -> tuple[bytes, bytes] | None: ...
    def put_code(self, body: BodyId, tags: tuple[bytes, bytes | None], sealed: bytes, now: InstantMs) -> None: ...
    def acquisition(self, body: BodyId, tag: bytes) -> bytes | None: ...
    def add_acquisition(self, body: BodyId, tag: bytes, sealed: bytes, due_ms: InstantMs) -> None: ...
    def acquisitions_due(self, body: BodyId, now: InstantMs, limit: int) -> Sequence[tuple[bytes, bytes]]: ...
    def acquisition_sent(self, body: BodyId, tag: bytes) -> None: ...
    def drop_acquisition(self, body: BodyId, tag: bytes) -> None: ...

    # Replicas.
    def replica(self, body: BodyId, key_tag: bytes) -> bytes | None: ...
    def replica_content(self, body: BodyId, key_tag: bytes) -> bytes | None: ...
    def put_replica(self, body: BodyId, tags: tuple[bytes, bytes], sealed: bytes, now: InstantMs) -> None: ...
    def drop_replica(self, body: BodyId, key_tag: bytes) -> int: ...

    # The inquirer's records (法23条).
    def request(self, body: BodyId, request_tag: bytes) -> tuple[str, bytes] | None: ...
    def last_inquiry(self, body: BodyId) -> int: ...
    def add_inquiries(self, body: BodyId, rows: Sequence[NewInquiry]) -> None: ...
    def inquiry(self, body: BodyId, inquiry: str) -> RecordRow | None: ...
    def inquiry_whole(self, body: BodyId, inquiry: str) -> RecordRow | None: ...
    def inquiries_due(self, body: BodyId, now: InstantMs, limit: int) -> Sequence[RecordRow]: ...
    def inquiries_after(self, body: BodyId, sequence: int, limit: int) -> Sequence[RecordRow]: ...
    def decide_inquiry(self, body: BodyId, inquiry: str, record: bytes, receipt: bytes | None) -> None: ...
    def answer_inquiry(self, body: BodyId, inquiry: str, record: bytes, content: bytes | None) -> None: ...
    def defer_inquiry(self, body: BodyId, inquiry: str, due_ms: InstantMs) -> None: ...

    # The provider's records.
    def provision(self, body: BodyId, inquiry: str) -> ProvisionRow | None: ...
    def last_provision(self, body: BodyId) -> int: ...
    def add_provision(self, body: BodyId, row: ProvisionRow) -> None: ...
    def change_provision(self, body: BodyId, row: ProvisionRow) -> None: ...
    def provisions_after(self, body: BodyId, sequence: int, limit: int) -> Sequence[RecordRow]: ...
    def held(self, body: BodyId) -> Sequence[ProvisionRow]: ...
    def lapsing(self, body: BodyId, now: InstantMs, limit: int) -> Sequence[ProvisionRow]: ...
    def answers_due(self, body: BodyId, answer_to: bytes, now: InstantMs, limit: int) -> Sequence[ProvisionRow]: ...
    def answers_waiting(self, body: BodyId) -> Sequence[ProvisionRow]: ...
    def reports_due(self, body: BodyId, now: InstantMs, limit: int) -> Sequence[ProvisionRow]: ...

    def next_due(self, body: BodyId, now: InstantMs) -> InstantMs | None:
        """The next moment after now at which something of this body becomes due."""
        ...


class Store(Protocol):
    """Durable rows. A job that raises leaves nothing behind; what `write` returned is on disk."""

    async def write(self, name: str, job: Callable[[Rows], T]) -> T: ...
    async def read(self, job: Callable[[Rows], T]) -> T: ...
