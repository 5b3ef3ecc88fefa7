"""Real Chromium over real TLS. `page_for(url, card, ...)` opens a page as somebody with that card, or with none.

One browser serves the whole session, so tests here run in one event loop: `pytest.mark.asyncio(loop_scope="session")`.
"""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from renkei.platform.config import Tls
from tests.browser.stage import Stage
from tests.peers.authority import Authority

PageFor = Callable[..., Awaitable[Page]]
ARGUMENTS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest_asyncio.fixture(loop_scope="session")
async def stage(authority: Authority) -> AsyncIterator[Stage]:
    stage = Stage(authority)
    await stage.start()
    yield stage
    await stage.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    path = shutil.which("chromium")
    assert path, "Chromium is not installed: apt-get install chromium"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page_for(chromium: Browser) -> AsyncIterator[PageFor]:
    """`await page_for(url, card, **options)`: options are those of a browser context (viewport, color_scheme, ...)."""
    async with AsyncExitStack() as stack:

        async def open_page(url: str, card: Tls | None = None, **options: Any) -> Page:
            if card is not None:
                certificate = {"origin": url, "certPath": str(card.certificate), "keyPath": str(card.key)}
                options["client_certificates"] = [certificate]
            context = await chromium.new_context(ignore_https_errors=True, **options)
            stack.push_async_callback(context.close)
            page = await context.new_page()
            page.set_default_timeout(15_000)
            await page.goto(url)
            return page

        yield open_page
