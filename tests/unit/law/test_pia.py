"""Which assessment the numbers ask for (特定個人情報保護評価に関する規則4–7条): every boundary from both sides."""

from datetime import date

import pytest

from renkei.law.pia import Level, assessment_level
from renkei.law.rules import Rules
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

ON = date(2026, 11, 23)
RULES = Rules.load()
NONE, BASIC, KEY_POINTS, FULL = Level.NONE, Level.BASIC, Level.KEY_POINTS, Level.FULL

BOUNDARIES = [
    # persons; level for staff 499 without incident, 500 without, 499 with, 500 with
    (0, NONE, NONE, NONE, NONE),
    (999, NONE, NONE, NONE, NONE),
    (1_000, BASIC, BASIC, BASIC, BASIC),
    (9_999, BASIC, BASIC, BASIC, BASIC),
    (10_000, BASIC, KEY_POINTS, KEY_POINTS, KEY_POINTS),
    (99_999, BASIC, KEY_POINTS, KEY_POINTS, KEY_POINTS),
    (100_000, KEY_POINTS, FULL, FULL, FULL),
    (299_999, KEY_POINTS, FULL, FULL, FULL),
    (300_000, FULL, FULL, FULL, FULL),
    (120_000_000, FULL, FULL, FULL, FULL),
]


@pytest.mark.parametrize("row", BOUNDARIES, ids=[str(row[0]) for row in BOUNDARIES])
def test_the_level_on_both_sides_of_every_boundary(row: tuple[int, Level, Level, Level, Level]) -> None:
    persons, *levels = row
    cases = [(499, False), (500, False), (499, True), (500, True)]
    assert [assessment_level(persons, staff, incident, ON, RULES).level for staff, incident in cases] == levels


@pytest.mark.parametrize(
    ("persons", "staff", "incident", "article"),
    [
        (999, 0, False, "規則4条3号"),
        (1_000, 500, True, "規則4条8号イ"),
        (10_000, 499, False, "規則4条8号ロ"),
        (10_000, 500, False, "規則6条1項1号"),
        (10_000, 499, True, "規則6条1項1号"),
        (100_000, 499, False, "規則6条1項2号"),
        (100_000, 500, False, "番号法28条1項"),
        (100_000, 499, True, "規則7条1項"),
        (300_000, 0, False, "番号法28条1項"),
    ],
)
def test_the_article_that_decides_is_named(persons: int, staff: int, incident: bool, article: str) -> None:
    assert article in assessment_level(persons, staff, incident, ON, RULES).article


@pytest.mark.parametrize(("persons", "asked"), [(999, False), (1_000, True), (10_000, True), (300_000, True)])
def test_a_basic_assessment_goes_with_every_other(persons: int, asked: bool) -> None:
    assert ("5条1項" in assessment_level(persons, 500, False, ON, RULES).article) is asked


@pytest.mark.parametrize(("persons", "staff"), [(-1, 0), (0, -1)])
def test_numbers_below_nothing_are_refused(persons: int, staff: int) -> None:
    with pytest.raises(RenkeiError) as caught:
        assessment_level(persons, staff, False, ON, RULES)
    assert caught.value.problem is Problem.WRONG_TYPE


def test_the_thresholds_are_those_of_the_day() -> None:
    with pytest.raises(RenkeiError, match="known from 2025-04-01, not for 2025-03-31"):
        assessment_level(1_000, 0, False, date(2025, 3, 31), RULES)
    assert assessment_level(1_000, 0, False, date(2025, 4, 1), RULES).level is BASIC


def test_the_thresholds_come_from_the_rules() -> None:
    shipped = "\n".join(
        "\t".join([rule.id, str(rule.value * 2), rule.unit.value, rule.law, rule.article, "い", "a", "2025-04-01", ""])
        for rule in RULES.entries
        if rule.id.startswith("pia-")
    )
    doubled = Rules.from_bytes(f"id\tvalue\tunit\tlaw\tarticle\tja\ten\tfrom\tuntil\n{shipped}\n".encode())
    levels = [
        assessment_level(persons, staff, False, ON, doubled).level
        for persons, staff in [
            (1_999, 0), (2_000, 0), (19_999, 1_000), (20_000, 999), (20_000, 1_000),
            (199_999, 999), (200_000, 999), (599_999, 999), (600_000, 0),
        ]
    ]  # fmt: skip
    assert levels == [NONE, BASIC, BASIC, BASIC, KEY_POINTS, BASIC, KEY_POINTS, KEY_POINTS, FULL]
