"""Whom a system calls, and what every system fetches: the signed directory, the list of revoked certificates."""

from pathlib import Path
from typing import Annotated, Final

from msgspec import Meta

from renkei.messages.certification import RevokedList
from renkei.messages.directory import ListFiles, SignedDirectory
from renkei.platform.config import Settings
from renkei.platform.peers.client import Client, Target
from renkei.platform.peers.directory import REST_MS, DirectoryKeeper
from renkei.platform.peers.lists import ListKeeper
from renkei.platform.peers.pump import Pump, PumpOptions
from renkei.platform.peers.server import Revocations
from renkei.platform.process import Part
from renkei.terms.bodies import Role

REFRESH_MS: Final = 30_000
Often = Annotated[int, Meta(ge=100, le=3_600_000)]
Url = Annotated[str, Meta(pattern=r"^https://[A-Za-z0-9.:\[\]-]+$(?!\n)")]


class PeerAddress(Settings, frozen=True):
    """A system that this one calls."""

    url: Url


class DirectorySource(Settings, frozen=True):
    """Where the signed directory comes from, by which key it is believed, and where the newest one seen is kept."""

    url: Url
    key: Annotated[bytes, Meta(min_length=32, max_length=32)]
    """The Ed25519 key with which the core signs the directory, in base64."""
    kept: Path
    role: Role = Role.INTERFACE
    """Who answers there: an interface system, or the core."""
    refresh_ms: Often = REFRESH_MS

    def keeper(self, client: Client) -> DirectoryKeeper:
        """Keeps the directory fresh."""
        target = Target(self.url, self.role)

        async def fetch() -> SignedDirectory:
            return await client.ask(target, "/v1/directory", SignedDirectory)

        options = PumpOptions(max_idle_ms=self.refresh_ms, rest_ms=REST_MS)
        return DirectoryKeeper(self.key, self.kept, fetch, options)

    def lists(self, client: Client, keeper: DirectoryKeeper, *, in_memory: bool = False) -> ListKeeper:
        """Keeps the lists that the directory names; on disk beside the directory, unless in memory only."""
        target = Target(self.url, self.role)

        async def fetch(version: str) -> ListFiles:
            return await client.ask(target, f"/v1/lists/{version}", ListFiles)

        return ListKeeper(keeper, None if in_memory else self.kept.with_suffix(".lists"), fetch)


class CertificationSource(Settings, frozen=True):
    """Where the list of revoked certificates comes from, and how often to look."""

    url: Url
    refresh_ms: Often = REFRESH_MS


def watch_revocations(source: CertificationSource | None, client: Client, revocations: Revocations) -> list[Part]:
    """Keep the list fresh; an older list than one seen is ignored. Without a source nothing is watched."""
    if source is None:
        return []
    target = Target(source.url, Role.CERTIFICATION)
    seen: list[RevokedList] = []

    async def fetch() -> list[RevokedList]:
        newest = await client.ask(target, "/v1/revocations", RevokedList)
        return [] if seen and seen[-1].number >= newest.number else [newest]

    async def take(lists: list[RevokedList]) -> None:
        seen[:] = lists
        revocations.replace(int(serial, 16) for serial in lists[-1].serials)

    return [Pump("revocations", fetch, take, PumpOptions(max_idle_ms=source.refresh_ms))]
