"""What stands inside the sealed columns (法23条1項・2項, 命令41条・47条: what each body records of an inquiry).

The tables show body and time only; every one of these is sealed under the key of its body (design 8, 10).
"""

from renkei.messages.codec import Part
from renkei.messages.fields import (
    Addressee,
    Article,
    Body,
    Digest,
    HexId,
    Item,
    ItemName,
    ItemNames,
    Kind,
    ListVersion,
    Moment,
    Period,
    RequestId,
    Salt,
    Slug,
    Unit,
)
from renkei.messages.line import CodeState, InquiryState
from renkei.systems.intermediate.states import ProvisionState
from renkei.terms.codes import AcquisitionNumber
from renkei.terms.secrets import SecretText


class KeptCode(Part, frozen=True):
    """The acquisition of one person's code, and the code once it is there."""

    addressee: Addressee
    state: CodeState
    code: SecretText | None = None
    problem: Slug | None = None


class KeptAcquisition(Part, frozen=True):
    """取得番号 and for whom; the row is deleted in the transaction that ends its use (法21条の2第3項)."""

    acquisition: AcquisitionNumber
    addressee: Addressee


class KeptContent(Part, frozen=True):
    """What was provided: with the provider until it has arrived, with the inquirer to be fetched."""

    content: dict[ItemName, SecretText]


class KeptInquiry(Part, frozen=True):
    """An inquiry of this body and what came of it. `code` is there until the core has decided."""

    inquiry: HexId
    request: RequestId
    addressee: Addressee | None
    code: SecretText | None
    provider: Body
    item: Item
    kind: Kind
    items: ItemNames
    period: Period | None
    unit: Unit
    asked_at_ms: Moment
    respond_within_ms: int | None
    non_disclosure: bool
    no_self_information: bool
    state: InquiryState = InquiryState.ASKED
    article: Article | None = None
    list_version: ListVersion | None = None
    reason: Slug | None = None
    valid_until_ms: Moment | None = None
    index: int | None = None
    """Where permit or refusal stands in the log."""
    code_salt: Salt | None = None
    """Opens the permit's commitment to the own code."""
    ended_at_ms: Moment | None = None
    digest: Digest | None = None
    """What the provider committed to as the content."""
    consent: bool = False


class KeptProvision(Part, frozen=True):
    """An inquiry that named this body as provider, and what it did with it."""

    inquiry: HexId
    inquirer: Body
    addressee: Addressee | None
    item: Item
    article: Article | None
    kind: Kind
    items: ItemNames
    period: Period | None
    unit: Unit
    asked_at_ms: Moment
    valid_until_ms: Moment | None
    list_version: ListVersion
    index: int
    state: ProvisionState
    reason: Slug | None
    non_disclosure: bool
    """The inquirer's mark or, once decided, the provider's."""
    no_self_information: bool
    own_non_disclosure: bool = False
    """The provider's own mark alone: what its answer and its report say (法23条2項)."""
    own_no_self_information: bool = False
    at_ms: Moment | None = None
    digest: Digest | None = None
    content_salt: Salt | None = None
    clerk: str | None = None
    decided_at_ms: Moment | None = None
    """When the core decided, by its own clock (ADR 0021)."""
