"""The provider's side: which notice is believed, and what it is answered (法21条2項, 22条, 23条; 命令41条・46条)."""

from dataclasses import dataclass

import msgspec

from renkei.law.decide import Question, Refused
from renkei.law.editions import Editions
from renkei.law.ordinance import OrdinanceBasis, Parties, decide_either
from renkei.messages.line import Decision, Replica
from renkei.messages.provision import Answer, Notice, Report
from renkei.messages.receipt import InquiryRecord
from renkei.systems.intermediate.rules.book import Book
from renkei.systems.intermediate.rules.commitments import PROVIDER, content_digest, opens_code
from renkei.systems.intermediate.rules.kept import KeptProvision
from renkei.systems.intermediate.states import OUTCOME, PROVISION, ProvisionEvent, ProvisionState, after
from renkei.terms.affairs import ASKED_AHEAD_MS, InstantMs, is_ordinance_affair, law_date, timely
from renkei.terms.bodies import AddresseeNumber, BodyId
from renkei.terms.codes import BodyCode
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.terms.refusals import Reason
from renkei.terms.secrets import SecretText
from renkei.translog.receipt import Verifier

Content = dict[str, SecretText]


@dataclass(frozen=True, slots=True)
class Believed:
    """A notice whose receipt, parties and code hold. `code` is absent for the notice of a refusal."""

    notice: Notice
    record: InquiryRecord
    code: BodyCode | None


def believe(notice: Notice, own: BodyId, verifier: Verifier) -> Believed:
    """Check a notice up to the log's signature: no log, no answer (design 5).

    Raises:
        RenkeiError: BAD_RECEIPT or OTHER_LOG where anything in it does not hold.
    """
    record = verifier.read(notice.receipt, InquiryRecord)
    _demand(record.inquiry == notice.inquiry and record.provider == own, "not this notice's")
    if record.event == "refused":
        _demand(notice.code is None and notice.code_salt is None and record.reason is not None, "refusal")
        return Believed(notice, record, None)
    _demand(record.article is not None and record.valid_until_ms is not None, "a permit without article or validity")
    # The law is that of the request's day: a core may not choose another one by another day.
    _demand(timely(record.asked_at_ms, record.at_ms), "asked too long before or after its decision")
    code = _own_code(notice, own)
    _demand(opens_code(PROVIDER, record.provider_code, notice.code_salt, code), "the commitment to the own code")
    return Believed(notice, record, code)


def _own_code(notice: Notice, own: BodyId) -> BodyCode:
    _demand(notice.code is not None, "no code")
    assert notice.code is not None
    try:
        return BodyCode.parse(notice.code.reveal(), own)
    except RenkeiError:
        raise RenkeiError(Problem.BAD_RECEIPT, "the code is not ours") from None


def over(believed: Believed, now: InstantMs) -> bool:
    """Whether a permit is past its validity (命令41条3項): it can only lapse, by whatever list it was given."""
    until = believed.record.valid_until_ms
    return believed.record.event == "permitted" and until is not None and now > until


def awaits_list(believed: Believed, law: Editions) -> bool:
    """Whether the list that decided a permitted inquiry is not in our directory yet, or not here yet.

    Then nothing can be said about the notice: not even that its list is the wrong one.
    """
    version = believed.record.list_version
    return believed.record.event == "permitted" and not (law.knows(version) and law.of(version))


def awaits_affair(believed: Believed, book: Book) -> bool:
    """Whether a permitted inquiry names an affair by ordinance that our directory does not have, or not yet."""
    record = believed.record
    own = is_ordinance_affair(record.item) and book.ordinances.affair(record.item) is None
    return record.event == "permitted" and own


def objection(believed: Believed, law: Editions, book: Book) -> Reason | None:
    """Decide a permitted inquiry again by the own copy of the list, as of the day on which it was asked (design 3).

    Returns:
        OTHER_LIST_VERSION where the core's list is not the one that applies on that day; the law's reason where the
        own copy refuses; None where it permits under the same article.
    """
    record = believed.record
    if record.event == "refused":
        return None
    on = law_date(record.asked_at_ms)
    permissions = law.at(on)
    if permissions is None or record.list_version != permissions.version:
        return Reason.OTHER_LIST_VERSION
    question = Question(
        inquirer=book.categories(record.inquirer),
        provider=book.categories(record.provider),
        item=record.item,
        kind=record.kind,
        on=on,
    )
    parties = Parties(record.inquirer, record.provider)
    basis = decide_either(permissions, book.ordinances, question, parties, consent=record.consent)
    if isinstance(basis, Refused):
        return basis.reason
    like_item = basis.like_item if isinstance(basis, OrdinanceBasis) else None
    same = (basis.article, like_item) == (record.article, record.like_item)
    return None if same else Reason.NO_STATUTORY_BASIS


def taken(believed: Believed) -> KeptProvision:
    """The notice as it is kept, before anything was done with it."""
    record = believed.record
    return KeptProvision(
        inquiry=record.inquiry,
        inquirer=record.inquirer,
        addressee=None,
        item=record.item,
        article=record.article,
        kind=record.kind,
        items=record.items,
        period=record.period,
        unit=record.unit,
        asked_at_ms=record.asked_at_ms,
        valid_until_ms=record.valid_until_ms,
        list_version=record.list_version,
        index=believed.notice.receipt.index,
        state=ProvisionState.NOTIFIED,
        reason=record.reason,
        non_disclosure=record.non_disclosure,
        no_self_information=record.no_self_information,
        decided_at_ms=record.at_ms,
    )


