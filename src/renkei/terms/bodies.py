"""Bodies, systems and roles: who may speak on the network."""

import re
from enum import Enum
from typing import Final, NewType

from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

BodyId = NewType("BodyId", str)
"""情報保有機関: lower-case id of a body, e.g. `141003-mayor`; 首長部局 and 教育委員会 of one city are two bodies."""
SystemName = NewType("SystemName", str)
"""Name of one running system, e.g. `intermediate-1`."""
AddresseeNumber = NewType("AddresseeNumber", str)
"""団体内統合宛名番号: one per person inside a body."""
LineNumber = NewType("LineNumber", str)
"""宛名番号: one per person per line system."""

CORE: Final = BodyId("core")
"""The core's name as sender and recipient of envelopes."""
DISCLOSURE: Final = BodyId("disclosure")
"""情報提供等記録開示システム, a body like any other (design 1)."""

_ID: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_PERSON_NUMBER: Final = re.compile(r"[0-9A-Za-z-]{1,32}")


def body_id(text: str) -> BodyId:
    """Check the form of a body's id; raises WRONG_TYPE."""
    return BodyId(_checked(text, "body id"))


def system_name(text: str) -> SystemName:
    """Check the form of a system's name; raises WRONG_TYPE."""
    return SystemName(_checked(text, "system name"))


def addressee_number(text: str) -> AddresseeNumber:
    """Check the form of an addressee number: 1 to 32 ASCII letters, digits or hyphens; raises WRONG_TYPE."""
    if not _PERSON_NUMBER.fullmatch(text):
        raise RenkeiError(Problem.WRONG_TYPE, "addressee number")
    return AddresseeNumber(text)


def _checked(text: str, what: str) -> str:
    if not _ID.fullmatch(text):
        raise RenkeiError(Problem.WRONG_TYPE, what)
    return text


class Role(Enum):
    """What a certificate lets its holder be; each door lists the roles that may knock."""

    CORE = "core"
    INTERFACE = "interface"
    INTERMEDIATE = "intermediate"
    ADDRESSEE = "addressee"
    RESIDENTS = "residents"
    DISCLOSURE = "disclosure"
    SUPERVISION = "supervision"
    CERTIFICATION = "certification"
    LINE = "line"
    OPERATOR = "operator"
    COMMISSION = "commission"
    CARD = "card"


class BodyState(Enum):
    """接続の状態."""

    CONNECTED = "connected"
    SUSPENDED = "suspended"
    ENDED = "ended"


class PiaState(Enum):
    """特定個人情報保護評価 (法28条): a breach blocks inquiries (法21条2項)."""

    IN_ORDER = "in-order"
    BREACH = "breach"
