"""提供の求め (法21条2項, 令20条・26条): a body's inquiries are decided, recorded, logged and told to their providers.

Everything about a message stands in one transaction. A crash after it loses the reply, not the decision: the repeat
finds the record and gets the same answer.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from renkei.law.decide import Question, Refused
from renkei.law.ordinance import Grounds, Parties, decide_either
from renkei.messages.codec import encode
from renkei.messages.directory import BodyEntry
from renkei.messages.inquiry import InquiryReplies, InquiryReply, InquiryRequest, InquiryRequests
from renkei.messages.receipt import Receipt
from renkei.systems.core.ports import Tally, Work
from renkei.systems.core.rules import inquiry as rules
from renkei.systems.core.rules.inquiry import Case, ForeignCode, ReadCode, Typo
from renkei.systems.core.rules.record import Decision, Draft, Entry, Named
from renkei.systems.core.rules.record import draft as draft_record
from renkei.systems.core.service.desk import Desk
from renkei.systems.core.states import State
from renkei.terms.affairs import InstantMs, law_date
from renkei.terms.bodies import BodyId
from renkei.terms.codes import BodyCode, LinkCode, RecordCode
from renkei.terms.problems import Problem
from renkei.terms.refusals import Reason
from renkei.terms.secrets import SecretText

SALT_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a body's own code names, should the issuance file know it."""

    link: LinkCode
    tag: bytes = field(repr=False)
    record: RecordCode


@dataclass(frozen=True, slots=True)
class Prepared:
    """One inquiry with all that can be found out without the store."""

    asked: InquiryRequest
    tag: bytes = field(repr=False)
    code: ReadCode
    person: Person | None
    law: Grounds | Refused
    list_version: str
    """The list that applied on the day on which it was asked."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The inquiries of one message. The directory is the one that stood when it came."""

    desk: Desk
    sender: BodyEntry
    now: InstantMs
    prepared: Sequence[Prepared]

    def provider(self, one: Prepared) -> BodyEntry | None:
        return self.desk.register.body(one.asked.provider)


async def inquire(desk: Desk, sender: BodyEntry, message: InquiryRequests) -> InquiryReplies:
    """Decide each inquiry of a message; one reply per inquiry, in its order."""
    now = desk.now()
    codes = await read_codes(desk, sender.id, [asked.code.reveal() for asked in message.inquiries])
    batch = Batch(desk, sender, now, _prepare(desk, sender.id, message.inquiries, codes))
    decided, notified = await desk.decide("inquiries", lambda work: _commit(batch, work))
    for provider in notified:
        desk.notify(provider)
    entries = {each.draft.inquiry: each for each in decided if isinstance(each, Entry)}
    receipts = await desk.store.read(lambda work: work.records.receipts(list(entries.values())))
    proofs = {inquiry: first for inquiry, (first, _) in zip(entries, receipts, strict=True)}
    pairs = zip(batch.prepared, decided, strict=True)
    return InquiryReplies(replies=tuple(_reply(one, outcome, proofs) for one, outcome in pairs))


async def read_codes(desk: Desk, sender: BodyId, texts: Sequence[str]) -> list[ReadCode]:
    """Whose code is each? Foreign ones are looked for among all bodies, beside the loop: that takes its time."""
    codes: list[ReadCode] = [rules.read_own(text, sender) for text in texts]
    odd = [place for place, code in enumerate(codes) if isinstance(code, Typo)]
    if odd:
        bodies = [entry.id for entry in desk.register.bodies]
        found = await asyncio.to_thread(lambda: [rules.read_foreign(texts[place], bodies) for place in odd])
        for place, code in zip(odd, found, strict=True):
            codes[place] = code
    return codes


def find_persons(desk: Desk, sender: BodyId, codes: Sequence[ReadCode]) -> list[Person | None]:
    """Open the whole list in one call each; a code that is not the sender's own names nobody."""
    own = [(place, code) for place, code in enumerate(codes) if isinstance(code, BodyCode)]
    links = desk.codes.open([code for _, code in own], sender)
    found: list[Person | None] = [None] * len(codes)
    named = zip(links, desk.codes.tag(links), desk.codes.record(links), strict=True)
    for (place, _), (link, tag, record) in zip(own, named, strict=True):
        found[place] = Person(link, tag, record)
    return found


def _prepare(
    desk: Desk, sender: BodyId, inquiries: Sequence[InquiryRequest], codes: Sequence[ReadCode]
) -> list[Prepared]:
    tags = desk.tags("content", [sender.encode() + b"\0" + encode(asked) for asked in inquiries])
    persons = find_persons(desk, sender, codes)
    register = desk.register
    own = register.categories(sender)
    prepared = []
    for asked, tag, code, person in zip(inquiries, tags, codes, persons, strict=True):
        # The law as of the request (法21条2項: 提供の求めがあったとき), however long the message was on its way.
        on = law_date(asked.asked_at_ms)
        question = Question(own, register.categories(asked.provider), asked.item, asked.kind, on)
        permissions, parties = desk.list_at(on), Parties(sender, asked.provider)
        law = decide_either(permissions, register.ordinances, question, parties, consent=asked.consent)
        prepared.append(Prepared(asked, tag, code, person, law, permissions.version))
    return prepared