def repeats(kept: KeptProvision, believed: Believed) -> bool:
    """Whether a notice is the one that was taken before: the same leaf of the same log."""
    return kept.index == believed.notice.receipt.index


@dataclass(frozen=True, slots=True)
class Found:
    """What the own store has for the notice's code: the person, and the replica of that kind and period."""

    addressee: AddresseeNumber | None
    replica: Replica | None


def first_move(kept: KeptProvision, found: Found, now: InstantMs) -> ProvisionEvent:
    """What to do with a notice that was just taken. The order of checks is the order below."""
    if kept.reason is not None:
        return ProvisionEvent.REFUSE
    if expired(kept, now):
        return ProvisionEvent.LAPSE  # 命令41条3項
    if found.replica is None or not content_of(kept, found.replica):
        return ProvisionEvent.NOT_HOLD
    # 自動応答不可: a clerk looks at protected persons and sensitive items before anything leaves.
    return ProvisionEvent.PROVIDE if found.replica.automatic else ProvisionEvent.HOLD


def expired(kept: KeptProvision, now: InstantMs) -> bool:
    """Past the notice's validity: it has lost its force (命令41条3項)."""
    return kept.valid_until_ms is not None and now > kept.valid_until_ms


def content_of(kept: KeptProvision, replica: Replica) -> Content:
    """The asked items that the replica has; what was not asked never leaves."""
    return {name: replica.items[name] for name in kept.items if name in replica.items}


def moved(kept: KeptProvision, event: ProvisionEvent, found: Found, now: InstantMs) -> KeptProvision:
    """The provision after an event that gives nothing away; raises WRONG_STATE where the table has no such move."""
    marks = found.replica if event is ProvisionEvent.HOLD else None
    state = after(PROVISION, kept.state, event)
    changed = msgspec.structs.replace(
        kept,
        state=state,
        addressee=kept.addressee or found.addressee,
        at_ms=None if state is ProvisionState.REFUSED else _moment(kept, now),
    )
    return _marked(changed, marks is not None and marks.non_disclosure, marks is not None and marks.no_self_information)


def provided(kept: KeptProvision, found: Found, now: InstantMs, salt: bytes) -> tuple[KeptProvision, Content]:
    """The provision and what is provided (法22条1項), with the digest that the log will hold.

    Raises:
        RenkeiError: WRONG_STATE where the table has no such move, or there is nothing (any more) to provide.
    """
    replica = found.replica
    content = content_of(kept, replica) if replica is not None else {}
    if replica is None or not content:
        raise RenkeiError(Problem.WRONG_STATE, "no replica with the items asked")
    changed = msgspec.structs.replace(
        kept,
        state=after(PROVISION, kept.state, ProvisionEvent.PROVIDE),
        addressee=kept.addressee or found.addressee,
        at_ms=_moment(kept, now),
        digest=content_digest(salt, content),
        content_salt=salt,
    )
    return _marked(changed, replica.non_disclosure, replica.no_self_information), content


def _moment(kept: KeptProvision, now: InstantMs) -> InstantMs:
    """By the own clock, but no earlier than the core can take: the permit came first (ADR 0021)."""
    return now if kept.decided_at_ms is None else max(now, InstantMs(kept.decided_at_ms - ASKED_AHEAD_MS))


def _marked(kept: KeptProvision, non_disclosure: bool, no_self_information: bool) -> KeptProvision:  # noqa: FBT001  # 法23条2項: two marks
    return msgspec.structs.replace(
        kept,
        non_disclosure=kept.non_disclosure or non_disclosure,
        no_self_information=kept.no_self_information or no_self_information,
        own_non_disclosure=kept.own_non_disclosure or non_disclosure,
        own_no_self_information=kept.own_no_self_information or no_self_information,
    )


def clerk_decided(kept: KeptProvision, decision: Decision) -> KeptProvision:
    """Who decided, and the mark that the clerk adds (法23条2項)."""
    return _marked(msgspec.structs.replace(kept, clerk=decision.clerk), decision.non_disclosure, False)


def decided_so(kept: KeptProvision, decision: Decision) -> bool:
    """Whether this very decision was taken before: repeating it is harmless."""
    state = ProvisionState.PROVIDED if decision.release else ProvisionState.WITHHELD
    return kept.state is state and kept.clerk == decision.clerk


def answer_of(kept: KeptProvision, content: Content | None) -> Answer:
    """What the inquirer is told."""
    outcome = OUTCOME[kept.state]
    return Answer(
        inquiry=kept.inquiry,
        outcome=outcome,
        permit_index=kept.index,
        at_ms=_at(kept),
        content=content,
        content_salt=kept.content_salt,
        digest=kept.digest,
        non_disclosure=kept.own_non_disclosure,
        no_self_information=kept.own_no_self_information,
    )


def report_of(kept: KeptProvision) -> Report:
    """What the core is told and logs: never content (法23条3項)."""
    return Report(
        inquiry=kept.inquiry,
        outcome=OUTCOME[kept.state],
        at_ms=_at(kept),
        digest=kept.digest,
        non_disclosure=kept.own_non_disclosure,
        no_self_information=kept.own_no_self_information,
    )


def _at(kept: KeptProvision) -> InstantMs:
    assert kept.at_ms is not None, "only what was decided is sent"
    return kept.at_ms


def _demand(holds: object, detail: str) -> None:
    if not holds:
        raise RenkeiError(Problem.BAD_RECEIPT, detail)
