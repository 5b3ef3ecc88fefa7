"""The record of an inquiry (法23条1-3項, 命令47条): its text, its salts, its commitments. Never any content.

One random salt per record stays in the core; what is shown is derived from it, so that who may open one commitment can
open no other (design 5). When record and salt are destroyed after the keeping period, the log says nothing any more.
"""

from dataclasses import dataclass, field, replace
from typing import Literal

from renkei.crypto.commit import commitment, subsalt
from renkei.law.decide import Refused
from renkei.law.ordinance import Grounds, OrdinanceBasis
from renkei.messages.codec import decode, encode
from renkei.messages.inquiry import InquiryRequest
from renkei.messages.receipt import InquiryRecord, OutcomeRecord
from renkei.systems.core.rules.inquiry import Case
from renkei.systems.core.states import State
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import BodyId
from renkei.terms.codes import RecordCode
from renkei.terms.refusals import Reason
from renkei.terms.secrets import SecretText


@dataclass(frozen=True, slots=True)
class Salts:
    """The salt of one record and what is derived from it."""

    master: bytes = field(repr=False)

    @property
    def leaf(self) -> bytes:
        """Opens the first leaf: in every receipt."""
        return subsalt(self.master, "leaf")

    @property
    def outcome(self) -> bytes:
        """Opens the leaf that ended the inquiry: in every receipt of it."""
        return subsalt(self.master, "outcome")

    @property
    def person(self) -> bytes:
        """Opens the commitment to the person: leaves the core never, as 情報提供等記録用符号 does not."""
        return subsalt(self.master, "person")

    @property
    def inquirer(self) -> bytes:
        """Opens the commitment to the inquirer's code: for the inquirer alone."""
        return subsalt(self.master, "inquirer")

    @property
    def provider(self) -> bytes:
        """Opens the commitment to the provider's code: for the provider alone."""
        return subsalt(self.master, "provider")


@dataclass(frozen=True, slots=True)
class Named:
    """Whom the inquiry is about, as far as the core found out."""

    inquirer_code: SecretText | None
    """In text form, as its owner has it; None where the code was not the inquirer's own."""
    person: RecordCode | None
    """None where the code was never issued."""
    provider_code: SecretText | None
    """Only for a permit: the provider learns nobody from a refusal."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, when, and under which list."""

    reason: Reason | None
    law: Grounds | Refused
    list_version: str
    at: InstantMs
    valid_until: InstantMs


@dataclass(frozen=True, slots=True)
class Draft:
    """A record before it has its place in the log."""

    inquiry: str
    inquirer: BodyId
    provider: BodyId
    state: State
    content_tag: bytes = field(repr=False)
    """Keyed digest of sender and request: tells a repeat from another request under the same id."""
    person: RecordCode | None
    salts: Salts
    record: str = field(repr=False)
    marked: bool
    """不開示該当 by either side: kept from the citizen's page."""
    provider_code: SecretText | None = None
    """For the notice; not kept in the record."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A record in the record file. `sequence` is the index of its first leaf plus 1."""

    sequence: int
    draft: Draft
    outcome: str | None = field(default=None, repr=False)
    outcome_index: int | None = None

    @property
    def index(self) -> int:
        return self.sequence - 1

    @property
    def state(self) -> State:
        return self.draft.state

    def first(self) -> InquiryRecord:
        return decode(InquiryRecord, self.draft.record)

    def last(self) -> OutcomeRecord | None:
        return None if self.outcome is None else decode(OutcomeRecord, self.outcome)

    def ended(self, state: State, outcome: OutcomeRecord) -> "Entry":
        """With its end, which has no place in the log yet."""
        draft = replace(self.draft, state=state, marked=self.draft.marked or outcome.non_disclosure)
        return replace(self, draft=draft, outcome=encode(outcome).decode())


def may_be_shown(entry: Entry, person: RecordCode) -> bool:
    """Whether the record itself says that it is about this person and that neither side marked it (法23条2項).

    The columns by which it was found are the disk's word alone.
    """
    first, last = entry.first(), entry.last()
    marked = first.non_disclosure or (last is not None and last.non_disclosure)
    return not marked and first.person == commitment("person", entry.draft.salts.person, person.reveal())


def draft(asked: InquiryRequest, case: Case, decision: Decision, named: Named, own: tuple[bytes, bytes]) -> Draft:
    """Write the record of a decided inquiry.

    `own` is what the core adds of itself: the content tag and 32 random bytes of salt.
    """
    tag, master = own
    salts = Salts(master)
    refused = decision.reason is not None
    return Draft(
        inquiry=asked.inquiry,
        inquirer=case.inquirer.id,
        provider=asked.provider,
        state=State.REFUSED if refused else State.PERMITTED,
        content_tag=tag,
        person=named.person,
        salts=salts,
        record=encode(_record(asked, case, decision, _commitments(named, salts))).decode(),
        marked=asked.non_disclosure,
        provider_code=None if refused else named.provider_code,
    )


def _commitments(named: Named, salts: Salts) -> dict[str, bytes | None]:
    return {
        "person": None if named.person is None else commitment("person", salts.person, named.person.reveal()),
        "inquirer_code": _committed("inquirer", salts.inquirer, named.inquirer_code),
        "provider_code": _committed("provider", salts.provider, named.provider_code),
    }


def _committed(domain: str, salt: bytes, code: SecretText | None) -> bytes | None:
    return None if code is None else commitment(domain, salt, code.reveal().encode())


def _record(asked: InquiryRequest, case: Case, decision: Decision, committed: dict[str, bytes | None]) -> InquiryRecord:
    event: Literal["permitted", "refused"] = "permitted" if decision.reason is None else "refused"
    return InquiryRecord(
        event=event,
        inquiry=asked.inquiry,
        inquirer=case.inquirer.id,
        provider=asked.provider,
        item=asked.item,
        article=None if isinstance(decision.law, Refused) else decision.law.article,
        list_version=decision.list_version,
        kind=asked.kind,
        items=asked.items,
        period=asked.period,
        unit=asked.unit,
        asked_at_ms=asked.asked_at_ms,
        at_ms=decision.at,
        valid_until_ms=decision.valid_until if decision.reason is None else None,
        reason=decision.reason.value if decision.reason else None,
        non_disclosure=asked.non_disclosure,
        no_self_information=asked.no_self_information,
        person=committed["person"],
        inquirer_code=committed["inquirer_code"],
        provider_code=committed["provider_code"],
        like_item=decision.law.like_item if isinstance(decision.law, OrdinanceBasis) else None,
        consent=asked.consent,
    )
