"""A law's text as Markdown: its parts with their lines; whatever does not fit is refused with its line."""

from datetime import date

import pytest

from renkei.law.compiler.text import LARGEST, read
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from tests.unit.law.compiler.small_law import DETAILS, END, HEAD, TABLE, small_law


def refusal(source: bytes) -> str:
    with pytest.raises(RenkeiError) as refused:
        read(source)
    assert refused.value.problem is Problem.MALFORMED
    return refused.value.detail


def line_of(source: bytes, words: str) -> int:
    return source.decode().split("\n").index(next(line for line in source.decode().split("\n") if words in line)) + 1


def test_the_text_says_which_law_it_is_and_from_which_day() -> None:
    text = read(small_law())
    assert (text.number, text.title) == ("令和六年デジタル庁・総務省令第九号", "試験のための命令")
    assert text.in_force_from == date(2030, 4, 1)


def test_every_part_stands_with_its_line() -> None:
    source = small_law()
    text = read(source)
    assert [article.first for article in text.articles] == ["1", "2", "3", "4", "5", "5-2", "6"]
    (paragraph,) = text.articles[3].paragraphs
    assert [(point.label, len(point.points)) for point in paragraph.points] == [("一", 0), ("二", 2)]
    assert paragraph.points[1].points[1].line == line_of(source, "ロ　己関係情報")
    (table,) = text.articles[1].paragraphs[0].tables
    assert table.rows[1].line == line_of(source, "| 一　甲の長")
    assert text.articles[1].paragraphs[0].text == "次の表による。"


def test_deleted_articles_may_stand_under_one_heading() -> None:
    text = read(
        small_law(
            articles=DETAILS.replace("**第五条**", "**第五条から第五条の四まで**").replace("五条の二**", "五条の五**")
        )
    )
    deleted = [article for article in text.articles if article.deleted]
    assert [(article.first, article.last) for article in deleted] == [("5", "5-4")]


def test_articles_in_force_do_not_share_a_heading() -> None:
    shared = DETAILS.replace("**第五条**　削除", "**第五条から第五条の二まで**　廃止").replace(
        "五条の二**　第", "五条の三**　第"
    )
    assert refusal(small_law(articles=shared)).endswith("only deleted articles stand under one heading")


def test_places_in_force_do_not_share_a_label() -> None:
    shared = small_law(articles=DETAILS.replace("- 二　甲税", "- 二及び三　甲税"))
    assert refusal(shared).endswith("only deleted ones stand under one label")


def test_an_annex_does_not_stand_twice() -> None:
    annex = "\n**別表**\n\n| 一　甲 | 乙 |\n| --- | --- |\n"
    assert refusal(small_law(end=END + annex * 2)).endswith("別表 stands twice")


def test_nothing_but_tables_stands_in_an_annex() -> None:
    assert refusal(small_law(end=f"{END}\n**別表**\n\n甲\n")).endswith("not a table of the annex")
    assert read(small_law(end=f"{END}\n**別表**\n{END}\n| 甲 | 乙 |\n")).annexes[0].tables == ()


def test_a_table_stands_before_the_points_of_its_paragraph() -> None:
    table = "| 甲 | 乙 |\n| --- | --- |\n"
    assert refusal(small_law(articles=f"{DETAILS}\n- 一　甲\n\n{table}")).endswith("a table below a 号")


def test_a_text_cut_off_is_refused_at_its_end() -> None:
    source = small_law(end="")
    assert refusal(source) == f"line {source.count(bytes([10]))}: no 附則 follows: the text is cut off"
    assert refusal(small_law()[:-2]).endswith("not UTF-8")
    assert refusal(small_law()[:-1]).endswith("the last line is cut off")


def test_a_law_without_articles_is_refused() -> None:
    source = (HEAD.rstrip("\n") + "\n" + END).encode()
    assert refusal(source) == "line 1: a law without articles"


def test_a_byte_order_mark_may_stand_before_the_text() -> None:
    assert read(b"\xef\xbb\xbf" + small_law()) == read(small_law())


def test_lines_may_end_as_windows_ends_them() -> None:
    assert read(small_law().replace(b"\n", b"\r\n")) == read(small_law())


def test_supplementary_provisions_are_not_articles() -> None:
    source = small_law(end=END + "\n## 附則\n\n**第一条**　この命令は、公布の日から施行する。\n")
    assert len(read(source).articles) == 7


