"""e-Gov law XML: read as the schema says, made here from Markdown since no file of the ordinance could be had."""

import pytest

from renkei.law.compiler.table import annex_uses
from renkei.law.compiler.text import read
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from tests.law.egov_from_markdown import Continued, egov_xml
from tests.unit.law.compiler.small_law import DETAILS, END, TABLE, facts, small_law
from tests.unit.law.compiler.test_tables import ACT_HEAD, USES

AFFAIRS = ["甲税の賦課に関する事務", "甲税の還付に関する事務（次条に掲げる事務を除く。）"]


def xml(continued: Continued = Continued.ROWSPAN) -> str:
    return egov_xml(read(small_law()), continued, AFFAIRS).decode()


def refusal(source: str | bytes) -> str:
    with pytest.raises(RenkeiError) as refused:
        read(source if isinstance(source, bytes) else source.encode())
    assert refused.value.problem is Problem.MALFORMED
    assert refused.value.detail.startswith("line ")
    return refused.value.detail


@pytest.mark.parametrize("affairs", [AFFAIRS, []])
@pytest.mark.parametrize("continued", list(Continued))
def test_the_same_law_says_the_same_in_both_forms(continued: Continued, affairs: list[str]) -> None:
    assert facts(egov_xml(read(small_law()), continued, affairs)) == facts(small_law())
    assert facts(small_law())[1] == ()


def test_the_xml_does_not_say_from_which_day_it_is_in_force() -> None:
    assert read(xml().encode()).in_force_from is None


def test_every_part_stands_with_its_line() -> None:
    text = read(xml().encode())
    assert "第五条の二" in xml().split("\n")[text.articles[5].line]
    assert "<TableRow>" in xml().split("\n")[text.articles[1].paragraphs[0].tables[0].rows[1].line - 1]


def test_a_cell_that_spans_rows_is_left_out_of_the_later_ones() -> None:
    assert '<TableColumn rowspan="3">' in xml()
    assert 'BorderTop="none"' not in xml()
    assert 'BorderTop="none"' in xml(Continued.BORDER)
    (table,) = read(xml().encode()).articles[1].paragraphs[0].tables
    assert [bool(cell) for cell in table.rows[2].cells] == [False, False, True, True]


def test_a_heading_row_and_a_cell_over_columns_are_read() -> None:
    heading, rest = xml().split("</TableRow>", 1)
    start, row = heading.rsplit("<TableRow>", 1)
    headed = f"{start}<TableHeaderRow>{row.replace('TableColumn', 'TableHeaderColumn')}</TableHeaderRow>{rest}"
    empty = "<TableColumn></TableColumn>"
    wide = headed.replace(f"三　削除</Sentence></TableColumn>{empty * 3}", "三　削除</Sentence></TableColumn>" + empty)
    spanning = wide.replace(f"三　削除</Sentence></TableColumn>{empty}", "三　削除</Sentence></TableColumn>")
    spanning = spanning.replace("</TableRow>", "</TableRow>", 1)
    for source in (headed, wide, spanning):
        assert facts(source.encode()) == facts(small_law())
    over = headed.replace(empty * 3, '<TableColumn colspan="3"></TableColumn>')
    assert over != headed
    assert facts(over.encode()) == facts(small_law())


def test_deleted_articles_may_stand_under_one_heading() -> None:
    shared = DETAILS.replace("**第五条**", "**第五条から第五条の三まで**").replace("五条の二", "五条の四")
    source = small_law(articles=shared, table=TABLE.replace("五条の二", "五条の四"))
    assert '<Article Num="5:5_3">' in egov_xml(read(source), Continued.ROWSPAN).decode()
    assert facts(egov_xml(read(source), Continued.ROWSPAN)) == facts(source)
    assert facts(source)[1] == ()


def test_columns_that_are_not_affair_and_information_are_unread() -> None:
    wrong = xml().replace("還付に関する事務（", "還付（", 1)
    assert wrong != xml()
    assert {each.place for each in facts(wrong.encode())[1]} == {"第三条第二号"}


def test_reading_aids_are_left_out() -> None:
    aided = xml().replace("甲税の賦課", "<Ruby>甲<Rt>こう</Rt></Ruby>税の賦<Sup>課</Sup>")
    assert facts(aided.encode()) == facts(small_law())


def test_sentences_of_one_paragraph_are_one_text() -> None:
    parted = xml().replace(
        "次の表による。</Sentence>", '次の表</Sentence><Sentence Num="2" Function="proviso">による。</Sentence>'
    )
    assert parted != xml()
    assert read(parted.encode()).articles[1].paragraphs[0].text == "次の表による。"


