"""Configuration to running system: a machine door for interface D, a public listener for citizens."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Final

from msgspec import Meta

from renkei.crypto.columns import ColumnSealer
from renkei.crypto.envelope import Identity
from renkei.crypto.software import SoftwareKeyStore
from renkei.law.list import PermissionList
from renkei.messages.certification import RevokedList
from renkei.messages.directory import Directory, SignedDirectory, Url
from renkei.platform.clock import SystemClock
from renkei.platform.config import KeyFile, Listen, Settings, Tls, load
from renkei.platform.entropy import new_id, system_entropy
from renkei.platform.html import Kit
from renkei.platform.observe import configure
from renkei.platform.peers.client import Client, Target
from renkei.platform.peers.directory import DirectoryKeeper
from renkei.platform.peers.pump import Pump, PumpOptions
from renkei.platform.peers.server import Revocations, Server, ServerOptions
from renkei.platform.peers.tls import ClientCertificate
from renkei.platform.process import Part, Stop, System, run_system
from renkei.platform.sql import Database
from renkei.systems.disclosure.api.doors import MachineDoors
from renkei.systems.disclosure.api.letters import Letters
from renkei.systems.disclosure.api.peers import CoreThroughInterface, ResidentsDoor
from renkei.systems.disclosure.pages.handlers import CitizenPages, Surroundings
from renkei.systems.disclosure.service import Disclosure
from renkei.systems.disclosure.store import COLUMN_KEY, AccountStore
from renkei.terms.bodies import Role, SystemName
from renkei.translog.keys import VerifierKey
from renkei.translog.trust import Trust

HERE: Final = Path(__file__).parent
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
    """etc/disclosure.toml."""

    name: SystemName
    store: Path
    listen: Listen
    pages: Listen
    """Where citizens come in: another port, which asks for a certificate but does not demand one."""
    tls: Tls
    keys: KeyFile
    directory: DirectorySource
    residents: Peer
    cosignatures_required: Annotated[int, Meta(ge=0, le=15)] = 0
    """How many witnesses must have cosigned the checkpoint of a proof before it is called good."""
    wait_ms: Annotated[int, Meta(ge=0, le=20_000)] = 5_000
    """How long a first visit waits for its code before it is asked to look again."""
    certification: Certification | None = None
    log: Path | None = None


def run(config_file: Path) -> int:
    """The whole life of the process; returns its exit code."""

    async def start(stop: Stop) -> System:
        config = load(config_file, Config)
        configure(config.name, config.log)
        return await build(config, stop)

    return run_system("disclosure", start)


async def build(config: Config, stop: Stop) -> System:
    """Wire the system."""
    keys = SoftwareKeyStore.load(config.keys.sealed(), config.keys.secret(), system_entropy)
    database = Database.open(config.store, [HERE / "migrations"], on_failure=lambda error: stop(type(error).__name__))
    client = Client(config.tls)
    keeper = _directories(client, config.directory)

    def directory() -> Directory:
        return keeper.current

    letters = Letters(Identity(keys), directory, SystemClock(), system_entropy)
    core = CoreThroughInterface(client, letters, directory)
    residents = ResidentsDoor(client, Target(config.residents.url, Role.RESIDENTS))
    accounts = AccountStore(database, keys, ColumnSealer(keys, COLUMN_KEY, system_entropy))
    trust = partial(_trust, directory, config.cosignatures_required)
    service = Disclosure(accounts, core, residents, trust, new_id)
    revocations = Revocations()
    doors = MachineDoors(config.name, service, letters, directory).doors()
    machine = Server(config.listen, config.tls, doors, options=ServerOptions(revocations=revocations))
    around = Surroundings(directory, trust, PermissionList.load(), config.wait_ms / 1000)
    public = _public(config, CitizenPages(service, Kit(HERE / "pages"), around), revocations)
    watch = _watch(config.certification, client, revocations)
    return System(
        config.name, machine, [keeper, *watch, core, residents, machine, public], [database.close, client.close]
    )


def _public(config: Config, pages: CitizenPages, revocations: Revocations) -> Server:
    options = ServerOptions(
        client_certificate=ClientCertificate.ASKED, revocations=revocations, page_error=pages.problem
    )
    return Server(config.pages, config.tls, pages.doors(), pages=pages.pages(), options=options)


def _trust(directory: Callable[[], Directory], required: int) -> Trust:
    """Whom the proofs are checked against: the log and the witnesses that the signed directory names now."""
    now = directory()
    witnesses = tuple(VerifierKey.parse(key) for key in now.witness_keys)
    return Trust(now.log_origin, VerifierKey.parse(now.log_key), witnesses, required)


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
