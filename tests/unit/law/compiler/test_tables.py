"""Tables as rows: only in shapes that leave no choice, everything else is named with its line."""

import pytest

from renkei.law.compiler.raw import Raw, RawRow, Unread
from renkei.law.compiler.table import annex2_rows, annex_uses, permission_rows
from renkei.law.compiler.text import read
from tests.unit.law.compiler.small_law import END, HEAD, TABLE, small_law

ACT_HEAD = HEAD.replace("令和六年デジタル庁・総務省令第九号", "平成二十五年法律第二十七号")
ANNEX2 = """
**別表第二**

| 情報照会者 | 事務 | 情報提供者 | 特定個人情報 |
| --- | --- | --- | --- |
| 一　甲 | 乙に関する事務であって主務省令で定めるもの | 丙 | 丁関係情報であって主務省令で定めるもの |
| 戊 | 己関係情報であって主務省令で定めるもの |  |  |
| 二　削除 |  |  |  |
"""
USES = """
**別表**

| 一　甲 | 乙に関する事務 |
| --- | --- |
| 二　削除 |  |
| 二の二　丙 | 丁に関する事務 |
"""


def rows(table: str = TABLE) -> Raw[RawRow]:
    return permission_rows(read(small_law(table=table)))


def the_one(unread: tuple[Unread, ...]) -> Unread:
    (found,) = unread
    return found


def test_a_row_with_two_cells_inherits_inquirer_and_affair_wherever_they_stand() -> None:
    found = rows()
    assert found.unread == ()
    assert [(row.item, row.inquirer, row.provider) for row in found.found] == [
        ("1", "甲の長", "乙の長"),
        ("1", "甲の長", "丙の長（丁を含む。）"),
        ("1", "甲の長", "戊の長"),
        ("2", "己の長", "乙の長"),
        ("2", "己の長", "丙の長"),
        ("3-2", "庚の長", "戊の長"),
    ]
    assert len({row.affair for row in found.found}) == 3


def test_deleted_items_may_share_a_row() -> None:
    found = rows(TABLE.replace("三　削除", "三から三の三まで　削除").replace("三の二　庚", "三の四　庚"))
    assert found.unread == ()
    assert found.found[-1].item == "3-4"


@pytest.mark.parametrize(
    ("row", "instead", "en"),
    [
        ("| 二　己の長", "| 四　己の長", "item 4 cannot follow 1"),
        ("| 二　己の長", "| 一　己の長", "item 1 cannot follow 1"),
        ("| 二　己の長", "| ２　己の長", "the number of an item"),
        ("| 二　己の長", "| 己の長", "the number of an item"),
        ("| 二　己の長", "| 二　", "the number of an item"),
        ("| 二　己の長", "| 二から三まで　己の長", "item 2 cannot follow 1"),
        ("| 二　己の長", "| 二　己の長　三　庚の長", "the number of an item"),
        ("|  | 丙の長（丁を含む。） |", "| 丁の事務 | 丙の長（丁を含む。） |", "cannot be told"),
        ("|  |  | 戊の長 |", "| 戊の長 |  |  |", "cannot be told"),
        ("|  |  | 戊の長 |", "| 戊の長 | 丙 |  |", "cannot be told"),
        ("（丁を含む。）", "（丁を含む。", "brackets"),
        ("（丁を含む。）", "）丁を含む。（", "brackets"),
        ("戊関係情報であって次条で定めるもの", "戊関係情報", "the article that defines it"),
        (
            "戊関係情報であって次条で定めるもの",
            "戊関係情報であって第五条の二で定めるもの",
            "the affair names article 3",
        ),
        ("第四条において同じ", "第九条において同じ", "the article that defines it"),
        ("| 三　削除 |  |  |  |", "| 三　削除 | 丙の長 |  |  |", "all its columns"),
        ("| 一　甲の長 | 甲税に関する事務であって次条で定めるもの ", "|  |  ", "belongs to no item"),
    ],
)
def test_a_row_that_leaves_a_choice_is_unread(row: str, instead: str, en: str) -> None:
    assert row in TABLE
    unread = rows(TABLE.replace(row, instead, 1)).unread
    first = unread[0]
    assert en in first.en
    assert "本文を確かめてください" in first.ja
    line = small_law(table=TABLE.replace(row, instead, 1)).decode().split("\n")[first.line - 1]
    assert instead in line
    assert first.place.startswith("第二条の表")


