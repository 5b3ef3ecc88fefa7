"""The decision and its reasons, each by a sentence of the ordinance."""

from datetime import date

import pytest

from renkei.law.decide import Question, Refused, decide, decide_all
from renkei.law.list import PermissionList
from renkei.law.rows import Basis, Table
from renkei.terms.affairs import Category, InformationKind, ItemNumber
from renkei.terms.refusals import Reason

PERMISSIONS = PermissionList.load()
TODAY = date(2026, 11, 23)


def question(inquirer: str, provider: str, item: str, kind: str, on: date = TODAY) -> Question:
    """Categories are separated by spaces."""
    return Question(
        frozenset(Category(each) for each in inquirer.split()),
        frozenset(Category(each) for each in provider.split()),
        ItemNumber(item),
        InformationKind(kind),
        on,
    )


@pytest.mark.parametrize(
    ("asked", "article"),
    [
        (question("municipal-mayor", "municipal-mayor", "48", "local-tax"), "50"),
        (question("municipal-mayor", "municipal-mayor", "48", "resident-record"), "50"),
        (question("municipal-mayor", "mhlw-minister", "48", "unemployment-benefits"), "50"),
        (question("municipal-mayor", "japan-health-insurance-association", "48", "medical-insurance"), "50"),
        (question("municipal-board-of-education", "municipal-mayor", "63", "local-tax"), "65"),
        (question("municipal-board-of-education", "prefectural-governor", "63", "public-assistance"), "65"),
        (question("municipal-board-of-education", "city-mayor", "63", "foreign-nationals-assistance"), "65"),
        (question("prefectural-governor", "municipal-mayor", "49", "local-tax"), "51"),
        (question("mhlw-minister", "municipal-mayor", "1", "local-tax"), "3"),
        (question("japan-health-insurance-association", "municipal-mayor", "2", "long-term-care-insurance"), "4"),
        (question("japan-health-insurance-association", "mhlw-minister", "2", "unemployment-benefits"), "4"),
        (question("immigration-commissioner", "mhlw-minister", "55-3", "unemployment-benefits"), "57-3"),
    ],
)
def test_what_a_row_names_is_permitted_under_its_detail_article(asked: Question, article: str) -> None:
    basis = decide(PERMISSIONS, asked)
    assert isinstance(basis, Basis)
    assert (basis.item, basis.kind, basis.article) == (asked.item, asked.kind, article)
    assert basis.row in PERMISSIONS.rows


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (question("municipal-mayor", "municipal-mayor", "999", "local-tax"), Reason.NO_STATUTORY_BASIS),
        # before the ordinance 項48 was of 別表第二: national pension, run by the minister
        (
            question("municipal-mayor", "municipal-mayor", "48", "local-tax", date(2024, 5, 26)),
            Reason.INQUIRER_NOT_LISTED,
        ),
        # 項26 of 別表第二 (public assistance) says nothing about 項26 of the ordinance, nor the other way round
        (question("prefectural-governor", "mhlw-minister", "26", "war-bereaved-relief"), Reason.INFORMATION_NOT_LISTED),
        (
            question("municipal-mayor", "municipal-mayor", "150", "local-tax", date(2024, 5, 26)),
            Reason.NO_STATUTORY_BASIS,
        ),
        (question("municipal-mayor", "municipal-mayor", "16-2", "vaccination"), Reason.NO_STATUTORY_BASIS),
        # the text of 別表第二 before 2024-04-24 is not held
        (
            question("municipal-mayor", "municipal-mayor", "27", "local-tax", date(2024, 4, 23)),
            Reason.RULE_NOT_IN_FORCE,
        ),
        (
            question("municipal-mayor", "municipal-mayor", "150", "local-tax", date(2024, 4, 23)),
            Reason.NO_STATUTORY_BASIS,
        ),
        # item 157 was deleted on 2025-10-01: whoever asks for whatever, the rule is no longer in force
        (question("prefectural-governor", "moj-minister", "157", "family-register"), Reason.RULE_NOT_IN_FORCE),
        (question("municipal-mayor", "municipal-mayor", "157", "local-tax"), Reason.RULE_NOT_IN_FORCE),
        # item 151 lives on, one of its rows ended on 2026-04-08
        (
            question("prefectural-governor", "prefectural-board-of-education", "151", "high-school-tuition-support"),
            Reason.RULE_NOT_IN_FORCE,
        ),
        (question("municipal-mayor", "moj-minister", "12", "family-register"), Reason.INQUIRER_NOT_LISTED),
        (question("mayor-of-nowhere", "municipal-mayor", "48", "local-tax"), Reason.INQUIRER_NOT_LISTED),
        (question("municipal-mayor", "municipal-mayor", "48", "vaccination"), Reason.INFORMATION_NOT_LISTED),
        (question("municipal-mayor", "municipal-mayor", "48", "shoe-size"), Reason.INFORMATION_NOT_LISTED),
        (question("municipal-mayor", "prefectural-governor", "48", "local-tax"), Reason.PROVIDER_NOT_LISTED),
        (question("municipal-mayor", "mayor-of-nowhere", "48", "local-tax"), Reason.PROVIDER_NOT_LISTED),
        (question("", "municipal-mayor", "48", "local-tax"), Reason.INQUIRER_NOT_LISTED),
        (question("municipal-mayor", "", "48", "local-tax"), Reason.PROVIDER_NOT_LISTED),
    ],
)
def test_the_first_reason_that_applies_is_the_answer(asked: Question, reason: Reason) -> None:
    assert decide(PERMISSIONS, asked) == Refused(reason)


