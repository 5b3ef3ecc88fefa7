"""Notice, answer, report: what passes once an inquiry is decided (法21-23条, 命令41条・46条). Sealed payloads."""

from typing import Annotated

from msgspec import Meta

from renkei.messages.codec import Message, Part
from renkei.messages.fields import MAX_ITEMS, MAX_LIST, Digest, HexId, ItemName, Moment, Outcome, Position, Salt, Slug
from renkei.messages.receipt import Receipt
from renkei.terms.secrets import SecretText


class Notice(Part, frozen=True):
    """提供の求めがあった旨の通知, core to provider: the permit, the provider's own code, and what opens its commitment.

    For a refused inquiry `code` and `code_salt` are absent: the provider learns that it was named in an inquiry that
    the law did not permit, and nothing about whom (all three copies of the records then hold every inquiry).
    """

    inquiry: HexId
    receipt: Receipt
    code: SecretText | None
    code_salt: Salt | None


class Notices(Message, frozen=True):
    """Notices for one provider."""

    notices: Annotated[tuple[Notice, ...], Meta(min_length=1, max_length=MAX_LIST)]


class Answer(Part, frozen=True):
    """Provider to inquirer, never through the core. Content only with `provided`; `held` may come before the final one.

    `digest` commits to the content under `content_salt`; the core logs the same digest.
    """

    inquiry: HexId
    outcome: Outcome
    permit_index: Position
    at_ms: Moment
    content: Annotated[dict[ItemName, SecretText], Meta(max_length=MAX_ITEMS)] | None
    content_salt: Salt | None
    digest: Digest | None
    non_disclosure: bool
    no_self_information: bool


class Answers(Message, frozen=True):
    """Answers of one provider to one inquirer."""

    answers: Annotated[tuple[Answer, ...], Meta(min_length=1, max_length=MAX_LIST)]


class Report(Part, frozen=True):
    """Provider to core: what came of a permitted inquiry and when (法23条3項). Never `held`, never content."""

    inquiry: HexId
    outcome: Outcome
    at_ms: Moment
    digest: Digest | None
    non_disclosure: bool
    no_self_information: bool


class Reports(Message, frozen=True):
    """Reports of one provider."""

    reports: Annotated[tuple[Report, ...], Meta(min_length=1, max_length=MAX_LIST)]


class Ack(Part, frozen=True):
    """What the recipient has made durable, or the problem for which it will never take this entry."""

    id: HexId
    problem: Slug | None = None


class Acks(Message, frozen=True):
    """One per entry, in order. An entry that is missing was not taken: send it again."""

    acks: tuple[Ack, ...]
