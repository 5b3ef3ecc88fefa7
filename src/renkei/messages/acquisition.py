"""Code acquisition (法21条の2, 令27条, 命令41条の2-45): body -> addressee -> residents -> core -> body.

The chain up to the core is one synchronous call, so nobody on the way stores the acquisition number; the code
comes back to the body in an envelope.
"""

from typing import Annotated

from msgspec import Meta

from renkei.messages.codec import Message, Part
from renkei.messages.fields import MAX_LIST, Addressee, Body, HexId, Slug, whole
from renkei.terms.codes import AcquisitionNumber
from renkei.terms.numbers import IndividualNumber, ResidentCode
from renkei.terms.secrets import SecretText


class AddresseeRequest(Part, frozen=True):
    """Intermediate server to the body's addressee system: for whom a code is wanted."""

    acquisition: AcquisitionNumber
    addressee: Addressee


class AddresseeRequests(Message, frozen=True):
    """One body's wishes; the addressee system serves one body only."""

    requests: Annotated[tuple[AddresseeRequest, ...], Meta(min_length=1, max_length=MAX_LIST)]


class NumberRequest(Part, frozen=True):
    """Addressee system to residents: the number goes no further (令27条1項)."""

    acquisition: AcquisitionNumber
    number: IndividualNumber


class NumberRequests(Message, frozen=True):
    """The body is the one in the sender's certificate."""

    requests: Annotated[tuple[NumberRequest, ...], Meta(min_length=1, max_length=MAX_LIST)]


class CardRequest(Part, frozen=True):
    """Disclosure to residents: the card stands for the person; disclosure never sees the number."""

    acquisition: AcquisitionNumber
    card: Annotated[str, Meta(pattern=whole("[0-9A-Za-z-]{1,64}"))]


class CardRequests(Message, frozen=True):
    """From the disclosure system only."""

    requests: Annotated[tuple[CardRequest, ...], Meta(min_length=1, max_length=MAX_LIST)]


class ResidentRequest(Part, frozen=True):
    """Residents to core: the resident record code lives for this call only (令27条3項, G4)."""

    acquisition: AcquisitionNumber
    resident: ResidentCode


class ResidentRequests(Message, frozen=True):
    """For one body."""

    body: Body
    requests: Annotated[tuple[ResidentRequest, ...], Meta(min_length=1, max_length=MAX_LIST)]


class AcquisitionResult(Part, frozen=True):
    """Absent problem: passed on and durable at the core. Else why not (unknown-addressee, unknown-number, ...)."""

    acquisition: AcquisitionNumber
    problem: Slug | None = None


class AcquisitionResults(Message, frozen=True):
    """One per request, in order."""

    results: tuple[AcquisitionResult, ...]


class CodeDelivery(Part, frozen=True):
    """Core to body: the code (命令44条1項), or that the body already has one (44条2項: `code` absent)."""

    id: HexId
    acquisition: AcquisitionNumber
    code: SecretText | None


class CodeDeliveries(Message, frozen=True):
    """Sealed payload for one body."""

    deliveries: Annotated[tuple[CodeDelivery, ...], Meta(min_length=1, max_length=MAX_LIST)]
