"""Configuration to running core, by plain calls."""

import logging
from functools import partial
from pathlib import Path
from typing import Annotated, Final

from msgspec import Meta

from renkei.crypto.codes import Codes
from renkei.crypto.columns import ColumnSealer
from renkei.crypto.keystore import KeyStore
from renkei.crypto.software import SoftwareKeyStore
from renkei.law.editions import Editions, shipped_files
from renkei.law.list import PermissionList
from renkei.messages.directory import BodyEntry, ListFiles
from renkei.messages.envelope import Envelope
from renkei.platform.clock import SystemClock
from renkei.platform.config import KeyFile, Listen, Tls
from renkei.platform.entropy import system_entropy
from renkei.platform.logstore import MIGRATIONS as LOG_MIGRATIONS
from renkei.platform.logstore import LogStore
from renkei.platform.observe import event
from renkei.platform.peers.client import Client, Target
from renkei.platform.peers.pump import Pump, PumpOptions, PumpSet
from renkei.platform.peers.server import Revocations, Server, ServerOptions
from renkei.platform.peers.sources import CertificationSource, watch_revocations
from renkei.platform.process import Part, Stop, System, SystemSettings
from renkei.platform.sql import Database
from renkei.systems.core import api
from renkei.systems.core.ports import Delivery, PendingNotice, Send
from renkei.systems.core.rules.inquiry import DAY_MS
from renkei.systems.core.rules.register import OwnFacts, Register
from renkei.systems.core.service.desk import Desk
from renkei.systems.core.service.lists import stored_lists
from renkei.systems.core.service.register import founding
from renkei.systems.core.service.sending import Sender, resume
from renkei.systems.core.store.work import SqlStore
from renkei.terms.affairs import law_date
from renkei.terms.bodies import BodyId, Role
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.translog.keys import KeyType, NoteError, VerifierKey
from renkei.translog.trust import Trust

MIGRATIONS: Final = Path(__file__).parent / "migrations"
COLUMN_KEY: Final = "column"
LOG_KEY: Final = "log"
TRY_PARKED_MS: Final = 3_600_000
Validity = Annotated[int, Meta(ge=1_000, le=30 * DAY_MS)]


class Config(SystemSettings, frozen=True, kw_only=True):
    """etc/core.toml."""

    store: Path
    listen: Listen
    tls: Tls
    keys: KeyFile
    log_origin: str
    """The log's name for good (C2SP tlog-checkpoint): another name is another log."""
    witnesses: tuple[str, ...] = ()
    """C2SP verifier keys of the witnesses whose cosignatures are kept and handed on."""
    validity_ms: Validity = 7 * DAY_MS
    """通知の有効期間 (命令41条1項4号), where the inquirer names none shorter."""
    certification: CertificationSource | None = None


async def build(config: Config, stop: Stop) -> System:
    """Wire the system. Its doors open once the directory stands; what waited in the outbox goes on from there."""
    keys = SoftwareKeyStore.load(config.keys.sealed(), config.keys.secret(), system_entropy)
    log, database = await _open(config, keys, stop)
    client = Client(config.tls)
    store = SqlStore(database, log, ColumnSealer(keys, COLUMN_KEY, system_entropy))
    desk = await _desk(config, keys, store)
    sending = _Sending(desk, Sender(desk, _sender(desk, client), _turned_away))
    revocations = Revocations()
    options = ServerOptions(revocations=revocations)
    server = Server(config.listen, config.tls, api.doors(config.name, desk), options=options)
    parts: list[Part] = [*watch_revocations(config.certification, client, revocations), sending, server]
    return System(config.name, server, parts, [database.close, client.close])


async def _open(config: Config, keys: KeyStore, stop: Stop) -> tuple[LogStore, Database]:
    log = LogStore(_trust(config, keys), partial(keys.sign, LOG_KEY))
    database = Database.open(
        config.store,
        [MIGRATIONS, LOG_MIGRATIONS],
        before_commit=log.before_commit,
        on_failure=lambda error: stop(type(error).__name__),
    )
    await database.write("open-log", log.open)
    return log, database


async def _desk(config: Config, keys: KeyStore, store: SqlStore) -> Desk:
    own_version, clock = PermissionList.load().version, SystemClock()
    own = OwnFacts(
        list_version=own_version,
        log_origin=config.log_origin,
        log_key=_log_key(config, keys).text(),
        witness_keys=config.witnesses,
        sign_key=keys.public("sign"),
        seal_key=keys.public("seal"),
    )
    directory, signed = await founding(store, keys, (own, ListFiles(files=shipped_files())), clock.now_ms())
    law = Editions.of_directory(directory, await stored_lists(store, directory))
    event("directory", number=directory.number, own_list=own_version, applies=law.version_at(law_date(clock.now_ms())))
    if not law.knows(own_version):
        event("own-list-not-announced", level=logging.WARNING, own_list=own_version)
    return Desk(
        store=store,
        keys=keys,
        codes=Codes(keys),
        law=law,
        now=clock.now_ms,
        entropy=system_entropy,
        validity_ms=config.validity_ms,
        register=Register(directory),
        signed=signed,
    )


def _log_key(config: Config, keys: KeyStore) -> VerifierKey:
    return VerifierKey(config.log_origin, KeyType.ED25519, keys.public(LOG_KEY))


def _trust(config: Config, keys: KeyStore) -> Trust:
    try:
        witnesses = tuple(VerifierKey.parse(text) for text in config.witnesses)
        return Trust(config.log_origin, _log_key(config, keys), witnesses)
    except NoteError as error:
        raise RenkeiError(Problem.BAD_CONFIGURATION, f"log_origin or witnesses: {error.detail}") from None


class _Sending:
    """One loop per body for notices and one for codes, so that who is down slows only itself."""

    def __init__(self, desk: Desk, sender: Sender) -> None:
        self._desk = desk
        self._notices: PumpSet[BodyId, PendingNotice] = PumpSet("notices", sender.notices, sender.send_notices)
        self._codes: PumpSet[BodyId, Delivery] = PumpSet("codes", sender.codes, sender.send_codes)
        self._parked: Pump[None] = Pump("parked", self._try_parked, _nothing, PumpOptions(max_idle_ms=TRY_PARKED_MS))
        desk.notify, desk.deliver = self._notices.wake, self._codes.wake

    async def start(self) -> None:
        await resume(self._desk)
        self._parked.start()

    async def stop(self) -> None:
        await self._parked.stop()
        await self._notices.stop()
        await self._codes.stop()

    async def _try_parked(self) -> list[None]:
        """What a provider turned away is brought again now and then: past its validity it is taken, and lapses."""
        await self._desk.store.write("parked", lambda work: work.records.unpark_notices())
        await resume(self._desk)
        return []


async def _nothing(_: list[None]) -> None:
    """There is never anything to deliver: looking is all."""


def _sender(desk: Desk, client: Client) -> Send:
    async def send(body: BodyEntry, envelope: Envelope) -> Envelope:
        interface = desk.register.system(body.interface)
        if interface is None:
            raise RenkeiError(Problem.UNREACHABLE, f"{body.interface} is not in the directory")
        target = Target(interface.url, Role.INTERFACE, interface.name)
        return await client.send(target, "/v1/envelopes", envelope, Envelope)

    return send


def _turned_away(what: str, body: BodyId, number: str, problem: str) -> None:
    event("turned-away", level=logging.ERROR, what=what, body=body, id=number, problem=problem)
