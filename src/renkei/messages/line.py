"""The doors of the intermediate server for a body's line systems (OpenAPI: docs/openapi.json).

The body is the one in the client's certificate; a line system cannot name another.
"""

from enum import Enum
from typing import Annotated

from msgspec import Meta

from renkei.messages.codec import Message, Part
from renkei.messages.fields import (
    MAX_ITEMS,
    MAX_LIST,
    Addressee,
    Article,
    Body,
    Day,
    HexId,
    Item,
    ItemName,
    ItemNames,
    Kind,
    ListVersion,
    Moment,
    Period,
    Position,
    RequestId,
    Slug,
    Unit,
)
from renkei.messages.law import DetailUse
from renkei.messages.receipt import Receipt
from renkei.terms.secrets import SecretText

Some = Meta(min_length=1, max_length=MAX_LIST)
Wait = Annotated[int, Meta(ge=0, le=30_000, description="long poll: how long to wait for a change, milliseconds")]


class CodeState(Enum):
    """取得の状態."""

    NONE = "none"
    REQUESTED = "requested"
    ACQUIRED = "acquired"
    FAILED = "failed"


class Addressees(Message, frozen=True):
    """codes/acquire and codes/states: for whom. Asking again for one that is under way or acquired changes nothing."""

    addressees: Annotated[tuple[Addressee, ...], Some]
    wait_ms: Wait = 0


class CodeStatus(Part, frozen=True):
    """State of one acquisition; `code` is the body's own code, once acquired; `problem` says why it failed."""

    addressee: Addressee
    state: CodeState
    code: SecretText | None = None
    problem: Slug | None = None


class CodeStatuses(Message, frozen=True):
    """One per addressee number, in order."""

    codes: tuple[CodeStatus, ...]


class Replica(Part, frozen=True):
    """副本: one kind of information about one person, for one period.

    `automatic` false: a clerk decides each provision (自動応答不可: protected person, sensitive item).
    The two marks are carried into the record when the replica is provided (法23条2項).
    """

    addressee: Addressee
    kind: Kind
    period: Period | None
    items: Annotated[dict[ItemName, SecretText], Meta(min_length=1, max_length=MAX_ITEMS)]
    automatic: bool = True
    non_disclosure: bool = False
    no_self_information: bool = False


class Replicas(Message, frozen=True):
    """Register or replace, by (addressee, kind, period)."""

    replicas: Annotated[tuple[Replica, ...], Some]


class ReplicaKey(Part, frozen=True):
    """Which replica."""

    addressee: Addressee
    kind: Kind
    period: Period | None


class ReplicaKeys(Message, frozen=True):
    """Delete; one that is not there is no error."""

    replicas: Annotated[tuple[ReplicaKey, ...], Some]


class Changed(Message, frozen=True):
    """How many entries are different now."""

    changed: int


class Inquiry(Part, frozen=True):
    """照会. `request` is the line system's own id: the same id with the same content gives the same inquiry.

    The person is named by `addressee`; a body may instead present its own `code`.
    `respond_within_ms` shortens the notice's validity when the answer is of no use later.
    `item` may be an affair by ordinance (法19条9号); local tax information is then asked for only with the person's
    consent, which `consent` states (平成28年個人情報保護委員会規則5号2条4項1号).
    """

    request: RequestId
    provider: Body
    item: Item
    kind: Kind
    items: ItemNames
    unit: Unit
    addressee: Addressee | None = None
    code: SecretText | None = None
    period: Period | None = None
    respond_within_ms: Annotated[int, Meta(ge=1_000, le=30 * 86_400_000)] | None = None
    non_disclosure: bool = False
    no_self_information: bool = False
    consent: bool = False


class Inquiries(Message, frozen=True):
    """Ask. With `wait_ms` the reply waits until all are final, or so long, and brings the results with it."""

    inquiries: Annotated[tuple[Inquiry, ...], Some]
    wait_ms: Wait = 0


class InquiryState(Enum):
    """照会の状態, as the inquirer's server knows it."""

    ASKED = "asked"
    PERMITTED = "permitted"
    HELD = "held"
    PROVIDED = "provided"
    REFUSED = "refused"
    WITHHELD = "withheld"
    NOT_HELD = "not-held"
    LAPSED = "lapsed"


class InquiryAccepted(Part, frozen=True):
    """The inquiry's id, or the problem for which it was not taken (then nothing was stored)."""

    request: RequestId
    inquiry: HexId | None = None
    problem: Slug | None = None


class InquiryIds(Message, frozen=True):
    """inquiries/results: which; waits until all are final, or `wait_ms` have passed."""

    inquiries: Annotated[tuple[HexId, ...], Some]
    wait_ms: Wait = 0


