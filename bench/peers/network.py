"""Starting the five processes of the peer, with keys, certificates and persons, and stopping them."""

import http.client
import json
import secrets
import socket
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.peers.certificates import Authority, tls_context
from bench.peers.seed import fill
from bench.peers.settings import INQUIRER, PROVIDER, ROLES, ClientName, Role, Settings, TlsFiles
from bench.peers.store import url_of
from renkei.crypto.hpke import SEED_BYTES, public_of_seed

ROOT: Final = Path(__file__).parents[2]
READY_WITHIN_S: Final = 120.0
"""Only a process that hangs takes so long."""
ITEM: Final = "48"
KIND: Final = "local-tax"
CONTENT: Final = {"総所得金額": "3120000", "所得割額": "172400", "均等割額": "5000"}
STORED: Final[tuple[Role, ...]] = ("inquirer", "core", "provider")


def addressee(n: int) -> str:
    return f"{n:012d}"


@dataclass(frozen=True)
class Door:
    """Where a line system asks: all that a load generator needs. Persons are numbered from 0."""

    url: str
    list_url: str
    tls: TlsFiles
    persons: int
    items: tuple[str, ...]

    def body(self, n: int) -> bytes:
        """A fresh inquiry about person `n` (any number: it wraps round)."""
        return json.dumps(self._question(n)).encode()

    def list_body(self, ns: Iterable[int]) -> bytes:
        """At most 1,000."""
        return json.dumps({"inquiries": [self._question(n) for n in ns]}).encode()

    def told(self, reply: bytes) -> dict[str, str] | None:
        content: dict[str, str] | None = json.loads(reply)["content"]
        return content

    def list_told(self, reply: bytes) -> list[dict[str, str] | None]:
        return [each["content"] for each in json.loads(reply)["contents"]]

    def _question(self, n: int) -> dict[str, Any]:
        return {
            "request": secrets.token_hex(16),
            "addressee": addressee(n % self.persons),
            "provider": PROVIDER,
            "item": ITEM,
            "kind": KIND,
            "items": list(self.items),
            "unit": "税務課",
        }


@dataclass(frozen=True)
class Peer:
    client: ClientName
    door: Door
    settings: Mapping[Role, Settings]
    pids: Mapping[Role, int]


@contextmanager
def running(
    client: ClientName, *, persons: int = 1_000, store: str | None = None, content: Mapping[str, str] = CONTENT
) -> Iterator[Peer]:
    """The peer, ready, with that many persons known to everybody; everything is stopped and removed at the end.

    Args:
        client: what the services ask each other with.
        persons: how many have codes and a replica.
        store: `postgresql:///name?host=/dir`; else SQLite files in a temporary folder.
        content: what the provider holds about each, and is asked for.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="peer-")))
        sockets = {role: stack.enter_context(_listening()) for role in ROLES}
        urls = {role: f"https://127.0.0.1:{each.getsockname()[1]}" for role, each in sockets.items()}
        authority, keys = Authority(folder), _keys()
        settings = {
            role: Settings(
                role=role,
                client=client,
                tls=authority.issue(role),
                store=url_of(store, str(folder), role) if role in STORED else None,
                urls=urls,
                secrets=keys.get(role, {}),
            )
            for role in ROLES
        }
        fill(settings, [addressee(n) for n in range(persons)], KIND, content)
        processes: dict[Role, subprocess.Popen[bytes]] = {}
        stack.callback(_stop, processes)
        for role in ROLES:
            processes[role] = _start(folder, settings[role], sockets[role])
        line = authority.issue("line")
        for role, process in processes.items():
            _await(process, urls[role], line, folder / f"{role}.err")
        url = urls["inquirer"] + "/inquiries"
        door = Door(url, url + "/list", line, persons, tuple(content))
        yield Peer(client, door, settings, {role: process.pid for role, process in processes.items()})


def _keys() -> dict[Role, dict[str, str]]:
    signing, sealing = Ed25519PrivateKey.generate(), secrets.token_bytes(SEED_BYTES)
    aes = {name: secrets.token_hex(32) for name in (INQUIRER, PROVIDER, "record")}
    return {
        "inquirer": {"sealing": sealing.hex()},
        "core": {"signing": signing.private_bytes_raw().hex(), **aes},
        "provider": {"core": signing.public_key().public_bytes_raw().hex(), "inquirer": public_of_seed(sealing).hex()},
    }


def _listening() -> socket.socket:
    """Bound here and handed on, so that no two processes can want the same port."""
    made = socket.socket()
    made.bind(("127.0.0.1", 0))
    made.listen(2_048)
    return made


def _start(folder: Path, settings: Settings, listening: socket.socket) -> subprocess.Popen[bytes]:
    path = folder / f"{settings.role}.json"
    path.touch(0o600)
    path.write_text(settings.model_dump_json())
    with listening, (folder / f"{settings.role}.err").open("wb") as errors:
        return subprocess.Popen(
            [sys.executable, "-m", "bench.peers.process", path, str(listening.fileno())],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stderr=errors,
            pass_fds=[listening.fileno()],
        )


def _stop(processes: Mapping[Role, subprocess.Popen[bytes]]) -> None:
    """Told to end all together; whoever has not ended after five seconds is killed."""
    for process in processes.values():
        process.terminate()
    for process in processes.values():
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert process.stdin is not None
        process.stdin.close()


def _await(process: subprocess.Popen[bytes], url: str, tls: TlsFiles, errors: Path) -> None:
    """The socket listens already: one question waits in its queue until the process answers."""
    place = urlsplit(url).netloc
    context = tls_context(tls, ssl.Purpose.SERVER_AUTH)
    with closing(http.client.HTTPSConnection(place, timeout=READY_WITHIN_S, context=context)) as connection:
        try:
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                return
        except OSError as error:
            raise RuntimeError(
                f"a process of the peer did not start ({process.poll()}): {errors.read_text()}"
            ) from error
    raise RuntimeError(f"a process of the peer is not well: {errors.read_text()}")
