"""What a clerk is told when asking what may be asked."""

from datetime import date

import pytest

from renkei.law.ask import Answer, Search, fold, holders, may_ask
from renkei.law.decide import Question, decide
from renkei.law.list import PermissionList
from renkei.law.rows import Basis
from renkei.terms.affairs import Category, InformationKind, ItemNumber

PERMISSIONS = PermissionList.load()
TODAY = date(2026, 11, 23)
MAYOR = frozenset([Category("municipal-mayor")])
SCHOOLS = frozenset([Category("municipal-board-of-education")])


def items(answers: list[Answer]) -> set[str]:
    return {answer.item for answer in answers}


def test_every_row_in_force_that_names_the_inquirer_is_told_once() -> None:
    rows = [answer.row for answer in may_ask(PERMISSIONS, Search(MAYOR, TODAY))]
    assert rows == [row for row in PERMISSIONS.in_force(TODAY) if "municipal-mayor" in row.inquirers]


def test_a_board_of_education_may_ask_for_school_health_only() -> None:
    answers = may_ask(PERMISSIONS, Search(SCHOOLS, TODAY))
    assert items(answers) == {"63"}
    assert answers[0].affair.ja == "学校保健安全法による医療費の援助"
    assert answers[0].citation.ja == "番号法19条8号・提供命令2条の表63の項・65条"


def test_the_item_narrows_the_answer() -> None:
    assert items(may_ask(PERMISSIONS, Search(MAYOR, TODAY, item=ItemNumber("48")))) == {"48"}


def test_the_information_narrows_the_answer_and_its_kinds() -> None:
    kind = InformationKind("local-tax")
    answers = may_ask(PERMISSIONS, Search(MAYOR, TODAY, item=ItemNumber("48"), kind=kind))
    assert [answer.kinds for answer in answers] == [(kind,)]


def test_the_provider_narrows_the_answer() -> None:
    minister = frozenset([Category("mhlw-minister")])
    answers = may_ask(PERMISSIONS, Search(MAYOR, TODAY, item=ItemNumber("48"), provider=minister))
    assert answers
    assert all("mhlw-minister" in answer.providers for answer in answers)


def test_only_rows_in_force_that_day_are_told() -> None:
    governor = frozenset([Category("prefectural-governor")])
    zones = Search(governor, date(2025, 9, 30), item=ItemNumber("157"))
    assert items(may_ask(PERMISSIONS, zones)) == {"157"}
    assert may_ask(PERMISSIONS, Search(governor, date(2025, 10, 1), item=ItemNumber("157"))) == []


@pytest.mark.parametrize("text", ["児童手当", "child ALLOWANCE", "ｃｈｉｌｄ　ａｌｌｏｗａｎｃｅ", "児童手当 住民票"])
def test_words_are_found_in_affairs_and_information_whatever_their_width_and_case(text: str) -> None:
    assert "106" in items(may_ask(PERMISSIONS, Search(MAYOR, TODAY, text=text)))


def test_a_word_that_stands_nowhere_finds_nothing() -> None:
    assert may_ask(PERMISSIONS, Search(MAYOR, TODAY, text="児童手当 潜水艦")) == []


def test_kana_and_width_do_not_matter() -> None:
    assert fold("ｸﾘｰﾆﾝｸﾞ業ＡＢＣ") == fold("くりーにんぐ業abc")
    assert fold("にっぽん・霞ヶ関") == fold("ﾆﾂﾎﾟﾝ霞ケ関")


def test_holders_are_those_whom_the_decision_permits() -> None:
    asked = Question(MAYOR, frozenset(), ItemNumber("48"), InformationKind("local-tax"), TODAY)
    found = holders(PERMISSIONS, asked)
    assert found == {"municipal-mayor"}
    for category in PERMISSIONS.categories:
        answer = decide(PERMISSIONS, Question(MAYOR, frozenset([category]), asked.item, asked.kind, TODAY))
        assert isinstance(answer, Basis) == (category in found)


def test_nobody_holds_what_the_inquirer_may_not_ask() -> None:
    assert (
        holders(PERMISSIONS, Question(SCHOOLS, MAYOR, ItemNumber("48"), InformationKind("local-tax"), TODAY)) == set()
    )
