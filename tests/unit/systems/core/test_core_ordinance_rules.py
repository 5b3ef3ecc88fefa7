"""What the commission passes on, and what it makes of the directory (平成28年規則5号3条・4条, 規則6号2条・3条)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from renkei.law.list import PermissionList
from renkei.law.ordinance import in_force
from renkei.messages.directory import BodyEntry, Directory
from renkei.messages.ordinance import Ending, OrdinanceAffair, OrdinanceNotices
from renkei.systems.core.rules.ordinance import with_notices
from renkei.systems.core.rules.register import renumbered, with_own
from renkei.terms.affairs import Category, InstantMs
from renkei.terms.bodies import BodyId
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from tests.unit.law.ordinances import AFFAIR, CITY, OTHER_CITY, affair, limitation

from .builders import LAW, OWN, body, directory

NOW = InstantMs(int(datetime(2026, 11, 23, 3, tzinfo=UTC).timestamp() * 1000))
TODAY, TOMORROW = "2026-11-23", "2026-11-24"


def city(name: BodyId, code: str) -> BodyEntry:
    return msgspec.structs.replace(body(name), code=code, categories=(Category("municipal-mayor"),))


DIRECTORY = directory(city(CITY, "141003"), city(OTHER_CITY, "141305"))


def lists(_on: date) -> PermissionList:
    return LAW


def after(directory: Directory, now: InstantMs = NOW, **notices: Any) -> Directory:
    return with_notices(directory, OrdinanceNotices(**notices), lists, now)


def public(entry: OrdinanceAffair) -> OrdinanceAffair:
    """As the core publishes it today."""
    return msgspec.structs.replace(entry, published_on=TODAY)


def ending(name: str, until: str, notified_on: str = TODAY) -> Ending:
    return Ending(id=name, notified_on=notified_on, until=until)


def test_what_was_notified_stands_in_the_directory_in_the_order_of_ids() -> None:
    second = affair(id="ord-141003-2")
    found = after(DIRECTORY, affairs=(second, affair()), limitations=(limitation(),))
    assert found.ordinance_affairs == (public(affair()), public(second))
    assert found.limitations == (limitation(),)
    assert msgspec.structs.replace(found, ordinance_affairs=(), limitations=()) == DIRECTORY


def test_the_same_again_changes_nothing_even_after_its_end() -> None:
    found = after(DIRECTORY, affairs=(affair(),), limitations=(limitation(),))
    assert renumbered(after(found, affairs=(affair(),), limitations=(limitation(),)), found, NOW) is None
    ended = after(found, endings=(ending(AFFAIR, TOMORROW),))
    assert renumbered(after(ended, affairs=(affair(),)), ended, NOW) is None
    assert renumbered(after(ended, endings=(ending(AFFAIR, TOMORROW),)), ended, NOW) is None


def test_an_affair_is_asked_by_from_the_day_on_which_it_is_public() -> None:
    """規則5号3条4項: whatever day the notification names, nobody could know of it before."""
    claimed = affair(starts_on="2026-06-01", published_on="2026-06-01")
    (published,) = after(DIRECTORY, affairs=(claimed,)).ordinance_affairs
    day = date.fromisoformat(TODAY)
    assert published.published_on == TODAY
    assert in_force(published, day)
    assert not in_force(published, day - timedelta(days=1))


def test_an_id_means_one_thing_for_ever() -> None:
    found = after(DIRECTORY, affairs=(affair(),), limitations=(limitation(),))
    for other in ({"affairs": (affair(name_ja="別の事務"),)}, {"limitations": (limitation(ordinance="別の条例"),)}):
        with pytest.raises(RenkeiError) as caught:
            after(found, **other)
        assert caught.value.problem is Problem.REPEATED_OTHERWISE


def test_a_change_is_an_end_and_a_new_entry_in_one_message() -> None:
    found = after(DIRECTORY, affairs=(affair(),))
    renamed = affair(id="ord-141003-2", name_ja="こどもの医療費の助成", starts_on=TOMORROW)
    changed = after(found, affairs=(renamed,), endings=(ending(AFFAIR, TOMORROW),))
    assert changed.ordinance_affairs == (public(affair(until=TOMORROW)), public(renamed))


@pytest.mark.parametrize(
    ("notices", "problem", "why"),
    [
        ({"affairs": (affair(body=BodyId("nobody")),)}, Problem.UNKNOWN_BODY, "ord-141003-1: nobody"),
        ({"affairs": (affair(id="ord-141305-1"),)}, Problem.WRONG_TYPE, "local government code"),
        ({"affairs": (affair(notified_on=TOMORROW, starts_on=TOMORROW),)}, Problem.WRONG_TYPE, "has not come"),
        ({"limitations": (limitation(notified_on="2026-04-01"),)}, Problem.WRONG_TYPE, "by 2025-03-31"),
        ({"limitations": (limitation(body=BodyId("nobody")),)}, Problem.UNKNOWN_BODY, "lim-141305-1: nobody"),
        ({"endings": (ending(AFFAIR, TOMORROW),)}, Problem.WRONG_STATE, "ord-141003-1: not in the directory"),
        (
            {"affairs": (affair(),), "endings": (ending(AFFAIR, TOMORROW), ending(AFFAIR, "2027-01-01"))},
            Problem.WRONG_TYPE,
            "stands twice",
        ),
        ({"affairs": (affair(), affair(name_ja="別の事務"))}, Problem.REPEATED_OTHERWISE, "ord-141003-1"),
    ],
)
def test_what_does_not_meet_the_rule_is_refused_with_its_reason(
    notices: dict[str, Any], problem: Problem, why: str
) -> None:
    with pytest.raises(RenkeiError, match=why) as caught:
        after(DIRECTORY, **notices)
    assert caught.value.problem is problem


def test_5_4_an_affair_ends_on_a_day_that_has_not_come() -> None:
    found = after(DIRECTORY, affairs=(affair(),))
    assert after(found, endings=(ending(AFFAIR, TOMORROW),)).ordinance_affairs[0].until == TOMORROW
    for until in (TODAY, "2026-06-01"):
        with pytest.raises(RenkeiError, match="2026-11-23 is closed") as caught:
            after(found, endings=(ending(AFFAIR, until, notified_on="2026-05-01"),))
        assert caught.value.problem is Problem.WRONG_STATE


def test_an_end_may_be_moved_as_long_as_it_has_not_come() -> None:
    found = after(DIRECTORY, affairs=(affair(until="2026-12-01"),))
    assert after(found, endings=(ending(AFFAIR, "2027-04-01"),)).ordinance_affairs[0].until == "2027-04-01"
    over = after(DIRECTORY, affairs=(affair(until=TODAY),))
    with pytest.raises(RenkeiError, match="is closed"):
        after(over, endings=(ending(AFFAIR, "2027-04-01"),))


def test_an_end_is_notified_first_and_is_not_before_the_beginning() -> None:
    found = after(DIRECTORY, affairs=(affair(starts_on="2027-04-01"),))
    with pytest.raises(RenkeiError, match="has not come"):
        after(found, endings=(ending(AFFAIR, "2027-05-01", notified_on=TOMORROW),))
    with pytest.raises(RenkeiError, match="it begins on 2027-04-01"):
        after(found, endings=(ending(AFFAIR, "2027-03-31"),))
    assert after(found, endings=(ending(AFFAIR, "2027-04-01"),)).ordinance_affairs[0].until == "2027-04-01"


def test_6_3_a_limitation_ends_as_late_as_it_began() -> None:
    """規則6号3条: the demands of art. 2 apply to the end too, and so does its notice two fiscal years ahead."""
    found = after(DIRECTORY, limitations=(limitation(),))
    with pytest.raises(RenkeiError, match="lim-141305-1: was to be notified by 2026-03-31"):
        after(found, endings=(ending("lim-141305-1", "2027-04-01"),))
    assert after(found, endings=(ending("lim-141305-1", "2028-04-01"),)).limitations[0].until == "2028-04-01"


def test_an_affair_is_held_against_the_list_of_its_first_day_or_of_today() -> None:
    asked: list[date] = []

    def remember(on: date) -> PermissionList:
        asked.append(on)
        return LAW

    for starts_on in ("2026-06-01", "2027-04-01"):
        with_notices(DIRECTORY, OrdinanceNotices(affairs=(affair(starts_on=starts_on),)), remember, NOW)
    assert asked == [date(2026, 11, 23), date(2027, 4, 1)]


def test_an_upgrade_of_the_core_keeps_what_was_notified() -> None:
    found = after(DIRECTORY, affairs=(affair(),), limitations=(limitation(),))
    kept = with_own(found, OWN)
    assert (kept.ordinance_affairs, kept.limitations) == (found.ordinance_affairs, found.limitations)
