"""Every rule's number stands in the text of the law, in the very clause that the rule cites."""

import re
from pathlib import Path

import pytest

from renkei.law.rules import Rule, Rules, Unit

TEXTS = Path(__file__).parents[2].parent / "shared" / "data" / "law" / "text"
RULES = Rules.load().entries

needs_texts = pytest.mark.skipif(
    not TEXTS.is_dir(), reason="the texts of the laws are not beside this repository: rules not compared with them"
)

WORDS = {
    Unit.PERSONS: "人",
    Unit.DAYS: "日",
    Unit.MONTHS: "月",
    Unit.YEARS: "年",
    Unit.AGE: "歳",
    Unit.BIRTHDAYS: "回目の誕生日",
}
WITHOUT_NUMERAL = {
    "local-report-fiscal-years": "毎年度、前年度において",
    "range-limit-notice-fiscal-years": "前々年度末まで",
}
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


def kanji(number: int) -> str:
    """A number below a hundred million as laws write it: 三十万, 千, 十五."""
    if number >= 10_000:
        return f"{kanji(number // 10_000)}万" + (kanji(number % 10_000) if number % 10_000 else "")
    return "".join(
        (unit if digit == "1" and unit else "一二三四五六七八九"[int(digit) - 1] + unit)
        for digit, unit in zip(f"{number:04d}", ["千", "百", "十", ""], strict=True)
        if digit != "0"
    )


def parts_of(citation: str) -> tuple[str, str | None, str | None, str | None]:
    """Article heading in kanji, and paragraph, item, sub-item where the citation names them."""
    match = re.fullmatch(r"\D+?(\d+)条((?:の\d+)*)(?:第?(\d+)項)?(?:第?(\d+)号)?([イロハ])?", citation)
    assert match is not None, citation
    branches = "".join(f"の{kanji(int(each))}" for each in match[2].split("の") if each)
    return f"第{kanji(int(match[1]))}条{branches}", match[3], match[4], match[5]


def stretch(text: str, begins: str, ends: str) -> str:
    """From the first line that matches to before the next line that ends it."""
    start = re.search(begins, text, re.MULTILINE)
    assert start is not None, begins
    end = re.compile(ends, re.MULTILINE).search(text, start.end())
    return text[start.start() : end.start() if end else len(text)]


def clause(rule: Rule) -> str:
    """The text of the place that the rule cites, in the main provisions."""
    article, paragraph, item, sub_item = parts_of(rule.article)
    text = (TEXTS / f"{rule.law}.md").read_text(encoding="utf-8").split("\n## 附則")[0]
    found = stretch(text, rf"^\*\*{article}(?:（|\*\*)", r"^(?:\*\*第|#)")
    if paragraph and paragraph != "1":
        found = stretch(found, rf"^\*\*{paragraph.translate(FULL_WIDTH)}\*\*", r"^\*\*")
    elif paragraph or item:
        found = stretch(found, r"^\*\*第", r"^\*\*[２-９]")
    if item:
        found = stretch(found, rf"^- {kanji(int(item))}　", r"^(?:- |\*\*)")
    elif paragraph:
        assert found.strip()
    return stretch(found, rf"^  - {sub_item}　", r"^(?:  )?- ") if sub_item else found


def phrase(rule: Rule) -> str:
    if rule.id in WITHOUT_NUMERAL:
        return WITHOUT_NUMERAL[rule.id]
    return rf"(?<![一二三四五六七八九十百千万]){kanji(rule.value)}{WORDS[rule.unit]}"


@needs_texts
@pytest.mark.parametrize("rule", RULES, ids=[f"{rule.id} {rule.valid_from}" for rule in RULES])
def test_the_number_stands_in_the_cited_clause(rule: Rule) -> None:
    assert re.search(phrase(rule), clause(rule)), f"{phrase(rule)} not in: {clause(rule)[:120]}"


@needs_texts
@pytest.mark.parametrize("rule", RULES, ids=[f"{rule.id} {rule.valid_from}" for rule in RULES])
def test_a_rule_begins_no_earlier_than_the_text_that_was_read(rule: Rule) -> None:
    """The texts do not say since when each clause stands as it does, so no rule claims more."""
    head = (TEXTS / f"{rule.law}.md").read_text(encoding="utf-8").split("\n---\n")[0]
    enforced = re.search(r'enforced_at: "(.+)"', head)
    assert enforced is not None
    assert rule.valid_from.isoformat() == enforced[1]


@needs_texts
def test_the_facts_hold_no_sentence_of_the_laws() -> None:
    for rule in RULES:
        text = (TEXTS / f"{rule.law}.md").read_text(encoding="utf-8")
        assert len(rule.ja) < 20 or rule.ja not in text, rule.id


@pytest.mark.parametrize(
    ("number", "text"),
    [(1, "一"), (10, "十"), (15, "十五"), (30, "三十"), (100, "百"), (500, "五百"), (1_000, "千"), (10_000, "一万"),
     (100_000, "十万"), (300_000, "三十万"), (12_345, "一万二千三百四十五")],
)  # fmt: skip
def test_numbers_as_laws_write_them(number: int, text: str) -> None:
    assert kanji(number) == text
