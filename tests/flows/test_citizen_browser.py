"""The citizen at the real disclosure system of the running network, in real Chromium, with the sandbox card (design 6)."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from renkei.law.cite import cite
from renkei.law.list import PermissionList
from renkei.law.ordinance import cite_ordinance
from renkei.law.rows import Table
from renkei.messages import line
from renkei.platform.config import Tls
from renkei.sandbox.bodies import BODIES
from renkei.sandbox.layout import DISCLOSURE_SYSTEM
from renkei.sandbox.network import Network
from renkei.sandbox.ordinance import AFFAIR
from renkei.sandbox.report import DemoReport
from renkei.sandbox.scenario import Played
from renkei.terms.affairs import is_ordinance_affair, law_date
from renkei.translog.trust import Trust
from tests.browser.conftest import PageFor, chromium, page_for  # noqa: F401 - fixtures
from tests.flows.program import renkei

pytestmark = pytest.mark.asyncio(loop_scope="session")

CHECKED = "#verification:not([data-state=waiting])"


def page_url(network: Network) -> str:
    url = network.state.systems[DISCLOSURE_SYSTEM].page_url
    assert url is not None
    return url


def card(network: Network, played: Played) -> Tls:
    assert played.citizen is not None
    holder = network.state.residents[played.citizen.index].card
    assert holder is not None
    authorities = Path(network.state.authorities)
    return Tls(certificate=Path(holder.certificate), key=Path(holder.key), authorities=authorities)


async def asked_about(network: Network, played: Played) -> list[line.LinkageRecord]:
    """What the inquirers' own records say was asked about the citizen, marked inquiries too."""
    assert played.citizen is not None
    found: list[line.LinkageRecord] = []
    for body in BODIES:
        own = played.citizen.addressees.get(body.id)
        records = await network.line(body.id).records(line.Side.INQUIRER)
        found += [record for record in records if own is not None and record.addressee == own]
    return found


async def open_records(network: Network, played: Played, page_for: PageFor) -> Page:  # noqa: F811 - the fixture's value
    page = await page_for(page_url(network), card(network, played))
    await page.goto(page_url(network) + "/records")
    await page.wait_for_selector(CHECKED)
    return page


async def ids(records: Locator) -> list[str]:
    return [str(await one.get_attribute("value")) for one in await records.locator("data[data-shown=inquiry]").all()]


def cited(record: line.LinkageRecord) -> str:
    """The place of the law that a record's item and article are, as the law cites it."""
    on = law_date(record.asked_at_ms)
    own = is_ordinance_affair(record.item)
    rows = PermissionList.load().rows_of(AFFAIR.like_item if own else record.item, Table.on(on))
    found = {
        cite_ordinance(row) if own else cite(row) for row in rows if row.covers(on) and row.article == record.article
    }
    (citation,) = found
    return citation.ja


async def based(page: Page) -> dict[str, str]:
    """What the records of this page show as 法令の根拠, by inquiry."""
    records = page.locator("article.record")
    cells = records.locator("dl.facts > div", has=page.get_by_text("法令の根拠", exact=True)).locator("dd")
    return dict(zip(await ids(records), await cells.all_inner_texts(), strict=True))


async def shown(page: Page, states: Sequence[str] = ("good",)) -> dict[str, str]:
    """What all records show as their basis, by inquiry, once their proofs are checked in the browser and hold."""
    found: dict[str, str] = {}
    while True:
        await page.wait_for_selector(CHECKED)
        assert await page.locator("#verification").get_attribute("data-state") in states
        records = page.locator("article.record")
        assert await page.locator("article.record[data-verified=good]").count() == await records.count() > 0
        page_of = await based(page)
        assert found.keys().isdisjoint(page_of)
        found |= page_of
        older = page.locator("nav.paging a[href*=before]")
        if not await older.count():
            return found
        await older.click()


