"""The disclosure system as it is wired, with its neighbours played over real TLS: interface D (and the core), residents.

The neighbours can be told to fail: `core_down`, `residents_down`, `mute` (codes are not delivered), `alter` (what the
core sends is changed on its way out).
"""

import asyncio
import base64
import ssl
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest

from renkei.crypto.envelope import Identity, open_envelope, seal_envelope
from renkei.crypto.keystore import KeyPurpose
from renkei.crypto.software import SoftwareKeyStore
from renkei.messages.acquisition import (
    AcquisitionResult,
    AcquisitionResults,
    CardRequest,
    CardRequests,
    CodeDeliveries,
    CodeDelivery,
)
from renkei.messages.codec import Message, decode, encode
from renkei.messages.directory import Directory, SignedDirectory, SystemEntry, signed_bytes
from renkei.messages.envelope import Envelope, Header, Label
from renkei.messages.provision import Ack, Acks
from renkei.messages.records import RecordsReplies, RecordsReply, RecordsRequest, RecordsRequests
from renkei.platform.config import Listen, Tls, load
from renkei.platform.entropy import new_id, system_entropy
from renkei.platform.peers.client import Client, Target
from renkei.platform.peers.directory import DirectoryKeeper
from renkei.platform.peers.doors import Asked, Door
from renkei.platform.peers.identity import Peer, identity_uri
from renkei.platform.peers.mail import envelope_door
from renkei.platform.peers.server import Server
from renkei.platform.process import System
from renkei.systems.disclosure.wiring import Config, build
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import CORE, DISCLOSURE, Role, SystemName
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.terms.secrets import SecretText
from tests.browser.ledger import full_ledger
from tests.browser.stage import CARD, code_of, directory_of, page_of
from tests.peers.authority import Authority

from .post import post
from .stores import store_at

INTERFACE_D = SystemName("interface-d")
Alter = Callable[[RecordsReplies], RecordsReplies]


def key_store(*signing: str, sealing: tuple[str, ...] = ("seal",)) -> SoftwareKeyStore:
    store = SoftwareKeyStore.create(system_entropy)
    for name in signing:
        store.make(name, KeyPurpose.SIGN)
    for name in sealing:
        store.make(name, KeyPurpose.SEAL)
    return store


