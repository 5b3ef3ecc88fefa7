"""The list of a day is the one announced last before it, in whatever order lists were announced."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from renkei.law.editions import Editions
from renkei.messages.codec import decode, encode
from renkei.messages.directory import AnnouncedList, Directory
from renkei.systems.core.rules.lists import with_list, without_list
from renkei.terms.affairs import InstantMs

NOW = InstantMs(1_790_000_000_000)  # 2026-09-21 in Japan
TODAY = date(2026, 9, 21)
EMPTY = Directory(
    number=1,
    made_at_ms=NOW,
    list_version="0" * 64,
    log_origin="log",
    log_key="key",
    witness_keys=(),
    sign_key=bytes(32),
    seal_key=bytes(1216),
    systems=(),
    bodies=(),
)
days = st.integers(min_value=1, max_value=12).map(lambda ahead: TODAY + timedelta(days=ahead))
versions = st.integers(min_value=1, max_value=4).map(lambda number: f"{number:064x}")
changes = st.lists(st.tuples(days, st.none() | versions), max_size=12)
"""Announced for that day, in place of what was there; None: withdrawn."""


@given(changes)
def test_the_list_of_every_day_is_the_newest_that_was_announced_and_not_withdrawn(
    made: list[tuple[date, str | None]],
) -> None:
    directory, plain = EMPTY, dict[date, str]()
    for day, version in made:
        text = day.isoformat()
        if version is None:
            directory = without_list(directory, text, NOW)
            plain.pop(day, None)
        else:
            directory = with_list(directory, AnnouncedList(version=version, applies_from=text), NOW)
            plain[day] = version
    law = Editions.of_directory(decode(Directory, encode(directory)), {})
    applies = "0" * 64
    for ahead in range(-2, 16):
        day = TODAY + timedelta(days=ahead)
        applies = plain.get(day, applies)
        assert law.version_at(day) == applies
    assert set(law.versions()) == {"0" * 64, *plain.values()}
