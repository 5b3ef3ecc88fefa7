"""Configuration to running system: a machine door for interface D, a public listener for citizens."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Final

from msgspec import Meta

from renkei.crypto.columns import ColumnSealer
from renkei.crypto.envelope import Identity
from renkei.messages.directory import Directory
from renkei.platform.clock import SystemClock
from renkei.platform.config import KeyFile, Listen, Tls
from renkei.platform.entropy import new_id, system_entropy
from renkei.platform.html import Kit
from renkei.platform.keyring import KeyWatch
from renkei.platform.peers.client import Client, Target
from renkei.platform.peers.mail import Mail
from renkei.platform.peers.server import Revocations, Server, ServerOptions
from renkei.platform.peers.sources import CertificationSource, DirectorySource, PeerAddress, watch_revocations
from renkei.platform.peers.tls import ClientCertificate
from renkei.platform.process import Part, Stop, System, SystemSettings
from renkei.platform.sql import Database, Store
from renkei.systems.disclosure.api.doors import MachineDoors
from renkei.systems.disclosure.api.letters import Letters
from renkei.systems.disclosure.api.peers import CoreThroughInterface, ResidentsDoor
from renkei.systems.disclosure.pages.handlers import CitizenPages, Surroundings
from renkei.systems.disclosure.service import Disclosure
from renkei.systems.disclosure.store import COLUMN_KEY, AccountStore
from renkei.terms.bodies import Role
from renkei.translog.keys import VerifierKey
from renkei.translog.trust import Trust

HERE: Final = Path(__file__).parent


class Config(SystemSettings, frozen=True, kw_only=True):
    """etc/disclosure.toml."""

    store: Store
    listen: Listen
    pages: Listen
    """Where citizens come in: another port, which asks for a certificate but does not demand one."""
    tls: Tls
    keys: KeyFile
    directory: DirectorySource
    residents: PeerAddress
    cosignatures_required: Annotated[int, Meta(ge=0, le=15)] = 0
    """How many witnesses must have cosigned the checkpoint of a proof before it is called good."""
    wait_ms: Annotated[int, Meta(ge=0, le=20_000)] = 5_000
    """How long a first visit waits for its code before it is asked to look again."""
    certification: CertificationSource | None = None


async def build(config: Config, stop: Stop) -> System:
    """Wire the system."""
    keyring = KeyWatch(config.keys)
    keys = keyring.store
    database = Database.open(config.store, [HERE / "migrations"], on_failure=lambda error: stop(type(error).__name__))
    client = Client(config.tls)
    mail = Mail(client)
    keeper = config.directory.keeper(client)
    lists = config.directory.lists(client, keeper)

    def directory() -> Directory:
        return keeper.current

    letters = Letters(Identity(keys), directory, SystemClock(), system_entropy)
    core = CoreThroughInterface(mail, letters, directory)
    residents = ResidentsDoor(client, Target(config.residents.url, Role.RESIDENTS))
    accounts = AccountStore(database, keys, ColumnSealer(keys, COLUMN_KEY, system_entropy))
    trust = partial(_trust, directory, config.cosignatures_required)
    service = Disclosure(accounts, core, residents, trust, new_id)
    revocations = Revocations()
    doors = MachineDoors(config.name, service, letters, directory).doors(lambda: lists.editions)
    machine = Server(config.listen, config.tls, doors, options=ServerOptions(revocations=revocations))
    around = Surroundings(directory, trust, lambda: lists.editions, config.wait_ms / 1000)
    public = _public(config, CitizenPages(service, Kit(HERE / "pages"), around), revocations)
    watch = watch_revocations(config.certification, client, revocations)
    parts: list[Part] = [keyring, keeper, lists, *watch, core, residents, machine, public]
    return System(config.name, machine, parts, [mail.stop, database.close, client.close])


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
