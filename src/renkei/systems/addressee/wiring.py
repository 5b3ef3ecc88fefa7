"""Configuration to running system."""

from pathlib import Path
from typing import Annotated, Final

from msgspec import Meta

from renkei.crypto.columns import ColumnSealer
from renkei.crypto.software import SoftwareKeyStore
from renkei.messages.acquisition import AcquisitionResults, NumberRequests
from renkei.messages.certification import RevokedList
from renkei.messages.directory import SignedDirectory, Url
from renkei.platform.config import KeyFile, Listen, Settings, Tls, load
from renkei.platform.entropy import system_entropy
from renkei.platform.observe import configure, failure
from renkei.platform.peers.client import Client, PeerUnreachableError, Target
from renkei.platform.peers.directory import DirectoryKeeper
from renkei.platform.peers.pump import Pump, PumpOptions
from renkei.platform.peers.server import Revocations, Server, ServerOptions
from renkei.platform.process import Part, Stop, System, run_system
from renkei.platform.sql import Database
from renkei.systems.addressee import api
from renkei.systems.addressee.rules import COLUMN_KEY, Keeper
from renkei.systems.addressee.service import Register
from renkei.systems.addressee.store import SqlStore
from renkei.terms.bodies import BodyId, Role, SystemName
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

MIGRATIONS: Final = Path(__file__).parent / "migrations"
Often = Annotated[int, Meta(ge=1)]


class Peer(Settings, frozen=True):
    """A system that this one calls."""

    url: Url


class DirectorySource(Settings, frozen=True):
    """Where the signed directory comes from, and by which key it is believed."""

    url: Url
    key: Annotated[bytes, Meta(min_length=32, max_length=32)]
    kept: Path
    """A file for the newest one seen."""
    role: Role = Role.INTERFACE
    refresh_ms: Often = 30_000


class Certification(Settings, frozen=True):
    """Where the list of revoked certificates comes from, and how often to look."""

    url: Url
    refresh_ms: Often = 30_000


class Config(Settings, frozen=True):
    """etc/addressee.toml."""

    name: SystemName
    body: BodyId
    store: Path
    listen: Listen
    tls: Tls
    keys: KeyFile
    directory: DirectorySource
    residents: Peer
    certification: Certification | None = None
    log: Path | None = None


class ResidentsPeer:
    """The Residents port over HTTP."""

    def __init__(self, client: Client, url: str) -> None:
        self._client = client
        self._target = Target(url, Role.RESIDENTS)

    async def acquire(self, requests: NumberRequests) -> AcquisitionResults:
        try:
            return await self._client.send(self._target, "/v1/acquisitions", requests, AcquisitionResults)
        except PeerUnreachableError:
            raise
        except RenkeiError as error:
            # A body that the core does not know is the caller's affair; all else is between the registry and us, and
            # a caller who was told of it would look for the fault in a message that was sound.
            if error.problem is Problem.UNKNOWN_BODY:
                raise
            failure("residents-refused", error)
            raise RenkeiError(Problem.UNREACHABLE, "the resident registry refused") from None


def run(config_file: Path) -> int:
    """The whole life of the process; returns its exit code."""

    async def start(stop: Stop) -> System:
        config = load(config_file, Config)
        configure(config.name, config.log)
        return await build(config, stop)

    return run_system("addressee", start)


async def build(config: Config, stop: Stop) -> System:
    """Wire the system."""
    keys = SoftwareKeyStore.load(config.keys.sealed(), config.keys.secret(), system_entropy)
    keeper = Keeper(keys, ColumnSealer(keys, COLUMN_KEY, system_entropy))
    database = Database.open(config.store, [MIGRATIONS], on_failure=lambda error: stop(type(error).__name__))
    client = Client(config.tls)
    directories = _directories(client, config.directory)
    residents = ResidentsPeer(client, config.residents.url)
    register = Register(config.body, directories, SqlStore(database), keeper, residents)
    revocations = Revocations()
    options = ServerOptions(revocations=revocations)
    server = Server(config.listen, config.tls, api.doors(config.name, register, directories), options=options)
    parts: list[Part] = [directories, *_watch(config.certification, client, revocations), server]
    return System(config.name, server, parts, [database.close, client.close])


def _directories(client: Client, source: DirectorySource) -> DirectoryKeeper:
    target = Target(source.url, source.role)

    async def fetch() -> SignedDirectory:
        return await client.ask(target, "/v1/directory", SignedDirectory)

    return DirectoryKeeper(source.key, source.kept, fetch, PumpOptions(max_idle_ms=source.refresh_ms))


def _watch(source: Certification | None, client: Client, revocations: Revocations) -> list[Part]:
    """Keep the list of revoked certificates fresh; an older list than one seen is ignored."""
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
