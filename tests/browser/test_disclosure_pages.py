"""The citizen's pages in real Chromium: what is read, how it is reached, what happens when something is missing."""

import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from renkei.messages.codec import decode
from renkei.messages.receipt import Receipt
from renkei.translog.receipt import verify_receipt
from renkei.translog.trust import Trust
from tests.browser.conftest import PageFor
from tests.browser.ledger import Ledger, inquiry, inquiry_id
from tests.browser.looks import contrasts, overflow, targets
from tests.browser.stage import CARD, Stage, code_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

PATHS = ["/", "/records", f"/records/{inquiry_id(2)}", f"/records/{inquiry_id(5)}", "/check", "/nowhere"]
LANGUAGES = ["ja", "en"]
CHECKED = "#verification:not([data-state=waiting])"


async def settle(page: Page, url: str) -> None:
    """Open a page and, where it has proofs, wait until they are checked."""
    await page.goto(url)
    if await page.locator("#verification").count():
        await page.wait_for_selector(CHECKED)


async def visit(stage: Stage, page_for: PageFor, path: str, **options: Any) -> Page:
    """A citizen with a card opens a page and waits until its proofs are checked."""
    page = await page_for(stage.url, stage.card(), **options)
    await page.goto(stage.url + path)
    if options.get("java_script_enabled", True) and path.startswith("/records"):
        await page.wait_for_selector(CHECKED)
    return page


async def test_d1_the_list_says_who_asked_whom_for_what_and_what_came_of_it(stage: Stage, page_for: PageFor) -> None:
    page = await visit(stage, page_for, "/records")
    record = page.locator("article.record").nth(1)
    await expect(record.get_by_role("heading")).to_have_text("横浜市長から川崎市長への照会")
    for words in (
        "2026年11月20日 10:46",
        "川崎市長が、横浜市長に情報を提供しました。",
        "地方税関係情報",
        "所得割額、合計所得金額",
        "国民健康保険の保険給付・保険料の徴収",
        "番号法19条8号・提供命令2条の表69の項・71条",
    ):
        await expect(record).to_contain_text(words)
    refused = page.locator("article.record").nth(3)
    await expect(refused).to_contain_text("その情報は、この事務のために提供を求められる情報ではありません。")


async def test_english_is_one_step_away_and_stays(stage: Stage, page_for: PageFor) -> None:
    page = await visit(stage, page_for, "/records")
    await page.get_by_role("link", name="English").click()
    await expect(page).to_have_title("Your records | Linkage Records Disclosure")
    assert await page.locator("html").get_attribute("lang") == "en"
    await page.get_by_role("link", name="Details").first.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(
        "Inquiry from Mayor of Yokohama to Mayor of Kawasaki"
    )
    await page.get_by_role("link", name="How to check").click()
    assert await page.locator("html").get_attribute("lang") == "en"
    await page.get_by_role("link", name="日本語").click()
    assert await page.locator("html").get_attribute("lang") == "ja"


async def test_one_record_tells_its_whole_course(stage: Stage, page_for: PageFor) -> None:
    page = await visit(stage, page_for, "/records")
    await page.get_by_role("link", name="くわしく見る").nth(1).click()
    await expect(page.locator(".course li")).to_have_count(3)
    await expect(page.get_by_role("table", name="記録の内容")).to_contain_text("保険年金課")
    await page.get_by_role("link", name="記録の一覧へ戻る").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("やり取りの記録")


async def test_older_records_are_a_page_away(stage: Stage, page_for: PageFor) -> None:
    ledger = Ledger()
    for number in range(25):
        ledger.add(inquiry(number))
    stage.ledger = ledger
    stage.core.ledgers = {code_of(CARD).text(): ledger}
    page = await visit(stage, page_for, "/records")
    await expect(page.locator("article.record")).to_have_count(20)
    await page.get_by_role("link", name="より古い記録へ").click()
    await expect(page.locator("article.record")).to_have_count(5)
    await page.get_by_role("link", name="くわしく見る").last.click()
    await expect(page.locator("code").first).to_have_text(inquiry_id(24))
    await page.get_by_role("link", name="記録の一覧へ戻る").click()
    await page.get_by_role("link", name="いちばん新しい記録へ").click()
    await expect(page.locator("article.record")).to_have_count(20)


async def test_somebody_about_whom_nobody_asked_is_told_so(stage: Stage, page_for: PageFor) -> None:
    stage.core.ledgers.clear()
    page = await page_for(stage.url, stage.card())
    await page.goto(stage.url + "/records")
    await expect(page.get_by_role("heading", name="記録はありません")).to_be_visible()


