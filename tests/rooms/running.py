"""Starting a system in the test's own process, and a peer that answers by script and can be told to fail."""

import json
import sys
from asyncio import create_subprocess_exec
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from cryptography import x509

from renkei.law.list import PermissionList
from renkei.messages.certification import RevokedList
from renkei.messages.codec import Message
from renkei.platform.config import Listen, Tls
from renkei.platform.peers.client import PeerUnreachableError
from renkei.platform.peers.identity import Peer
from renkei.platform.peers.server import Asked, Door, Server
from renkei.platform.process import Stop, System
from renkei.terms.bodies import Role
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

C = TypeVar("C")
Script = Callable[[Message], Message]


@asynccontextmanager
async def opened(build: Callable[[C, Stop], Awaitable[System]], config: C) -> AsyncIterator[str]:
    """The system running; gives its URL. A call for its end fails the test."""
    ended: list[str] = []
    system = await build(config, ended.append)
    async with AsyncExitStack() as stack:
        for close in system.closing:
            stack.push_async_callback(close)
        for part in system.parts:
            begun = part.start()
            if begun is not None:
                await begun
            stack.push_async_callback(part.stop)
        yield system.server.url
    assert ended == []


def lists_of(*held: str, missing: tuple[str, ...] = ()) -> dict[str, object]:
    """What health says of permission lists where the first one applies; without arguments: the program's own."""
    versions = held or (PermissionList.load().version,)
    return {"applies": versions[0], "held": list(versions), "missing": list(missing)}


async def problem_of(call: Awaitable[object]) -> Problem:
    """The problem that a call is refused with, also where it is the caller's own certificate."""
    try:
        await call
    except PeerUnreachableError as error:
        return error.against_us or error.problem
    except RenkeiError as error:
        return error.problem
    raise AssertionError("not refused")


class ScriptedPeer:
    """A server with doors by script: path -> (request type, who may knock, answer)."""

    def __init__(self, tls: Tls, script: Mapping[str, tuple[type[Message], Role, Script]]) -> None:
        self._tls = tls
        self._script = script
        self._port = 0
        self._server: Server | None = None
        self.heard: list[Message] = []
        self.fails: RenkeiError | None = None

    async def start(self) -> None:
        doors = [self._door(path, *script) for path, script in self._script.items()]
        self._server = Server(Listen(port=self._port), self._tls, doors)
        await self._server.start()
        self.url = self._server.url
        self._port = int(self.url.rpartition(":")[2])

    async def stop(self) -> None:
        assert self._server is not None
        await self._server.stop()

    def _door(self, path: str, kind: type[Message], role: Role, answer: Script) -> Door:
        async def handler(_peer: Peer, message: Message) -> Message:
            self.heard.append(message)
            if self.fails is not None:
                raise self.fails
            return answer(message)

        return Door("POST", path, kind, frozenset({role}), handler)


@asynccontextmanager
async def process(system: str, config: Path) -> AsyncIterator[tuple[Process, dict[str, Any]]]:
    """The system as a process of its own, ready; ended by SIGTERM unless the test killed it; its exit code must fit."""
    arguments = ("-m", "renkei.cli", "run", system, "--config", str(config))
    child = await create_subprocess_exec(sys.executable, *arguments, stdout=PIPE, stderr=DEVNULL)
    try:
        assert child.stdout is not None
        yield child, json.loads(await child.stdout.readline())
    finally:
        killed = child.returncode is not None
        if not killed:
            child.terminate()
        code = await child.wait()
    assert killed or code == 0


class ScriptedCertification:
    """A server with the list of revoked certificates, as a test sets it."""

    def __init__(self, tls: Tls) -> None:
        self.published = RevokedList(number=1, serials=())
        door = Door("GET", "/v1/revocations", None, frozenset(Role), self._revoked)
        self._server = Server(Listen(port=0), tls, [door])

    async def start(self) -> None:
        await self._server.start()
        self.url = self._server.url

    async def stop(self) -> None:
        await self._server.stop()

    def revoke(self, tls: Tls) -> None:
        leaf = x509.load_pem_x509_certificate(tls.certificate.read_bytes())
        self.published = RevokedList(number=self.published.number + 1, serials=(f"{leaf.serial_number:x}",))

    async def _revoked(self, _peer: Peer, _asked: Asked) -> RevokedList:
        return self.published


async def until_refused(call: Callable[[], Awaitable[object]]) -> Problem:
    """Repeat a call until it is refused; the problem."""
    while True:
        try:
            await call()
        except RenkeiError as error:
            return (isinstance(error, PeerUnreachableError) and error.against_us) or error.problem
