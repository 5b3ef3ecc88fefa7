"""Configuration to running supervision, by plain calls."""

import asyncio
import logging
from functools import partial
from pathlib import Path
from typing import Annotated, Final

from msgspec import Meta

from renkei.crypto.keystore import KeyStore
from renkei.messages.directory import Done, PiaFindings
from renkei.messages.log import CoreCounts, Cosignature, CountsQuery
from renkei.messages.ordinance import OrdinanceNotices
from renkei.platform.clock import SystemClock
from renkei.platform.config import KeyFile, Listen, Tls
from renkei.platform.keyring import open_keys
from renkei.platform.observe import event, failure
from renkei.platform.peers.client import Client, Target
from renkei.platform.peers.server import Revocations, Server, ServerOptions
from renkei.platform.peers.sources import CertificationSource, PeerAddress, watch_revocations
from renkei.platform.process import Part, Stop, System, SystemSettings
from renkei.platform.sql import Database, Store
from renkei.systems.supervision import api
from renkei.systems.supervision.rules import Alert, Log
from renkei.systems.supervision.service import Means, Witness
from renkei.systems.supervision.store import SqlStore
from renkei.terms.bodies import Role
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.translog.keys import KeyType, NoteError, VerifierKey
from renkei.translog.tiles import HASH_BYTES, TILE_WIDTH, Tile

MIGRATIONS: Final = Path(__file__).parent / "migrations"
WITNESS_KEY: Final = "witness"


class Core(PeerAddress, frozen=True):
    """The core and the log that is watched."""

    log_origin: str
    log_key: str
    """The log's C2SP verifier key, told by other means than by the core itself."""


class Config(SystemSettings, frozen=True, kw_only=True):
    """etc/supervision.toml."""

    store: Store
    listen: Listen
    tls: Tls
    keys: KeyFile
    core: Core
    witness_name: str
    """The witness's name in its cosignatures (C2SP tlog-cosignature)."""
    interval_ms: Annotated[int, Meta(ge=10, le=3_600_000)] = 1_000
    misses: Annotated[int, Meta(ge=1)] = 30
    """After how many looks in vain, one after another, the witness speaks up."""
    certification: CertificationSource | None = None


async def build(config: Config, stop: Stop) -> System:
    """Wire the system."""
    keys = open_keys(config.keys)
    log = Log(config.core.log_origin, _verifier(config.core.log_key))
    database = Database.open(config.store, [MIGRATIONS], on_failure=lambda error: stop(type(error).__name__))
    client = Client(config.tls)
    core = CorePeer(client, config.core.url)
    witness = Witness(log, SqlStore(database, log.origin), core, _means(config, keys))
    await witness.load()
    revocations = Revocations()
    options = ServerOptions(revocations=revocations)
    server = Server(config.listen, config.tls, api.doors(config.name, witness, core), options=options)
    rounds = Rounds(witness, config.interval_ms)
    parts: list[Part] = [*watch_revocations(config.certification, client, revocations), server, rounds]
    return System(config.name, server, parts, [database.close, client.close])


def _means(config: Config, keys: KeyStore) -> Means:
    key = VerifierKey(config.witness_name, KeyType.COSIGNATURE, keys.public(WITNESS_KEY))
    return Means(key, partial(keys.sign, WITNESS_KEY), SystemClock().now_ms, alarm, config.misses)


def _verifier(text: str) -> VerifierKey:
    try:
        return VerifierKey.parse(text)
    except NoteError as error:
        raise RenkeiError(Problem.BAD_CONFIGURATION, f"core.log_key: {error.detail}") from None


def alarm(alert: Alert, origin: str) -> None:
    """At error level, so that whoever reads nothing else reads this."""
    event("witness-alert", level=logging.ERROR, alert=alert, origin=origin)


class CorePeer:
    """The Core port over HTTP."""

    def __init__(self, client: Client, url: str) -> None:
        self._client = client
        self._target = Target(url, Role.CORE)

    async def checkpoint(self) -> str:
        return (await self._client.fetch(self._target, "/log/checkpoint")).decode("utf-8", "replace")

    async def tile(self, tile: Tile) -> bytes:
        """A partial tile may have gone once the whole one is there (C2SP tlog-tiles): then its beginning serves."""
        try:
            return await self._client.fetch(self._target, f"/log/{tile.path()}")
        except RenkeiError as error:
            if error.problem is not Problem.UNKNOWN_DOOR or tile.width == TILE_WIDTH:
                raise
        whole = tile._replace(width=TILE_WIDTH)
        return (await self._client.fetch(self._target, f"/log/{whole.path()}"))[: tile.width * HASH_BYTES]

    async def publish(self, cosignature: Cosignature) -> None:
        await self._client.send(self._target, "/v1/cosignatures", cosignature, Done)

    async def findings(self, findings: PiaFindings) -> Done:
        return await self._client.send(self._target, "/v1/pia", findings, Done)

    async def ordinances(self, notices: OrdinanceNotices) -> Done:
        return await self._client.send(self._target, "/v1/ordinance-affairs", notices, Done)

    async def counts(self) -> CoreCounts:
        return await self._client.send(self._target, "/v1/counts", CountsQuery(), CoreCounts)


class Rounds:
    """Looks at the log again and again."""

    def __init__(self, witness: Witness, interval_ms: int) -> None:
        self._witness = witness
        self._interval_s = interval_ms / 1000
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run(), name="witness")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _run(self) -> None:
        while True:
            try:
                await self._witness.look()
            except Exception as error:  # noqa: BLE001  # the rounds must not end; they say what they met
                failure("witness-failed", error)
            await asyncio.sleep(self._interval_s)
