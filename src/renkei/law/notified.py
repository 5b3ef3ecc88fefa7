"""Does what a body notified meet the commission's rules? (法19条9号・26条; 規則5号2条・3条, 規則6号2条・3条).

規則5号, 規則6号: 平成28年個人情報保護委員会規則. What a machine can see is checked here; that purpose and content of
two affairs are alike (規則5号2条1項) is for the commission to find.
"""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Final

from renkei.law.list import PermissionList
from renkei.messages.ordinance import AskedInformation, Limitation, OrdinanceAffair
from renkei.terms.affairs import Category
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

ORGANS: Final = frozenset(
    Category(name)
    for name in (
        "municipal-mayor",
        "municipal-board-of-education",
        "prefectural-governor",
        "prefectural-board-of-education",
        "elderly-medical-union",
    )
)
"""地方公共団体の長その他の執行機関 (規則5号2条2項): the table's categories that say so, whatever else a body is.

後期高齢者医療広域連合 is a special local government (地方自治法1条の3第3項). Other categories of mayors and governors
(`city-mayor`, `public-housing-operator`) come beside one of these: a body has all that fit.
"""
FIRST_YEARS: Final = 2017
"""規則6号2条1項ただし書: ordinances of the fiscal years until 平成29年度 could be notified during 平成28年度."""


def check_affair(
    affair: OrdinanceAffair, categories: frozenset[Category], code: str | None, permissions: PermissionList, on: date
) -> None:
    """Check one affair by the list that applies on that day.

    Args:
        affair: what was notified.
        categories: of the body that notified it.
        code: the body's 全国地方公共団体コード.
        permissions: the list in force on `on`.
        on: the first day on which the affair can be asked under, today or later.

    Raises:
        RenkeiError: WRONG_TYPE; the detail begins with the affair's id and says which demand is not met.
    """
    refuse = _refusal(affair.id)
    _check_body(affair.id, categories, code)
    if permissions.affair_of(affair.like_item, on) is None:
        raise refuse(f"item {affair.like_item} is not in force on {on}")
    _check_once(refuse, ((asked.like_item, asked.kind) for asked in affair.asked))
    for asked in affair.asked:
        _check_asked(refuse, affair, asked)
        _check_opened(refuse, asked, permissions, on)


def check_limitation(
    limitation: Limitation, categories: frozenset[Category], code: str | None, permissions: PermissionList
) -> None:
    """Check one limitation.

    Raises:
        RenkeiError: WRONG_TYPE; the detail begins with the limitation's id and says which demand is not met.
    """
    refuse = _refusal(limitation.id)
    _check_body(limitation.id, categories, code)
    _check_once(refuse, (each.like_item for each in limitation.withheld))
    for each in limitation.withheld:
        if not permissions.rows_of(each.like_item):
            raise refuse(f"there is no item {each.like_item}")
        unknown = set(each.kinds or ()) - permissions.kinds.keys()
        if unknown:
            raise refuse(f"there is no kind {min(unknown)}")
    check_in_time(limitation.id, limitation.notified_on, limitation.ordinance_from)


def check_in_time(name: str, notified_on: str, ordinance_from: str) -> None:
    """規則6号2条1項・3条: a limitation and its end are notified two fiscal years ahead; raises WRONG_TYPE."""
    last = last_day(date.fromisoformat(ordinance_from))
    if date.fromisoformat(notified_on) > last:
        raise _refusal(name)(f"was to be notified by {last}")


def last_day(ordinance_from: date) -> date:
    """The last day of the fiscal year two before that in which the limiting ordinance takes effect (規則6号2条1項)."""
    year = ordinance_from.year if ordinance_from.month >= 4 else ordinance_from.year - 1
    return date(max(year, FIRST_YEARS + 1) - 1, 3, 31)


def _refusal(name: str) -> Callable[[str], RenkeiError]:
    return lambda why: RenkeiError(Problem.WRONG_TYPE, f"{name}: {why}")


def _check_body(name: str, categories: frozenset[Category], code: str | None) -> None:
    if categories.isdisjoint(ORGANS):
        raise _refusal(name)("its body is no organ of a local government")
    if name.split("-")[1] != code:
        raise _refusal(name)("the id does not carry the local government code of its body")


def _check_once(refuse: Callable[[str], RenkeiError], named: Iterable[object]) -> None:
    listed = list(named)
    if len(set(listed)) != len(listed):
        raise refuse("one item and kind stands twice")


def _check_asked(refuse: Callable[[str], RenkeiError], affair: OrdinanceAffair, asked: AskedInformation) -> None:
    # 規則5号2条3項: another statutory affair counts where costs, goods or services are alike.
    if (asked.like_item == affair.like_item) != (asked.likeness is None):
        raise refuse(
            f"item {asked.like_item}: a likeness is named under another item than {affair.like_item}, and only there"
        )


def _check_opened(
    refuse: Callable[[str], RenkeiError], asked: AskedInformation, permissions: PermissionList, on: date
) -> None:
    entries = permissions.index.entries(on, asked.like_item, asked.kind)
    if not entries:
        raise refuse(f"item {asked.like_item} does not list {asked.kind} on {on}")
    others = set(asked.providers).difference(*(providers for _, providers, _ in entries))
    if others:
        raise refuse(f"item {asked.like_item} does not open {asked.kind} of {min(others)} on {on}")
