"""法19条9号 and 平成28年個人情報保護委員会規則5号2条: each condition, refused with its own reason."""

from dataclasses import replace
from datetime import date
from typing import Any

import msgspec
import pytest

from renkei.law.cite import cite
from renkei.law.decide import Question, Refused, decide
from renkei.law.list import PermissionList
from renkei.law.ordinance import OrdinanceBasis, Ordinances, Parties, cite_ordinance, decide_either, in_force
from renkei.law.rows import Basis
from renkei.messages.ordinance import Likeness, Limitation, OrdinanceAffair, Withheld
from renkei.terms.affairs import Category, InformationKind, ItemNumber
from renkei.terms.bodies import BodyId
from renkei.terms.refusals import Reason
from tests.unit.law.ordinances import AFFAIR, CITY, INSURER, LIKE, OTHER_CITY, affair, asked, limitation

PERMISSIONS = PermissionList.load()
TODAY = date(2026, 11, 23)
MAYOR = frozenset({Category("municipal-mayor"), Category("city-mayor")})
ASSOCIATION = frozenset({Category("japan-health-insurance-association")})
GOVERNOR = frozenset({Category("prefectural-governor")})
TAX, INSURANCE = InformationKind("local-tax"), InformationKind("medical-insurance")
QUESTION = Question(MAYOR, MAYOR, AFFAIR, TAX, TODAY)
PARTIES = Parties(CITY, OTHER_CITY)


def answer(
    question: Question = QUESTION,
    parties: Parties = PARTIES,
    affairs: tuple[OrdinanceAffair, ...] = (affair(),),
    limitations: tuple[Limitation, ...] = (),
    *,
    consent: bool = True,
) -> Any:
    return decide_either(PERMISSIONS, Ordinances(affairs, limitations), question, parties, consent=consent)


def test_what_was_notified_and_the_like_item_opens_is_permitted_under_both() -> None:
    basis = answer()
    assert isinstance(basis, OrdinanceBasis)
    assert (basis.item, basis.like_item, basis.article, basis.kind) == (AFFAIR, LIKE, "15", TAX)
    assert basis.affair == affair()
    assert basis.row in PERMISSIONS.in_force(TODAY)


def test_2_2_the_like_item_s_own_inquirer_does_not_matter() -> None:
    assert decide(PERMISSIONS, replace(QUESTION, item=LIKE)) == Refused(Reason.INQUIRER_NOT_LISTED)
    assert isinstance(answer(), OrdinanceBasis)


def test_information_beside_local_tax_needs_no_consent() -> None:
    question = replace(QUESTION, provider=ASSOCIATION, kind=INSURANCE)
    assert isinstance(answer(question, Parties(CITY, INSURER), consent=False), OrdinanceBasis)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"affairs": ()}, Reason.NO_STATUTORY_BASIS),
        ({"question": replace(QUESTION, on=date(2026, 5, 31))}, Reason.RULE_NOT_IN_FORCE),
        ({"affairs": (affair(until="2026-11-23"),)}, Reason.RULE_NOT_IN_FORCE),
        ({"parties": Parties(BodyId("142018-mayor"), OTHER_CITY)}, Reason.INQUIRER_NOT_LISTED),
        # a kind that the like item opens, but that was not notified
        ({"question": replace(QUESTION, kind=InformationKind("resident-record"))}, Reason.INFORMATION_NOT_LISTED),
        ({"question": replace(QUESTION, provider=GOVERNOR)}, Reason.PROVIDER_NOT_LISTED),
        # notified of the insurer only, though the like item opens it of mayors too
        ({"question": replace(QUESTION, kind=INSURANCE)}, Reason.PROVIDER_NOT_LISTED),
        ({"question": replace(QUESTION, provider=frozenset())}, Reason.PROVIDER_NOT_LISTED),
        ({"limitations": (limitation(),)}, Reason.LIMITED_BY_ORDINANCE),
        ({"consent": False}, Reason.NO_CONSENT),
    ],
)
def test_each_condition_is_refused_with_its_own_reason(changed: dict[str, Any], reason: Reason) -> None:
    assert answer(**changed) == Refused(reason)


def test_an_affair_is_in_force_from_its_first_day_until_the_day_before_its_end() -> None:
    ending = affair(until="2026-12-01")
    days = {date(2026, 5, 31): False, date(2026, 6, 1): True, date(2026, 11, 30): True, date(2026, 12, 1): False}
    assert {day: in_force(ending, day) for day in days} == days
    assert {day: in_force(limitation(starts_on="2026-06-01", until="2026-12-01"), day) for day in days} == days


