"""verify.js against `renkei.translog.receipt`: the same receipts, the same step; and it is not talked round."""

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from markupsafe import escape
from playwright.async_api import Page, Route, expect

from renkei.messages.codec import decode, encode
from renkei.messages.receipt import Receipt
from renkei.terms.errors import RenkeiError
from renkei.translog.checkpoint import sign_checkpoint
from renkei.translog.receipt import ReceiptError, Step, record_entry, verify_receipt
from renkei.translog.tree import TreeHead, leaf_hash, node_hash
from renkei.translog.trust import Trust
from tests.browser.conftest import PageFor
from tests.browser.ledger import ORIGIN, Ledger, inquiry, inquiry_id
from tests.browser.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

CHECK = """
async ([url, receipt, trust]) => {
  const { verifyReceipt } = await import(url);
  try {
    const { index, size, cosignatures, record } = await verifyReceipt(receipt, trust);
    return { index, size, cosignatures, record };
  } catch (error) {
    return { step: error.step ?? String(error) };
  }
}
"""
Receipts = dict[str, Any]
Altering = Callable[[Receipts], None]


def flip(text: str, at: int = 0) -> str:
    data = bytearray(base64.b64decode(text))
    data[at] ^= 1
    return base64.b64encode(bytes(data)).decode()


def signature_line(receipt: Receipts, at: int, change: Callable[[str], str]) -> None:
    lines = receipt["checkpoint"].split("\n")
    dash, name, signature = lines[at].split(" ")
    lines[at] = " ".join((dash, name, change(signature)))
    receipt["checkpoint"] = "\n".join(lines)


def put(key: str, value: Callable[[Receipts], object]) -> Altering:
    return lambda receipt: receipt.update({key: value(receipt)})


ALTERATIONS: dict[str, tuple[Altering, Step | None]] = {
    "nothing": (lambda _: None, None),
    "a letter of the record": (put("record", lambda r: r["record"].replace("保険", "保健")), Step.INCLUSION),
    "a space in the record": (put("record", lambda r: r["record"].replace(",", ", ", 1)), Step.ENTRY),
    "no record": (put("record", lambda _: "nonsense"), Step.ENTRY),
    "a list as record": (put("record", lambda _: "[]"), Step.ENTRY),
    "a bit of the salt": (put("salt", lambda r: flip(r["salt"])), Step.INCLUSION),
    "a short salt": (put("salt", lambda r: r["salt"][:-4]), Step.FORM),
    "another index": (put("index", lambda r: r["index"] + 1), Step.INCLUSION),
    "an index beyond the tree": (put("index", lambda _: 4096), Step.INCLUSION),
    "a bit of the proof": (put("proof", lambda r: [flip(r["proof"][0]), *r["proof"][1:]]), Step.INCLUSION),
    "a shorter proof": (put("proof", lambda r: r["proof"][:-1]), Step.INCLUSION),
    "a longer proof": (put("proof", lambda r: [*r["proof"], r["proof"][0]]), Step.INCLUSION),
    "an odd proof": (put("proof", lambda r: [r["proof"][0][:-4], *r["proof"][1:]]), Step.FORM),
    "no checkpoint": (put("checkpoint", lambda _: ""), Step.FORM),
    "a checkpoint without signature": (put("checkpoint", lambda r: r["checkpoint"].split("\n\n")[0] + "\n"), Step.FORM),
    "a checkpoint of another size": (put("checkpoint", lambda r: r["checkpoint"].replace("\n13\n", "\n14\n")), None),
    "a checkpoint of another origin": (
        put("checkpoint", lambda r: r["checkpoint"].replace("example", "elsewhere")),
        Step.ORIGIN,
    ),
    "a bit of the log's signature": (
        lambda r: signature_line(r, 4, lambda s: flip(s, 20)),
        Step.LOG_SIGNATURE,
    ),
    "another key id": (lambda r: signature_line(r, 4, flip), Step.LOG_SIGNATURE),
    "a bit of the cosignature": (lambda r: signature_line(r, 5, lambda s: flip(s, 40)), Step.COSIGNATURES),
    "another time of the cosignature": (lambda r: signature_line(r, 5, lambda s: flip(s, 11)), Step.COSIGNATURES),
    "no cosignature": (
        put("checkpoint", lambda r: "\n".join(r["checkpoint"].split("\n")[:5]) + "\n"),
        Step.COSIGNATURES,
    ),
}


