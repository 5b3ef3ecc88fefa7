"""特定個人情報保護評価: which assessment a file needs, by number (特定個人情報保護評価に関する規則4–7条, 法28条1項).

Only the numbers decide here. Files that are exempt whatever their number (規則4条1号・2号・4号–7号: personnel files,
manual files, health insurance societies, mutual aid associations, …) are not asked about.
"""

from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final

from renkei.law.rules import Rules
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem


class Level(Enum):
    """しきい値判断: the assessment asked for; a basic one goes with each of the heavier two (規則5条1項)."""

    NONE = "none"
    """対象外."""
    BASIC = "basic"
    """基礎項目評価."""
    KEY_POINTS = "key-points"
    """重点項目評価, with 基礎項目評価."""
    FULL = "full"
    """全項目評価, with 基礎項目評価."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """The level and the provisions that say so, the deciding one first."""

    level: Level
    article: str


_REGULATION: Final = "特定個人情報保護評価に関する規則"
_NONE: Final = Assessment(Level.NONE, f"{_REGULATION}4条3号")
_BASIC_SMALL: Final = Assessment(Level.BASIC, f"{_REGULATION}4条8号イ・5条1項")
_BASIC: Final = Assessment(Level.BASIC, f"{_REGULATION}4条8号ロ・5条1項")
_KEY_POINTS: Final = Assessment(Level.KEY_POINTS, f"{_REGULATION}6条1項1号・5条1項")
_KEY_POINTS_LARGE: Final = Assessment(Level.KEY_POINTS, f"{_REGULATION}6条1項2号・5条1項")
# Local governments by art. 7(1) of the regulation, which stands in the place of 法28条1項 (規則4条10号).
_FULL: Final = Assessment(Level.FULL, f"番号法28条1項(地方公共団体等は{_REGULATION}7条1項)・同規則5条1項")


def assessment_level(persons: int, staff: int, incident: bool, on: date, rules: Rules) -> Assessment:  # noqa: FBT001 - a fact of the file
    """Which assessment the law asks for, by number, as of that day.

    Args:
        persons: 本人の数の総数, in all files that the affair handles.
        staff: 当該事務に従事する者の数.
        incident: whether a grave incident (重大事故, as the guidelines define it) happened at the body, or became known
            to it, within `pia-incident-years`.
        on: the day in Japan.
        rules: thresholds, by `pia-…`.

    Raises:
        RenkeiError: WRONG_TYPE for a negative number, and for a day for which the thresholds are not known.
    """
    if persons < 0 or staff < 0:
        raise RenkeiError(Problem.WRONG_TYPE, "negative number of persons or staff")
    if persons < rules.value("pia-persons-basic", on):
        return _NONE
    if persons < rules.value("pia-persons-key-points", on):
        return _BASIC_SMALL
    heavier = incident or staff >= rules.value("pia-staff-large", on)
    if persons < rules.value("pia-persons-large", on):
        return _KEY_POINTS if heavier else _BASIC
    if persons < rules.value("pia-persons-full", on) and not heavier:
        return _KEY_POINTS_LARGE
    return _FULL
