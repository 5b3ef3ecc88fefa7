"""Inquiry: a body's intermediate server to the core and back (法19条8号, 令20条, 命令40条). Sealed payloads."""

from typing import Annotated

from msgspec import Meta

from renkei.messages.codec import Message, Part
from renkei.messages.fields import MAX_LIST, Body, HexId, Item, ItemNames, Kind, Moment, Period, Salt, Slug, Unit
from renkei.messages.receipt import Receipt
from renkei.terms.secrets import SecretText


class InquiryRequest(Part, frozen=True, omit_defaults=True):
    """One inquiry. `code` is the inquirer's own code for the person, in text form (terms.codes).

    `consent`: the person consents to asking for local tax information for an affair by ordinance (規則5号2条4項1号).
    """

    inquiry: HexId
    code: SecretText
    provider: Body
    item: Item
    kind: Kind
    items: ItemNames
    period: Period | None
    unit: Unit
    asked_at_ms: Moment
    respond_within_ms: Annotated[int, Meta(ge=1_000, le=30 * 86_400_000)] | None
    non_disclosure: bool
    no_self_information: bool
    consent: bool = False
    """Not written unless true: a core from before 条例事務 reads every other inquiry."""


class InquiryRequests(Message, frozen=True):
    """Inquiries of one body."""

    inquiries: Annotated[tuple[InquiryRequest, ...], Meta(min_length=1, max_length=MAX_LIST)]


class InquiryReply(Part, frozen=True):
    """The permit or the refusal as a receipt; or, when the id was used before with other content, the problem.

    `code_salt` opens the receipt's commitment to the inquirer's code.
    """

    inquiry: HexId
    receipt: Receipt | None = None
    code_salt: Salt | None = None
    problem: Slug | None = None


class InquiryReplies(Message, frozen=True):
    """One reply per inquiry, in the order asked."""

    replies: tuple[InquiryReply, ...]


class HolderQuestion(Part, frozen=True):
    """Which providers of this row hold a code for the person (命令40条3項)."""

    question: HexId
    code: SecretText
    item: Item
    kind: Kind


class HolderQuestions(Message, frozen=True):
    """Questions of one body."""

    questions: Annotated[tuple[HolderQuestion, ...], Meta(min_length=1, max_length=MAX_LIST)]


class HolderReply(Part, frozen=True):
    """The providers, or why none may be named."""

    question: HexId
    providers: tuple[Body, ...] = ()
    refusal: Slug | None = None


class HolderReplies(Message, frozen=True):
    """One reply per question, in the order asked."""

    replies: tuple[HolderReply, ...]
