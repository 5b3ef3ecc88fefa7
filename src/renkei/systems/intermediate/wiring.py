"""Configuration to running system."""

import asyncio
import logging
from pathlib import Path
from typing import Annotated, Final

from msgspec import Meta

from renkei.law.details import Details
from renkei.messages.acquisition import AcquisitionResults, AddresseeRequests
from renkei.messages.directory import Directory
from renkei.messages.envelope import Envelope
from renkei.messages.fields import Body
from renkei.platform.clock import SystemClock
from renkei.platform.config import KeyFile, Listen, Settings, Tls
from renkei.platform.entropy import system_entropy
from renkei.platform.keyring import KeyWatch
from renkei.platform.observe import event, failure
from renkei.platform.peers.client import Client, Target
from renkei.platform.peers.directory import DirectoryKeeper
from renkei.platform.peers.mail import Mail
from renkei.platform.peers.pump import GATHER, Pump, PumpOptions, PumpSet
from renkei.platform.peers.server import Revocations, Server, ServerOptions
from renkei.platform.peers.sources import CertificationSource, DirectorySource, Url, watch_revocations
from renkei.platform.process import Part, Stop, System, SystemSettings
from renkei.platform.sql import Database, Store
from renkei.systems.intermediate import api
from renkei.systems.intermediate.rules.book import Book
from renkei.systems.intermediate.rules.kept import KeptInquiry
from renkei.systems.intermediate.service import codes, due, inquiries, sending
from renkei.systems.intermediate.service.cabinet import Cabinet, Opened
from renkei.systems.intermediate.service.jobs import turns
from renkei.systems.intermediate.service.office import Office
from renkei.systems.intermediate.store.store import SqlStore
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import BodyId, Role
from renkei.terms.errors import RenkeiError

MIGRATIONS: Final = Path(__file__).parent / "migrations"
_REST_MS: Final = 1_000
"""Between two looks at everything: a full disk fails many commits a second."""


class Hosted(Settings, frozen=True):
    """A body whose data this server holds, and where its addressee system listens."""

    id: Body
    addressee: Url


class Config(SystemSettings, frozen=True, kw_only=True):
    """etc/intermediate.toml."""

    store: Store
    listen: Listen
    tls: Tls
    keys: KeyFile
    directory: DirectorySource
    bodies: Annotated[tuple[Hosted, ...], Meta(min_length=1)]
    certification: CertificationSource | None = None
    cosignatures: Annotated[int, Meta(ge=0, le=15)] = 0
    """How many witnesses must have cosigned the checkpoint of a receipt before it is believed (design 5)."""
    answer_wait_ms: Annotated[int, Meta(ge=0, le=20_000)] = 2_000
    """How long an answer that overtook the core's permit waits for it."""


async def build(config: Config, stop: Stop) -> System:
    """Wire the system. Its doors open at once; sending begins when there is a directory, kept or fetched."""
    keyring = KeyWatch(config.keys)
    client = Client(config.tls)
    mail = Mail(client)
    keeper = config.directory.keeper(client)
    lists = config.directory.lists(client, keeper)
    books = _Books(keeper, config.cosignatures)
    opened = Opened()
    cabinets = {hosted.id: Cabinet(hosted.id, keyring.store, system_entropy, opened) for hosted in config.bodies}
    for cabinet in cabinets.values():
        cabinet.check()
    Details.load()  # before the doors open, so that no question waits for it; the keeper of lists has loaded the rows
    database = Database.open(config.store, [MIGRATIONS], on_failure=lambda error: stop(type(error).__name__))
    store = SqlStore(database)
    office = Office(
        store=store,
        peers=HttpPeers(client, mail, books, {hosted.id: hosted.addressee for hosted in config.bodies}),
        clock=SystemClock(),
        entropy=system_entropy,
        law=lambda: lists.editions,
        book=books.current,
        cabinets=cabinets,
        loud=_loud,
        answer_wait_ms=config.answer_wait_ms,
    )
    office.wake.directory, office.wake.lists = keeper.wake, lists.wake
    revocations = Revocations()
    options = ServerOptions(revocations=revocations)
    server = Server(config.listen, config.tls, api.doors(office, config.name), options=options)
    watch = watch_revocations(config.certification, client, revocations)
    loops = _Loops(office, keeper)
    store.unsure = loops.look_at_all
    parts: list[Part] = [keyring, keeper, lists, *watch, loops, server]
    return System(config.name, server, parts, [mail.stop, database.close, client.close])


def _loud(name: str, error: RenkeiError, body: BodyId, id_: str) -> None:
    event(name, level=logging.ERROR, problem=error.problem, detail=error.detail, body=body, id=id_)