async def test_d1_the_page_lists_every_inquiry_about_the_citizen_but_the_marked_one_and_proves_each(
    network: Network,
    played: Played,
    report: DemoReport,
    page_for: PageFor,  # noqa: F811 - the fixture
) -> None:
    records = await asked_about(network, played)
    marked = [record.inquiry for record in records if record.non_disclosure]
    page = await open_records(network, played, page_for)
    found = await shown(page)
    assert len(marked) == report.citizen.hidden == 1
    assert found.keys() == {record.inquiry for record in records} - set(marked)
    named = {record.inquiry: cited(record) for record in records if record.article and not record.non_disclosure}
    assert named == {inquiry: found[inquiry] for inquiry in named}
    assert any("50条" in basis for basis in named.values())


async def test_the_marked_inquiry_has_no_page_and_no_receipt_either(
    network: Network,
    played: Played,
    report: DemoReport,
    page_for: PageFor,  # noqa: F811 - the fixture
) -> None:
    (marked,) = [record.inquiry for record in await asked_about(network, played) if record.non_disclosure]
    page = await open_records(network, played, page_for)
    for path in (f"/records/{marked}", f"/receipt/{marked}.json"):
        answer = await page.request.get(page_url(network) + path)
        assert answer.status == 404
        assert marked not in (await answer.text()).replace(path, "")


async def test_every_record_can_be_read_in_english_and_its_steps_all_hold(
    network: Network,
    played: Played,
    report: DemoReport,
    page_for: PageFor,  # noqa: F811 - the fixture
) -> None:
    page = await open_records(network, played, page_for)
    assert await page.locator("html").get_attribute("lang") == "ja"
    await page.get_by_role("link", name="English").click()
    await expect(page).to_have_title(re.compile("Your records"))
    await page.wait_for_selector(CHECKED)
    assert await page.locator("html").get_attribute("lang") == "en"
    await page.get_by_role("link", name="Details").first.click()
    await page.wait_for_selector(CHECKED)
    await expect(page.locator("#verification")).to_have_attribute("data-state", "good")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Inquiry from")
    outcomes = page.locator("tr[data-step] td")
    assert await outcomes.count() > 0
    assert {await one.get_attribute("data-outcome") for one in await outcomes.all()} == {"holds"}


async def test_a_downloaded_receipt_is_proven_offline_with_the_downloaded_keys(
    network: Network,
    played: Played,
    report: DemoReport,
    page_for: PageFor,  # noqa: F811 - the fixture
    tmp_path: Path,
) -> None:
    page = await open_records(network, played, page_for)
    inquiry = (await ids(page.locator("article.record")))[0]
    await page.goto(f"{page_url(network)}/records/{inquiry}")
    saved = {}
    for name, link in (("receipt", "a.button[href*='/receipt/']"), ("trust", "a.button[href*='/trust.json']")):
        async with page.expect_download() as download:
            await page.locator(link).click()
        saved[name] = tmp_path / f"{name}.json"
        await (await download.value).save_as(saved[name])
    assert Trust.parse(saved["trust"].read_bytes()).keys == Trust.parse(network.layout.trust.read_bytes()).keys
    done = await renkei("verify", saved["receipt"], "--trust", saved["trust"])
    assert (done.code, done.err) == (0, "")
    assert inquiry in done.out
    broken = tmp_path / "broken.json"
    broken.write_text(saved["receipt"].read_text().replace(inquiry, inquiry[::-1]))
    assert (await renkei("verify", broken, "--trust", saved["trust"])).code == 1


async def test_another_citizen_sees_other_records(
    network: Network,
    played: Played,
    report: DemoReport,
    page_for: PageFor,  # noqa: F811 - the fixture
) -> None:
    first = await shown(await open_records(network, played, page_for))
    others = [person for person in network.state.residents if person.card][1:]
    assert others
    holder = others[0].card
    assert holder is not None
    tls = Tls(certificate=Path(holder.certificate), key=Path(holder.key), authorities=Path(network.state.authorities))
    page = await page_for(page_url(network), tls)
    await page.goto(page_url(network) + "/records")
    await expect(page.get_by_role("heading", level=1)).to_have_text("やり取りの記録")
    assert set(await ids(page.locator("article.record"))).isdisjoint(first)
