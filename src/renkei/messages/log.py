"""Core and supervision about the log, and counts without persons (design 5, 10)."""

from typing import Annotated

from msgspec import Meta

from renkei.messages.codec import Message, Part
from renkei.messages.fields import Article, HexId, ListVersion, Position


class Cosignature(Message, frozen=True):
    """Witness to core: one C2SP cosignature line for the checkpoint of that size."""

    size: Position
    line: Annotated[str, Meta(max_length=400)]


class CountsQuery(Message, frozen=True):
    """Asks for the counts; there is nothing to choose."""


class CoreCounts(Message, frozen=True):
    """Counts of the core, for supervision and operators: no person, no code."""

    persons: int
    codes_issued: int
    records: int
    events: dict[str, int]
    refusals: dict[str, int]
    non_disclosure: int
    pending_notices: int
    pending_codes: int
    log_size: int
    cosigned_size: int
    misuse_signs: int


class RecordKeysQuery(Message, frozen=True):
    """Commission and operator: the ids and ends of all records, without persons, to compare the copies (P1)."""

    after: Position = 0
    limit: Annotated[int, Meta(ge=1, le=1_000)] = 1_000


class RecordKey(Part, frozen=True):
    """One record of the core without the person."""

    sequence: int
    inquiry: HexId
    inquirer: str
    provider: str
    item: str
    article: Article | None
    list_version: ListVersion
    kind: str
    items: tuple[str, ...]
    unit: str
    asked_at_ms: int
    state: str
    reason: str | None
    provided_at_ms: int | None
    non_disclosure: bool
    no_self_information: bool
    permit_index: int


class RecordKeys(Message, frozen=True):
    """One page."""

    records: tuple[RecordKey, ...]
    more: bool


class WitnessState(Message, frozen=True):
    """What the witness has seen and whether it agrees; `alert` is loud and stays until an operator settles it."""

    origin: str
    size: int
    checkpoint: str
    cosigned: bool
    checked: int
    alert: str | None
    alert_ja: str | None
    alert_en: str | None


class Settlement(Message, frozen=True):
    """An operator of supervision has looked into an alert: the witness may check again, from what it last cosigned."""

    note: Annotated[str, Meta(min_length=1, max_length=500)]
