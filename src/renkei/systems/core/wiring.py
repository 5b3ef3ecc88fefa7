"""Configuration to running core, by plain calls."""

import logging
from functools import cache, partial
from pathlib import Path
from typing import Annotated, Any, Final

from msgspec import Meta

from renkei.crypto.codes import Codes
from renkei.crypto.columns import ColumnSealer
from renkei.crypto.envelope import Identity
from renkei.crypto.keystore import KeyStore
from renkei.law.editions import Editions, shipped_files
from renkei.law.list import PermissionList
from renkei.messages.directory import BodyEntry, ListFiles
from renkei.messages.envelope import Envelope
from renkei.platform.clock import SystemClock
from renkei.platform.config import KeyFile, Listen, Tls
from renkei.platform.entropy import system_entropy
from renkei.platform.keyring import KeyWatch
from renkei.platform.logstore import MIGRATIONS as LOG_MIGRATIONS
from renkei.platform.logstore import LogStore, Standing
from renkei.platform.observe import event
from renkei.platform.peers.client import Client, PeerRefusedError, Target
from renkei.platform.peers.mail import Mail
from renkei.platform.peers.pump import GATHER, Pump, PumpOptions, PumpSet
from renkei.platform.peers.server import Revocations, Server, ServerOptions
from renkei.platform.peers.sources import CertificationSource, PeerAddress, watch_revocations
from renkei.platform.process import Part, Stop, System, SystemSettings
from renkei.platform.sql import Database, Store
from renkei.systems.core import api
from renkei.systems.core.ports import Delivery, PendingNotice, Send
from renkei.systems.core.rules.inquiry import DAY_MS
from renkei.systems.core.rules.register import OwnFacts, Register, with_own
from renkei.systems.core.service.desk import Desk
from renkei.systems.core.service.register import change, founding
from renkei.systems.core.service.sending import Sender, resume
from renkei.systems.core.service.sharing import take_over
from renkei.systems.core.service.stored import stored_lists
from renkei.systems.core.service.watching import agree
from renkei.systems.core.store.issuance import CODES
from renkei.systems.core.store.records import NOTICES
from renkei.systems.core.store.work import DIRECTORY, SqlStore
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
LOOK_MS: Final = 1_000
"""How long what waits may lie after the process that sent it has died."""
ASK_MS: Final = 1_000
"""How long the witness may be back before a core that waits for it knows."""
Validity = Annotated[int, Meta(ge=1_000, le=30 * DAY_MS)]


class Config(SystemSettings, frozen=True, kw_only=True):
    """etc/core.toml."""

    store: Store
    listen: Listen
    tls: Tls
    keys: KeyFile
    log_origin: str
    """The log's name for good (C2SP tlog-checkpoint): another name is another log."""
    witnesses: tuple[str, ...] = ()
    """C2SP verifier keys of the witnesses whose cosignatures are kept and handed on."""
    validity_ms: Validity = 7 * DAY_MS
    """通知の有効期間 (命令41条1項4号), where the inquirer names none shorter."""
    supervision: PeerAddress | None = None
    """Asked at each start what its witness cosigned last; until it is in the log, nothing is signed (ADR 0018)."""
    certification: CertificationSource | None = None
    shared: bool = False
    """Several processes with this same file, over one PostgreSQL database and behind one address."""


async def build(config: Config, stop: Stop) -> System:
    """Wire the system. Its doors open once the directory stands; what waited in the outbox goes on from there."""
    watch = KeyWatch(config.keys)
    keys = watch.store
    log, database = await _open(config, keys, stop)
    try:
        desk = await _desk(config, keys, SqlStore(database, log, ColumnSealer(keys, COLUMN_KEY, system_entropy)))
    except BaseException:
        await database.close()
        raise
    client = Client(config.tls)
    mail = Mail(client)
    sending = _Sending(desk, Sender(desk, _sender(desk, mail), _turned_away), database, shared=config.shared)
    revocations = Revocations()
    options = ServerOptions(revocations=revocations, shared=config.shared)
    server = Server(config.listen, config.tls, api.doors(config.name, desk), options=options)
    agreement = _agreement(config, desk, client)
    watch.on_change(lambda: change(desk, lambda before: with_own(before, _own(config, keys))))
    revoked = watch_revocations(config.certification, client, revocations)
    parts: list[Part] = [watch, *revoked, *agreement, sending, server]
    return System(config.name, server, parts, [mail.stop, database.close, client.close])


async def _open(config: Config, keys: KeyStore, stop: Stop) -> tuple[LogStore, Database]:
    if config.shared and isinstance(config.store.address, Path):
        raise RenkeiError(Problem.BAD_CONFIGURATION, "shared: several processes need a store in PostgreSQL")
    standing = Standing.AGREED if config.supervision is None else Standing.WAITING
    log = LogStore(_trust(config, keys), partial(keys.sign, LOG_KEY), standing)
    database = Database.open(
        config.store,
        [MIGRATIONS, LOG_MIGRATIONS],
        before_commit=log.before_commit,
        on_failure=lambda error: stop(type(error).__name__),
        shared=config.shared,
    )
    try:
        await database.write("open-log", log.open)
        if log.standing is Standing.CLOSED:
            event("log-standing", level=logging.ERROR, log=log.standing, origin=config.log_origin)
    except BaseException:
        await database.close()
        raise
    return log, database


