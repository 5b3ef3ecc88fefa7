"""A person's records for the disclosure system (法23条3項, G14). Sealed payloads."""

from typing import Annotated

from msgspec import Meta

from renkei.messages.codec import Message, Part
from renkei.messages.fields import HexId, Position
from renkei.messages.receipt import Receipt
from renkei.terms.secrets import SecretText


class RecordsRequest(Part, frozen=True):
    """Whose records: the disclosure system's own code for the citizen before it. Newest first; `before` pages on."""

    request: HexId
    code: SecretText
    before: Position | None
    limit: Annotated[int, Meta(ge=1, le=100)]


class RecordsRequests(Message, frozen=True):
    """From the disclosure system only."""

    requests: Annotated[tuple[RecordsRequest, ...], Meta(min_length=1, max_length=100)]


class DisclosedRecord(Part, frozen=True):
    """One inquiry about the person: its first leaf, and the leaf that ended it if it has ended."""

    first: Receipt
    outcome: Receipt | None


class RecordsReply(Part, frozen=True):
    """What may be shown; records with a non-disclosure mark are absent and not counted."""

    request: HexId
    records: tuple[DisclosedRecord, ...]
    older: int | None
    """Where the next page begins, absent on the last."""


class RecordsReplies(Message, frozen=True):
    """One per request, in order."""

    replies: tuple[RecordsReply, ...]
