"""The client between services, kept open with its connections for the life of the process."""

import ssl
from importlib import import_module
from typing import Final, Protocol

from bench.peers.certificates import tls_context
from bench.peers.settings import ClientName, TlsFiles

HEADERS: Final = {"Content-Type": "application/json"}
TIMEOUT_S: Final = 30.0


class Client(Protocol):
    async def post(self, url: str, body: bytes) -> tuple[int, bytes]:
        """Status and body of the reply."""

    async def close(self) -> None: ...


def open_client(name: ClientName, tls: TlsFiles) -> Client:
    """Must be called where an event loop runs. A process loads the client that it uses and not the other."""
    context = tls_context(tls, ssl.Purpose.SERVER_AUTH)
    module = import_module(f"bench.peers.via_{name}")
    made: Client = module.HttpxClient(context) if name == "httpx" else module.AiohttpClient(context)
    return made
