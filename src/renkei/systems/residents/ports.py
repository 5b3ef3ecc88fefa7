"""What the registry needs: its own file of residents, and the core for the end of an acquisition."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from renkei.messages.acquisition import AcquisitionResults, ResidentRequests


@dataclass(frozen=True, slots=True)
class Entry:
    """One resident as stored: tags to find the row by, and sealed columns bound to `resident_tag`."""

    resident_tag: bytes
    number_tag: bytes
    card_tag: bytes | None
    sealed_code: bytes = field(repr=False)
    sealed_facts: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SealedCode:
    """住民票コード as it lies in a row."""

    resident_tag: bytes
    sealed: bytes = field(repr=False)


class Store(Protocol):
    """The file of residents."""

    async def register(self, entries: Sequence[Entry]) -> None:
        """Insert or replace all of them or none; raises REPEATED_OTHERWISE where a number or card is another's."""
        ...

    async def by_number(self, tags: Sequence[bytes]) -> list[SealedCode | None]:
        """One per tag, in order."""
        ...

    async def by_card(self, tags: Sequence[bytes]) -> list[SealedCode | None]: ...


class Core(Protocol):
    """The core's door for acquisitions."""

    async def acquire(self, requests: ResidentRequests) -> AcquisitionResults:
        """Pass them on; raises UNREACHABLE or BUSY where the core cannot take them now."""
        ...