class Result(Part, frozen=True):
    """State and, once provided, content of one inquiry; why it was refused; the receipt that proves it."""

    inquiry: HexId
    state: InquiryState
    reason: Slug | None = None
    reason_ja: str | None = None
    reason_en: str | None = None
    article: Article | None = None
    list_version: ListVersion | None = None
    content: dict[ItemName, SecretText] | None = None
    provided_at_ms: Moment | None = None
    valid_until_ms: Moment | None = None
    receipt: Receipt | None = None


class InquiriesAccepted(Message, frozen=True):
    """One per inquiry, in order. Accepted means durable. `results`: what was waited for, in the same order."""

    accepted: tuple[InquiryAccepted, ...]
    results: tuple[Result, ...] = ()


class Results(Message, frozen=True):
    """One per id, in order; an id that this body does not have is left out."""

    results: tuple[Result, ...]


class Holder(Part, frozen=True):
    """Which providers hold a code for this person, under this row (命令40条3項)."""

    addressee: Addressee
    item: Item
    kind: Kind


class Holders(Message, frozen=True):
    """Ask which bodies hold a code."""

    questions: Annotated[tuple[Holder, ...], Some]


class HolderAnswer(Part, frozen=True):
    """The providers' ids, or the problem or refusal."""

    addressee: Addressee
    providers: tuple[Body, ...] = ()
    problem: Slug | None = None


class HolderAnswers(Message, frozen=True):
    """One per question, in order."""

    answers: tuple[HolderAnswer, ...]


class Side(Enum):
    """On which side of the inquiry the body stood."""

    INQUIRER = "inquirer"
    PROVIDER = "provider"


class RecordsQuery(Message, frozen=True):
    """records: the body's own records of one side (法23条1項), oldest first; `after` pages on."""

    side: Side
    after: Position = 0
    limit: Annotated[int, Meta(ge=1, le=MAX_LIST)] = 100


class LinkageRecord(Part, frozen=True):
    """情報提供等の記録 of one inquiry as this body keeps it (法23条1項・2項, 命令47条)."""

    sequence: int
    inquiry: HexId
    side: Side
    inquirer: Body
    provider: Body
    item: Item
    article: Article | None
    kind: Kind
    items: tuple[ItemName, ...]
    unit: Unit
    period: Period | None
    addressee: Addressee | None
    asked_at_ms: Moment
    state: InquiryState
    reason: Slug | None
    provided_at_ms: Moment | None
    non_disclosure: bool
    no_self_information: bool
    list_version: ListVersion | None
    permit_index: int | None


class Records(Message, frozen=True):
    """One page."""

    records: tuple[LinkageRecord, ...]
    more: bool


class HeldInquiry(Part, frozen=True):
    """An inquiry that waits for a clerk of the provider."""

    inquiry: HexId
    inquirer: Body
    item: Item
    article: Article | None
    kind: Kind
    items: tuple[ItemName, ...]
    unit: Unit
    addressee: Addressee
    asked_at_ms: Moment
    valid_until_ms: Moment


class HeldList(Message, frozen=True):
    """held: everything that waits, oldest first."""

    held: tuple[HeldInquiry, ...]


class Nothing(Message, frozen=True):
    """A question that needs no words."""


class Decision(Part, frozen=True):
    """A clerk's decision; `mark` adds the non-disclosure mark to the record."""

    inquiry: HexId
    release: bool
    clerk: Annotated[str, Meta(min_length=1, max_length=64)]
    non_disclosure: bool = False


class Decisions(Message, frozen=True):
    """held/decide."""

    decisions: Annotated[tuple[Decision, ...], Some]


class DecisionResult(Part, frozen=True):
    """The state after a decision, or the problem for which it was not taken."""

    inquiry: HexId
    state: InquiryState | None = None
    problem: Slug | None = None


class DecisionResults(Message, frozen=True):
    """One per decision, in order."""

    results: tuple[DecisionResult, ...]


class MayAsk(Message, frozen=True):
    """may-ask: what this body may inquire on a day, narrowed by what is given; `details`: for which procedures."""

    on: Day | None = None
    item: Item | None = None
    kind: Kind | None = None
    text: Annotated[str, Meta(max_length=100)] | None = None
    details: bool = False


class MayAskRow(Part, frozen=True):
    """One permitted question; under an affair by ordinance with its own names, and the article of the like item."""

    item: Item
    article: Article | None  # null on a day on which 別表第二 still applied, whose details stood elsewhere
    affair_ja: str
    affair_en: str
    kind: Kind
    kind_ja: str
    kind_en: str
    providers: tuple[Body, ...]
    details: tuple[DetailUse, ...] = ()


class MayAskRows(Message, frozen=True):
    """In the order of the table."""

    list_version: ListVersion
    rows: tuple[MayAskRow, ...]