@pytest.fixture
def ledger() -> Ledger:
    ledger = Ledger()
    ledger.cosigned = True
    for number in range(12):
        ledger.add(inquiry(number))
    return ledger


async def in_browser(page: Page, receipt: Receipts, trust: Trust) -> dict[str, Any]:
    script = await page.locator("a[href*='verify.']").get_attribute("href")
    found: dict[str, Any] = await page.evaluate(CHECK, [script, receipt, trust.to_dict()])
    return found


def in_python(receipt: Receipts, trust: Trust) -> Step | None:
    try:
        verify_receipt(decode(Receipt, json.dumps(receipt)), trust)
    except ReceiptError as error:
        return error.step
    except RenkeiError:
        return Step.FORM  # refused by the codec
    return None


async def test_browser_and_renkei_verify_find_the_same_step(stage: Stage, page_for: PageFor, ledger: Ledger) -> None:
    page = await page_for(stage.url)
    await page.goto(stage.url + "/check")
    trust = ledger.trust(required=1)
    original = json.loads(encode(ledger.disclosed()[6].first))
    for name, (alter, expected) in ALTERATIONS.items():
        receipt = json.loads(json.dumps(original))
        alter(receipt)
        found = (await in_browser(page, receipt, trust)).get("step")
        step = in_python(receipt, trust)
        assert found == (step.value if step else None), name
        if expected is not None or name == "nothing":
            assert step is expected, name


async def test_the_browser_reports_what_was_proven(stage: Stage, page_for: PageFor, ledger: Ledger) -> None:
    page = await page_for(stage.url)
    await page.goto(stage.url + "/check")
    disclosed = ledger.disclosed()
    for place, each in enumerate(disclosed):
        found = await in_browser(page, json.loads(encode(each.first)), ledger.trust(required=1))
        assert (found["index"], found["size"], found["cosignatures"]) == (place + 1, 13, 1)
        assert found["record"]["inquiry"] == inquiry_id(place)


@pytest.mark.parametrize("size", [2**33 + 5, 2**40, 2**52 + 1])
async def test_places_beyond_32_bits_are_calculated_right(stage: Stage, page_for: PageFor, size: int) -> None:
    page = await page_for(stage.url)
    await page.goto(stage.url + "/check")
    ledger = Ledger()
    for index in (size - 1, size // 2, 2**32 + 1, 3):
        receipt = far_receipt(ledger, index, size)
        assert in_python(receipt, ledger.trust()) is None
        assert "step" not in await in_browser(page, receipt, ledger.trust())
        receipt["index"] -= 1
        assert (await in_browser(page, receipt, ledger.trust()))["step"] == Step.INCLUSION.value


def far_receipt(ledger: Ledger, index: int, size: int) -> Receipts:
    """A receipt of a tree that nobody could store: its siblings are made up, and its root follows from them."""
    salt, record = bytes(32), '{"v":1}'
    found, proof, place, last = leaf_hash(record_entry(salt, record)), [], index, size - 1
    while last:
        if place & 1 or place != last:
            sibling = hashlib.sha256(f"{place} {last}".encode()).digest()
            found = node_hash(sibling, found) if place & 1 else node_hash(found, sibling)
            proof.append(sibling)
        place, last = place >> 1, last >> 1
    key = ledger.signing
    checkpoint = sign_checkpoint(ORIGIN, TreeHead(size, found), key.key, key.private.sign)
    receipt = Receipt(record=record, salt=salt, index=index, proof=tuple(proof), checkpoint=checkpoint)
    facts: Receipts = json.loads(encode(receipt))
    return facts


async def altered_page(stage: Stage, page_for: PageFor, path: str, *changes: tuple[str, str]) -> Page:
    """A page that somebody changed between the system and the reader."""
    page = await page_for(stage.url, stage.card())

    async def answer(route: Route) -> None:
        reply = await route.fetch()
        text = await reply.text()
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new, 1)
        await route.fulfill(response=reply, body=text)

    await page.route("**" + path, answer)
    await page.goto(stage.url + path)
    await page.wait_for_selector("#verification:not([data-state=waiting])")
    return page


async def test_s2_a_changed_record_is_called_out_loudly(stage: Stage, page_for: PageFor) -> None:
    page = await altered_page(stage, page_for, "/records", ("保険年金課", "保険年金諜"))
    status = page.get_by_role("status")
    await expect(status).to_have_attribute("data-state", "bad")
    await expect(status).to_contain_text("7件のうち1件の証明が合いません")
    first = page.locator("article.record").first
    await expect(first).to_have_attribute("data-verified", "bad")
    await expect(first).to_contain_text("書き換えられたおそれがあります。内容を信用しないでください。")
    assert await page.locator("[data-verified=good]").count() == 6


