"""What a body notifies is held against the commission's rules (平成28年規則5号・6号), each demand for itself."""

from datetime import date
from typing import Any

import pytest

from renkei.law.list import PermissionList
from renkei.law.notified import ORGANS, check_affair, check_in_time, check_limitation, last_day
from renkei.messages.ordinance import Likeness, Withheld
from renkei.terms.affairs import Category, InformationKind, ItemNumber
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from tests.unit.law.ordinances import affair, asked, limitation

PERMISSIONS = PermissionList.load()
TODAY = date(2026, 11, 23)
MAYOR = frozenset({Category("municipal-mayor"), Category("city-mayor")})
CODE = "141003"


def test_every_organ_is_a_category_of_the_list() -> None:
    assert PERMISSIONS.categories.keys() >= ORGANS


def test_an_affair_that_meets_the_rule_passes() -> None:
    check_affair(affair(), MAYOR, CODE, PERMISSIONS, TODAY)
    further = asked("child-day-support", "municipal-mayor", item="15", likeness=Likeness.GOODS)
    check_affair(affair(asked=(*affair().asked, further)), MAYOR, CODE, PERMISSIONS, TODAY)
    check_affair(affair(), frozenset({Category("municipal-board-of-education")}), CODE, PERMISSIONS, TODAY)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"like_item": ItemNumber("999")}, "item 999 is not in force"),
        ({"like_item": ItemNumber("157")}, "item 157 is not in force"),
        ({"asked": (asked("vaccination", "municipal-mayor"),)}, "does not list vaccination"),
        ({"asked": (asked("shoe-size", "municipal-mayor"),)}, "does not list shoe-size"),
        (
            {"asked": (asked("local-tax", "municipal-mayor", "mhlw-minister"),)},
            "does not open local-tax of mhlw-minister",
        ),
        ({"asked": (asked("local-tax", "nobody"),)}, "does not open local-tax of nobody"),
        ({"asked": (asked("local-tax", "municipal-mayor"),) * 2}, "stands twice"),
        ({"asked": (asked("local-tax", "municipal-mayor", item="15"),)}, "a likeness is named"),
        ({"asked": (asked("local-tax", "municipal-mayor", likeness=Likeness.COST),)}, "a likeness is named"),
    ],
)
def test_2_an_affair_that_does_not_meet_the_rule_is_refused_by_name(changed: dict[str, Any], why: str) -> None:
    with pytest.raises(RenkeiError, match=why) as caught:
        check_affair(affair(**changed), MAYOR, CODE, PERMISSIONS, TODAY)
    assert caught.value.problem is Problem.WRONG_TYPE
    assert caught.value.detail.startswith("ord-141003-1: ")


def test_2_4_what_the_row_opens_of_two_rows_may_be_asked_of_both() -> None:
    """Item 20 opens one kind by one row to three offices; each of them may be notified, a fourth may not."""
    offices = ("city-mayor", "prefectural-governor", "welfare-office-town-mayor")
    notified = affair(like_item=ItemNumber("20"), asked=(asked("public-assistance", *offices, item="20"),))
    check_affair(notified, MAYOR, CODE, PERMISSIONS, TODAY)
    wider = affair(
        like_item=ItemNumber("20"), asked=(asked("public-assistance", *offices, "pension-service", item="20"),)
    )
    with pytest.raises(RenkeiError, match="of pension-service"):
        check_affair(wider, MAYOR, CODE, PERMISSIONS, TODAY)


@pytest.mark.parametrize(
    "category", ["mhlw-minister", "japan-health-insurance-association", "local-mutual-association"]
)
def test_2_2_only_an_organ_of_a_local_government_notifies(category: str) -> None:
    categories = frozenset({Category(category)})
    with pytest.raises(RenkeiError, match="no organ of a local government"):
        check_affair(affair(), categories, CODE, PERMISSIONS, TODAY)
    with pytest.raises(RenkeiError, match="no organ of a local government"):
        check_limitation(limitation(), categories, "141305", PERMISSIONS)


@pytest.mark.parametrize("code", [None, "141305", "6000012070001"])
def test_an_id_is_the_local_government_s_own(code: str | None) -> None:
    with pytest.raises(RenkeiError, match="local government code"):
        check_affair(affair(), MAYOR, code, PERMISSIONS, TODAY)


def test_a_limitation_that_meets_the_rule_passes() -> None:
    check_limitation(limitation(), MAYOR, "141305", PERMISSIONS)
    check_limitation(limitation(withheld=(Withheld(like_item=ItemNumber("13")),)), MAYOR, "141305", PERMISSIONS)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"withheld": (Withheld(like_item=ItemNumber("999")),)}, "no item 999"),
        (
            {"withheld": (Withheld(like_item=ItemNumber("13"), kinds=(InformationKind("shoe-size"),)),)},
            "no kind shoe-size",
        ),
        ({"withheld": (Withheld(like_item=ItemNumber("13")),) * 2}, "stands twice"),
        ({"notified_on": "2025-04-01"}, "by 2025-03-31"),
    ],
)
def test_6_2_a_limitation_that_does_not_meet_the_rule_is_refused_by_name(changed: dict[str, Any], why: str) -> None:
    with pytest.raises(RenkeiError, match=why) as caught:
        check_limitation(limitation(**changed), MAYOR, "141305", PERMISSIONS)
    assert caught.value.detail.startswith("lim-141305-1: ")


@pytest.mark.parametrize(
    ("ordinance_from", "last"),
    [
        (date(2026, 4, 1), date(2025, 3, 31)),
        (date(2026, 3, 31), date(2024, 3, 31)),
        (date(2027, 1, 1), date(2025, 3, 31)),
        (date(2018, 4, 1), date(2017, 3, 31)),
        # 平成28年度 for every ordinance until 平成29年度
        (date(2018, 3, 31), date(2017, 3, 31)),
        (date(2017, 7, 18), date(2017, 3, 31)),
    ],
)
def test_6_2_a_limitation_is_notified_by_the_end_of_the_fiscal_year_before_the_last(
    ordinance_from: date, last: date
) -> None:
    assert last_day(ordinance_from) == last
    check_in_time("lim-141305-1", last.isoformat(), ordinance_from.isoformat())
    with pytest.raises(RenkeiError, match=f"by {last}"):
        check_in_time("lim-141305-1", date.fromordinal(last.toordinal() + 1).isoformat(), ordinance_from.isoformat())