def test_a_rule_begins_and_ends_at_midnight_of_its_days() -> None:
    def asked(on: date) -> Question:
        return question("prefectural-governor", "mext-minister", "151", "high-school-tuition-support", on)

    assert isinstance(decide(PERMISSIONS, asked(date(2024, 5, 27))), Basis)
    assert isinstance(decide(PERMISSIONS, asked(date(2026, 4, 7))), Basis)
    assert decide(PERMISSIONS, asked(date(2026, 4, 8))) == Refused(Reason.RULE_NOT_IN_FORCE)


@pytest.mark.parametrize("on", [date(2024, 4, 24), date(2024, 5, 26)])
def test_annex_2_permits_until_the_ordinance_takes_over(on: date) -> None:
    """項27 of 別表第二 was what 項48 of the ordinance is: municipal tax."""
    basis = decide(PERMISSIONS, question("municipal-mayor", "municipal-mayor", "27", "local-tax", on))
    assert isinstance(basis, Basis)
    assert (basis.item, basis.article, basis.row.table) == ("27", None, Table.ANNEX_2)


def test_each_day_is_decided_by_one_table() -> None:
    then, now = date(2024, 5, 26), date(2024, 5, 27)
    of_annex = question("municipal-mayor", "municipal-mayor", "27", "local-tax", now)
    assert not isinstance(decide(PERMISSIONS, of_annex), Basis)
    of_ordinance = question("municipal-mayor", "municipal-mayor", "48", "local-tax", then)
    assert not isinstance(decide(PERMISSIONS, of_ordinance), Basis)


def test_disability_information_of_annex_2_is_three_parts() -> None:
    """別表第二 defines 障害者関係情報 without assessment; the ordinance's (項48) has four parts."""

    def asked(item: str, kind: str, on: date) -> bool:
        return isinstance(
            decide(PERMISSIONS, question("municipal-mayor", "prefectural-governor", item, kind, on)), Basis
        )

    then, now = date(2024, 5, 26), date(2024, 5, 27)
    assert asked("27", "physical-disability-certificate", then)
    assert not asked("27", "disability", then)
    assert not asked("27", "child-assessment", then)
    assert asked("48", "disability", now)


def test_a_rule_that_is_still_to_come_is_not_in_force() -> None:
    asked = question("municipal-board-of-education", "city-mayor", "63", "foreign-nationals-assistance")
    before = Question(asked.inquirer, asked.provider, asked.item, asked.kind, date(2025, 7, 27))
    assert decide(PERMISSIONS, before) == Refused(Reason.RULE_NOT_IN_FORCE)


def test_one_category_of_several_is_enough_on_either_side() -> None:
    asked = question("hiroshima-mayor municipal-mayor city-mayor", "nagasaki-mayor municipal-mayor", "48", "local-tax")
    assert isinstance(decide(PERMISSIONS, asked), Basis)


def test_governor_and_others_are_the_three_offices_of_the_definition_and_no_others() -> None:
    """都道府県知事等 (項20): governors, mayors of cities, and of those towns that run a welfare office."""

    def may(provider: str) -> bool:
        asked = question("municipal-mayor", provider, "48", "public-assistance")
        return isinstance(decide(PERMISSIONS, asked), Basis)

    assert all(may(provider) for provider in ("prefectural-governor", "city-mayor", "welfare-office-town-mayor"))
    assert not may("municipal-mayor")


def test_medical_insurers_are_the_seven_of_the_definition_and_the_elderly_unions() -> None:
    basis = decide(PERMISSIONS, question("municipal-mayor", "elderly-medical-union", "48", "medical-insurance"))
    assert isinstance(basis, Basis)
    assert basis.row.providers == {
        "japan-health-insurance-association",
        "health-insurance-society",
        "private-school-mutual",
        "national-mutual-association",
        "local-mutual-association",
        "municipal-mayor",
        "national-health-insurance-society",
        "elderly-medical-union",
    }


def test_a_list_is_decided_in_its_order() -> None:
    asked = [
        question("municipal-mayor", "municipal-mayor", "48", "local-tax"),
        question("municipal-mayor", "municipal-mayor", "999", "local-tax"),
        question("municipal-mayor", "prefectural-governor", "48", "local-tax"),
    ]
    assert decide_all(PERMISSIONS, asked) == [decide(PERMISSIONS, each) for each in asked]
    assert decide_all(PERMISSIONS, []) == []