class _Books:
    """The directory with its indexes, made once per number."""

    def __init__(self, keeper: DirectoryKeeper, cosignatures: int) -> None:
        self._keeper = keeper
        self._cosignatures = cosignatures
        self._book: Book | None = None
        keeper.on_change(self._renew)

    def current(self) -> Book:
        """Raises UNREACHABLE while there is no directory at all."""
        if self._book is None:
            self._renew(self._keeper.current)
        assert self._book is not None
        return self._book

    def _renew(self, directory: Directory) -> None:
        self._book = Book(directory, self._cosignatures)


class HttpPeers:
    """`ports.Peers` over HTTP."""

    def __init__(self, client: Client, mail: Mail, books: _Books, addressees: dict[BodyId, str]) -> None:
        self._client = client
        self._mail = mail
        self._books = books
        self._addressees = addressees

    async def post(self, body: BodyId, envelope: Envelope) -> Envelope:
        book = self._books.current()
        interface = book.interface_of(body)
        target = Target(interface.url, Role.INTERFACE, interface.name)
        return await self._mail.send(target, book.system_of(envelope.header.recipient), envelope)

    async def acquire(self, body: BodyId, requests: AddresseeRequests) -> AcquisitionResults:
        target = Target(self._addressees[body], Role.ADDRESSEE)
        return await self._client.send(target, "/v1/acquisitions", requests, AcquisitionResults)


class _Loops:
    """What the server does of itself: one sending loop per body and destination, and one that waits for moments."""

    def __init__(self, office: Office, keeper: DirectoryKeeper) -> None:
        self._office = office
        self._keeper = keeper
        self._moment = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._all: Pump[None] = Pump("all", self._wake_all, _nothing, PumpOptions(rest_ms=_REST_MS))
        self._acquisitions: PumpSet[BodyId, codes.Due] = PumpSet(
            "acquisitions",
            lambda body: codes.due(office, body),
            lambda body, rows: codes.send(office, body, rows),
            GATHER,
        )
        self._inquiries: PumpSet[BodyId, KeptInquiry] = PumpSet(
            "inquiries",
            lambda body: inquiries.due(office, body),
            lambda body, rows: inquiries.send(office, body, rows),
            GATHER,
        )
        self._jobs: PumpSet[BodyId, BodyId] = PumpSet(
            "jobs", lambda body: turns.due(office, body), lambda body, _: turns.turn(office, body)
        )
        self._answers: PumpSet[tuple[BodyId, BodyId], sending.Due] = PumpSet(
            "answers",
            lambda way: sending.answers_due(office, *way),
            lambda way, rows: sending.send_answers(office, *way, rows),
            GATHER,
        )
        self._reports: PumpSet[BodyId, sending.Due] = PumpSet(
            "reports",
            lambda body: sending.reports_due(office, body),
            lambda body, rows: sending.send_reports(office, body, rows),
            GATHER,
        )

    def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._begin(), name="resume"), loop.create_task(self._wait(), name="due")]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for pumps in (self._all, self._acquisitions, self._inquiries, self._jobs, self._answers, self._reports):
            await pumps.stop()

    def look_at_all(self) -> None:
        """Something may be due that nobody was woken for."""
        self._all.wake()

    async def _begin(self) -> None:
        """Go on with what was due before the start, once there is a directory to send by."""
        await self._keeper.ready()
        wake = self._office.wake
        wake.acquisitions, wake.inquiries, wake.reports = (
            self._acquisitions.wake,
            self._inquiries.wake,
            self._reports.wake,
        )
        wake.jobs = self._jobs.wake
        wake.answers = lambda body, inquirer: self._answers.wake((body, inquirer))
        self._all.start()
        self._keeper.on_change(lambda _: self._look_again())

    async def _wake_all(self) -> list[None]:
        # The commit of which nobody heard may still be under way: the next transaction begins when it has ended.
        await self._office.store.write("look-at-all", lambda _: None)
        wake = self._office.wake
        for body in self._office.cabinets:
            wake.acquisitions(body)
            wake.inquiries(body)
            wake.jobs(body)
            wake.reports(body)
            for inquirer in await sending.destinations(self._office, body):
                wake.answers(body, inquirer)
        return []

    def _look_again(self) -> None:
        """A newer directory may open a way that was closed."""
        for body in self._office.cabinets:
            self._inquiries.wake(body)
            self._reports.wake(body)
        for way in self._answers.states():
            self._answers.wake(way)

    async def _wait(self) -> None:
        self._office.wake.due = self._moment.set
        while True:
            following: InstantMs | None
            try:
                following = await due.settle(self._office)
            except Exception as error:  # noqa: BLE001  # the loop must not end; it says what it met
                failure("due-failed", error)
                following = InstantMs(self._office.now() + 1_000)
            await due.pause(self._office, self._moment, following)


async def _nothing(_: list[None]) -> None:
    """There is never anything to deliver: looking is all."""
