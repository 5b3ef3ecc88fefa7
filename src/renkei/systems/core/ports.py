"""What the core needs: its two files and the log inside one transaction, and a way to a body."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Protocol, TypeVar

from renkei.messages.directory import BodyEntry, SignedDirectory
from renkei.messages.envelope import Envelope
from renkei.messages.receipt import Receipt
from renkei.systems.core.rules.issue import Wanted
from renkei.systems.core.rules.record import Draft, Entry
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import BodyId
from renkei.terms.codes import RecordCode

T = TypeVar("T")
NEWEST: Final = 2**62
"""Above every sequence."""


class OvertakenError(Exception):
    """A newer directory has been published, by another process perhaps: what was prepared by ours is to be redone."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A code on its way to a body, or the word that the body has one already (命令44条)."""

    id: str
    acquisition: str = field(repr=False)
    code: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class PendingNotice:
    """A notice on its way to a provider; `code` is absent for a refusal."""

    entry: Entry
    code: str | None = field(repr=False)


class Tally(Enum):
    """What is counted while it happens, so that counting costs nothing later (G16)."""

    PERSONS = "persons"
    CODES = "codes"
    EVENT = "event"
    REFUSAL = "refusal"
    MARKED = "marked"


@dataclass(frozen=True, slots=True)
class LogSizes:
    """How long the log is, how much of it a witness has cosigned, and whether it may sign (`Standing`)."""

    size: int
    cosigned: int
    standing: str


class RecordFile(Protocol):
    """情報提供等記録ファイル, with the log that proves it and the notices that go out of it."""

    def entries(self, inquiries: Sequence[str]) -> dict[str, Entry]: ...
    def add(self, drafts: Sequence[Draft], notify: frozenset[BodyId]) -> list[Entry]:
        """Record, log, and leave a notice for each provider in `notify`: all of it or nothing."""
        ...

    def end(self, entries: Sequence[Entry]) -> None:
        """Record and log how permitted inquiries ended."""
        ...

    def of_person(self, person: RecordCode, before: int | None, limit: int) -> list[Entry]:
        """Newest first, without those that bear a non-disclosure mark (法23条2項)."""
        ...

    def after(self, sequence: int, limit: int) -> list[Entry]: ...
    def receipts(self, entries: Sequence[Entry]) -> list[tuple[Receipt, Receipt | None]]:
        """The receipts of first and last leaf, all against the newest checkpoint."""
        ...

    def notices(self, provider: BodyId, after: int, until: int, limit: int) -> list[PendingNotice]:
        """What waits for the provider with a sequence above `after`, not above `until`; lowest first."""
        ...

    def settle_notices(self, provider: BodyId, done: Sequence[str], parked: Mapping[str, str]) -> None: ...
    def unpark_notices(self) -> None: ...


class IssuanceFile(Protocol):
    """連携用符号発行管理ファイル, with the codes that go out of it."""

    def residents(self, persons: Sequence[bytes]) -> dict[bytes, bytes]:
        """Tag of 住民票コード of each person that is in the file."""
        ...

    def issued(self, body: BodyId, persons: Sequence[bytes]) -> dict[bytes, int]:
        """Epoch of the code that the body has of each person, where it has one."""
        ...

    def holders(self, person: bytes, bodies: Sequence[BodyId]) -> list[BodyId]: ...
    def add_persons(self, wanted: Sequence[Wanted]) -> None: ...
    def add_issued(self, body: BodyId, wanted: Sequence[Wanted], at: InstantMs) -> None: ...
    def deliveries(self, body: BodyId, limit: int) -> list[Delivery]: ...
    def under_way(self, body: BodyId, deliveries: Sequence[str]) -> set[str]: ...
    def deliver(self, body: BodyId, deliveries: Sequence[Delivery]) -> None: ...
    def settle_deliveries(self, body: BodyId, done: Sequence[str]) -> None: ...


class Work(Protocol):
    """One transaction."""

    @property
    def records(self) -> RecordFile: ...
    @property
    def issuance(self) -> IssuanceFile: ...
    def directory(self) -> SignedDirectory | None: ...
    def directory_number(self) -> int:
        """Of the newest one; 0 before the first."""
        ...

    def publish(self, number: int, signed: SignedDirectory) -> None: ...
    def keep_list(self, version: str, files: str) -> None:
        """The text of a `ListFiles`; nothing changes where that version is kept already."""
        ...

    def list_files(self, version: str) -> str | None: ...
    def drop_lists(self, named: Collection[str]) -> None:
        """Drop the files of every list but these."""
        ...

    def count(self, tally: Tally, name: str, by: int) -> None: ...
    def counts(self) -> dict[Tally, dict[str, int]]: ...
    def sign_of_misuse(self, body: BodyId, reason: str, by: int, at: InstantMs) -> None: ...
    def misuse(self) -> dict[tuple[BodyId, str], int]: ...
    def waiting(self) -> tuple[dict[BodyId, int], dict[BodyId, int]]:
        """Notices and codes that wait, per body."""
        ...

    def log_sizes(self) -> LogSizes: ...
    def log_resource(self, path: str) -> bytes | None: ...
    def cosign(self, size: int, line: str) -> None: ...
    def compare(self, cosigned: str | None) -> str:
        """Hold the log against the witness's last checkpoint, and say how the log stands from now on."""
        ...


class Store(Protocol):
    """Durable when `write` returns; all of a job or nothing of it."""

    async def write(self, name: str, job: Callable[[Work], T]) -> T: ...
    async def read(self, job: Callable[[Work], T]) -> T: ...


Send = Callable[[BodyEntry, Envelope], Awaitable[Envelope]]
"""Carries an envelope to a body through its interface and brings the reply."""