class Network:
    """The neighbours, and the system under test in `folder`."""

    def __init__(self, authority: Authority, folder: Path) -> None:
        self.authority = authority
        self.folder = folder
        self.ledger = full_ledger()
        self.core_down = self.residents_down = self.mute = False
        self.alter: Alter = lambda replies: replies
        self.acks: list[Ack] = []
        self.asked: list[RecordsRequest] = []
        self.cards: list[CardRequest] = []
        self.system: System | None = None
        self._core = key_store("sign", "directory")
        self._keys = key_store("sign")
        self._keys.make("index", KeyPurpose.INDEX)
        self._keys.make("column", KeyPurpose.COLUMN)
        self._interface_tls = authority.issue(identity_uri(Role.INTERFACE, INTERFACE_D))
        self.interface = Server(Listen(port=0), self._interface_tls, self._interface_doors())
        self.residents = Server(Listen(port=0), self._tls(Role.RESIDENTS, "residents"), self._residents_doors())
        self.client = Client(self._interface_tls)
        self._tasks: set[asyncio.Task[None]] = set()

    # --- life ---

    async def start(self) -> None:
        await self.interface.start()
        await self.residents.start()
        self._write_config()
        await self.open()

    async def open(self) -> None:
        config = load(self.folder / "disclosure.toml", Config)
        self.system = await build(config, pytest.fail)
        for part in self.system.parts:
            begun = part.start()
            if begun is not None:
                await begun
        keeper = next(part for part in self.system.parts if isinstance(part, DirectoryKeeper))
        await keeper.ready()

    async def close(self) -> None:
        assert self.system is not None
        for part in reversed(self.system.parts):
            await part.stop()
        for close in reversed(self.system.closing):
            await close()
        self.system = None

    async def stop(self) -> None:
        if self.system is not None:
            await self.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.client.close()
        await self.interface.stop()
        await self.residents.stop()

    # --- asking the system under test ---

    @property
    def machine(self) -> Target:
        assert self.system is not None
        return Target(self.system.server.url, Role.DISCLOSURE, SystemName("disclosure"))

    @property
    def pages(self) -> str:
        assert self.system is not None
        public = self.system.parts[-1]
        assert isinstance(public, Server)
        return public.url.replace("127.0.0.1", "localhost")

    def card(self, serial: str = CARD) -> Tls:
        return self._tls(Role.CARD, serial)

    async def get(self, path: str, tls: Tls | None) -> tuple[int, str, dict[str, str]]:
        """Status, text and headers of a page."""
        context = _browser_context(self.authority, tls)
        connector = aiohttp.TCPConnector(ssl=context)
        async with aiohttp.ClientSession(connector=connector) as session, session.get(self.pages + path) as reply:
            return reply.status, await reply.text(), dict(reply.headers)

    async def deliver(self, *deliveries: CodeDelivery) -> list[Ack]:
        """The core's letter with codes, through interface D."""
        letter = self.letter(Label.CODES, CodeDeliveries(deliveries=deliveries))
        reply = await post(self.client, self.machine, letter)
        assert reply.header.answers == letter.header.message
        payload = open_envelope(Identity(self._core), reply, [self._keys.public("sign")])
        return list(decode(Acks, payload).acks)

    def letter(self, label: Label, message: Message, answers: str | None = None) -> Envelope:
        header = Header(
            label=label,
            sender=CORE,
            recipient=DISCLOSURE,
            message=new_id(),
            sent_at_ms=InstantMs(1),
            answers=answers,
        )
        return seal_envelope(Identity(self._core), header, encode(message), self._keys.public("seal"))

    # --- the neighbours ---

    def _interface_doors(self) -> list[Door]:
        disclosure = frozenset({Role.DISCLOSURE})
        return [
            Door("GET", "/v1/directory", None, disclosure, self._give_directory),
            envelope_door(disclosure, self._relay),
        ]

    def _residents_doors(self) -> list[Door]:
        return [Door("POST", "/v1/acquisitions/card", CardRequests, frozenset({Role.DISCLOSURE}), self._acquire)]

    async def _give_directory(self, _peer: Peer, _asked: Asked) -> SignedDirectory:
        text = encode(self._directory()).decode()
        return SignedDirectory(directory=text, signature=self._core.sign("directory", signed_bytes(text)))

    def _directory(self) -> Directory:
        plain = directory_of(self.ledger)
        own = {
            "id": DISCLOSURE,
            "interface": INTERFACE_D,
            "system": SystemName("disclosure"),
            "sign_key": self._keys.public("sign"),
            "seal_key": self._keys.public("seal"),
        }
        entry = type(plain.bodies[0])(
            **{name: getattr(plain.bodies[0], name) for name in plain.bodies[0].__struct_fields__} | own
        )
        return directory_of(
            self.ledger,
            sign_key=self._core.public("sign"),
            seal_key=self._core.public("seal"),
            systems=(SystemEntry(name=INTERFACE_D, role=Role.INTERFACE, url=self.interface.url),),
            bodies=(*plain.bodies, entry),
        )

    async def _relay(self, _peer: Peer, envelope: Envelope) -> Envelope:
        if self.core_down:
            raise RenkeiError(Problem.UNREACHABLE, "told to be down")
        payload = open_envelope(Identity(self._core), envelope, [self._keys.public("sign")])
        requests = decode(RecordsRequests, payload).requests
        self.asked += requests
        replies = self.alter(RecordsReplies(replies=tuple(self._page(request) for request in requests)))
        return self.letter(Label.RECORD_REPLIES, replies, envelope.header.message)

    def _page(self, request: RecordsRequest) -> RecordsReply:
        own = request.code.reveal() == code_of(CARD).text()
        return page_of(self.ledger.disclosed() if own else [], request)

    async def _acquire(self, _peer: Peer, message: CardRequests) -> AcquisitionResults:
        if self.residents_down:
            raise RenkeiError(Problem.UNREACHABLE, "told to be down")
        self.cards += message.requests
        return AcquisitionResults(results=tuple(self._one(each) for each in message.requests))

    def _one(self, request: CardRequest) -> AcquisitionResult:
        if not request.card.startswith("card-0"):
            return AcquisitionResult(acquisition=request.acquisition, problem="unknown-number")
        if not self.mute:
            task = asyncio.create_task(self._deliver_later(request))
            self._tasks.add(task)
        return AcquisitionResult(acquisition=request.acquisition)

    async def _deliver_later(self, request: CardRequest) -> None:
        self.acks += await self.deliver(delivery_for(request))

    # --- set-up ---

    def _tls(self, role: Role, system: str) -> Tls:
        return self.authority.issue(identity_uri(role, SystemName(system)))

    def _write_config(self) -> None:
        (self.folder / "keys").write_bytes(self._keys.dump(b"unlock"))
        unlock = self.folder / "unlock"
        unlock.write_bytes(b"unlock")
        unlock.chmod(0o600)
        tls = self._tls(Role.DISCLOSURE, "disclosure")
        key = base64.b64encode(self._core.public("directory")).decode()
        (self.folder / "disclosure.toml").write_text(
            f"""
name = "disclosure"
store = "{store_at(self.folder / "disclosure.db").address}"
wait_ms = {0 if self.mute else 10_000}
listen = {{ port = 0 }}
pages = {{ port = 0 }}
tls = {{ certificate = "{tls.certificate}", key = "{tls.key}", authorities = "{tls.authorities}" }}
keys = {{ path = "keys", unlock = "unlock" }}
directory = {{ url = "{self.interface.url}", key = "{key}", kept = "directory.json" }}
residents = {{ url = "{self.residents.url}" }}
""",
            encoding="utf-8",
        )


def delivery_for(request: CardRequest) -> CodeDelivery:
    return CodeDelivery(id=new_id(), acquisition=request.acquisition, code=SecretText(code_of(request.card).text()))


def _browser_context(authority: Authority, tls: Tls | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(authority.root_file))
    if tls is not None:
        context.load_cert_chain(tls.certificate, tls.key)
    return context
