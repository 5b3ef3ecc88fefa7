"""Configuration to running system."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

from msgspec import Meta, Raw

from renkei.messages.codec import decode
from renkei.messages.directory import Directory, SignedDirectory
from renkei.messages.envelope import EnvelopeReply
from renkei.platform.config import Listen, Tls
from renkei.platform.peers.client import Client, ClientLimits, Target
from renkei.platform.peers.directory import DirectoryKeeper
from renkei.platform.peers.mail import hand_on, refused
from renkei.platform.peers.server import Revocations, Server, ServerOptions
from renkei.platform.peers.sources import CertificationSource, DirectorySource, watch_revocations
from renkei.platform.process import Part, Stop, System, SystemSettings
from renkei.systems.interface import api
from renkei.systems.interface.rules import Addresses, Hop
from renkei.systems.interface.service import Relay, Ways

REPLY_S: Final = 25
"""Less than what the sender waits for us, so that it hears of a slow receiver from us and not from its own clock."""

Places = Annotated[int, Meta(ge=1, le=1_000)]


class Config(SystemSettings, frozen=True, kw_only=True):
    """etc/interface.toml. `under_way`: requests at a time to one system."""

    listen: Listen
    tls: Tls
    directory: DirectorySource
    certification: CertificationSource | None = None
    under_way: Places = 64


async def build(config: Config, _: Stop) -> System:
    """Wire the system. It relays as soon as it has a directory, kept or fetched."""
    client = Client(config.tls, ClientLimits(total_s=REPLY_S, connections=config.under_way))
    keeper = config.directory.keeper(client)
    lists = config.directory.lists(client, keeper, in_memory=True)
    known = _Known(config.directory.kept)
    keeper.on_change(known.renew)

    async def forward(hop: Hop, envelopes: Sequence[Raw]) -> Sequence[EnvelopeReply]:
        return await hand_on(client, Target(hop.url, hop.role, hop.system), envelopes)

    relay = Relay(config.name, lambda: known.addresses(keeper), Ways(forward, keeper.wake, refused), config.under_way)
    revocations = Revocations()
    options = ServerOptions(revocations=revocations)
    passed = api.Passed(lambda: known.signed(keeper), lists.files, lambda: lists.editions)
    server = Server(config.listen, config.tls, api.doors(config.name, relay, passed), options=options)
    parts: list[Part] = [keeper, lists, *watch_revocations(config.certification, client, revocations), server]
    return System(config.name, server, parts, [client.close])


class _Known:
    """The directory in the two forms that the doors need; worked out once per number."""

    def __init__(self, kept: Path) -> None:
        self._kept = kept
        self._addresses: Addresses | None = None
        self._signed: SignedDirectory | None = None

    def renew(self, directory: Directory) -> None:
        self._addresses, self._signed = Addresses(directory), None

    def addresses(self, keeper: DirectoryKeeper) -> Addresses:
        if self._addresses is None:
            self._addresses = Addresses(keeper.current)
        return self._addresses

    def signed(self, keeper: DirectoryKeeper) -> SignedDirectory:
        """As the core signed it: what the keeper holds, it has written down first."""
        if self._signed is None:
            _ = keeper.current
            self._signed = decode(SignedDirectory, self._kept.read_bytes())
        return self._signed