async def _desk(config: Config, keys: KeyStore, store: SqlStore) -> Desk:
    own, clock = _own(config, keys), SystemClock()
    own_version = own.list_version
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


def _own(config: Config, keys: KeyStore) -> OwnFacts:
    return OwnFacts(
        list_version=PermissionList.load().version,
        log_origin=config.log_origin,
        log_key=_log_key(config, keys).text(),
        witness_keys=config.witnesses,
        keys=Identity(keys).public(),
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
    """One loop per body for notices and one for codes, so that who is down slows only itself.

    Among processes that share the store, each loop runs in one; the others look now and then whether that one is gone.
    """

    def __init__(self, desk: Desk, sender: Sender, database: Database, *, shared: bool) -> None:
        self._desk = desk
        self._database = database
        self._shared = shared
        self._lease = cache(database.lease)

        async def notices(body: BodyId) -> list[PendingNotice]:
            return await sender.notices(body) if await self._lease(f"notices {body}").held() else []

        async def codes(body: BodyId) -> list[Delivery]:
            return await sender.codes(body) if await self._lease(f"codes {body}").held() else []

        self._notices: PumpSet[BodyId, PendingNotice] = PumpSet("notices", notices, sender.send_notices, GATHER)
        self._codes: PumpSet[BodyId, Delivery] = PumpSet("codes", codes, sender.send_codes, GATHER)
        self._parked: Pump[None] = Pump("parked", self._try_parked, _nothing, PumpOptions(max_idle_ms=TRY_PARKED_MS))
        self._others: Pump[None] = Pump("others", self._look, _nothing, PumpOptions(max_idle_ms=LOOK_MS))
        desk.notify, desk.deliver = self._notices.wake, self._codes.wake

    async def start(self) -> None:
        await resume(self._desk)
        self._parked.start()
        if self._shared:
            self._others.start()
            self._database.listen(DIRECTORY, lambda _: self._others.wake())
            self._database.listen(NOTICES, lambda body: self._heard(body, self._notices))
            self._database.listen(CODES, lambda body: self._heard(body, self._codes))

    async def stop(self) -> None:
        await self._others.stop()
        await self._parked.stop()
        await self._notices.stop()
        await self._codes.stop()

    def _heard(self, body: str, pumps: PumpSet[BodyId, Any]) -> None:
        if body:
            pumps.wake(BodyId(body))
        else:  # anything may have been said while nobody listened
            self._others.wake()

    async def _try_parked(self) -> list[None]:
        """What a provider turned away is brought again now and then: past its validity it is taken, and lapses."""
        await self._desk.store.write("parked", lambda work: work.records.unpark_notices())
        await resume(self._desk)
        return []

    async def _look(self) -> list[None]:
        await take_over(self._desk)
        return []


def _agreement(config: Config, desk: Desk, client: Client) -> list[Part]:
    """Asks the witness until the log agrees with what it says; without an address nobody is asked."""
    if config.supervision is None:
        return []
    target, last = Target(config.supervision.url, Role.SUPERVISION), Standing.WAITING.value

    async def ask() -> list[None]:
        nonlocal last
        if last not in {Standing.AGREED.value, Standing.CLOSED.value}:
            standing = await agree(desk, await _cosigned_last(client, target))
            if standing != last:
                agreed = standing == Standing.AGREED.value
                event("log-standing", level=logging.INFO if agreed else logging.ERROR, log=standing)
            last = standing
        return []

    return [Pump("agreement", ask, _nothing, PumpOptions(last_ms=ASK_MS, max_idle_ms=ASK_MS))]


async def _cosigned_last(client: Client, target: Target) -> str | None:
    try:
        return (await client.fetch(target, "/checkpoint")).decode("utf-8", "replace")
    except PeerRefusedError as error:
        if error.problem is Problem.WRONG_STATE:  # nothing cosigned yet
            return None
        raise


async def _nothing(_: list[None]) -> None:
    """There is never anything to deliver: looking is all."""


def _sender(desk: Desk, mail: Mail) -> Send:
    async def send(body: BodyEntry, envelope: Envelope) -> Envelope:
        interface = desk.register.system(body.interface)
        if interface is None:
            raise RenkeiError(Problem.UNREACHABLE, f"{body.interface} is not in the directory")
        target = Target(interface.url, Role.INTERFACE, interface.name)
        return await mail.send(target, body.system, envelope)

    return send


def _turned_away(what: str, body: BodyId, number: str, problem: str) -> None:
    event("turned-away", level=logging.ERROR, what=what, body=body, id=number, problem=problem)