def _commit(batch: Batch, work: Work) -> tuple[list[Entry | Problem], list[BodyId]]:
    """Load, decide, record: the writer's thread, inside the transaction."""
    stored = work.records.entries([one.asked.inquiry for one in batch.prepared])
    seen = {inquiry: entry.draft.content_tag for inquiry, entry in stored.items()}
    problems: dict[int, Problem] = {}
    fresh: list[Prepared] = []
    for place, one in enumerate(batch.prepared):
        earlier = seen.get(one.asked.inquiry)
        problem = rules.problem_of(one.asked, batch.sender.id, one.code, batch.now)
        if earlier is not None:  # a repeat, in this message or in an earlier one
            problem = None if earlier == one.tag else Problem.REPEATED_OTHERWISE
        elif problem is None:
            seen[one.asked.inquiry] = one.tag
            fresh.append(one)
        if problem is not None:
            problems[place] = problem
    drafts = _decide(batch, work, fresh)
    notified = [one.provider for one in drafts if batch.desk.register.takes_notices(one.provider)]
    for entry in work.records.add(drafts, frozenset(notified)):
        stored[entry.draft.inquiry] = entry
    _count(work, batch.sender.id, drafts, batch.now)
    decided = [problems.get(place) or stored[one.asked.inquiry] for place, one in enumerate(batch.prepared)]
    return decided, notified


def _decide(batch: Batch, work: Work, fresh: Sequence[Prepared]) -> list[Draft]:
    desk, issuance = batch.desk, work.issuance
    issued = issuance.issued(batch.sender.id, [one.person.tag for one in fresh if one.person])
    known = [_is_issued(one, issued) for one in fresh]
    held = _held(batch, work, [one for one, is_known in zip(fresh, known, strict=True) if is_known])
    decided: list[tuple[Prepared, Case, Reason | None]] = []
    for one, is_known in zip(fresh, known, strict=True):
        assert not isinstance(one.code, Typo)  # a problem, so it is not among the fresh ones
        holds = (one.asked.provider, one.person.tag) in held if one.person and is_known else False
        case = Case(batch.sender, batch.provider(one), one.law, one.code, is_known, holds)
        decided.append((one, case, rules.decide(case)))
    permits = [one for one, _, reason in decided if reason is None]
    codes = _provider_codes(desk, permits, held)
    salts = desk.entropy(SALT_BYTES * len(decided))
    return [
        _draft(batch, (one, case, reason), codes, salts[SALT_BYTES * place : SALT_BYTES * (place + 1)])
        for place, (one, case, reason) in enumerate(decided)
    ]


def _is_issued(one: Prepared, issued: dict[bytes, int]) -> bool:
    """Issued to the inquirer, in the epoch that the code says."""
    if one.person is None or not isinstance(one.code, BodyCode):
        return False
    return issued.get(one.person.tag) == one.code.epoch


def _held(batch: Batch, work: Work, known: Sequence[Prepared]) -> dict[tuple[BodyId, bytes], int]:
    """Epoch of the code that each provider has of each person: one look-up per provider."""
    wanted: dict[BodyId, list[bytes]] = {}
    for one in known:
        if batch.provider(one) is not None and one.person is not None:
            wanted.setdefault(one.asked.provider, []).append(one.person.tag)
    return {
        (provider, tag): epoch
        for provider, tags in wanted.items()
        for tag, epoch in work.issuance.issued(provider, tags).items()
    }


def _provider_codes(
    desk: Desk, permits: Sequence[Prepared], held: dict[tuple[BodyId, bytes], int]
) -> dict[str, SecretText]:
    """令26条5項: the person in the provider's own name, converted in one call per provider and epoch."""
    groups: dict[tuple[BodyId, int], list[tuple[str, LinkCode]]] = {}
    for one in permits:
        assert one.person is not None  # a permit's code was issued
        epoch = held[one.asked.provider, one.person.tag]
        groups.setdefault((one.asked.provider, epoch), []).append((one.asked.inquiry, one.person.link))
    codes: dict[str, SecretText] = {}
    for (provider, epoch), named in groups.items():
        issued = desk.codes.issue([link for _, link in named], provider, epoch)
        codes |= {inquiry: SecretText(code.text()) for (inquiry, _), code in zip(named, issued, strict=True)}
    return codes


def _draft(
    batch: Batch, decided: tuple[Prepared, Case, Reason | None], codes: dict[str, SecretText], master: bytes
) -> Draft:
    one, case, reason = decided
    until = rules.valid_until(batch.now, one.asked.respond_within_ms, batch.desk.validity_ms)
    decision = Decision(reason, one.law, one.list_version, batch.now, until)
    named = Named(
        inquirer_code=None if isinstance(case.code, ForeignCode) else one.asked.code,
        person=one.person.record if one.person and case.known else None,
        provider_code=codes.get(one.asked.inquiry),
    )
    return draft_record(one.asked, case, decision, named, (one.tag, master))


def _count(work: Work, sender: BodyId, drafts: Sequence[Draft], now: InstantMs) -> None:
    reasons = [Entry(0, each).first().reason for each in drafts if each.state is State.REFUSED]
    tallies = Counter((Tally.EVENT, each.state.value) for each in drafts)
    tallies.update((Tally.REFUSAL, str(reason)) for reason in reasons)
    tallies[Tally.MARKED, "records"] = sum(each.marked for each in drafts)
    for (tally, name), by in tallies.items():
        work.count(tally, name, by)
    for reason, by in Counter(reasons).items():
        if reason in {each.value for each in rules.MISUSE}:
            work.sign_of_misuse(sender, str(reason), by, now)


def _reply(one: Prepared, outcome: Entry | Problem, proofs: dict[str, Receipt]) -> InquiryReply:
    inquiry = one.asked.inquiry
    if isinstance(outcome, Problem):
        return InquiryReply(inquiry=inquiry, problem=outcome.value)
    own = isinstance(one.code, BodyCode)
    salt = outcome.draft.salts.inquirer if own else None
    return InquiryReply(inquiry=inquiry, receipt=proofs[inquiry], code_salt=salt)