def test_an_annex_is_a_table_behind_the_supplementary_provisions() -> None:
    annex = "\n**別表第二（第九条関係）**\n\n| 一　甲 | 乙 |\n| --- | --- |\n| 二　丙 | 丁 |\n"
    (found,) = read(small_law(end=END + annex)).annexes
    assert (found.name, [row.cells for row in found.tables[0].rows]) == (
        "別表第二",
        [("一　甲", "乙"), ("二　丙", "丁")],
    )


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        ("| 三　削除 |  |  |  |", "| 三　削除 |  |  |"),
        ("| 三　削除 |  |  |  |", "三　削除 |  |  |  |"),
        ("| --- | --- | --- | --- |", "|  |  |  |  |"),
        ("**第四条**　第二条", "**第四十条**　第二条"),
        ("**第四条**　第二条", "**第四の条**　第二条"),
        ("**第四条**　第二条", "第四条　第二条"),
        ("**第四条**　第二条", "**３**　第二条"),
        ("**第五条**　削除", "**第五条から第五条の五まで**　廃止"),
        ("- 一　甲税", "- 二　甲税"),
        ("- 一　甲税", "- イ　甲税"),
        ("  - イ　乙", "    - イ　乙"),
        ("  - イ　乙", "  - （１）　乙"),
        ("- 一　乙関係情報\n", "- 一　乙関係情報\n\n"),
        ("とする。\n\n- 一　乙", "とする。\n- 一　乙"),
        ("enforced_at", 'title: ""\nenforced_at'),
        ("  - イ　乙", "  - 一　乙"),
        ("- 一　甲税", "- １　甲税"),
        ("- 一　甲税", "-一　甲税"),
        ("- 一　甲税", "  - 一　甲税"),
        ("  - ロ　丙", "  - ハ　丙"),
        ("  - ロ　丙", "    - ロ　丙"),
        ("  - ロ　丙", "      - ロ　丙"),
        ("  - ロ　丙", "   - ロ　丙"),
        ("  - ロ　丙", "  - イ　丙"),
        ("  - ロ　丙", "- ロ　丙"),
        ("  - ロ　丙", "丙"),
        ("enforced_at: ", "enforced_at : "),
        ("enforced_at: ", "enforced: "),
        ("2030-04-01", "2030-02-30"),
        ("law_num: ", "title: "),
        ("丙関係情報であって次条で定めるもの |  |", "丙関係情報であって次条で定めるも |  |"),
    ],
)
def test_a_line_that_does_not_fit_is_refused_with_its_number(line: str, instead: str) -> None:
    source = small_law().decode()
    assert line in source
    start = source.rfind(line)
    damaged = (source[:start] + instead + source[start + len(line) :]).encode()
    number = source.count("\n", 0, start) + 1
    # The line itself, or the one whose place shows that it is wrong: the first of the table, the next after a number.
    assert any(refusal(damaged).startswith(f"line {near}:") for near in range(number - 1, number + 4))


@pytest.mark.parametrize("sign", ["\0", "\x07", "\r", "\x85", "\u200b", "\u202e", "\u2028", "\ufeff"])
def test_a_control_character_is_refused_with_its_line(sign: str) -> None:
    source = small_law().decode().replace("乙の長", f"乙{sign}の長", 1).encode()
    assert refusal(source).startswith(f"line {line_of(source, sign)}: control character")


def test_what_is_not_utf_8_is_refused_with_its_line() -> None:
    assert refusal(HEAD.encode() + b"\x93\xfa\x96{") == f"line {HEAD.count(chr(10)) + 1}: not UTF-8"


@pytest.mark.parametrize("source", [b"", b"\n", b"{}", b"# law", b"%PDF-1.7", b"PK\x03\x04", b"\xef\xbb\xbf"])
def test_what_is_neither_markdown_nor_xml_is_refused(source: bytes) -> None:
    assert refusal(source).startswith("line 1:")


def test_more_than_a_law_ever_has_is_refused_before_it_is_read() -> None:
    assert str(LARGEST) in refusal(b"-" * (LARGEST + 1))


def test_a_line_as_long_as_the_whole_input_is_refused_or_read() -> None:
    long = "甲（" * 200_000
    assert refusal(small_law().replace("- 一　甲税".encode(), f"-　{long}".encode(), 1)).startswith("line ")
    read(small_law(articles=DETAILS.replace("大臣が定める。", f"{long}大臣が定める。")))


def test_places_deeper_than_any_law_are_refused() -> None:
    deep = "".join(f"{'  ' * depth}- イ　甲\n" for depth in range(1, 2000))
    source = small_law(
        articles=DETAILS.replace("  - ロ　己関係情報\n", f"  - ロ　己関係情報\n{deep[len('  - イ　甲') + 1 :]}")
    )
    assert refusal(source).startswith("line ")


def test_a_row_that_left_the_table_is_found_by_the_words_that_the_source_repeats() -> None:
    source = small_law().decode()
    (row,) = [line for line in TABLE.splitlines() if "戊関係情報であって次条" in line]
    lost = source.replace(f"{row}\n", "")
    assert refusal(lost.encode()) == (
        f"line {line_of(lost.encode(), '| 二　己の長')}: not the cells that the paragraph before the table repeats"
    )