def test_2_3_a_row_that_an_amendment_ended_ends_what_is_like_it() -> None:
    """Item 151 opened the tuition support of the prefectural boards until 2026-04-07."""
    board = frozenset({Category("prefectural-board-of-education")})
    like_151 = asked("high-school-tuition-support", "prefectural-board-of-education", item="151")
    notified = affair(like_item=ItemNumber("151"), asked=(like_151,), notified_on="2025-04-01", starts_on="2025-06-01")
    question = replace(QUESTION, provider=board, kind=like_151.kind)
    before = answer(replace(question, on=date(2026, 4, 7)), affairs=(notified,))
    assert isinstance(before, OrdinanceBasis)
    assert answer(replace(question, on=date(2026, 4, 8)), affairs=(notified,)) == Refused(Reason.RULE_NOT_IN_FORCE)


def test_what_was_notified_and_what_the_row_opens_must_be_one_and_the_same_category() -> None:
    """The body is notified as a city and opened as an insurer: that is neither."""
    notified = affair(asked=(asked("medical-insurance", "municipal-mayor", "city-mayor"),))
    provider = frozenset({Category("city-mayor"), *ASSOCIATION})
    question = replace(QUESTION, provider=provider, kind=INSURANCE)
    assert answer(question, affairs=(notified,)) == Refused(Reason.RULE_NOT_IN_FORCE)


def test_2_3_a_further_affair_that_is_alike_opens_what_is_notified_under_it() -> None:
    further = asked("child-day-support", "municipal-mayor", item="15", likeness=Likeness.SERVICE)
    notified = affair(asked=(*affair().asked, further))
    basis = answer(replace(QUESTION, kind=further.kind), affairs=(notified,))
    assert isinstance(basis, OrdinanceBasis)
    assert (basis.like_item, basis.article) == ("15", "17")


@pytest.mark.parametrize(
    ("changed", "limited"),
    [
        ({}, True),
        ({"withheld": (Withheld(like_item=LIKE),)}, True),
        ({"withheld": (Withheld(like_item=LIKE, kinds=(INSURANCE,)),)}, False),
        ({"withheld": (Withheld(like_item=ItemNumber("15")),)}, False),
        ({"body": CITY}, False),
        ({"starts_on": "2026-11-24"}, False),
        ({"until": "2026-11-23"}, False),
    ],
)
def test_26_a_limitation_holds_for_its_body_its_affairs_its_kinds_and_its_days(
    changed: dict[str, Any], *, limited: bool
) -> None:
    found = answer(limitations=(limitation(**changed),))
    assert (found == Refused(Reason.LIMITED_BY_ORDINANCE)) is limited
    assert isinstance(found, OrdinanceBasis) is not limited


def test_a_limitation_for_the_like_item_holds_however_the_affair_asks() -> None:
    """The affair is like item 13; that it asks for the same under item 15 as well opens no way around."""
    notified = affair(asked=(asked("local-tax", "municipal-mayor", item="15", likeness=Likeness.COST),))
    assert answer(affairs=(notified,), limitations=(limitation(),)) == Refused(Reason.LIMITED_BY_ORDINANCE)


def test_a_limitation_does_not_touch_statutory_inquiries() -> None:
    """法22条1項 stays as it is under 19条8号: only 26条 knows the exception."""
    question = replace(QUESTION, inquirer=GOVERNOR, item=LIKE)
    assert isinstance(answer(question, limitations=(limitation(withheld=(Withheld(like_item=LIKE),)),)), Basis)


def test_the_limitation_comes_before_the_consent() -> None:
    assert answer(limitations=(limitation(),), consent=False) == Refused(Reason.LIMITED_BY_ORDINANCE)


def test_a_statutory_item_is_decided_by_the_table_alone() -> None:
    question = replace(QUESTION, item=ItemNumber("48"))
    assert answer(question, affairs=(), consent=False) == decide(PERMISSIONS, question)


def test_a_body_s_affairs_are_those_in_force_that_day() -> None:
    second = affair(id="ord-141003-2", starts_on="2027-04-01")
    ordinances = Ordinances((affair(), second, affair(id="ord-141305-1", body=OTHER_CITY)))
    assert ordinances.of(CITY, TODAY) == [affair()]
    assert ordinances.of(CITY, date(2027, 4, 1)) == [affair(), second]
    assert ordinances.of(INSURER, TODAY) == []


def test_the_citation_names_the_act_the_rule_and_the_like_item() -> None:
    basis = answer()
    place = cite(basis.row).ja.removeprefix("番号法19条8号・")
    assert cite_ordinance(basis.row).ja == f"番号法19条9号・平成28年個人情報保護委員会規則5号2条({place}に準ずる)"
    assert "art. 19(ix)" in cite_ordinance(basis.row).en
    assert "item 13, and art. 15" in cite_ordinance(basis.row).en


@pytest.mark.parametrize(
    "changed",
    [
        {"notified_on": "2026-06-02"},
        {"until": "2026-05-31"},
        {"starts_on": "2026-02-30"},
    ],
)
def test_3_1_days_out_of_order_are_no_notification(changed: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="day"):
        msgspec.structs.replace(affair(), **changed)
