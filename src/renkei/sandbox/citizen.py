"""The citizen's view, as a program: the page with the sandbox card, every receipt on it, each proof checked."""

import html
import re
from typing import Final

from renkei.platform.peers.client import Client, Target
from renkei.translog.receipt import ReceiptError, parse_receipts, verify_receipt
from renkei.translog.trust import Trust

_RECEIPT: Final = re.compile(rb'href="(/receipt/[0-9a-f]{32}\.json[^"]*)"')
# Not the link to the same page in the other language, which names the same place.
_OLDER: Final = re.compile(rb'class="button quiet" href="(/records\?[^"]*before=[^"]*)"')


class Citizen:
    """One citizen with a card."""

    def __init__(self, client: Client, page: Target, trust: Trust) -> None:
        self._client = client
        self._page = page
        self._trust = trust

    async def receipts(self) -> list[str]:
        """The addresses of the receipts of all records that the pages show, newest first."""
        found: dict[str, None] = {}
        path: str | None = "/records"
        while path:
            page = await self._client.fetch(self._page, path)
            found.update((_address(match), None) for match in _RECEIPT.findall(page))
            older = _OLDER.search(page)
            path = _address(older.group(1)) if older else None
        return list(found)

    async def proven(self, path: str) -> bool:
        """Download the receipts of one record and check each of them."""
        data = await self._client.fetch(self._page, path)
        try:
            for receipt in parse_receipts(data):
                verify_receipt(receipt, self._trust)
        except ReceiptError:
            return False
        return True


def _address(href: bytes) -> str:
    return html.unescape(href.decode())
