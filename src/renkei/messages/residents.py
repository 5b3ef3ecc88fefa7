"""The resident registry stand-in's own door: an operator loads residents (住民基本台帳法7条, four facts)."""

from typing import Annotated, Literal

from msgspec import Meta

from renkei.messages.codec import Message, Part
from renkei.messages.fields import MAX_LIST, Day, whole
from renkei.terms.numbers import IndividualNumber, ResidentCode
from renkei.terms.secrets import SecretText


class Resident(Part, frozen=True):
    """One resident: both numbers, 氏名・住所・生年月日・性別, and the serial number of the card's certificate."""

    resident: ResidentCode
    number: IndividualNumber
    name: SecretText
    kana: SecretText
    address: SecretText
    born_on: Day
    sex: Literal["m", "f"]
    card: Annotated[str, Meta(pattern=whole("[0-9A-Za-z-]{1,64}"))] | None


class Residents(Message, frozen=True):
    """Register or replace."""

    residents: Annotated[tuple[Resident, ...], Meta(min_length=1, max_length=MAX_LIST)]


class Stored(Message, frozen=True):
    """How many entries are durable now because of this message."""

    stored: int
