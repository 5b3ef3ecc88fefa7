"""Notices that arrive at the provider (法21条2項, 22条; 命令41条・46条): no proof, no answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from renkei.messages.line import ReplicaKey
from renkei.messages.provision import Ack, Acks, Notice, Notices
from renkei.systems.intermediate.ports import Duties, ProvisionRow, Rows
from renkei.systems.intermediate.rules.kept import KeptContent, KeptProvision
from renkei.systems.intermediate.rules.provider import (
    Believed,
    Found,
    awaits_affair,
    awaits_list,
    believe,
    first_move,
    moved,
    objection,
    over,
    provided,
    repeats,
    taken,
)
from renkei.systems.intermediate.service import replicas
from renkei.systems.intermediate.service.cabinet import NOTICED, PROOF, PROVIDED, Cabinet
from renkei.systems.intermediate.service.codes import owners_of
from renkei.systems.intermediate.service.office import Office
from renkei.systems.intermediate.states import OUTCOME, ProvisionEvent, ProvisionState
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import BodyId
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.terms.refusals import Reason
from renkei.translog.receipt import Verifier

SALT_BYTES = 32


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """A notice that is not taken, and why."""

    inquiry: str
    why: Problem | Reason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class _Desk:
    """One message of notices on its way into the store; `taken` gathers what is new."""

    office: Office
    cabinet: Cabinet
    now: InstantMs
    last: int
    """The sequence of the newest that is stored."""
    known: dict[str, ProvisionRow]
    found: dict[str, Found]
    taken: list[ProvisionRow]


async def receive(office: Office, body: BodyId, message: Notices) -> Acks:
    """Take each notice that holds, decide what to do with it, commit, then acknowledge; nothing else is answered."""
    cabinet, now, book = office.cabinet(body), office.now(), office.book()
    verifier = Verifier(book.trust)
    judged = [_judge(body, verifier, notice) for notice in message.notices]
    believed = _ripe(office, body, [each for each in judged if isinstance(each, Believed)])
    turned_away = _without_another_log(office, body, [each for each in judged if isinstance(each, TurnedAway)])
    if len(believed) + len(turned_away) < len(judged):
        office.wake.directory()
        office.wake.lists()

    def commit(rows: Rows) -> tuple[list[Ack | TurnedAway], bool]:
        known = rows.provisions(body, [each.record.inquiry for each in believed])
        found = look_up(cabinet, rows, [each for each in believed if each.record.inquiry not in known])
        desk = _Desk(office, cabinet, now, rows.last_provision(body), known, found, [])
        outcomes = [_take(desk, each) for each in believed]
        rows.add_provisions(body, desk.taken)
        return outcomes, any(row.duties.lapse_at_ms is not None for row in desk.taken)

    outcomes, held = await office.store.write("notices", commit)
    wake_all(office, body, [each.record.inquirer for each in believed])
    if held:
        office.wake.due()
    return _acks(office, body, message, [*outcomes, *turned_away])


def _ripe(office: Office, body: BodyId, believed: Sequence[Believed]) -> list[Believed]:
    """Without those whose inquirer, affair or list is newer than what we have: left out, so they are sent again."""
    book, law, now = office.book(), office.law(), office.now()
    ripe: list[Believed] = []
    for each in believed:
        version = each.record.list_version
        if over(each, now) or not awaits_list(each, law):
            known = book.knows(each.record.inquirer) and (over(each, now) or not awaits_affair(each, book))
            ripe += [each] if known else []
        elif version not in office.awaited:
            office.awaited.add(version)
            error = RenkeiError(Problem.UNREACHABLE, f"list {version}")
            office.loud("notice-awaits-list", error, body, each.record.inquiry)
    return ripe


def _without_another_log(office: Office, body: BodyId, turned_away: Sequence[TurnedAway]) -> list[TurnedAway]:
    """A log that our directory does not name: perhaps the core goes on under another name (ADR 0018). Left out too."""
    of_ours = [each for each in turned_away if each.why is not Problem.OTHER_LOG]
    key = f"another log than in directory {office.book().number}"
    if len(of_ours) < len(turned_away) and key not in office.awaited:
        office.awaited.add(key)
        office.loud("notice-of-another-log", RenkeiError(Problem.OTHER_LOG, key), body, "")
    return of_ours


def _acks(office: Office, body: BodyId, message: Notices, outcomes: Sequence[Ack | TurnedAway]) -> Acks:
    acks: dict[str, Ack] = {}
    for each in outcomes:
        if isinstance(each, TurnedAway):
            office.loud("notice-turned-away", RenkeiError(Problem.BAD_RECEIPT, _words(each)), body, each.inquiry)
            acks.setdefault(each.inquiry, Ack(id=each.inquiry, problem=each.why.value))
        else:
            acks[each.id] = each
    return Acks(acks=tuple(acks[notice.inquiry] for notice in message.notices if notice.inquiry in acks))


def _words(each: TurnedAway) -> str:
    return f"{each.why.value}: {each.detail}" if each.detail else each.why.value


def _judge(body: BodyId, verifier: Verifier, notice: Notice) -> Believed | TurnedAway:
    try:
        return believe(notice, body, verifier)
    except RenkeiError as error:
        return TurnedAway(notice.inquiry, error.problem, error.detail)


def _take(desk: _Desk, believed: Believed) -> Ack | TurnedAway:
    cabinet, inquiry = desk.cabinet, believed.record.inquiry
    earlier = desk.known.get(inquiry)
    if earlier is not None:
        same = repeats(cabinet.open(NOTICED, inquiry, earlier.record, KeptProvision), believed)
        return Ack(id=inquiry) if same else TurnedAway(inquiry, Problem.REPEATED_OTHERWISE)
    reason = None if over(believed, desk.now) else objection(believed, desk.office.law(), desk.office.book())
    if reason is not None:
        return TurnedAway(inquiry, reason)
    kept, content = _decide(desk, believed)
    row = ProvisionRow(
        inquiry=inquiry,
        sequence=desk.last + len(desk.taken) + 1,
        noticed_at_ms=desk.now,
        record=cabinet.seal(NOTICED, inquiry, kept),
        receipt=cabinet.seal(PROOF, inquiry, believed.notice.receipt),
        content=None if content is None else cabinet.seal(PROVIDED, inquiry, content),
        duties=duties_of(cabinet, kept, desk.now),
    )
    desk.taken.append(row)
    desk.known[inquiry] = row
    return Ack(id=inquiry)


def _decide(desk: _Desk, believed: Believed) -> tuple[KeptProvision, KeptContent | None]:
    kept, found = taken(believed), desk.found.get(believed.record.inquiry, Found(None, None))
    event = first_move(kept, found, desk.now)
    if event is not ProvisionEvent.PROVIDE:
        return moved(kept, event, found, desk.now), None
    done, content = provided(kept, found, desk.now, desk.office.entropy(SALT_BYTES))
    return done, KeptContent(content=content)


def look_up(cabinet: Cabinet, rows: Rows, believed: Sequence[Believed]) -> dict[str, Found]:
    """By inquiry the person behind the notice's code, where we have it, and the replica that was asked for."""
    coded = [(each.record, each.code) for each in believed if each.code is not None]  # a refusal names nobody
    owners = owners_of(cabinet, rows, [code for _, code in coded])
    owned = [(record, owner) for (record, _), owner in zip(coded, owners, strict=True) if owner is not None]
    keys = [ReplicaKey(addressee=owner, kind=record.kind, period=record.period) for record, owner in owned]
    pairs = zip(owned, replicas.find(cabinet, rows, keys), strict=True)
    return {record.inquiry: Found(owner, replica) for (record, owner), replica in pairs}


def duties_of(cabinet: Cabinet, kept: KeptProvision, now: InstantMs) -> Duties:
    """What a state obliges to: the state is the outbox (法22条1項, 23条3項; 命令41条3項)."""
    if kept.state not in OUTCOME:
        return Duties()
    to = cabinet.destination(kept.inquirer)
    if kept.state is ProvisionState.HELD:
        assert kept.valid_until_ms is not None, "every permit has a validity"
        return Duties(answer_to=to, answer_due_ms=now, lapse_at_ms=InstantMs(kept.valid_until_ms + 1))
    return Duties(answer_to=to, answer_due_ms=now, report_due_ms=now)


def wake_all(office: Office, body: BodyId, inquirers: Sequence[BodyId]) -> None:
    """Wake whoever has something to send after a commit on the provider's side."""
    for inquirer in dict.fromkeys(inquirers):
        office.wake.answers(body, inquirer)
    if inquirers:
        office.wake.reports(body)
