"""Two systems that meet over real TLS on the loopback address."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack

import pytest

from renkei.messages.codec import Message
from renkei.platform.config import Limits, Listen, Tls
from renkei.platform.peers.client import Client, ClientLimits, Target
from renkei.platform.peers.doors import DOOR_BYTES
from renkei.platform.peers.identity import identity_uri
from renkei.platform.peers.server import Door, Page, Server, ServerOptions
from renkei.terms.bodies import BodyId, Role, SystemName

from .authority import Authority

CORE = SystemName("core")
INTERFACE = SystemName("interface-a")
BODY = BodyId("141003-mayor")


class Word(Message, frozen=True):
    """A message for tests."""

    text: str


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("stranger"), "another root")


@pytest.fixture(scope="session")
def core_tls(authority: Authority) -> Tls:
    return authority.issue(identity_uri(Role.CORE, CORE))


@pytest.fixture(scope="session")
def interface_tls(authority: Authority) -> Tls:
    return authority.issue(identity_uri(Role.INTERFACE, INTERFACE))


@pytest.fixture(scope="session")
def line_tls(authority: Authority) -> Tls:
    return authority.issue(identity_uri(Role.LINE, SystemName("welfare"), BODY))


class Site:
    """Opens servers and clients for one test and closes them all at its end."""

    def __init__(self, core_tls: Tls, stack: AsyncExitStack) -> None:
        self._core_tls = core_tls
        self._stack = stack
        self.server: Server | None = None

    async def open(
        self,
        *doors: Door,
        pages: tuple[Page, ...] = (),
        options: ServerOptions | None = None,
        tls: Tls | None = None,
        limits: Limits | None = None,
    ) -> Target:
        listen = Listen(port=0, limits=limits or Limits())
        self.server = Server(listen, tls or self._core_tls, doors, pages=pages, options=options)
        await self.server.start()
        self._stack.push_async_callback(self.server.stop)
        return Target(self.server.url, Role.CORE, CORE)

    def client(self, tls: Tls, limits: ClientLimits | None = None) -> Client:
        client = Client(tls, limits)
        self._stack.push_async_callback(client.close)
        return client


@pytest.fixture
async def site(core_tls: Tls) -> AsyncIterator[Site]:
    async with AsyncExitStack() as stack:
        yield Site(core_tls, stack)


@pytest.fixture
def events(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], list[str]]]:
    """Names of our log events so far."""
    with caplog.at_level(logging.INFO, logger="renkei"):
        yield lambda: [record.message for record in caplog.records if record.name == "renkei"]


Handler = Callable[..., Awaitable[Message]]


async def echo(_peer: object, word: Word) -> Word:
    return word


def echo_door(*roles: Role, limit_bytes: int = DOOR_BYTES) -> Door:
    return Door("POST", "/v1/echo", Word, frozenset(roles or {Role.INTERFACE}), echo, limit_bytes=limit_bytes)
