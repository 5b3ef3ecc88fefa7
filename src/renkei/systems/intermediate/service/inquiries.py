"""提供の求め (法19条8号, 令20条, 命令40条): taken from line systems, sent to the core, and what came of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from renkei.messages.envelope import Label
from renkei.messages.inquiry import InquiryReplies, InquiryReply, InquiryRequests
from renkei.messages.line import Inquiries, InquiriesAccepted, Inquiry, InquiryAccepted, InquiryState
from renkei.messages.receipt import Receipt
from renkei.systems.intermediate.ports import Changed, NewInquiry, Rows
from renkei.systems.intermediate.rules.inquirer import asked, decided, request_of
from renkei.systems.intermediate.rules.kept import KeptInquiry
from renkei.systems.intermediate.rules.presented import check_inquiry, read_presented
from renkei.systems.intermediate.service.cabinet import ASKED, PERMIT, Cabinet
from renkei.systems.intermediate.service.codes import codes_of, owner_of
from renkei.systems.intermediate.service.envelopes import Ask, exchange
from renkei.systems.intermediate.service.office import BATCH, Office, fitting
from renkei.systems.intermediate.service.waiting import Key
from renkei.systems.intermediate.states import FINAL_INQUIRY
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import CORE, AddresseeNumber, BodyId
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.terms.secrets import SecretText
from renkei.translog.receipt import Verifier

DISTRUST_MS = 60_000
"""How long to wait before asking the core again about an inquiry whose receipt did not hold, or that is dated ahead."""


Codes = Mapping[AddresseeNumber, SecretText | None]
"""The body's own codes for persons; None where it has none."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Inquiries on their way into the store; `job`: on whose behalf, where a bulk job asks."""

    cabinet: Cabinet
    rows: Rows
    bodies: Sequence[BodyId]
    now: InstantMs
    new_id: Callable[[], str]
    job: str | None = None


def key(body: BodyId, inquiry: str) -> Key:
    """Under which key a change of an inquiry wakes who waits for it."""
    return ("inquiry", body, inquiry)


async def take(office: Office, body: BodyId, message: Inquiries) -> InquiriesAccepted:
    """inquiries: each is accepted and durable, or names its problem and left nothing behind."""
    cabinet, now = office.cabinet(body), office.now()
    bodies = [entry.id for entry in office.book().bodies]

    def commit(rows: Rows) -> list[InquiryAccepted]:
        return take_all(Desk(cabinet, rows, bodies, now, office.new_id), message.inquiries)

    accepted = await office.store.write("take-inquiries", commit)
    office.wake.inquiries(body)
    return InquiriesAccepted(accepted=tuple(accepted))


def take_all(desk: Desk, inquiries: Sequence[Inquiry], due_ms: Sequence[InstantMs] = ()) -> list[InquiryAccepted]:
    """Store those that can be taken, due at once or at the moments in `due_ms`; one answer each, in order."""
    cabinet, body = desk.cabinet, desk.cabinet.body
    accepted: list[InquiryAccepted] = []
    fresh: dict[bytes, NewInquiry] = {}
    sequence = desk.rows.last_inquiry(body)
    tags = cabinet.requests([inquiry.request for inquiry in inquiries])
    earlier = _earlier(desk, dict(zip(tags, [inquiry.request for inquiry in inquiries], strict=True)))
    # One look-up for the list: one for each would be most of what a list costs behind a wire.
    persons = [each.addressee for each in inquiries if each.code is None and each.addressee is not None]
    codes = codes_of(cabinet, desk.rows, persons)
    contents = cabinet.inquiry_contents(inquiries)
    moments: Sequence[InstantMs | None] = due_ms or [None] * len(inquiries)
    for inquiry, tag, content, due_at in zip(inquiries, tags, contents, moments, strict=True):
        known = fresh.get(tag)
        seen = earlier.get(tag) if known is None else (known.inquiry, known.content_tag)
        try:
            if seen is not None:
                accepted.append(_again(inquiry, seen, content))
                continue
            kept = _new(desk, inquiry, codes)
        except RenkeiError as error:
            accepted.append(InquiryAccepted(request=inquiry.request, problem=error.problem.value))
            continue
        sequence += 1
        sealed = cabinet.seal(ASKED, kept.inquiry, kept)
        # At once: in the order of numbers, each a moment so early that a clock that is set back puts nothing off.
        due = InstantMs(sequence) if due_at is None else due_at
        fresh[tag] = NewInquiry(kept.inquiry, tag, content, sequence, desk.now, due, sealed, desk.job)
        accepted.append(InquiryAccepted(request=inquiry.request, inquiry=kept.inquiry))
    desk.rows.add_inquiries(body, list(fresh.values()))
    return accepted


def _earlier(desk: Desk, requests: Mapping[bytes, str]) -> Mapping[bytes, tuple[str, bytes]]:
    """Requests that were taken before; raises BAD_STORE where the record itself says that it is of another one."""
    body, earlier = desk.cabinet.body, desk.rows.requests(desk.cabinet.body, list(requests))
    found = desk.rows.inquiries(body, [inquiry for inquiry, _ in earlier.values()]) if earlier else {}
    for tag, (inquiry, _) in earlier.items():
        if desk.cabinet.open(ASKED, inquiry, found[inquiry].record, KeptInquiry).request != requests[tag]:
            raise RenkeiError(Problem.BAD_STORE, "inquiry: the tag of another request")
    return earlier


