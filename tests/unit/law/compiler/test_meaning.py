"""Rows of the table become ids only by what is written down; the rest is named with its line."""

from dataclasses import replace

import pytest

from renkei.law.compiler.meaning import TableReader
from renkei.law.compiler.raw import RawRow
from renkei.law.phrases import Phrases, key_of
from renkei.terms.affairs import InformationKind, item_number

OFFICIAL = {
    "戸籍関係情報": InformationKind("family-register"),
    "地方税関係情報": InformationKind("local-tax"),
    "住民票関係情報": InformationKind("resident-record"),
}
MEANINGS = [
    ("affair", "免許に関する事務", "licences"),
    ("affair", "免許（甲法の免許をいう。）に関する事務", "licences"),
    ("body", "知事", "governor"),
    ("body", "大臣", "minister"),
    ("body", "市長", "city-mayor"),
    ("body", "市町村長（特別区の区長を含む。）", "municipal-mayor"),
    ("body", "事業主体である知事又は市町村長", "operator"),
    ("term", "市町村長", "municipal-mayor"),
    ("term", "知事等", "governor,city-mayor"),
    ("definition", "税額に関する情報", "local-tax"),
    ("definition", "税額又は基礎に関する情報", "local-tax"),
    ("information", "手当の支給に関する情報", "allowance"),
    ("information", "手当の支給に関する情報又は地方税関係情報", "allowance,local-tax"),
]


def phrases() -> Phrases:
    lines = [f"{column}\t{key_of(text)}\t{text}\t{ids}" for column, text, ids in MEANINGS]
    return Phrases.from_bytes(("column\tkey\tlabel\tids\n" + "\n".join(lines) + "\n").encode())


def reader() -> TableReader:
    return TableReader(phrases(), OFFICIAL)


ROW = RawRow(
    line=21,
    item=item_number("12-2"),
    inquirer="知事",
    affair="免許に関する事務であって第十四条の二で定めるもの",
    provider="大臣",
    information="戸籍関係情報であって第十四条の二で定めるもの",
)


def test_a_row_becomes_ids_with_its_detail_article() -> None:
    sense = reader().read(ROW)
    assert sense is not None
    assert (sense.item, sense.affair, sense.article) == ("12-2", "licences", "14-2")
    assert (sense.inquirers, sense.providers, sense.kinds) == (("governor",), ("minister",), ("family-register",))


def test_alternatives_that_are_known_one_by_one_are_split() -> None:
    sense = reader().read(replace(ROW, inquirer="大臣若しくは知事又は市長"))
    assert sense is not None
    assert sense.inquirers == ("minister", "governor", "city-mayor")


def test_a_qualified_alternative_is_not_split() -> None:
    """事業主体である知事又は市町村長: not every mayor, only one who operates the housing."""
    sense = reader().read(replace(ROW, inquirer="事業主体である知事又は市町村長"))
    assert sense is not None
    assert sense.inquirers == ("operator",)


def test_a_term_is_known_from_the_row_that_defines_it() -> None:
    reading = reader()
    assert reading.read(replace(ROW, provider="知事等")) is None
    assert reading.read(replace(ROW, provider="知事又は市長（以下この条において「知事等」という。）")) is not None
    sense = reading.read(replace(ROW, provider="大臣又は知事等"))
    assert sense is not None
    assert sense.providers == ("minister", "governor", "city-mayor")
    assert [each.line for each in reading.unread] == [21]


@pytest.mark.parametrize(
    "text",
    [
        "大臣又は市町村長（以下この条において「知事等」という。）",  # names less than the term means
        "知事等（知事をいう。以下この条において同じ。）",
        "知事等（知事、市長又は大臣をいう。以下この条において同じ。）",
    ],
)
def test_a_definition_that_says_something_else_than_written_down_is_unread(text: str) -> None:
    reading = reader()
    assert reading.read(replace(ROW, provider=text)) is None
    assert any("定義" in each.ja for each in reading.unread)


def test_a_widening_holds_from_its_row_on() -> None:
    reading = reader()
    assert reading.read(replace(ROW, inquirer="市町村長（特別区の区長を含む。以下この条において同じ。）")) is not None
    sense = reading.read(replace(ROW, inquirer="市町村長"))
    assert sense is not None
    assert sense.inquirers == ("municipal-mayor",)


