"""What the register needs: its own file of persons, the resident registry, and the directory as it now is."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from renkei.messages.acquisition import AcquisitionResults, NumberRequests
from renkei.messages.directory import Directory


@dataclass(frozen=True, slots=True)
class Entry:
    """One person as stored: tags to find the row by, and sealed columns bound to `addressee_tag`."""

    addressee_tag: bytes
    number_tag: bytes
    sealed_number: bytes = field(repr=False)
    sealed_lines: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SealedNumber:
    """個人番号 as it lies in a row."""

    addressee_tag: bytes
    sealed: bytes = field(repr=False)


class Store(Protocol):
    """The file of persons."""

    async def register(self, entries: Sequence[Entry]) -> None:
        """Insert or replace all of them or none; raises REPEATED_OTHERWISE where a number is another addressee's."""
        ...

    async def by_addressee(self, tags: Sequence[bytes]) -> list[SealedNumber | None]:
        """One per tag, in order."""
        ...


class Residents(Protocol):
    """The resident registry's door for acquisitions."""

    async def acquire(self, requests: NumberRequests) -> AcquisitionResults:
        """Pass them on; raises UNREACHABLE or BUSY where registry or core cannot take them now."""
        ...


class Directories(Protocol):
    """The directory as this system knows it."""

    @property
    def current(self) -> Directory:
        """The newest one seen; raises UNREACHABLE before the first."""
        ...

    def wake(self) -> None:
        """Look for a newer one."""
        ...
