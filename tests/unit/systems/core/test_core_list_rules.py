"""Which list may be announced for which day: what applies on a day that has come never changes."""

from datetime import UTC, datetime, timedelta

import pytest

from renkei.messages.directory import AnnouncedList
from renkei.systems.core.rules import lists
from renkei.terms.affairs import ASKED_AHEAD_MS, JAPAN, InstantMs
from renkei.terms.bodies import BodyState
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

from .builders import LAW, MAYOR, NOW, OTHER, body, directory

TODAY, TOMORROW, LATER = "2026-09-21", "2026-09-22", "2026-09-23"
MIDNIGHT = InstantMs(int(datetime(2026, 9, 22, tzinfo=JAPAN).astimezone(UTC).timestamp() * 1000))


def newer(day: str, version: str = "f" * 64) -> AnnouncedList:
    return AnnouncedList(version=version, applies_from=day)


def days(found: tuple[AnnouncedList, ...]) -> list[tuple[str, str]]:
    return [(each.applies_from, each.version[0]) for each in found]


@pytest.mark.parametrize("day", ["2026-09-20", TODAY])
def test_a_day_that_has_come_is_closed(day: str) -> None:
    with pytest.raises(RenkeiError) as error:
        lists.with_list(directory(), newer(day), NOW)
    assert error.value.problem is Problem.WRONG_STATE
    with pytest.raises(RenkeiError) as error:
        lists.without_list(directory(), day, NOW)
    assert error.value.problem is Problem.WRONG_STATE


def test_a_day_that_does_not_exist_is_no_day() -> None:
    with pytest.raises(RenkeiError) as error:
        lists.with_list(directory(), newer("2026-11-31"), NOW)
    assert error.value.problem is Problem.WRONG_TYPE


def test_tomorrow_closes_before_an_inquiry_may_bear_its_date() -> None:
    closing = MIDNIGHT - ASKED_AHEAD_MS - lists.MARGIN_MS
    open_still, closed = InstantMs(closing - 1), InstantMs(closing)
    assert days(lists.with_list(directory(), newer(TOMORROW), open_still).announced) == [(TOMORROW, "f")]
    with pytest.raises(RenkeiError):
        lists.with_list(directory(), newer(TOMORROW), closed)
    assert lists.closed_until(open_still) + timedelta(days=1) == lists.closed_until(closed)


def test_lists_stand_in_the_order_of_their_days_and_another_for_the_same_day_takes_its_place() -> None:
    found = lists.with_list(directory(), newer(LATER), NOW)
    found = lists.with_list(found, newer(TOMORROW, "e" * 64), NOW)
    found = lists.with_list(found, newer(LATER, "d" * 64), NOW)
    assert days(found.announced) == [(TOMORROW, "e"), (LATER, "d")]


def test_what_is_withdrawn_is_gone_and_withdrawing_it_again_changes_nothing() -> None:
    found = lists.with_list(lists.with_list(directory(), newer(LATER), NOW), newer(TOMORROW, "e" * 64), NOW)
    once = lists.without_list(found, TOMORROW, NOW)
    assert days(once.announced) == [(LATER, "f")]
    assert lists.without_list(once, TOMORROW, NOW) == once


# Categories of bodies.


def test_every_category_of_a_body_must_stand_in_the_list() -> None:
    lists.check_categories(LAW, [body(MAYOR), body(OTHER, "municipal-mayor", "city-mayor")])
    with pytest.raises(RenkeiError) as error:
        lists.check_categories(LAW, [body(MAYOR), body(OTHER, "mayor-of-nowhere")])
    assert (error.value.problem, OTHER in error.value.detail) == (Problem.WRONG_TYPE, True)


def test_what_a_body_was_that_has_ended_does_not_matter() -> None:
    lists.check_categories(LAW, [body(OTHER, "mayor-of-nowhere", state=BodyState.ENDED)])
