"""Every text of 提供命令 and 番号法 at hand, read and held against tables that were read from it by other means."""

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from renkei.law.compiler.details import details
from renkei.law.compiler.numbering import article_name, in_kanji
from renkei.law.compiler.parts import LawText
from renkei.law.compiler.raw import Raw, RawDetail, RawRow
from renkei.law.compiler.table import annex2_rows, annex_uses, permission_rows
from renkei.law.compiler.text import read
from renkei.terms.errors import RenkeiError
from tests.law.egov_from_markdown import Continued, egov_xml

LAW = Path(__file__).parents[2].parent / "shared" / "data" / "law"
pytestmark = pytest.mark.skipif(not LAW.exists(), reason="the law's texts are not at hand")

LATEST = "506M60004008009.md"
ACT, OLD_ACT = "425AC0000000027.md", "history/425AC0000000027_20240424.md"
DAYS = [
    "2024-05-27",
    "2024-08-30",
    "2024-09-19",
    "2024-10-01",
    "2024-12-02",
    "2025-04-01",
    "2025-07-28",
    "2025-08-04",
    "2025-10-01",
    "2025-12-01",
    "2026-03-01",
    "2026-04-01",
    "2026-04-08",
    "2026-06-01",
    "2026-06-14",
]
DETAILS = dict(
    zip(
        DAYS,
        [1955, 1965, 1966, 1966, 1962, 1966, 2077, 2077, 2080, 2080, 2078, 2079, 2078, 2090, 2203],
        strict=True,
    )
)
DELETED_USES = {"13", "25", "79", "82", "89"}
"""項 of 別表第一 that say 削除: lines of the table that was read by other means, no users here."""

SPLIT_HERE_ONLY = {("第八十四条", "七"), ("第百六十二条", "一"), ("第百六十二条", "二"), ("第百六十二条", "三")}
"""号 that the other reading did not split; in 162条 they are information and the affair stands in the sentence."""
BESIDES_A_LIST = {("55", number) for number in ("2", "3", "4", "5", "6", "8", "10", "11")}
"""号 that name information before 「及び次に掲げる情報」: the other reading has only the list below."""
DELEGATION = "第百七十六条"
"""Leaves the rest to the ministers: the other reading has a line for it, it names no information."""


def name_of(day: str) -> str:
    return LATEST if day == DAYS[-1] else f"history/506M60004008009_{day}.md"


@cache
def law(name: str) -> LawText:
    return read((LAW / "text" / name).read_bytes())


@cache
def rows_of(name: str) -> Raw[RawRow]:
    return permission_rows(law(name))


@cache
def details_of(name: str) -> Raw[RawDetail]:
    return details(law(name))


