"""The sealed and signed envelope between two of {body, core}; interface systems see the header and the size only."""

from enum import Enum
from typing import Annotated, Final

from msgspec import Meta, Raw

from renkei.messages.codec import Message, Part
from renkei.messages.fields import Body, HexId, Moment

KEY_BYTES: Final = 8 + 1_120 + 48
MAX_ENVELOPES: Final = 256
NO_ENVELOPE: Final = Raw(b"null")


class Label(Enum):
    """What an envelope carries. The label is bound into the seal, so one cannot pass for another."""

    INQUIRIES = "inquiries"
    INQUIRY_REPLIES = "inquiry-replies"
    NOTICES = "notices"
    ANSWERS = "answers"
    REPORTS = "reports"
    CODES = "codes"
    ACKS = "acks"
    HOLDERS = "holders"
    HOLDER_REPLIES = "holder-replies"
    RECORDS = "records"
    RECORD_REPLIES = "record-replies"


class Header(Part, frozen=True):
    """What interface systems may see: kind, both parties, id and time. All of it is bound into the seal."""

    label: Label
    sender: Body
    recipient: Body
    message: HexId
    sent_at_ms: Moment
    answers: HexId | None = None
    """The message that this one replies to."""


class Envelope(Message, frozen=True):
    """Header, ciphertext, and the key for it: sealed to the recipient (HPKE, RFC 9180) and signed by the sender.

    `key` is when it was made (milliseconds, 8 bytes), then encapsulated key (1,120) and the sealed key (48);
    `signature` is Ed25519 over parties and `key`; `sealed` is a number (8 bytes), then AES-256-GCM under both.
    """

    header: Header
    key: Annotated[bytes, Meta(min_length=KEY_BYTES, max_length=KEY_BYTES)]
    signature: Annotated[bytes, Meta(min_length=64, max_length=64)]
    sealed: bytes


class Envelopes(Message, frozen=True):
    """What one server has for another, of whichever bodies: each an `Envelope`, handed on byte for byte as it came."""

    envelopes: Annotated[tuple[Raw, ...], Meta(min_length=1, max_length=MAX_ENVELOPES)]


class EnvelopeReply(Part, frozen=True):
    """What became of one envelope: the recipient's reply, or the problem that it met on its way or there."""

    envelope: Raw = NO_ENVELOPE
    """An `Envelope`; null beside a problem."""
    problem: str | None = None
    detail: str = ""


class EnvelopeReplies(Message, frozen=True):
    """One for each envelope, in the same order."""

    replies: tuple[EnvelopeReply, ...]
