"""aiohttp as the client between services."""

import ssl

import aiohttp

from bench.peers.client import HEADERS, TIMEOUT_S


class AiohttpClient:
    def __init__(self, context: ssl.SSLContext) -> None:
        connector = aiohttp.TCPConnector(limit=0, ssl=context, keepalive_timeout=60)
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        self._session = aiohttp.ClientSession(connector=connector, timeout=timeout, headers=HEADERS)

    async def post(self, url: str, body: bytes) -> tuple[int, bytes]:
        async with self._session.post(url, data=body) as reply:
            return reply.status, await reply.read()

    async def close(self) -> None:
        await self._session.close()