async def test_without_a_card_the_page_explains_how_to_come_with_one(stage: Stage, page_for: PageFor) -> None:
    page = await page_for(stage.url)
    await page.goto(stage.url + "/records")
    await expect(page.get_by_role("heading", level=1)).to_have_text("カードを確認できません")
    await expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(3)


async def test_when_the_core_is_away_the_page_says_so_and_offers_to_try_again(stage: Stage, page_for: PageFor) -> None:
    stage.core.down = True
    page = await page_for(stage.url, stage.card())
    await page.goto(stage.url + "/records?lang=en")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Your records cannot be fetched now")
    stage.core.down = False
    await page.get_by_role("link", name="Try again").click()
    await expect(page.locator("#verification")).to_have_attribute("data-state", "good")


async def test_a_first_visit_whose_code_is_late_may_look_again(authority: Any, page_for: PageFor) -> None:
    stage = Stage(authority, wait_s=0)
    await stage.start()
    stage.residents.silent = True
    page = await page_for(stage.url, stage.card())
    await page.goto(stage.url + "/records")
    await expect(page.get_by_role("status")).to_contain_text("まもなく届きます")
    await stage.residents.deliver(stage.residents.requests[0])
    await page.get_by_role("link", name="もう一度見る").click()
    await expect(page.locator("#verification")).to_have_attribute("data-state", "good")
    await stage.stop()


async def test_d5_every_page_warns_of_fraud_and_names_a_contact(stage: Stage, page_for: PageFor) -> None:
    page = await page_for(stage.url, stage.card())
    for path in PATHS:
        for language, title in (("ja", "詐欺にご注意ください"), ("en", "Beware of fraud")):
            await page.goto(f"{stage.url}{path}?lang={language}")
            await expect(page.get_by_role("contentinfo").get_by_role("heading", name=title)).to_be_visible()


async def test_the_saved_files_verify_outside_the_browser(stage: Stage, page_for: PageFor, tmp_path: Path) -> None:
    page = await visit(stage, page_for, f"/records/{inquiry_id(2)}")
    saved = []
    for name in ("証明のファイルを保存", "信頼のファイルを保存"):
        async with page.expect_download() as downloading:
            await page.get_by_role("link", name=name).click()
        download = await downloading.value
        saved.append(tmp_path / download.suggested_filename)
        await download.save_as(saved[-1])
    assert [path.name for path in saved] == [f"renkei-receipt-{inquiry_id(2)}.json", "renkei-trust.json"]
    trust = Trust.parse(saved[1].read_bytes())
    receipts = json.loads(saved[0].read_bytes())["receipts"]
    assert [verify_receipt(decode(Receipt, json.dumps(each)), trust).record["event"] for each in receipts] == [
        "permitted",
        "provided",
    ]


async def test_without_javascript_everything_can_be_read_and_says_how_to_check(stage: Stage, page_for: PageFor) -> None:
    page = await visit(stage, page_for, "/records", java_script_enabled=False)
    await expect(page.locator("article.record")).to_have_count(7)
    await expect(page.get_by_role("status")).to_contain_text("renkei verify")
    await page.get_by_role("link", name="くわしく見る").first.click()
    await expect(page.get_by_role("table", name="記録の内容")).to_contain_text("保険年金課")
    await expect(page.locator("[data-outcome]").first).to_have_text("未確認")
    await expect(page.get_by_label("確かめるための命令")).to_contain_text("--trust renkei-trust.json")


async def test_nothing_is_asked_of_anybody_else_and_no_rule_of_the_page_is_broken(
    stage: Stage, page_for: PageFor
) -> None:
    page = await page_for(stage.url, stage.card())
    requests: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    for path in PATHS[:-1]:
        await settle(page, stage.url + path)
    assert requests
    assert {url for url in requests if not url.startswith(stage.url + "/")} == set()
    assert complaints == []
    assert await page.context.cookies() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", LANGUAGES)
async def test_sc_1_4_3_all_text_stands_out(stage: Stage, page_for: PageFor, scheme: str, language: str) -> None:
    page = await page_for(stage.url, stage.card(), color_scheme=scheme)
    for path in PATHS:
        await settle(page, f"{stage.url}{path}?lang={language}")
        measured = await contrasts(page)
        assert len(measured) > 10
        assert [each for each in measured if each["ratio"] < 4.5] == [], path


