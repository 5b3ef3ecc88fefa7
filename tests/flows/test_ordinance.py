"""法19条9号 through a whole network: a city asks for its own subsidy, as the commission passed it on."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from renkei.messages import line
from renkei.messages.codec import decode
from renkei.messages.receipt import InquiryRecord
from renkei.sandbox.bodies import KAWASAKI, KENPO, YOKOHAMA
from renkei.sandbox.network import Network
from renkei.sandbox.ordinance import AFFAIR
from renkei.sandbox.report import DemoReport
from renkei.terms.problems import Problem
from tests.flows.program import Done, renkei

pytestmark = pytest.mark.asyncio(loop_scope="session")

TAX = ("--provider", KAWASAKI.id, "--kind", "local-tax", "--items", "総所得金額")
INSURANCE = ("--provider", KENPO.id, "--kind", "medical-insurance", "--items", "給付額")
PERIOD = ("--period", "2025-04-01/2026-03-31")


async def inquire(network: Network, *words: str) -> Done:
    """By Yokohama, about a person whom all three know, under its own affair."""
    three = {YOKOHAMA.id, KAWASAKI.id, KENPO.id}
    person = next(p for p in network.state.residents if three <= p.addressees.keys() and not p.card)
    asked = ("--as", YOKOHAMA.id, "--item", AFFAIR.id, "--addressee", person.addressees[YOKOHAMA.id])
    return await renkei("inquire", "--sandbox", network.layout.root, *asked, *PERIOD, *words, "--json")


async def ordinance(*words: object) -> Done:
    return await renkei("law", "ordinance", *words)


async def test_a_city_asks_under_its_own_ordinance_with_the_person_s_consent(
    network: Network, report: DemoReport
) -> None:
    done = await inquire(network, *TAX, "--consent")
    result = json.loads(done.out)
    assert (done.code, result["state"], result["article"]) == (0, "provided", "15")
    record = decode(InquiryRecord, result["receipt"]["record"])
    assert (record.item, record.like_item, record.consent) == (AFFAIR.id, "13", True)
    provided = (await network.line(KAWASAKI.id).records(line.Side.PROVIDER))[-1]
    assert (provided.inquiry, provided.item, provided.state) == (record.inquiry, AFFAIR.id, line.InquiryState.PROVIDED)


async def test_2_4_1_without_consent_local_tax_is_refused_and_medical_insurance_is_not(
    network: Network, report: DemoReport
) -> None:
    refused, provided = await inquire(network, *TAX), await inquire(network, *INSURANCE)
    assert (refused.code, json.loads(refused.out)["reason"]) == (1, "no-consent")
    assert (provided.code, json.loads(provided.out)["state"]) == (0, "provided")


async def test_what_was_not_notified_is_refused(network: Network, report: DemoReport) -> None:
    done = await inquire(network, "--provider", KAWASAKI.id, "--kind", "resident-record", "--items", "世帯主との続柄")
    assert (done.code, json.loads(done.out)["reason"]) == (1, "information-not-listed")


FILE = """
[[affairs]]
id = "ord-141003-2"
body = "141003-mayor"
ordinance = "条例"
name_ja = "別の助成"
name_en = "Another subsidy"
like_item = "13"
notified_on = 2026-04-01
starts_on = 2026-06-01
asked = [{ like_item = "13", kind = "resident-record", providers = ["municipal-mayor"] }]
"""


async def test_the_commission_s_clerk_enters_shows_and_ends_an_affair(
    network: Network, report: DemoReport, tmp_path: Path
) -> None:
    file, where = tmp_path / "affairs.toml", ("--network", network.layout.root)
    file.write_text(FILE)
    first = json.loads((await ordinance("register", file, *where, "--json")).out)
    again = json.loads((await ordinance("register", file, *where, "--json")).out)
    assert first == again
    ended = await ordinance("end", "ord-141003-2", "--until", "2999-04-01", *where)
    assert (ended.code, str(first["number"] + 1) in ended.out) == (0, True)
    shown = json.loads((await ordinance("list", "--as", YOKOHAMA.id, *where, "--json")).out)
    assert [(each["id"], each["until"]) for each in shown["affairs"]] == [
        ("ord-141003-1", None),
        ("ord-141003-2", "2999-04-01"),
    ]
    table = await ordinance("list", *where)
    assert all(words in table.out for words in ("ord-141003-1", "小児の医療費の助成", "13の項 local-tax"))
    assert (await ordinance("list", "--as", KENPO.id, *where)).code == 1
    assert (await ordinance("list", "--on", "2024-06-30", *where)).code == 1


BAD: list[tuple[str, Callable[[str], str], Problem, str]] = [
    ("toml", lambda text: text.replace("ord-141003-2", "ord-141003-3").replace('"resident-record"', '"vaccination"'),
     Problem.WRONG_TYPE, "ord-141003-3: item 13 does not list vaccination"),
    ("toml", lambda text: text.replace('name_ja = "別の助成"\n', ""), Problem.WRONG_TYPE, "$.affairs[0]"),
    ("toml", lambda text: text + "[", Problem.MALFORMED, "affairs.toml"),
    ("json", lambda text: text.replace("[[affairs]]", ""), Problem.MALFORMED, "affairs.json"),
    ("toml", lambda text: text.replace("name_en", "name_fr"), Problem.UNKNOWN_FIELD, "$.affairs[0]"),
]  # fmt: skip


@pytest.mark.parametrize(("suffix", "change", "problem", "why"), BAD)
async def test_a_file_that_is_wrong_changes_nothing_and_says_where(
    network: Network, report: DemoReport, tmp_path: Path, suffix: str, change: Any, problem: Problem, why: str
) -> None:
    before = await network.directory()
    file = tmp_path / f"affairs.{suffix}"
    file.write_text(change(FILE))
    result = await ordinance("register", file, "--network", network.layout.root)
    assert (result.code, f"({problem.value})" in result.err, why in result.err) == (2, True, True)
    assert await network.directory() == before
