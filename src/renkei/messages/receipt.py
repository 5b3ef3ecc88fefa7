"""Log receipts and the records they prove (法23条, 命令47条; design 5).

The record is carried as text, because the log commits to its exact bytes: entry = SHA-256(salt || record).
"""

from typing import Annotated, Literal

from msgspec import Meta

from renkei.messages.codec import Message
from renkei.messages.fields import (
    Article,
    Body,
    Digest,
    HexId,
    Item,
    ItemNames,
    Kind,
    ListVersion,
    Moment,
    Period,
    Position,
    Salt,
    Slug,
    TableItem,
    Unit,
)


class Receipt(Message, frozen=True):
    """A record, its salt, and the proof that it stands in the log at `index` (RFC 9162 §2.1.3, C2SP)."""

    record: Annotated[str, Meta(max_length=20_000)]
    salt: Salt
    index: Position
    proof: Annotated[tuple[Digest, ...], Meta(max_length=64)]
    checkpoint: Annotated[str, Meta(max_length=65_536)]


class InquiryRecord(Message, frozen=True):
    """The first leaf of every inquiry: permitted (then it is the permit) or refused.

    `person`, `inquirer_code` and `provider_code` are commitments under sub-salts that only the core and the owner of
    the code hold: two bodies that compare their records cannot match persons by them. Under 法19条9号 `item` is the id
    of the affair by ordinance, `like_item` the item whose row opens it, and `consent` what the inquirer stated.
    """

    event: Literal["permitted", "refused"]
    inquiry: HexId
    inquirer: Body
    provider: Body
    item: Item
    article: Article | None
    list_version: ListVersion
    kind: Kind
    items: ItemNames
    period: Period | None
    unit: Unit
    asked_at_ms: Moment
    at_ms: Moment
    valid_until_ms: Moment | None
    reason: Slug | None
    non_disclosure: bool
    no_self_information: bool
    person: Digest | None
    inquirer_code: Digest | None
    provider_code: Digest | None
    like_item: TableItem | None = None
    consent: bool = False


class OutcomeRecord(Message, frozen=True):
    """The leaf that ends a permitted inquiry: what the provider reported. `digest` commits to the content."""

    event: Literal["provided", "withheld", "not-held", "lapsed"]
    inquiry: HexId
    permit_index: Position
    at_ms: Moment
    digest: Digest | None
    non_disclosure: bool
    no_self_information: bool
