"""Items, kinds, and dates as the law counts them: in Japan."""

from datetime import UTC, date, datetime

import pytest

from renkei.terms.affairs import (
    ASKED_AHEAD_MS,
    ASKED_BEHIND_MS,
    InstantMs,
    asked_item,
    information_kind,
    is_ordinance_affair,
    item_number,
    japan_text,
    law_date,
    timely,
    utc_text,
)
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem


def instant(text: str) -> InstantMs:
    return InstantMs(int(datetime.fromisoformat(text).timestamp() * 1000))


@pytest.mark.parametrize("text", ["1", "48", "160", "12-2", "36-2", "12-2-3", "9999", "1-99"])
def test_an_item_is_a_number_with_branches(text: str) -> None:
    assert item_number(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "01",
        "12-",
        "-2",
        "12-0",
        "12-02",
        "12--2",
        "12の2",
        "十二",
        "１２",
        "12-2-3-4",
        "12-2\n",
        "12345",
        "12-100",
    ],
)
def test_anything_else_is_no_item(text: str) -> None:
    with pytest.raises(RenkeiError) as caught:
        item_number(text)
    assert caught.value.problem is Problem.WRONG_TYPE


@pytest.mark.parametrize("text", ["ord-141003-1", "ord-000001-9999"])
def test_an_inquiry_may_name_an_ordinance_affair_where_the_table_has_only_numbers(text: str) -> None:
    assert asked_item(text) == text
    assert is_ordinance_affair(asked_item(text))
    with pytest.raises(RenkeiError):
        item_number(text)


@pytest.mark.parametrize("text", ["48", "12-2"])
def test_an_item_of_the_table_may_be_asked_and_is_no_ordinance_affair(text: str) -> None:
    assert not is_ordinance_affair(asked_item(text))


@pytest.mark.parametrize(
    "text", ["", "ord", "ord-1", "ord-141003", "ord-141003-0", "ord-141003-01", "ord-141003-1\n", "ORD-141003-1", "0"]
)
def test_anything_else_may_not_be_asked(text: str) -> None:
    with pytest.raises(RenkeiError) as caught:
        asked_item(text)
    assert caught.value.problem is Problem.WRONG_TYPE


@pytest.mark.parametrize("text", ["local-tax", "a", "a1-b2", "x" * 80])
def test_a_kind_is_a_lower_case_id(text: str) -> None:
    assert information_kind(text) == text


@pytest.mark.parametrize("text", ["", "Local-Tax", "local_tax", "-a", "a-", "a--b", "x" * 81, "地方税", "a\n"])
def test_anything_else_is_no_kind(text: str) -> None:
    with pytest.raises(RenkeiError) as caught:
        information_kind(text)
    assert caught.value.problem is Problem.WRONG_TYPE


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-03-31T14:59:59.999+00:00", date(2026, 3, 31)),
        ("2026-03-31T15:00:00.000+00:00", date(2026, 4, 1)),
        ("2026-04-01T00:00:00.000+09:00", date(2026, 4, 1)),
        ("1970-01-01T00:00:00.000+00:00", date(1970, 1, 1)),
        ("2024-02-28T15:00:00.000+00:00", date(2024, 2, 29)),
    ],
)
def test_a_rule_takes_effect_at_midnight_in_japan(moment: str, day: date) -> None:
    assert law_date(instant(moment)) == day


def test_the_machines_own_time_zone_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = instant("2026-03-31T15:00:00+00:00")
    for zone in ("UTC", "America/Los_Angeles", "Asia/Tokyo"):
        monkeypatch.setenv("TZ", zone)
        assert law_date(moment) == date(2026, 4, 1)
        assert japan_text(moment) == "2026-04-01 00:00:00"
        assert utc_text(moment) == "2026-03-31T15:00:00.000Z"


def test_utc_text_is_rfc_3339_with_milliseconds() -> None:
    moment = instant("2026-06-14T00:00:00.007+00:00")
    assert utc_text(moment) == "2026-06-14T00:00:00.007Z"
    assert datetime.fromisoformat(utc_text(moment)).tzinfo is not None
    assert datetime.fromisoformat(utc_text(moment)).astimezone(UTC).microsecond == 7_000


@pytest.mark.parametrize(
    ("asked", "fits"),
    [
        (-ASKED_BEHIND_MS - 1, False),
        (-ASKED_BEHIND_MS, True),
        (0, True),
        (ASKED_AHEAD_MS, True),
        (ASKED_AHEAD_MS + 1, False),
    ],
)
def test_a_request_may_be_seven_days_old_and_five_minutes_ahead(asked: int, fits: bool) -> None:
    now = 1_800_000_000_000
    assert timely(InstantMs(now + asked), InstantMs(now)) is fits