@cache
def lines_of(name: str) -> Sequence[dict[str, str]]:
    with (LAW / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def cells(rows: Raw[RawRow]) -> list[tuple[str, ...]]:
    return [(row.item, row.inquirer, row.affair, row.provider, row.information) for row in rows.found]


def columns(line: dict[str, str]) -> tuple[str, ...]:
    return tuple(line[name] for name in ("kou_no", "inquirer", "affair", "provider", "info"))


@pytest.mark.parametrize("day", DAYS)
def test_every_line_of_every_text_of_the_ordinance_is_read(day: str) -> None:
    text = law(name_of(day))
    assert text.in_force_from == date.fromisoformat(day)
    assert rows_of(name_of(day)).unread == ()
    named = details_of(name_of(day))
    assert named.unread == ()
    assert len(named.found) == DETAILS[day]


@pytest.mark.parametrize("day", DAYS)
def test_every_text_has_the_rows_that_were_in_force_on_its_day(day: str) -> None:
    expected = Counter(
        columns(line)
        for line in lines_of("permission_table_history_2024-05-27_2026-06-14.csv")
        if line["valid_from"] <= day and (not line["valid_until_exclusive"] or day < line["valid_until_exclusive"])
    )
    (counts,) = [line for line in lines_of("permission_table_versions.csv") if line["date"] == day]
    rows = rows_of(name_of(day))
    assert Counter(cells(rows)) == expected
    assert len(rows.found) == int(counts["rows"])
    assert len({row.item for row in rows.found}) == int(counts["items"])


def test_the_latest_rows_stand_in_their_order() -> None:
    assert cells(rows_of(LATEST)) == [columns(line) for line in lines_of("permission_table_2026-06-14.csv")]


def test_a_row_is_named_with_the_line_where_it_stands() -> None:
    source = (LAW / "text" / LATEST).read_text(encoding="utf-8").split("\n")
    for row in rows_of(LATEST).found:
        assert row.information in source[row.line - 1]
    for detail in details_of(LATEST).found:
        assert detail.information in source[detail.line - 1]


def test_annex_2_has_the_rows_that_were_in_force_until_2024_05_26() -> None:
    rows = annex2_rows(law(OLD_ACT))
    assert rows.unread == ()
    assert cells(rows) == [columns(line) for line in lines_of("beppyo2_2024-04-24.csv")]
    assert len(rows.found) == 413


@pytest.mark.parametrize(
    ("name", "annex", "witness", "deleted", "count"),
    [
        (ACT, "別表", "beppyo_425AC0000000027_2026-06-14.csv", set[str](), 220),
        (OLD_ACT, "別表第一", "beppyo1_2024-04-24.csv", DELETED_USES, 108),
    ],
)
def test_the_annex_says_who_uses_the_number(name: str, annex: str, witness: str, deleted: set[str], count: int) -> None:
    uses = annex_uses(law(name), annex)
    expected = [line for line in lines_of(witness) if line["kou_no"] not in deleted]
    assert uses.unread == ()
    assert [(use.item, use.user, use.affair) for use in uses.found] == [
        (line["kou_no"], line["user"], line["affair"]) for line in expected
    ]
    assert len(uses.found) == count
    assert {line["kou_no"] for line in lines_of(witness) if line["user"] == "削除"} == deleted


def told(line: dict[str, str]) -> tuple[str, ...]:
    """A line of the other reading; in an article with one affair it may keep the whole sentence as the affair."""
    item = line["kou_no"] or "173"  # 「第二条の表の百七十三の項」 in 175条 was not taken as a number there
    sentence = line["affair"].startswith("第二条の表")
    affair = line["affair"].partition("項で定める事務は、")[2].partition("とし、同")[0] if sentence else line["affair"]
    return line["article"], item, line["item"], line["subitem"], affair, line["info"]


def as_told(detail: RawDetail) -> tuple[str, ...]:
    number = in_kanji(detail.number) if detail.number else ""
    return article_name(detail.article), detail.item, number, detail.sub, detail.affair, detail.information


def test_the_details_are_those_of_the_other_reading_in_its_order() -> None:
    named = details_of(LATEST).found
    listed = {(detail.article, detail.paragraph, detail.number) for detail in named if detail.number and detail.sub}
    besides = [each for each in named if not each.sub and (each.article, each.paragraph, each.number) in listed]
    assert {(detail.article, detail.number) for detail in besides} == BESIDES_A_LIST
    found = [as_told(detail) for detail in named if detail not in besides]
    witness = [told(line) for line in lines_of("affair_info_items_2026-06-14.csv") if line["article"] != DELEGATION]
    assert len(found) == len(witness) == 2195
    differing = [
        (ours[0], ours[2] or ours[3], ours, theirs)
        for ours, theirs in zip(found, witness, strict=True)
        if ours != theirs
    ]
    assert {(article, number) for article, number, _, _ in differing} == SPLIT_HERE_ONLY
    for _, _, ours, theirs in differing:
        assert not theirs[5]
        assert theirs[4].endswith(ours[5])


def test_what_the_places_above_say_of_an_information_is_kept() -> None:
    led = [detail for detail in details_of(LATEST).found if detail.leads]
    assert len(led) == 327
    assert all(detail.leads[0].endswith("次に掲げる情報") for detail in led if detail.article != "162")
    assert {detail.article for detail in led if not detail.leads[0].endswith("次に掲げる情報")} == {"162"}


def test_article_60_has_a_paragraph_for_each_pension_body() -> None:
    found = {(detail.paragraph, detail.scope) for detail in details_of(LATEST).found if detail.article == "60"}
    assert [paragraph for paragraph, _ in sorted(found)] == [1, 2, 3, 4]
    assert all(scope.startswith("厚生年金保険の実施者である") for _, scope in found)
    assert {detail.article for detail in details_of(LATEST).found if detail.scope} == {"60"}


@pytest.mark.parametrize("kept", [10, 100, 505, 507, 1500, 4380])
def test_a_text_cut_off_is_refused(kept: int) -> None:
    lines = (LAW / "text" / LATEST).read_bytes().split(b"\n")
    with pytest.raises(RenkeiError, match="line "):
        read(b"\n".join([*lines[:kept], b""]))


def test_a_row_that_left_the_table_is_found() -> None:
    lines = (LAW / "text" / LATEST).read_bytes().split(b"\n")
    for row in rows_of(LATEST).found[5::60]:
        with pytest.raises(RenkeiError, match=f"line {row.line}: not the cells"):
            read(b"\n".join(lines[: row.line - 1] + lines[row.line :]))


def without_lines(found: Sequence[RawRow] | Sequence[RawDetail]) -> list[RawRow | RawDetail]:
    return [replace(each, line=0) for each in found]


@pytest.mark.parametrize("continued", list(Continued))
@pytest.mark.parametrize("day", [DAYS[0], DAYS[-1]])
def test_e_gov_xml_is_read_as_the_markdown_that_it_was_made_from(day: str, continued: Continued) -> None:
    rows, named = rows_of(name_of(day)), details_of(name_of(day))
    columns_for = {detail.affair for detail in named.found if detail.number} if continued is Continued.BORDER else ()
    text = read(egov_xml(law(name_of(day)), continued, columns_for))
    rows_again, named_again = permission_rows(text), details(text)
    assert (rows_again.unread, named_again.unread) == ((), ())
    assert without_lines(rows_again.found) == without_lines(rows.found)
    assert without_lines(named_again.found) == without_lines(named.found)


@pytest.mark.parametrize("continued", list(Continued))
def test_the_annexes_of_the_act_are_read_from_e_gov_xml_too(continued: Continued) -> None:
    text = law(OLD_ACT)
    again = read(egov_xml(text, continued))
    assert annex2_rows(again).unread == ()
    assert without_lines(annex2_rows(again).found) == without_lines(annex2_rows(text).found)
    assert len(annex_uses(again, "別表第一").found) == 108
