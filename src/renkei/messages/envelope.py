"""The sealed and signed envelope between two of {body, core}; interface systems see the header and the size only."""

from enum import Enum
from typing import Annotated

from msgspec import Meta

from renkei.messages.codec import Message, Part
from renkei.messages.fields import Body, HexId, Moment


class Label(Enum):
    """What an envelope carries. The label is bound into seal and signature, so one cannot pass for another."""

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
    """What interface systems may see: kind, both parties, id and time. All of it is bound into seal and signature."""

    label: Label
    sender: Body
    recipient: Body
    message: HexId
    sent_at_ms: Moment
    answers: HexId | None = None
    """The message that this one replies to."""


class Envelope(Message, frozen=True):
    """Header, HPKE ciphertext (RFC 9180, encapsulated key first) and the sender's Ed25519 signature over both."""

    header: Header
    sealed: bytes
    signature: Annotated[bytes, Meta(min_length=64, max_length=64)]
