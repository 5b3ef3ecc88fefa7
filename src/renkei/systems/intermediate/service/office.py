"""What every function of the server needs: store, peers, keys, the directory, the law, and whom to wake."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

from renkei.crypto.keystore import Entropy
from renkei.law.editions import Editions
from renkei.systems.intermediate.ports import Clock, Peers, Store
from renkei.systems.intermediate.rules.book import Book
from renkei.systems.intermediate.service.cabinet import Cabinet
from renkei.systems.intermediate.service.waiting import Waiters
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import BodyId
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

T = TypeVar("T")

BATCH: Final = 256
"""Entries of one message that a pump sends."""

BATCH_BYTES: Final = 2 * 1024 * 1024
"""Sealed bytes of one message's entries: with base64 and what stands around them, less than any door's limit."""

Loud = Callable[[str, RenkeiError, BodyId, str], None]
"""Says that something is wrong that people must look at: event, error, body, id. Never contents."""


def _nobody(*_: object) -> None:
    """Before the pumps stand, nobody has to be woken: they look for themselves when they start."""


@dataclass(slots=True)
class Wake:
    """The sending loops, woken after the commit that gave them work. Wiring puts the pumps here."""

    acquisitions: Callable[[BodyId], None] = _nobody
    inquiries: Callable[[BodyId], None] = _nobody
    answers: Callable[[BodyId, BodyId], None] = _nobody
    """Of a provider, to an inquirer."""
    reports: Callable[[BodyId], None] = _nobody
    jobs: Callable[[BodyId], None] = _nobody
    """Bulk jobs have rows to work off, room for them, or ends to note."""
    due: Callable[[], None] = _nobody
    """A new moment at which something becomes due."""
    directory: Callable[[], None] = _nobody
    """Somebody spoke whom our directory does not know, or not so: look for a newer one."""
    lists: Callable[[], None] = _nobody
    """A permission list is needed that is not here: fetch it now."""


@dataclass(frozen=True, slots=True)
class Office:
    """One intermediate server at work. `answer_wait_ms`: how long an answer that overtook its permit waits for it."""

    store: Store
    peers: Peers
    clock: Clock
    entropy: Entropy
    law: Callable[[], Editions]
    """The newest directory's permission lists, as far as they are here."""
    book: Callable[[], Book]
    cabinets: Mapping[BodyId, Cabinet]
    loud: Loud
    answer_wait_ms: int = 2_000
    waiters: Waiters = field(default_factory=Waiters)
    wake: Wake = field(default_factory=Wake)
    awaited: set[str] = field(default_factory=set)
    """What notices have had to wait for (versions of lists, another log): said loudly once each."""

    def cabinet(self, body: BodyId | None) -> Cabinet:
        """The cabinet of a body that is hosted here; raises WRONG_ROLE."""
        found = self.cabinets.get(body) if body is not None else None
        if found is None:
            raise RenkeiError(Problem.WRONG_ROLE, "the body is not hosted here")
        return found

    def now(self) -> InstantMs:
        return self.clock.now_ms()

    def new_id(self) -> str:
        """128 bits as 32 hex digits."""
        return self.entropy(16).hex()


def fitting(entries: Iterable[T], size: Callable[[T], int]) -> list[T]:
    """As many entries, from the first on, as go into one message; at least one, or it would never go."""
    taken: list[T] = []
    total = 0
    for entry in entries:
        total += size(entry)
        if taken and total > BATCH_BYTES:
            break
        taken.append(entry)
    return taken