def test_chapters_may_hold_sections() -> None:
    deeper = xml().replace("</ChapterTitle>", "</ChapterTitle><Section Num='1'><SectionTitle>第一節</SectionTitle>", 1)
    assert facts(deeper.replace("</Chapter>", "</Section></Chapter>").encode()) == facts(small_law())


def test_an_annex_is_named_without_its_articles() -> None:
    act = read(small_law(head=ACT_HEAD, end=END + USES))
    again = read(egov_xml(act, Continued.ROWSPAN))
    assert [annex.name for annex in again.annexes] == ["別表"]
    assert len(annex_uses(again, "別表").found) == 2


@pytest.mark.parametrize(
    ("words", "instead"),
    [
        ("<Law Era", "<!DOCTYPE Law><Law Era"),
        ("<Law Era", '<!DOCTYPE Law [<!ENTITY a "b">]><Law Era'),
        ("<Law Era", '<!DOCTYPE Law SYSTEM "file:///etc/passwd"><Law Era'),
        ("次の表による。", "&a;次の表による。"),
        ("次の表による。", "&#x200B;次の表による。"),
        ("次の表による。", "&#x202E;次の表による。"),
        ("次の表による。", "&#0;次の表による。"),
        ("次の表による。", "\0次の表による。"),
        ("次の表による。", "次の表<Fig/>による。"),
        ('encoding="UTF-8"', 'encoding="Shift_JIS"'),
        ('encoding="UTF-8"', 'encoding="UTF-16"'),
        ("</Law>", ""),
        ("</Law>", "</Law><Law/>"),
        ("</LawBody>", "</Law>"),
        ("<LawNum>", "<LawNum>甲</LawNum><LawNum>"),
        ("<MainProvision>", "<MainProvision/><MainProvision>"),
        ("<MainProvision>", "<MainProvision><List/>"),
        ("<SupplProvision><SupplProvisionLabel>附則</SupplProvisionLabel></SupplProvision>", ""),
        ('<Article Num="4">', '<Article Num="5">'),
        ('<Article Num="4">', '<Article Num="4">甲'),
        ('<Article Num="4">', "<Article Num=\"4\"><Paragraph Num='x'/>"),
        ("第四条</ArticleTitle>", "第九条</ArticleTitle>"),
        ("第四条</ArticleTitle>", "四</ArticleTitle>"),
        ("<ItemTitle>二</ItemTitle>", "<ItemTitle>三</ItemTitle>"),
        ("<ItemTitle>二</ItemTitle>", ""),
        ("<ItemTitle>二</ItemTitle>", "<ItemTitle>二</ItemTitle><ItemTitle>二</ItemTitle>"),
        ("<ItemTitle>二</ItemTitle>", "<ItemTitle>二</ItemTitle><Subitem2/>"),
        ('rowspan="3"', 'rowspan="0"'),
        ('rowspan="3"', 'rowspan="9999"'),
        ('rowspan="3"', 'rowspan="4"'),
        ('rowspan="3"', 'rowspan="２"'),
        ('<TableColumn rowspan="3">', '<TableColumn colspan="999">'),
        ('<Column Num="1">', '<Sentence>甲</Sentence><Column Num="1">'),
    ],
)
def test_what_the_schema_does_not_say_is_refused_with_its_line(words: str, instead: str) -> None:
    assert words in xml()
    refusal(xml().replace(words, instead, 1))


@pytest.mark.parametrize("span", ['rowspan="2"', ""])
def test_a_row_that_lost_its_span_is_unread(span: str) -> None:
    _, unread = facts(xml().replace('rowspan="3"', span, 1).encode())
    assert unread[0].place == "第二条の表一の項"


@pytest.mark.parametrize(
    "root", ["<DataRoot/>", "<html><body/></html>", "<Law/>", "<Law><LawNum>甲</LawNum></Law>", "<"]
)
def test_another_document_is_refused(root: str) -> None:
    refusal(root)


def test_the_root_is_a_law() -> None:
    assert refusal(xml().replace("<Law ", "<Akt ").replace("</Law>", "</Akt>")) == "line 2: the root is Akt, not Law"


def test_a_table_wider_than_any_law_has_is_refused() -> None:
    assert refusal(xml().replace("<TableColumn>", '<TableColumn colspan="60">', 1)).endswith("more than 50 columns")


def test_a_file_in_utf_16_is_refused() -> None:
    refusal(xml().encode("utf-16"))
    refusal(xml().encode("shift_jis", errors="ignore"))


def test_elements_deeper_than_the_schema_goes_are_refused() -> None:
    assert "deeper than" in refusal("<Law>" + "<Line>" * 100_000)


def test_a_text_cut_off_anywhere_is_refused() -> None:
    source = xml().encode()
    for end in range(1, len(source.rstrip()), 7):
        refusal(source[:end])
