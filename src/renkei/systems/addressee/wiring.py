"""Configuration to running system."""

from pathlib import Path
from typing import Final

from renkei.crypto.columns import ColumnSealer
from renkei.messages.acquisition import AcquisitionResults, NumberRequests
from renkei.platform.config import KeyFile, Listen, Tls
from renkei.platform.entropy import system_entropy
from renkei.platform.keyring import open_keys
from renkei.platform.peers.client import Client, Target, on_behalf
from renkei.platform.peers.server import Revocations, Server, ServerOptions
from renkei.platform.peers.sources import CertificationSource, DirectorySource, PeerAddress, watch_revocations
from renkei.platform.process import Part, Stop, System, SystemSettings
from renkei.platform.sql import Database, Store
from renkei.systems.addressee import api
from renkei.systems.addressee.rules import COLUMN_KEY, Keeper
from renkei.systems.addressee.service import Register
from renkei.systems.addressee.store import SqlStore
from renkei.terms.bodies import BodyId, Role
from renkei.terms.problems import Problem

MIGRATIONS: Final = Path(__file__).parent / "migrations"


class Config(SystemSettings, frozen=True, kw_only=True):
    """etc/addressee.toml."""

    body: BodyId
    store: Store
    listen: Listen
    tls: Tls
    keys: KeyFile
    directory: DirectorySource
    residents: PeerAddress
    certification: CertificationSource | None = None


class ResidentsPeer:
    """The Residents port over HTTP."""

    def __init__(self, client: Client, url: str) -> None:
        self._client = client
        self._target = Target(url, Role.RESIDENTS)

    async def acquire(self, requests: NumberRequests) -> AcquisitionResults:
        # A body that the core does not know is the caller's affair.
        with on_behalf(self._target, frozenset({Problem.UNKNOWN_BODY})):
            return await self._client.send(self._target, "/v1/acquisitions", requests, AcquisitionResults)


async def build(config: Config, stop: Stop) -> System:
    """Wire the system."""
    keys = open_keys(config.keys)
    keeper = Keeper(keys, ColumnSealer(keys, COLUMN_KEY, system_entropy))
    database = Database.open(config.store, [MIGRATIONS], on_failure=lambda error: stop(type(error).__name__))
    client = Client(config.tls)
    directories = config.directory.keeper(client)
    residents = ResidentsPeer(client, config.residents.url)
    register = Register(config.body, directories, SqlStore(database), keeper, residents)
    revocations = Revocations()
    options = ServerOptions(revocations=revocations)
    server = Server(config.listen, config.tls, api.doors(config.name, register, directories), options=options)
    parts: list[Part] = [directories, *watch_revocations(config.certification, client, revocations), server]
    return System(config.name, server, parts, [database.close, client.close])
