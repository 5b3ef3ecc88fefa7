"""The addressee system's own door for the body's line systems (団体内統合宛名システム)."""

from typing import Annotated

from msgspec import Meta

from renkei.messages.codec import Message, Part
from renkei.messages.fields import MAX_LIST, Addressee, Line
from renkei.terms.numbers import IndividualNumber


class Person(Part, frozen=True):
    """One person: number, addressee number, and the number under which each line system knows them."""

    addressee: Addressee
    number: IndividualNumber
    lines: dict[str, Line]


class Persons(Message, frozen=True):
    """Register or replace; the reply is `messages.residents.Stored`."""

    persons: Annotated[tuple[Person, ...], Meta(min_length=1, max_length=MAX_LIST)]
