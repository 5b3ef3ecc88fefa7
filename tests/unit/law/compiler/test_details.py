"""Detail articles as affairs with their information; what cannot be told apart is named with its place."""

import pytest

from renkei.law.compiler.details import details
from renkei.law.compiler.raw import Raw, RawDetail
from renkei.law.compiler.text import read
from tests.unit.law.compiler.small_law import BY_AFFAIR, DETAILS, TABLE, small_law

BY_BODY = (
    "**第五条の二**　第二条の表三の二の項で定める事務のうち、庚の長に係るものは、次の各号に掲げる事務とし、"
    "同項で定める情報のうち、庚の長に係るものは、当該各号に掲げる事務の区分に応じ当該各号に定める情報とする。\n\n"
    "- 一　手当の支給に関する事務戊関係情報\n\n- 二　手当の変更に関する事務戊関係情報\n\n"
    "**２**　第二条の表三の二の項で定める事務のうち、辛の長に係るものは、手当の返還に関する事務とし、"
    "同項で定める情報のうち、辛の長に係るものは、戊関係情報とする。\n"
)


def read_details(articles: str = DETAILS, table: str = TABLE) -> Raw[RawDetail]:
    return details(read(small_law(articles=articles, table=table)))


def paragraph(text: str, articles: str = DETAILS) -> str:
    """The articles with 第五条の二 replaced."""
    start, end = articles.index("**第五条の二**"), articles.index("\n**第六条**")
    return articles[:start] + text + articles[end:]


def test_a_detail_is_an_affair_and_one_piece_of_its_information() -> None:
    found = read_details()
    assert found.unread == ()
    assert [(each.article, each.item, each.number, each.sub, each.information) for each in found.found] == [
        ("3", "1", "1", "イ", "乙関係情報"),
        ("3", "1", "1", "ロ", "丙関係情報（丁に係るものを除く。）"),
        ("3", "1", "2", "", "還付を受ける者に係る戊関係情報"),
        ("4", "2", "", "一", "乙関係情報"),
        ("4", "2", "", "二イ", "丙関係情報"),
        ("4", "2", "", "二ロ", "己関係情報"),
        ("5-2", "3-2", "", "", "受給者に係る戊関係情報"),
    ]


def test_an_affair_keeps_the_bracket_that_narrows_it() -> None:
    assert {each.affair for each in read_details().found if each.article == "3"} == {
        "甲税の賦課に関する事務",
        "甲税の還付に関する事務（次条に掲げる事務を除く。）",
    }


def test_what_the_places_above_say_of_it_leads_the_information() -> None:
    assert {(each.article, each.sub): each.leads for each in read_details().found if each.sub} == {
        ("3", "イ"): ("納税者に係る次に掲げる情報",),
        ("3", "ロ"): ("納税者に係る次に掲げる情報",),
        ("4", "一"): (),
        ("4", "二イ"): ("当該給付を受ける者に係る次に掲げる情報",),
        ("4", "二ロ"): ("当該給付を受ける者に係る次に掲げる情報",),
    }


def test_places_may_lie_below_places() -> None:
    deeper = DETAILS.replace("ロ　己関係情報", "ロ　次に掲げる情報\n    - （１）　己関係情報\n    - （２）　庚関係情報")
    found = read_details(deeper)
    assert found.unread == ()
    assert [each.sub for each in found.found if each.article == "4"] == ["一", "二イ", "二ロ（１）", "二ロ（２）"]


def test_information_named_besides_a_list_is_not_lost() -> None:
    besides = DETAILS.replace("納税者に係る次に", "納税者に係る前条に掲げる情報及び次に")
    found = [each for each in read_details(besides).found if each.number == "1"]
    assert [(each.sub, each.information, each.leads) for each in found[:2]] == [
        ("", "納税者に係る前条に掲げる情報", ()),
        ("イ", "乙関係情報", ("納税者に係る前条に掲げる情報及び次に掲げる情報",)),
    ]


def test_an_article_may_speak_of_one_body_in_each_paragraph() -> None:
    found = read_details(paragraph(BY_BODY))
    assert found.unread == ()
    assert [(each.paragraph, each.number, each.scope) for each in found.found if each.article == "5-2"] == [
        (1, "1", "庚の長"),
        (1, "2", "庚の長"),
        (2, "", "辛の長"),
    ]


def test_an_affair_may_join_affairs() -> None:
    joined = DETAILS.replace("甲税の賦課に関する事務", "甲税の賦課に関する事務及び乙税の賦課に係る事務")
    found = read_details(joined)
    assert found.unread == ()
    assert found.found[0].affair == "甲税の賦課に関する事務及び乙税の賦課に係る事務"


def test_deleted_places_name_nothing() -> None:
    deleted = DETAILS.replace("- 二　甲税", "- 二から四まで　削除\n\n- 五　甲税")
    found = read_details(deleted)
    assert found.unread == ()
    assert [each.number for each in found.found if each.article == "3"] == ["1", "1", "5"]


