"""The addressee system's own door for the body's line systems (団体内統合宛名システム)."""

from typing import Annotated, Final

from msgspec import Meta

from renkei.messages.codec import Message, Part
from renkei.messages.fields import MAX_LIST, Addressee, Line
from renkei.terms.numbers import IndividualNumber

MAX_LINES: Final = 100
"""Line systems (既存システム) of one body."""


class Person(Part, frozen=True):
    """One person: number, addressee number, and the number under which each line system knows them."""

    addressee: Addressee
    number: IndividualNumber
    lines: Annotated[dict[Annotated[str, Meta(min_length=1, max_length=100)], Line], Meta(max_length=MAX_LINES)]


class Persons(Message, frozen=True):
    """Register or replace; the reply is `messages.residents.Stored`."""

    persons: Annotated[tuple[Person, ...], Meta(min_length=1, max_length=MAX_LIST)]