def _again(inquiry: Inquiry, seen: tuple[str, bytes], content: bytes) -> InquiryAccepted:
    """The same id again: the same inquiry for the same content, else a problem and nothing stored."""
    if seen[1] != content:
        raise RenkeiError(Problem.REPEATED_OTHERWISE)
    return InquiryAccepted(request=inquiry.request, inquiry=seen[0])


def _new(desk: Desk, inquiry: Inquiry, codes: Codes) -> KeptInquiry:
    check_inquiry(inquiry)
    code, addressee = _person(desk, inquiry, codes)
    return asked(inquiry, desk.new_id(), code, addressee, desk.now)


def _person(desk: Desk, inquiry: Inquiry, codes: Codes) -> tuple[SecretText, AddresseeNumber | None]:
    if inquiry.code is None:
        assert inquiry.addressee is not None, "checked"
        code = codes[inquiry.addressee]
        if code is None:
            raise RenkeiError(Problem.NO_CODE_YET)
        return code, inquiry.addressee
    own = read_presented(inquiry.code, desk.cabinet.body, desk.bodies)
    return inquiry.code, None if own is None else owner_of(desk.cabinet, desk.rows, own)


# The way out: inquiries that are due are the outbox to the core.


async def due(office: Office, body: BodyId) -> list[KeptInquiry]:
    """Inquiries that the core has not decided yet, oldest first."""
    cabinet, now = office.cabinet(body), office.now()

    def load(rows: Rows) -> list[KeptInquiry]:
        found = fitting(rows.inquiries_due(body, now, BATCH), lambda row: len(row.record))
        return [cabinet.open(ASKED, row.inquiry, row.record, KeptInquiry) for row in found]

    return await office.store.read(load)


async def send(office: Office, body: BodyId, pending: Sequence[KeptInquiry]) -> None:
    """Ask the core, believe nothing without proof, commit what it decided, wake who waits."""
    message = InquiryRequests(inquiries=tuple(request_of(kept) for kept in pending))
    ask = Ask(Label.INQUIRIES, message, Label.INQUIRY_REPLIES, InquiryReplies)
    reply = await exchange(office, body, CORE, ask)
    judged = _judge_all(office, body, pending, {each.inquiry: each for each in reply.replies})
    of_jobs = await office.store.write("inquiries-decided", lambda rows: _commit(office, body, rows, judged))
    if of_jobs:
        office.wake.jobs(body)
    office.waiters.wake(key(body, each.inquiry) for each in judged if isinstance(each, _Judged))
    if any(isinstance(each, _PutOff) for each in judged):
        office.wake.due()


@dataclass(frozen=True, slots=True)
class _Judged:
    inquiry: str
    kept: KeptInquiry
    receipt: Receipt | None


@dataclass(frozen=True, slots=True)
class _PutOff:
    """It stays asked, and is asked again."""

    inquiry: str


def _judge_all(
    office: Office, body: BodyId, pending: Sequence[KeptInquiry], replies: Mapping[str, InquiryReply]
) -> list[_Judged | _PutOff]:
    verifier = Verifier(office.book().trust)
    judged: list[_Judged | _PutOff] = []
    ahead: list[str] = []
    for kept in pending:
        reply = replies.get(kept.inquiry, InquiryReply(inquiry=kept.inquiry))
        if reply.problem == Problem.DATED_AHEAD.value:
            ahead.append(kept.inquiry)
            judged.append(_PutOff(kept.inquiry))
            continue
        try:
            judged.append(_Judged(kept.inquiry, decided(kept, reply, body, verifier), reply.receipt))
        except RenkeiError as error:
            # The core did not prove that it recorded this inquiry: it stays asked, others go on, people must look.
            office.loud("inquiry-reply-distrusted", error, body, kept.inquiry)
            office.wake.directory()
            judged.append(_PutOff(kept.inquiry))
            continue
        if reply.problem is not None:
            office.loud("inquiry-not-taken", RenkeiError(Problem.WRONG_STATE, reply.problem), body, kept.inquiry)
    if ahead:
        waiting = RenkeiError(Problem.DATED_AHEAD, f"{len(ahead)} inquiries wait for the core's clock")
        office.loud("inquiries-dated-ahead", waiting, body, ahead[0])
    return judged


def _commit(office: Office, body: BodyId, rows: Rows, judged: Sequence[_Judged | _PutOff]) -> bool:
    """Whether inquiries of bulk jobs were among them."""
    cabinet, now, of_jobs = office.cabinet(body), office.now(), False
    found = rows.inquiries(body, [each.inquiry for each in judged])
    decisions: list[Changed] = []
    for each in judged:
        row = found[each.inquiry]  # inquiries are never deleted while they are due
        if cabinet.open(ASKED, row.inquiry, row.record, KeptInquiry).state is not InquiryState.ASKED:
            continue
        of_jobs |= row.job is not None
        if isinstance(each, _PutOff):
            rows.defer_inquiry(body, each.inquiry, InstantMs(now + DISTRUST_MS))
            continue
        receipt = None if each.receipt is None else cabinet.seal(PERMIT, each.inquiry, each.receipt)
        changed = replace(row, record=cabinet.seal(ASKED, each.inquiry, each.kept), receipt=receipt)
        decisions.append((changed, now if each.kept.state in FINAL_INQUIRY else None))
    rows.decide_inquiries(body, decisions)
    return of_jobs
