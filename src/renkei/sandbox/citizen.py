"""The citizen's view, as a program: the page with the sandbox card, every receipt on it, each proof checked."""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from renkei.messages.receipt import Receipt
from renkei.platform.peers.client import Client, Target
from renkei.translog.receipt import ReceiptError, parse_receipt, verify_receipt
from renkei.translog.trust import Trust

_RECORD: Final = re.compile(rb'href="/records/([0-9a-f]{32})')
_OLDER: Final = re.compile(rb'href="(/records\?[^"]*before=[^"]*)"')


class _Download(msgspec.Struct):
    receipts: list[msgspec.Raw]


class Citizen:
    """One citizen with a card."""

    def __init__(self, client: Client, page: Target, trust: Trust) -> None:
        self._client = client
        self._page = page
        self._trust = trust

    async def inquiries(self) -> list[str]:
        """The ids of all inquiries that the pages show, newest first."""
        found: dict[str, None] = {}
        path: str | None = "/records"
        while path:
            page = await self._client.fetch(self._page, path)
            found.update((match.decode(), None) for match in _RECORD.findall(page))
            older = _OLDER.search(page)
            path = older.group(1).decode().replace("&amp;", "&") if older else None
        return list(found)

    async def proven(self, inquiry: str) -> bool:
        """Download the receipts of one inquiry and check each of them."""
        data = await self._client.fetch(self._page, f"/receipt/{inquiry}.json")
        try:
            for receipt in _receipts(data):
                verify_receipt(receipt, self._trust)
        except ReceiptError:
            return False
        return True


def _receipts(data: bytes) -> Iterator[Receipt]:
    for raw in msgspec.json.decode(data, type=_Download).receipts:
        yield parse_receipt(bytes(raw))
