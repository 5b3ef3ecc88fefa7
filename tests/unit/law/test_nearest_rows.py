"""A refusal can be followed by the nearest rows that would have been permitted."""

from dataclasses import replace
from datetime import date

import pytest

from renkei.law.decide import Question, Refused, decide
from renkei.law.list import PermissionList
from renkei.law.nearest import Difference, nearest
from renkei.law.rows import Basis, Table
from renkei.terms.affairs import Category, InformationKind, ItemNumber

PERMISSIONS = PermissionList.load()
TODAY = date(2026, 11, 23)


def question(inquirer: str, provider: str, item: str, kind: str) -> Question:
    one, other = frozenset([Category(inquirer)]), frozenset([Category(provider)])
    return Question(one, other, ItemNumber(item), InformationKind(kind), TODAY)


def test_a_wrong_provider_leads_to_the_row_of_the_right_one() -> None:
    near = nearest(PERMISSIONS, question("municipal-mayor", "prefectural-governor", "48", "local-tax"))[0]
    assert near.differs == {Difference.PROVIDER}
    assert (near.row.item, near.kind) == ("48", "local-tax")
    assert near.row.providers == {"municipal-mayor"}


@pytest.mark.parametrize("item", ["48", "999"])
def test_an_item_that_is_not_the_inquirers_leads_to_no_other_affair(item: str) -> None:
    """The purpose of an inquiry is its affair: another one that lists the same information is not near."""
    asked = question("municipal-board-of-education", "municipal-mayor", item, "local-tax")
    assert isinstance(decide(PERMISSIONS, replace(asked, item=ItemNumber("63"))), Basis)
    assert nearest(PERMISSIONS, asked) == []


def test_another_item_is_near_only_where_it_is_of_the_same_affair() -> None:
    found = [
        (near.row, item)
        for item in PERMISSIONS.items()
        for near in nearest(PERMISSIONS, question("municipal-mayor", "moj-minister", item, "local-tax"), limit=99)
        if Difference.ITEM in near.differs
    ]
    assert found
    for row, item in found:
        assert row.affair in {each.affair for each in PERMISSIONS.rows_of(item)}
        assert row.item != item


def test_information_not_of_the_row_leads_to_what_the_item_does_list() -> None:
    near = nearest(PERMISSIONS, question("municipal-board-of-education", "municipal-mayor", "63", "vaccination"))[0]
    assert near.differs == {Difference.INFORMATION}
    assert near.kind in near.row.kinds
    assert near.row.item == "63"


def test_a_rule_out_of_force_is_among_the_nearest_with_its_days() -> None:
    asked = question("prefectural-governor", "prefectural-board-of-education", "151", "high-school-tuition-support")
    found = {near.differs: near for near in nearest(PERMISSIONS, asked)}
    assert found[frozenset([Difference.DAY])].row.valid_until == date(2026, 4, 8)


def test_nothing_is_near_when_no_row_of_the_item_names_the_inquirer() -> None:
    assert nearest(PERMISSIONS, question("tax-accountants-federation", "municipal-mayor", "48", "local-tax")) == []


def test_rows_of_the_other_table_are_never_near() -> None:
    """A hint to 項48 of 別表第二 would lead nobody to 項48 of the ordinance."""
    asked = question("municipal-mayor", "hiroshima-mayor", "16", "resident-record")
    for on, table in ((TODAY, Table.ORDINANCE), (date(2024, 5, 26), Table.ANNEX_2)):
        near = nearest(PERMISSIONS, replace(asked, on=on), limit=1000)
        assert {each.row.table for each in near} == {table}


def test_no_more_rows_than_asked_for_come_back() -> None:
    asked = question("municipal-mayor", "prefectural-governor", "48", "local-tax")
    assert len(nearest(PERMISSIONS, asked, limit=1)) == 1
    assert nearest(PERMISSIONS, asked, limit=0) == []


def test_every_near_row_permits_once_its_differences_are_mended() -> None:
    asked = question("municipal-mayor", "prefectural-governor", "48", "vaccination")
    for near in nearest(PERMISSIONS, asked, limit=1000):
        mended = Question(asked.inquirer, near.row.providers, near.row.item, near.kind, near.row.valid_from)
        assert isinstance(decide(PERMISSIONS, mended), Basis)
    assert isinstance(decide(PERMISSIONS, asked), Refused)
