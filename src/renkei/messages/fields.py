"""The fields that many messages share, with their forms and limits. Limits are documented in docs/operate/limits.md."""

from datetime import date
from enum import Enum
from typing import Annotated, Final

from msgspec import Meta

from renkei.messages.codec import Part
from renkei.terms.affairs import (
    ArticleNumber,
    Category,
    InformationKind,
    InstantMs,
    ItemNumber,
    OrdinanceAffairId,
)
from renkei.terms.bodies import AddresseeNumber, BodyId, LineNumber, SystemName

MAX_LIST: Final = 1_000
"""Entries in one list message."""
MAX_ITEMS: Final = 100
"""Items of information in one inquiry."""


def whole(pattern: str) -> str:
    """The pattern for all of a text and nothing else.

    A bare `$` would let a trailing newline through in Python; this form means the same in Python and in JSON Schema.
    """
    return f"^(?:{pattern})$(?!\\n)"


_NAME_PATTERN: Final = whole("[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
Body = Annotated[BodyId, Meta(pattern=_NAME_PATTERN, description="情報保有機関の識別子")]
System = Annotated[SystemName, Meta(pattern=_NAME_PATTERN)]
Addressee = Annotated[AddresseeNumber, Meta(pattern=whole("[0-9A-Za-z-]{1,32}"), description="団体内統合宛名番号")]
Line = Annotated[LineNumber, Meta(pattern=whole("[0-9A-Za-z-]{1,32}"), description="宛名番号")]
_ITEM: Final = "[1-9][0-9]{0,3}(?:-[1-9][0-9]?){0,2}"
_AFFAIR: Final = "ord-[0-9]{6}-[1-9][0-9]{0,3}"
TableItem = Annotated[ItemNumber, Meta(pattern=whole(_ITEM), description="提供命令2条の表の項, e.g. 48 or 12-2")]
AffairId = Annotated[OrdinanceAffairId, Meta(pattern=whole(_AFFAIR), description="条例事務, e.g. ord-141003-1")]
Item = Annotated[
    ItemNumber,
    Meta(
        pattern=whole(f"{_ITEM}|{_AFFAIR}"),
        description="提供命令2条の表の項, e.g. 48 or 12-2; 条例事務 (法19条9号) は, e.g. ord-141003-1",
    ),
]
Article = Annotated[ArticleNumber, Meta(pattern=whole(_ITEM), description="提供命令の条")]
Kind = Annotated[
    InformationKind,
    Meta(pattern=whole("[a-z0-9]+(?:-[a-z0-9]+)*"), max_length=80, description="利用特定個人情報の種類"),
]
BodyCategory = Annotated[Category, Meta(pattern=whole("[a-z0-9]+(?:-[a-z0-9]+)*"), max_length=80)]
ItemName = Annotated[str, Meta(min_length=1, max_length=100, description="項目名")]
ItemNames = Annotated[tuple[ItemName, ...], Meta(min_length=1, max_length=MAX_ITEMS)]
Unit = Annotated[str, Meta(min_length=1, max_length=100, description="事務をつかさどる組織の名称 (命令40条2項2号)")]
HexId = Annotated[str, Meta(pattern=whole("[0-9a-f]{32}"))]
RequestId = Annotated[
    str, Meta(pattern=whole("[0-9A-Za-z._-]{1,64}"), description="呼出側が付ける番号。再送には同じ番号を使う")
]
Moment = Annotated[
    InstantMs,
    Meta(
        ge=0, le=253_402_268_399_999, description="milliseconds since 1970-01-01T00:00:00Z, to the end of 9999 in Japan"
    ),
]
Day = Annotated[str, Meta(pattern=whole("[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"))]
Position = Annotated[int, Meta(ge=0, lt=2**53)]
"""Of a record, a result or a leaf in its order: no more than every reader of JSON has exactly (RFC 8259 §6)."""
Digest = Annotated[bytes, Meta(min_length=32, max_length=32)]
Salt = Annotated[bytes, Meta(min_length=32, max_length=32)]
ListVersion = Annotated[str, Meta(pattern=whole("[0-9a-f]{64}"), description="照会許可照合リストの版 (SHA-256)")]
Slug = Annotated[str, Meta(pattern=whole("[a-z-]{1,40}"))]


class Period(Part, frozen=True):
    """対象期間: the days of the information that is asked, both inclusive."""

    first: Day
    last: Day

    def __post_init__(self) -> None:
        if date.fromisoformat(self.first) > date.fromisoformat(self.last):
            raise ValueError("a period ends on or after the day on which it begins")


class Outcome(Enum):
    """What came of a permitted inquiry; `held` is not final."""

    PROVIDED = "provided"
    WITHHELD = "withheld"
    NOT_HELD = "not-held"
    LAPSED = "lapsed"
    HELD = "held"
