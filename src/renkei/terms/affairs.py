"""What is asked under which rule: items of the ordinance's table, kinds of information, periods."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final, NewType

from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

ItemNumber = NewType("ItemNumber", str)
"""項 of the table of 提供命令2条 in Arabic digits: `48`, and with 枝番 `12-2` (十二の二); or an `OrdinanceAffairId`."""
OrdinanceAffairId = NewType("OrdinanceAffairId", ItemNumber)
"""条例事務 (法19条9号): stands where others have an item; `ord-141003-1` begins with 全国地方公共団体コード."""
ArticleNumber = NewType("ArticleNumber", str)
"""条 of the ordinance in Arabic digits: `50`, `36-2`."""
InformationKind = NewType("InformationKind", str)
"""特定個人情報名: id of a kind of information, e.g. `local-tax` (地方税関係情報)."""
Category = NewType("Category", str)
"""Kind of body that the ordinance names as inquirer or provider, e.g. `municipal-mayor` (市町村長)."""
InstantMs = NewType("InstantMs", int)
"""A moment: milliseconds since 1970-01-01T00:00:00Z."""

ASKED_AHEAD_MS: Final = 5 * 60_000
"""How far another system's clock may be ahead of the core's: an inquiry asked later than that is refused."""
ASKED_BEHIND_MS: Final = 7 * 86_400_000
"""How long a body may keep trying to send an inquiry that it asked."""

JAPAN: Final = timezone(timedelta(hours=9), "JST")
_ITEM: Final = re.compile(r"[1-9][0-9]{0,3}(?:-[1-9][0-9]?){0,2}")
_ORDINANCE_AFFAIR: Final = re.compile(r"ord-[0-9]{6}-[1-9][0-9]{0,3}")
_KIND: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def item_number(text: str) -> ItemNumber:
    """Check the form of an item number; raises WRONG_TYPE."""
    if not _ITEM.fullmatch(text):
        raise RenkeiError(Problem.WRONG_TYPE, "item number")
    return ItemNumber(text)


def asked_item(text: str) -> ItemNumber:
    """Check the form of what an inquiry may name as its item: a number of the table or an ordinance affair's id."""
    return ItemNumber(text) if _ORDINANCE_AFFAIR.fullmatch(text) else item_number(text)


def is_ordinance_affair(item: ItemNumber) -> bool:
    """Whether an item of a checked form names an affair by a local ordinance (法19条9号), not a row of the table."""
    return item.startswith("ord-")


def information_kind(text: str) -> InformationKind:
    """Check the form of an information kind's id; raises WRONG_TYPE."""
    if len(text) > 80 or not _KIND.fullmatch(text):
        raise RenkeiError(Problem.WRONG_TYPE, "information kind")
    return InformationKind(text)


def law_date(moment: InstantMs) -> date:
    """The calendar date in Japan at that moment: rules take effect at midnight there."""
    return datetime.fromtimestamp(moment / 1000, tz=JAPAN).date()


def timely(asked: InstantMs, now: InstantMs) -> bool:
    """Whether an inquiry asked at one moment may be decided at the other, the core's own."""
    return now - ASKED_BEHIND_MS <= asked <= now + ASKED_AHEAD_MS


def utc_text(moment: InstantMs) -> str:
    """RFC 3339 text in UTC with milliseconds, for logs and records."""
    return datetime.fromtimestamp(moment / 1000, tz=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def japan_text(moment: InstantMs) -> str:
    """`2026-06-14 09:00:00` in Japan time, for people."""
    return datetime.fromtimestamp(moment / 1000, tz=JAPAN).strftime("%Y-%m-%d %H:%M:%S")
