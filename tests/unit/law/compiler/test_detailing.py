"""Details become facts only where every phrase, act, term and reference is known; whatever is not is named with its line."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from renkei.law.compiler.detailing import CompiledDetails, compile_details
from renkei.law.compiler.meaning import Sense
from renkei.law.compiler.raw import Raw, RawDetail, RawRow, Unread
from renkei.law.compiler.vocabulary import Vocabulary
from renkei.law.detail_facts import Detail
from renkei.law.details import shipped
from renkei.law.phrases import key_of
from renkei.law.rows import AffairId
from renkei.terms.affairs import ArticleNumber, Category, information_kind, item_number
from renkei.terms.errors import RenkeiError

VOCABULARY = Vocabulary.from_files(shipped())
ARTICLE = ArticleNumber("50")
AFFAIR = "児童手当法第七条第一項の認定の請求に係る事実についての審査に関する事務"
DETAIL = RawDetail(7, ARTICLE, item_number("48"), "1", "", AFFAIR, "当該請求を行う者に係る戸籍関係情報")
ROW = RawRow(3, item_number("48"), "甲", "乙", "丙", "丁（以下「年金給付関係情報」という。）")
KINDS = ("family-register", "local-tax", "pension", "immigration", "public-assistance", "medical-insurance")


def compiled(*details: RawDetail, kinds: Sequence[str] | None = None) -> CompiledDetails:
    sense = Sense(
        item_number("48"),
        AffairId("municipal-tax"),
        ARTICLE,
        (Category("municipal-mayor"),),
        (Category("moj-minister"),),
        tuple(information_kind(each) for each in (kinds or KINDS)),
    )
    return compile_details(Raw(details, ()), Raw((ROW,), ()), [sense], VOCABULARY)


def read(*details: RawDetail) -> list[Detail]:
    """The details of affairs that can be read; the check against the rows is told apart (`rows list`)."""
    result = compiled(*details)
    assert [each for each in result.unread if "rows list" not in each.en] == []
    return list(result.details)


def whose(detail: Detail) -> str:
    return ",".join(detail.persons)


def what(detail: Detail) -> str:
    return ",".join(detail.particulars)


def test_a_detail_says_whose_information_and_which() -> None:
    (detail,) = read(DETAIL)
    assert (whose(detail), what(detail)) == ("claimant", "family-register-items")


@pytest.mark.parametrize(
    ("information", "persons", "particulars"),
    [
        ("当該請求を行う者又は当該者の配偶者に係る戸籍関係情報", "claimant,spouse", "family-register-items"),
        ("当該請求を行う者（甲を除く。）に係る戸籍関係情報", "claimant", "family-register-items"),
        ("納税義務者に係る道府県民税又は市町村民税に関する情報", "taxpayer", "prefectural-tax,municipal-tax"),
        (
            "納税義務者に係る年金給付関係情報、戸籍関係情報又は市町村民税に関する情報",
            "taxpayer",
            "pension-benefits,family-register-items,municipal-tax",
        ),
        ("戸籍関係情報", "", "family-register-items"),
    ],
)
def test_persons_and_information_are_read_as_wholes_or_lists(information: str, persons: str, particulars: str) -> None:
    (detail,) = read(replace(DETAIL, information=information))
    assert (whose(detail), what(detail)) == (persons, particulars)


def test_several_clauses_keep_their_persons_apart() -> None:
    details = read(
        replace(DETAIL, information="納税義務者に係る戸籍関係情報及び当該請求を行う者に係る市町村民税に関する情報")
    )
    assert [(whose(each), what(each)) for each in details] == [
        ("taxpayer", "family-register-items"),
        ("claimant", "municipal-tax"),
    ]


def test_what_the_places_above_say_goes_for_those_below() -> None:
    lead = ("納税義務者に係る次に掲げる情報",)
    details = read(
        replace(DETAIL, sub="イ", leads=lead, information="戸籍関係情報"),
        replace(DETAIL, sub="ロ", leads=lead, information="当該請求を行う者に係る年金給付関係情報"),
    )
    assert [(each.sub, whose(each)) for each in details] == [("イ", "taxpayer"), ("ロ", "claimant")]


def test_a_lead_may_name_information_itself() -> None:
    lead = ("納税義務者に係る前号に掲げる情報及び次に掲げる情報",)
    details = read(DETAIL, replace(DETAIL, number="2", sub="イ", leads=lead, information="年金給付関係情報"))
    assert [(each.number, each.sub, each.via, whose(each), what(each)) for each in details[1:]] == [
        ("2", "", "1", "taxpayer", "family-register-items"),
        ("2", "イ", "", "taxpayer", "pension-benefits"),
    ]


FIRST = [
    replace(DETAIL, sub=sub, information=f"納税義務者に係る{information}")
    for sub, information in zip(
        "イロハニ", ["戸籍関係情報", "市町村民税に関する情報", "年金給付関係情報", "戸籍関係情報"], strict=True
    )
]


@pytest.mark.parametrize(
    ("reference", "via", "particulars"),
    [
        ("前号に掲げる情報", "1", "family-register-items,municipal-tax,pension-benefits"),
        ("第一号ロ及びハに掲げる情報", "1ロ・ハ", "municipal-tax,pension-benefits"),
        ("第一号イからハまでに掲げる情報", "1イ-ハ", "family-register-items,municipal-tax,pension-benefits"),
        ("第一号イ、ハ及びニに掲げる情報", "1イ・ハ・ニ", "family-register-items,pension-benefits"),
    ],
)
def test_a_reference_becomes_what_it_refers_to(reference: str, via: str, particulars: str) -> None:
    own = read(*FIRST, replace(DETAIL, number="2", information=f"当該請求を行う者に係る{reference}"))[-1]
    kept = read(*FIRST, replace(DETAIL, number="2", information=reference))[-1]
    assert (own.via, whose(own), what(own)) == (via, "claimant", particulars)
    assert (kept.via, whose(kept), what(kept)) == (via, "taxpayer", particulars)


def test_a_reference_may_be_narrowed_to_persons() -> None:
    narrowed = replace(DETAIL, number="2", information="第一号に掲げる情報（当該請求を行う者に係る情報に限る。）")
    assert whose(read(*FIRST, narrowed)[-1]) == "claimant"


@pytest.mark.parametrize("reference", ["第三号に掲げる情報", "第一号ハからホまでに掲げる情報", "第二号に掲げる情報"])
def test_a_reference_to_what_is_not_before_it_is_unread(reference: str) -> None:
    result = compiled(*FIRST, replace(DETAIL, line=9, number="2", information=reference))
    assert 9 in [each.line for each in result.unread]


def test_a_term_means_the_information_that_its_definition_ends() -> None:
    defining = "納税義務者に係る年金給付関係情報又は戸籍関係情報（以下「人的情報」という。）"
    details = read(
        replace(DETAIL, information=defining),
        replace(DETAIL, number="2", information="当該請求を行う者に係る人的情報"),
    )
    assert what(details[-1]) == "family-register-items"


def test_a_term_means_nothing_where_its_definition_does_not_hold() -> None:
    defining = "納税義務者に係る戸籍関係情報（以下この号において「人的情報」という。）"
    used = replace(DETAIL, line=9, number="2", information="当該請求を行う者に係る人的情報")
    assert [each.line for each in compiled(replace(DETAIL, information=defining), used).unread][-1] == 9


def test_words_that_can_be_read_in_two_ways_are_not_read() -> None:
    phrases = {
        ("person", "甲"): "applicant",
        ("person", "甲に係る乙"): "notifier",
        ("information", "丙"): "municipal-tax",
        ("information", "乙に係る丙"): "prefectural-tax",
    }
    rows = [f"{column}\t{key_of(words)}\t{words}\t{ids}\t" for (column, words), ids in phrases.items()]
    source = "\n".join(["column\tkey\tlabel\tids\tterms", *rows, ""]).encode()
    vocabulary = Vocabulary.from_files({**shipped(), "phrases-details.tsv": source})
    both, one = replace(DETAIL, information="甲に係る乙に係る丙"), replace(DETAIL, information="甲に係る丙")
    assert compile_details(Raw((both,), ()), Raw((), ()), [], vocabulary).details == ()
    assert len(compile_details(Raw((one,), ()), Raw((), ()), [], vocabulary).details) == 1


def test_a_term_in_the_middle_of_information_keeps_what_follows() -> None:
    defining = "納税義務者に係る道府県民税（以下「税」という。）に関する情報"
    details = read(
        replace(DETAIL, information=defining), replace(DETAIL, number="2", information="納税義務者に係る税に関する情報")
    )
    assert what(details[-1]) == "prefectural-tax"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (replace(DETAIL, information="村の鍛冶屋に係る戸籍関係情報"), "no meaning for the phrase person"),
        (replace(DETAIL, information="納税義務者に係る蹄鉄関係情報"), "no meaning for the phrase information"),
        (
            replace(DETAIL, information="納税義務者に係る戸籍関係情報又は蹄鉄関係情報"),
            "no meaning for the phrase information",
        ),
        (replace(DETAIL, information="要保護者等に係る戸籍関係情報"), "used without a definition"),
        (replace(DETAIL, information="納税義務者に係る公的給付支給等口座登録簿関係情報"), "used without a definition"),
        (replace(DETAIL, information="納税義務者に係る戸籍関係情報（甲"), "cannot be read"),
        (replace(DETAIL, affair="児童手当法第七条の蹄鉄に関する事務"), "unknown act"),
        (replace(DETAIL, affair="蹄鉄の支給に関する事務"), "no law can be read"),
        (
            replace(DETAIL, affair="金属及び鍛冶に関する法律第五条の給付の支給に関する事務"),
            "a provision cannot be read",
        ),
        (replace(DETAIL, affair="前条に掲げる事務"), "the article before has no affair"),
        (replace(DETAIL, leads=("村の鍛冶屋に係る次に掲げる情報",)), "no meaning for the phrase person"),
    ],
)
def test_what_is_not_known_is_named_with_its_line_and_place(changed: RawDetail, said: str) -> None:
    result = compiled(changed)
    found = [each for each in result.unread if said in each.en]
    assert [(each.line, each.place) for each in found[:1]] == [(7, "第五十条第一号")]
    assert all(each.ja for each in found)


@pytest.mark.parametrize(
    "information",
    [
        "戸籍関係情報又は" * 5000 + "甲（以下「乙」という。）" + "又は丙" * 5000,
        "、".join(["納税義務者"] * 5000),
        "納税義務者に係る" * 5000,
        "（「" * 5000 + "」）" * 5000,
        "戸籍関係情報又は" * 5000,
    ],
)
def test_hostile_information_is_unread_and_not_worked_through(information: str) -> None:
    assert compiled(replace(DETAIL, information=information)).unread


def test_information_of_no_kind_of_the_rows_is_named() -> None:
    result = compiled(DETAIL, kinds=["local-tax"])
    assert [(each.line, each.en.partition(":")[0]) for each in result.unread] == [
        (0, "the rows list local-tax, which this article does not name"),
        (7, "of no kind that the rows list"),
    ]


@pytest.mark.parametrize("unread", [(), (Unread(3, "第二条の表", "", ""),)])
def test_an_article_with_an_unread_row_is_not_held_against_what_its_rows_list(unread: tuple[Unread, ...]) -> None:
    row = replace(ROW, information="丁であって第五十条で定めるもの")
    rows = Raw(() if unread else (row,), unread)
    result = compile_details(Raw((DETAIL,), ()), rows, [] if unread else [None], VOCABULARY)
    assert (result.unread, len(result.details)) == ((), 1)


def test_a_phrase_without_a_meaning_is_told_with_the_line_that_is_missing() -> None:
    unread = compiled(replace(DETAIL, information="村の鍛冶屋に係る戸籍関係情報")).unread
    (said,) = [(each.file, each.column, each.key, each.phrase) for each in unread if each.phrase]
    assert said == ("phrases-details.tsv", "person", key_of("村の鍛冶屋"), "村の鍛冶屋")


def test_the_affair_of_the_article_before_can_be_meant() -> None:
    after = replace(DETAIL, article=ArticleNumber("51"), number="", affair="前条に掲げる事務")
    procedures = compiled(DETAIL, after).procedures
    assert [each.cites for each in procedures] == [("児童手当法7条1項",)] * 2


def test_rows_whose_brackets_do_not_match_are_named() -> None:
    row = replace(ROW, affair="甲（以下「乙」という。", information="丁であって第五十条で定めるもの")
    result = compile_details(Raw((DETAIL,), ()), Raw((row,), ()), [None], VOCABULARY)
    assert (3, "48の項") in [(each.line, each.place) for each in result.unread]


@pytest.mark.parametrize(
    "line",
    [
        "person\tab\t甲\tapplicant\t\nperson\tab\t乙\tnotifier\t",
        "person\tab\t\tapplicant\t",
        "person\tab\t甲\tblacksmith\t",
        "information\tab\t甲\tapplicant\t",
        "smith\tab\t甲\tapplicant\t",
    ],
)
def test_a_wrong_file_of_phrases_is_refused(line: str) -> None:
    source = f"column\tkey\tlabel\tids\tterms\n{line}\n".encode()
    with pytest.raises(RenkeiError):
        Vocabulary.from_files({**shipped(), "phrases-details.tsv": source})
