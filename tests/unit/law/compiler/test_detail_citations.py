"""Provisions are read from an affair's words; what the grammar cannot read is named, never guessed."""

import pytest

from renkei.law.compiler.citations import Citations
from renkei.law.compiler.definitions import Definitions, Place
from renkei.law.details import shipped
from renkei.law.laws import Laws

HERE = Place("50", 1, "1")
LAWS = Laws.from_bytes(shipped()["laws.tsv"])


def cites(words: str, *defining: str) -> tuple[str, ...]:
    definitions = Definitions()
    for text in defining:
        definitions.read(text, HERE)
    citations = Citations(LAWS, definitions)
    reading = citations.read(words, HERE)
    assert reading.unread == []
    return citations.cites(reading, HERE)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("児童手当法第七条第一項の認定", ["児童手当法7条1項"]),
        ("児童手当法第七条又は第八条第二項の認定", ["児童手当法7条", "児童手当法8条2項"]),
        ("児童手当法第七条第一項及び第三項の認定", ["児童手当法7条1項", "児童手当法7条3項"]),
        ("児童手当法第七条第一項第二号又は第四号の認定", ["児童手当法7条1項2号", "児童手当法7条1項4号"]),
        ("予防接種法第六条第一項から第三項までの実施", ["予防接種法6条1項〜6条3項"]),
        ("児童福祉法第二十一条の五の三第一項の支給", ["児童福祉法21条の5の3第1項"]),
        ("児童福祉法第六条の支給又は同法第七条第二項の支給", ["児童福祉法6条", "児童福祉法7条2項"]),
        ("児童福祉法第六条の支給又は同条第二項の支給", ["児童福祉法6条", "児童福祉法6条2項"]),
        ("児童福祉法第六条第一項の者が行う同項第二号の事業", ["児童福祉法6条1項", "児童福祉法6条1項2号"]),
        ("国民年金法附則第五条第一項の申出", ["国民年金法附則5条1項"]),
        ("国民年金法附則第五条又は第六条の申出", ["国民年金法附則5条", "国民年金法附則6条"]),
        ("介護保険法第二条及び介護保険法施行規則第三条", ["介護保険法2条", "介護保険法施行規則3条"]),
        (
            "水道法第二条、水道法施行規則第三条、同法第四条又は同令第五条",
            ["水道法2条", "水道法施行規則3条", "水道法4条", "水道法施行規則5条"],
        ),
        ("児童手当法第三条並びに精神保健及び精神障害者福祉に関する法律第五条", ["児童手当法3条", "精神保健福祉法5条"]),
        (
            "私立学校教職員共済法第二十五条において準用する国家公務員共済組合法第六条",
            ["私学共済法25条", "国家公務員共済組合法6条"],
        ),
        ("恩給法による年金である給付", ["恩給法"]),
        ("国民年金法による第一号被保険者の届出", ["国民年金法"]),
        ("「甲の取扱いについて」に規定する給付", ["「甲の取扱いについて」"]),
        ("鍛冶業法第三条の免許", ["鍛冶業法3条"]),
        ("昭和六十年法律第三十四号附則第九十七条第一項の手当", ["昭和60年法律34号附則97条1項"]),
    ],
)
def test_the_provisions_of_an_affair_are_read_in_order(words: str, found: list[str]) -> None:
    assert list(cites(words)) == found


def test_a_defined_name_is_read_where_it_holds() -> None:
    defining = "改正前の公営住宅法（以下この条において「旧公営住宅法」という。）"
    assert cites("旧公営住宅法第十二条第二項の減免", defining) == ("旧公営住宅法12条2項",)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (
            "昭和六十年法律第三十四号第七条の規定による改正前の児童手当法第三十五条第一項又は第二項の届出",
            ["昭和60年法律34号7条", "児童手当法(改正前)35条1項", "児童手当法(改正前)35条2項"],
        ),
        ("水道法第四条の規定による改正前の船員保険法による給付", ["水道法4条", "船員保険法(改正前)"]),
        (
            "水道法附則第二条の場合における同法による改正前の恩給法第四条の申請",
            ["水道法附則2条", "恩給法(改正前)4条"],
        ),
        (
            "水道法施行規則附則第二条の同令による改正前の介護保険法施行規則第五条及び同令第六条",
            ["水道法施行規則附則2条", "介護保険法施行規則(改正前)5条", "介護保険法施行規則(改正前)6条"],
        ),
    ],
)
def test_a_law_named_as_it_was_before_an_amendment_is_cited_so(words: str, found: list[str]) -> None:
    assert list(cites(words)) == found


def test_an_abbreviation_that_names_the_amendment_is_cited_by_its_own_name() -> None:
    defining = "水道法による改正前の恩給法（以下「平成二年改正前恩給法」という。）"
    assert cites("なお従前の例による平成二年改正前恩給法第四条の申請", defining) == ("平成二年改正前恩給法4条",)


@pytest.mark.parametrize(
    "words",
    [
        "児童手当法第三条及び金属並びに鍛冶に関する法律第五条",
        "金属及び鍛冶に関する法律第五条の免許",
        "同条第二項の免許",
        "第三条の免許",
        "前記の第三項の免許",
        "介護保険法施行規則第三条又は同法第四条",
    ],
)
def test_what_the_grammar_cannot_read_is_named(words: str) -> None:
    assert Citations(LAWS, Definitions()).read(words, HERE).unread


def test_a_defined_name_is_unread_where_its_definition_does_not_hold() -> None:
    definitions = Definitions()
    definitions.read("公営住宅法（次号において「旧公営住宅法」という。）", HERE)
    assert Citations(LAWS, definitions).read("旧公営住宅法第十二条の減免", HERE).unread