@pytest.mark.parametrize("language", LANGUAGES)
async def test_sc_1_4_10_nothing_is_cut_off_at_320_pixels(stage: Stage, page_for: PageFor, language: str) -> None:
    page = await page_for(stage.url, stage.card(), viewport={"width": 320, "height": 640})
    for path in PATHS:
        await settle(page, f"{stage.url}{path}?lang={language}")
        assert await overflow(page) == 0, path


async def test_sc_1_4_4_text_of_twice_the_size_still_fits(stage: Stage, page_for: PageFor) -> None:
    page = await page_for(stage.url, stage.card(), viewport={"width": 640, "height": 640}, bypass_csp=True)
    for path in PATHS:
        await settle(page, stage.url + path)
        await page.add_style_tag(content="html { font-size: 200% !important }")
        assert await overflow(page) == 0, path


@pytest.mark.parametrize("width", [320, 1280])
async def test_sc_2_5_8_whatever_is_pressed_is_large_enough(stage: Stage, page_for: PageFor, width: int) -> None:
    page = await page_for(stage.url, stage.card(), viewport={"width": width, "height": 800})
    for path in PATHS:
        await settle(page, stage.url + path)
        measured = await targets(page)
        assert measured
        assert [each for each in measured if min(each["width"], each["height"]) < 24] == [], path


async def test_sc_2_1_1_and_2_4_7_the_keyboard_reaches_everything_and_is_seen(stage: Stage, page_for: PageFor) -> None:
    page = await visit(stage, page_for, "/records")
    await page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="本文へ移動")
    await expect(skip).to_be_focused()
    await expect(skip).to_be_in_viewport()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("main")).to_be_focused()
    await page.keyboard.press("Tab")
    title = page.locator("article.record h2 a").first
    await expect(title).to_be_focused()
    assert await title.evaluate("each => getComputedStyle(each).outlineStyle") == "solid"
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("横浜市長から川崎市長への照会")


async def test_the_raw_record_opens_from_the_keyboard(stage: Stage, page_for: PageFor) -> None:
    page = await visit(stage, page_for, f"/records/{inquiry_id(2)}")
    summary = page.get_by_text("記録の原文を見る").first
    await summary.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("記録の原文", exact=True).first).to_contain_text('"event":"permitted"')


@pytest.mark.parametrize("language", LANGUAGES)
async def test_sc_1_3_1_and_4_1_2_the_accessibility_tree_is_in_order(
    stage: Stage, page_for: PageFor, language: str
) -> None:
    page = await page_for(stage.url, stage.card())
    titles = set()
    for path in PATHS:
        await settle(page, f"{stage.url}{path}?lang={language}")
        assert await page.locator("html").get_attribute("lang") == language
        titles.add(await page.title())
        for landmark in ("banner", "main", "contentinfo"):
            await expect(page.get_by_role(landmark)).to_have_count(1)
        levels = [
            int(tag[1]) for tag in await page.locator("h1, h2, h3, h4").evaluate_all("all => all.map(e => e.tagName)")
        ]
        assert levels.count(1) == 1
        assert all(after - before <= 1 for before, after in itertools.pairwise(levels)), levels
        unnamed = [
            line
            for line in (await page.locator("body").aria_snapshot()).splitlines()
            if re.search(r"- (link|button|navigation|table)$", line)
        ]
        assert unnamed == []
    assert len(titles) >= len(PATHS) - 1  # two records between the same bodies share a title


async def test_sc_4_1_3_the_result_is_announced_once_and_politely(stage: Stage, page_for: PageFor) -> None:
    page = await visit(stage, page_for, "/records")
    await expect(page.get_by_role("status")).to_have_count(1)
    await expect(page.get_by_role("status")).to_have_text(
        "この画面の7件すべてについて、改ざんされていないことをこのブラウザーで確認しました。"
    )


@pytest.mark.parametrize(("motion", "moves"), [("reduce", False), ("no-preference", True)])
async def test_who_asks_for_stillness_gets_it(stage: Stage, page_for: PageFor, motion: str, moves: bool) -> None:
    page = await page_for(stage.url, stage.card(), reduced_motion=motion)
    duration = await page.locator(".button").first.evaluate("each => getComputedStyle(each).transitionDuration")
    assert (duration != "0s") is moves


async def test_words_of_another_language_are_marked_as_such(stage: Stage, page_for: PageFor) -> None:
    page = await visit(stage, page_for, "/records?lang=en")
    assert await page.locator("[data-shown=items]").first.get_attribute("lang") == "ja"
    assert await page.get_by_role("link", name="日本語").get_attribute("lang") == "ja"
