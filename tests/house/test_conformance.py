"""CONFORMANCE.md answers every demand, once, and names only files that exist."""

import re

import pytest

from tests.house.tree import NAMED_FILE, missing_files, page

THEMES = {"G": 19, "U": 6, "S": 17, "M": 18, "D": 7, "P": 3, "E": 10, "T": 2, "L": 3}
IDS = [f"{letter}{number}" for letter, last in THEMES.items() for number in range(1, last + 1)]
ROW = re.compile(r"^\| ([A-Z]\d+) \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)
TEXT = page("CONFORMANCE.md")
ROWS = {found[1]: found for found in ROW.finditer(TEXT)}


def test_every_demand_is_answered_once_and_in_order() -> None:
    assert [found[1] for found in ROW.finditer(TEXT)] == IDS


@pytest.mark.parametrize("demand", IDS)
def test_an_answer_is_done_planned_or_the_operators(demand: str) -> None:
    assert ROWS[demand][3] in {"done", "planned", "operator"}


@pytest.mark.parametrize("demand", IDS)
def test_what_is_done_names_where(demand: str) -> None:
    row = ROWS[demand]
    assert row[3] != "done" or NAMED_FILE.search(row[4]), f"{demand} is done, but where?"


@pytest.mark.parametrize("demand", IDS)
def test_what_is_planned_names_its_theme(demand: str) -> None:
    row = ROWS[demand]
    assert row[3] != "planned" or re.match(r"[a-z' -]+(:|$)", row[4])


def test_every_file_that_is_named_exists() -> None:
    assert missing_files(TEXT) == []


def test_it_says_where_we_differ() -> None:
    assert "## Where we differ from the real system, and what we cannot know" in TEXT
