"""What supervision needs: a place to keep its watch, and the core."""

from typing import Protocol

from renkei.messages.directory import Done, PiaFindings
from renkei.messages.log import CoreCounts, Cosignature
from renkei.messages.ordinance import OrdinanceNotices
from renkei.systems.supervision.rules import Contradiction, Watch
from renkei.terms.affairs import InstantMs
from renkei.translog.tiles import Tile


class Store(Protocol):
    """Durable when `save` returns."""

    async def load(self) -> Watch: ...
    async def save(self, watch: Watch) -> None: ...
    async def contradict(self, watch: Watch, found: Contradiction, at: InstantMs) -> None:
        """Keep the new state together with what was shown."""
        ...

    async def settle(self, watch: Watch, note: str, at: InstantMs) -> None:
        """Keep the new state together with what the operator says."""
        ...


class Core(Protocol):
    """The core; every method raises RenkeiError when it cannot be reached or refuses."""

    async def checkpoint(self) -> str: ...
    async def tile(self, tile: Tile) -> bytes: ...
    async def publish(self, cosignature: Cosignature) -> None: ...
    async def findings(self, findings: PiaFindings) -> Done: ...
    async def ordinances(self, notices: OrdinanceNotices) -> Done: ...
    async def counts(self) -> CoreCounts: ...
