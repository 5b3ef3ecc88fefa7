"""Whatever the versions say: on each day the dated rows in force are what the version of that day says."""

from collections import Counter
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from renkei.law.compiler.history import folded

DAY = date(2024, 5, 27)
VERSIONS = st.lists(st.lists(st.sampled_from("abcd"), max_size=6), min_size=1, max_size=6)


@given(VERSIONS)
def test_the_rows_in_force_on_each_day_are_those_of_its_version(versions: list[list[str]]) -> None:
    dated = [(DAY + timedelta(days=7 * place), senses) for place, senses in enumerate(versions)]
    rows = folded(dated)
    for start, senses in dated:
        for day in (start, start + timedelta(days=6)):
            in_force = [each.sense for each in rows if each.start <= day and (each.until is None or day < each.until)]
            assert Counter(in_force) == Counter(senses)
    assert all(each.until is None or each.start < each.until for each in rows)
