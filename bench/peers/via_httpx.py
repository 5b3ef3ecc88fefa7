"""httpx as the client between services."""

import ssl
from typing import Final

import httpx

from bench.peers.client import HEADERS, TIMEOUT_S

CONNECTIONS: Final = 32
"""Its pool walks over all of them for every request; two cores keep no more than these busy."""


class HttpxClient:
    def __init__(self, context: ssl.SSLContext) -> None:
        limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
        self._client = httpx.AsyncClient(verify=context, limits=limits, timeout=TIMEOUT_S, trust_env=False)

    async def post(self, url: str, body: bytes) -> tuple[int, bytes]:
        reply = await self._client.post(url, content=body, headers=HEADERS)
        return reply.status_code, reply.content

    async def close(self) -> None:
        await self._client.aclose()