def test_a_kind_of_information_is_known_from_the_row_that_defines_it() -> None:
    reading = reader()
    tail = "であって第十四条の二で定めるもの"
    assert reading.read(replace(ROW, information=f"地方税関係情報{tail}")) is None
    defining = f"戸籍関係情報又は税額又は基礎に関する情報（以下「地方税関係情報」という。）{tail}"
    first, then = (
        reading.read(replace(ROW, information=text)) for text in (defining, f"地方税関係情報又は戸籍関係情報{tail}")
    )
    assert first is not None
    assert then is not None
    assert first.kinds == ("family-register", "local-tax")
    assert then.kinds == ("local-tax", "family-register")


def test_a_definition_of_a_kind_that_nobody_wrote_down_is_unread() -> None:
    reading = reader()
    text = "家屋に関する情報（以下「地方税関係情報」という。）であって第十四条の二で定めるもの"
    assert reading.read(replace(ROW, information=text)) is None
    assert key_of("家屋に関する情報") in reading.unread[0].ja


def test_information_with_a_shared_tail_is_looked_up_whole() -> None:
    reading = reader()
    text = (
        "手当の支給に関する情報又は税額に関する情報（以下「地方税関係情報」という。）であって第十四条の二で定めるもの"
    )
    sense = reading.read(replace(ROW, information=text))
    assert sense is not None
    assert sense.kinds == ("allowance", "local-tax")


def test_the_same_article_is_the_one_named_last() -> None:
    affair = "免許（甲法の免許をいう。第十四条の二において同じ。）に関する事務であって同条で定めるもの"
    sense = reader().read(replace(ROW, affair=affair))
    assert sense is not None
    assert sense.article == "14-2"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"inquirer": "村の鍛冶屋"}, key_of("村の鍛冶屋")),
        ({"provider": "大臣又は村の鍛冶屋"}, key_of("大臣又は村の鍛冶屋")),
        ({"affair": "蹄鉄に関する事務であって第十四条の二で定めるもの"}, key_of("蹄鉄に関する事務")),
        (
            {"affair": "免許（甲を除く。）に関する事務であって第十四条の二で定めるもの"},
            key_of("免許（甲を除く。）に関する事務"),
        ),
        (
            {"information": "戸籍関係情報（甲を除く。）であって第十四条の二で定めるもの"},
            key_of("戸籍関係情報（甲を除く。）"),
        ),
        ({"affair": "免許に関する事務"}, "詳細を定める条"),
        ({"affair": "免許に関する事務であって同条で定めるもの"}, "詳細を定める条"),
        ({"information": "戸籍関係情報であって第十五条で定めるもの"}, "条が違います"),
        ({"information": "蹄鉄関係情報であって第十四条の二で定めるもの"}, key_of("蹄鉄関係情報")),
        ({"provider": "大臣（甲"}, "brackets"),
        ({"inquirer": "知事（甲知事を除く。以下同じ。）"}, key_of("知事（甲知事を除く。）")),
        (
            {
                "information": "税額に関する情報（甲税を除く。以下この条において「地方税関係情報」という。）であって第十四条の二で定めるもの"
            },
            key_of("税額に関する情報（甲税を除く。以下この条において「地方税関係情報」という。）"),
        ),
        (
            {
                "information": "戸籍関係情報（甲に限る。第五十八条において「乙」という。）であって第十四条の二で定めるもの"
            },
            key_of("戸籍関係情報（甲に限る。第五十八条において「乙」という。）"),
        ),
        (
            {
                "information": "税額に関する情報（以下この項において「地方税関係情報」という。）であって第十四条の二で定めるもの"
            },
            key_of("税額に関する情報（以下この項において「地方税関係情報」という。）"),
        ),
    ],
)
def test_what_is_not_known_is_named_with_line_and_item(change: dict[str, str], said: str) -> None:
    reading = reader()
    assert reading.read(replace(ROW, **change)) is None  # type: ignore[arg-type]
    assert any(said in each.ja and each.line == 21 and each.place == "12-2の項" for each in reading.unread)
