"""What the authority needs: its register inside one transaction, a clock, random bytes, and ears for revocations."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from renkei.systems.certification.rules.certificates import Revoked
from renkei.systems.certification.rules.requests import Known, Wanted
from renkei.terms.affairs import InstantMs

T = TypeVar("T")
Now = Callable[[], InstantMs]
Entropy = Callable[[int], bytes]
Announce = Callable[[Sequence[str]], None]
"""Told all revoked serials after each change, so that our own doors close at once."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate about to be entered."""

    wanted: Wanted
    serial: str
    pem: str
    issued_at_ms: InstantMs
    not_after_ms: InstantMs


@dataclass(frozen=True, slots=True)
class SignedList:
    """A revocation list as published."""

    number: int
    made_at_ms: InstantMs
    der: bytes


class Register(Protocol):
    """The register inside one transaction: all of it lasts, or none."""

    def of_key(self, key_digest: bytes) -> list[Known]:
        """Every certificate ever issued for that key."""
        ...

    def enter(self, issued: Issued) -> None: ...

    def revoke(self, serial: str, reason: str, at: InstantMs) -> bool | None:
        """True if this changed something, False if it was revoked before, None if we never issued it."""
        ...

    def revoked(self) -> list[Revoked]:
        """All revocations, oldest first."""
        ...

    def newest_list(self) -> SignedList | None: ...

    def publish(self, made: SignedList) -> None: ...


class Store(Protocol):
    """The authority's own store."""

    async def write(self, name: str, job: Callable[[Register], T]) -> T:
        """Run the job in one durable transaction; an error in it leaves nothing behind."""
        ...

    async def read(self, job: Callable[[Register], T]) -> T: ...