SHOWN = {
    "the time": ('datetime="2026-11-20T02:23:00.000Z"', 'datetime="2026-11-20T02:24:00.000Z"'),
    "the inquirer": ('<data value="141003-mayor" data-shown="inquirer"', '<data value="else" data-shown="inquirer"'),
    "the information": ('<data value="local-tax"', '<data value="family-register"'),
    "the end": ('<data value="permitted"', '<data value="refused"'),
    "a mark left out": ('data-shown="provider"', 'data-other="provider"'),
}


@pytest.mark.parametrize("name", SHOWN)
async def test_words_beside_a_good_proof_that_say_something_else_are_called_out(
    stage: Stage, page_for: PageFor, name: str
) -> None:
    page = await altered_page(stage, page_for, "/records", SHOWN[name])
    first = page.locator("article.record").first
    await expect(first).to_have_attribute("data-verified", "bad")
    await expect(first).to_contain_text("「表示と記録の一致」の段階")


async def test_an_end_that_belongs_to_another_inquiry_is_called_out(stage: Stage, page_for: PageFor) -> None:
    rows = stage.ledger.disclosed()
    own, other = (str(escape(encode(rows[row].outcome or rows[row].first).decode())) for row in (1, 2))
    page = await altered_page(stage, page_for, "/records", (own, other))
    await expect(page.locator("article.record").nth(1)).to_have_attribute("data-verified", "bad")


async def test_the_failing_step_is_named_in_the_table_of_steps(stage: Stage, page_for: PageFor) -> None:
    path = f"/records/{inquiry_id(2)}"
    page = await altered_page(stage, page_for, path, ("保険年金課", "保険年金諜"))
    leaf = page.locator("[data-receipt='0']")
    for step, outcome in (("form", "holds"), ("entry", "holds"), ("inclusion", "fails"), ("origin", "waiting")):
        await expect(leaf.locator(f"[data-step='{step}'] [data-outcome]")).to_have_attribute("data-outcome", outcome)
    await expect(page.get_by_role("status")).to_contain_text("「ログに含まれること」の段階")


@pytest.mark.parametrize("cosigned", [True, False])
async def test_a_record_that_holds_shows_every_step_of_both_leaves(
    stage: Stage, page_for: PageFor, cosigned: bool
) -> None:
    stage.ledger.cosigned = cosigned
    page = await page_for(stage.url, stage.card())
    await page.goto(f"{stage.url}/records/{inquiry_id(2)}")
    await expect(page.get_by_role("status")).to_have_text("この記録は改ざんされていないことを確認しました。")
    await expect(page.locator("[data-outcome=holds]")).to_have_count(14 if cosigned else 12)
    await expect(page.locator("[data-outcome=absent]")).to_have_count(0 if cosigned else 2)


async def test_a_browser_that_cannot_check_says_neither_good_nor_bad(stage: Stage, page_for: PageFor) -> None:
    page = await page_for(stage.url, stage.card())
    await page.add_init_script(
        "crypto.subtle.importKey = () => Promise.reject(new DOMException('no', 'NotSupportedError'))"
    )
    await page.goto(stage.url + "/records")
    await expect(page.get_by_role("status")).to_have_attribute("data-state", "unsupported")
    await expect(page.locator("[data-verified=unsupported]")).to_have_count(7)
    await expect(page.get_by_role("status")).to_contain_text("renkei verify")


async def test_a_record_that_the_core_sent_broken_keeps_its_place_and_is_called_out(
    stage: Stage, page_for: PageFor
) -> None:
    rows = stage.ledger.disclosed()
    rows[0] = msgspec.structs.replace(rows[0], first=msgspec.structs.replace(rows[0].first, record="{}"))
    stage.ledger.disclosed = lambda: rows  # type: ignore[method-assign]  # the twin lies
    page = await page_for(stage.url, stage.card())
    await page.goto(stage.url + "/records")
    await expect(page.locator("article.record")).to_have_count(7)
    await expect(page.get_by_role("alert")).to_contain_text("この記録を信用しないでください。")
    await expect(page.get_by_role("status")).to_have_attribute("data-state", "bad")