@pytest.mark.parametrize(
    ("words", "instead", "place"),
    [
        ("前条の表一の項", "第二条の表一の項", "第三条"),
        ("表二の項で定める事務", "表九の項で定める事務", "第四条"),
        ("同表二の項", "同表三の項", "第四条"),
        ("第二条の表二の項で定める事務は、", "第二条の表二の項の事務は、", "第四条"),
        ("己の給付の決定に関する事務とし", "己の給付の決定とし", "第四条"),
        ("次に掲げる情報とする。\n\n- 一　乙", "乙関係情報とする。\n\n- 一　乙", "第四条"),
        ("受給者に係る戊関係情報とする。", "次に掲げる情報とする。", "第五条の二"),
        ("受給者に係る戊関係情報とする。", "受給者とする。", "第五条の二"),
        ("受給者に係る戊関係情報とする。", "受給者（己に係る戊関係情報とする。", "第五条の二"),
        ("受給者に係る戊関係情報とする。", "受給者に係る戊関係情報とする。ただし、己を除く。", "第五条の二"),
        (BY_AFFAIR, "次の各号に掲げる事務とし、同項で定める情報は、戊関係情報とする。", "第三条"),
        ("甲税の賦課に関する事務納税者", "甲税の賦課納税者", "第三条第一号"),
        ("甲税の賦課に関する事務納税者", "甲税に関する事務甲税に関する事務納税者", "第三条第一号"),
        ("納税者に係る次に掲げる情報", "納税者に係る戊関係情報", "第三条第一号"),
        ("還付を受ける者に係る戊関係情報", "還付を受ける者", "第三条第二号"),
        ("還付を受ける者に係る戊関係情報", "次に掲げる情報", "第三条第二号"),
        ("\n  - ロ　丙関係情報（丁に係るものを除く。）", "", "第三条第一号"),
        ("ロ　己関係情報", "ロ　己", "第四条"),
        ("\n\n- 二　甲税の還付に関する事務（次条に掲げる事務を除く。）還付を受ける者に係る戊関係情報", "", "第三条"),
        ("受給者に係る戊", "受給者）に（係る戊", "第五条の二"),
        (
            "**第五条**　削除",
            "**第五条**　第二条の表三の項で定める事務は、己に関する事務とし、同項で定める情報は、戊関係情報とする。",
            "第五条",
        ),
        ("受給者に係る戊", "戊" * 10_000, "第五条の二"),
        ("還付を受ける者に係る戊", "戊" * 10_000, "第三条第二号"),
        ("必要な事項は、", "事項は、", None),
        ("この命令に定めるもののほか、", "", "第六条"),
    ],
)
def test_what_cannot_be_told_is_unread_with_its_place(words: str, instead: str, place: str | None) -> None:
    assert words in DETAILS
    unread = read_details(DETAILS.replace(words, instead, 1)).unread
    assert {each.place for each in unread if not each.place.startswith("第二条")} == ({place} if place else set())
    assert all("本文を確かめてください" in each.ja for each in unread)


def test_an_article_about_another_item_than_the_row_that_points_to_it_is_unread() -> None:
    swapped = DETAILS.replace("表三の二の項", "表二の項").replace("表二の項", "表三の二の項", 1)
    assert len(read_details(swapped).unread) >= 2


def test_an_item_without_its_article_is_unread() -> None:
    deleted = paragraph("**第五条の二**　削除\n")
    (unread,) = read_details(deleted).unread
    assert unread.place == "第二条の表三の二の項"


def test_a_table_that_cannot_be_read_leaves_no_article_unquestioned() -> None:
    (unread,) = read_details(table=TABLE.replace("| 二　己の長", "| 四　己の長")).unread
    assert unread.en.startswith("the table cannot be read")


def test_another_laws_articles_are_unread_as_a_whole() -> None:
    found = details(read(small_law().replace("第九号".encode(), "第八号".encode())))
    assert (found.found, len(found.unread)) == ((), 1)


@pytest.mark.parametrize(
    ("articles", "place"),
    [
        (DETAILS.replace("第二条の表二の項で定める事務は、", "この命令に定めるもののほか、"), "第四条"),
        (f"{DETAILS}\n- 一　戊関係情報\n\n- 二　己関係情報\n", "第六条"),
        (paragraph(BY_BODY.replace("**２**　第二条の表三の二", "**２**　第二条の表二")), "第五条の二"),
        (paragraph(BY_BODY.replace("同項で定める情報のうち、庚の長", "同項で定める情報のうち、辛の長")), "第五条の二"),
        (
            DETAILS.replace(
                "に係る戊関係情報とする。\n", "に係る戊関係情報とする。甲乙\n\n| 甲 | 乙 |\n| --- | --- |\n"
            ),
            "第五条の二",
        ),
    ],
)
def test_an_article_in_another_shape_is_unread(articles: str, place: str) -> None:
    assert articles != DETAILS
    assert place in {each.place for each in read_details(articles).unread}


def test_a_deleted_place_below_a_number_names_nothing() -> None:
    deleted = read_details(DETAILS.replace("ロ　己関係情報", "ロ　削除\n  - ハ　己関係情報"))
    assert deleted.unread == ()
    assert [each.sub for each in deleted.found if each.article == "4"] == ["一", "二イ", "二ハ"]