def test_a_row_without_an_item_above_it_is_unread() -> None:
    first, second, rest = TABLE.split("\n", 2)
    early = rows(f"{first}\n{second}\n|  |  | 戊の長 | 戊関係情報であって次条で定めるもの |\n{rest}")
    assert the_one(early.unread).en.startswith("belongs to no item")
    late = rows(
        TABLE.replace("| 三の二　庚の長", "|  |  | 戊の長 | 戊関係情報であって第四条で定めるもの |\n| 三の二　庚の長")
    )
    assert the_one(late.unread).place == "第二条の表三の項"


def test_another_law_or_a_law_without_the_table_is_unread_as_a_whole() -> None:
    foreign = permission_rows(read(small_law(head=ACT_HEAD)))
    assert (foreign.found, the_one(foreign.unread).line) == ((), 0)
    headless = rows(TABLE.replace("情報照会者", "照会者"))
    assert (headless.found, the_one(headless.unread).place) == ((), "第二条の表")


def test_annex_2_of_the_act_is_read_like_the_table() -> None:
    found = annex2_rows(read(small_law(head=ACT_HEAD, end=END + ANNEX2)))
    assert found.unread == ()
    assert [(row.item, row.inquirer, row.provider) for row in found.found] == [("1", "甲", "丙"), ("1", "甲", "戊")]


@pytest.mark.parametrize("part", ["己関係情報", "乙に関する事務"])
def test_annex_2_without_its_ministry_is_unread(part: str) -> None:
    changed = ANNEX2.replace(f"{part}であって主務省令", f"{part}であって省令")
    found = annex2_rows(read(small_law(head=ACT_HEAD, end=END + changed)))
    assert {each.place for each in found.unread} == {"別表第二の一の項"}


def test_annex_2_with_other_columns_is_unread_as_a_whole() -> None:
    found = annex2_rows(read(small_law(head=ACT_HEAD, end=END + ANNEX2.replace("情報照会者", "照会者"))))
    assert (found.found, the_one(found.unread).place) == ((), "別表第二")


def test_an_annex_names_user_and_affair() -> None:
    found = annex_uses(read(small_law(head=ACT_HEAD, end=END + USES)), "別表")
    assert found.unread == ()
    assert [(use.item, use.user, use.affair) for use in found.found] == [
        ("1", "甲", "乙に関する事務"),
        ("2-2", "丙", "丁に関する事務"),
    ]


@pytest.mark.parametrize(
    ("row", "instead"),
    [
        ("二の二　丙", "二の三　丙"),
        ("二の二　丙", "丙"),
        ("| 丁に関する事務 |", "|  |"),
        ("二　削除", "一　削除"),
        ("丙 ", "（丙 "),
    ],
)
def test_a_use_that_leaves_a_choice_is_unread(row: str, instead: str) -> None:
    found = annex_uses(read(small_law(head=ACT_HEAD, end=END + USES.replace(row, instead))), "別表")
    assert found.unread[0].line > 0


def test_an_annex_that_the_text_does_not_have_is_unread_as_a_whole() -> None:
    act = read(small_law(head=ACT_HEAD, end=END + USES))
    assert the_one(annex2_rows(act).unread).place == "別表第二"
    assert the_one(annex_uses(act, "別表第一").unread).place == "別表第一"
    foreign = annex_uses(read(small_law(end=END + USES)), "別表")
    assert (foreign.found, the_one(foreign.unread).line) == ((), 0)
