"""Envelopes in and out: opened for the body they name, answered in its name, never for another (design 1, 6)."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from renkei.crypto.envelope import open_envelope, seal_envelope
from renkei.messages.codec import Message, decode, encode
from renkei.messages.envelope import Envelope, Header, Label
from renkei.systems.intermediate.service.cabinet import Cabinet
from renkei.systems.intermediate.service.office import Office
from renkei.terms.bodies import CORE, BodyId, SystemName
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

M = TypeVar("M", bound=Message)


@dataclass(frozen=True, slots=True)
class Opened:
    """An envelope's payload, once seal and signature held, and for whom."""

    cabinet: Cabinet
    header: Header
    payload: bytes


def unseal(office: Office, interface: SystemName, envelope: Envelope) -> Opened:
    """Open an envelope that an interface system brought.

    Raises:
        RenkeiError: UNKNOWN_BODY (the recipient is not hosted here, the sender not in the directory), WRONG_ROLE (not
            the recipient's interface system, or a label that this sender may not use), BAD_ENVELOPE.
    """
    header, book = envelope.header, office.book()
    cabinet = office.cabinets.get(header.recipient)
    if cabinet is None:
        raise RenkeiError(Problem.UNKNOWN_BODY, "the recipient is not hosted here")
    if book.interface_of(header.recipient).name != interface:
        raise RenkeiError(Problem.WRONG_ROLE, "not the recipient's interface system")
    _check_label(header)
    try:
        return Opened(cabinet, header, open_envelope(cabinet.identity, envelope, book.sign_keys(header.sender)))
    except RenkeiError:
        office.wake.directory()  # perhaps the sender is new, or its key is
        raise


def _check_label(header: Header) -> None:
    """Codes and notices come from the core alone, answers from bodies alone; nothing else is expected here."""
    from_core = header.sender == CORE
    expected = {Label.CODES, Label.NOTICES} if from_core else {Label.ANSWERS}
    if header.label not in expected:
        raise RenkeiError(Problem.WRONG_ROLE, f"{header.label.value} from {header.sender}")


def reply_to(office: Office, opened: Opened, label: Label, message: Message) -> Envelope:
    """The recipient's reply, sealed to the sender."""
    header = Header(
        label=label,
        sender=opened.cabinet.body,
        recipient=opened.header.sender,
        message=office.new_id(),
        sent_at_ms=office.now(),
        answers=opened.header.message,
    )
    public = office.book().seal_key(opened.header.sender)
    return seal_envelope(opened.cabinet.identity, header, encode(message), public)


@dataclass(frozen=True, slots=True)
class Ask(Generic[M]):
    """A message, the label it goes under, and what it is answered by."""

    label: Label
    message: Message
    answered_by: Label
    reply: type[M]


async def exchange(office: Office, body: BodyId, recipient: BodyId, ask: Ask[M]) -> M:
    """Send a message of a body and read the reply; raises what `Peers.post` raises, and BAD_ENVELOPE."""
    cabinet, book = office.cabinet(body), office.book()
    header = Header(
        label=ask.label,
        sender=body,
        recipient=recipient,
        message=office.new_id(),
        sent_at_ms=office.now(),
    )
    sealed = seal_envelope(cabinet.identity, header, encode(ask.message), book.seal_key(recipient))
    reply = await office.peers.post(body, sealed)
    got = reply.header
    if (got.label, got.sender, got.recipient, got.answers) != (ask.answered_by, recipient, body, header.message):
        raise RenkeiError(Problem.BAD_ENVELOPE, "not the reply to this message")
    payload = open_envelope(cabinet.identity, reply, office.book().sign_keys(recipient))
    return decode(ask.reply, payload)
