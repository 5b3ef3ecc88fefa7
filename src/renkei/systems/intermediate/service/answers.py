"""Answers that arrive at the inquirer (法22条, 命令46条): taken only under a permit whose proof the body holds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from renkei.messages.line import InquiryState
from renkei.messages.provision import Ack, Acks, Answer, Answers
from renkei.systems.intermediate.ports import Changed, RecordRow, Rows
from renkei.systems.intermediate.rules.inquirer import answered
from renkei.systems.intermediate.rules.kept import KeptContent, KeptInquiry
from renkei.systems.intermediate.service.cabinet import ASKED, RECEIVED, Cabinet
from renkei.systems.intermediate.service.inquiries import key
from renkei.systems.intermediate.service.office import Office
from renkei.systems.intermediate.states import FINAL_INQUIRY
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import BodyId
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem


async def receive(office: Office, body: BodyId, sender: BodyId, message: Answers) -> Acks:
    """Commit each answer that holds, then acknowledge.

    An answer may overtake the core's reply to the inquirer. It waits a moment for the permit; if that does not come,
    the answer is not acknowledged, and the provider sends it again.
    """
    cabinet = office.cabinet(body)
    acks = await _commit(office, cabinet, sender, message.answers)
    early = [answer for answer in message.answers if answer.inquiry not in acks]
    if early:
        await _permits(office, cabinet, [answer.inquiry for answer in early])
        acks |= await _commit(office, cabinet, sender, early)
    office.waiters.wake(key(body, ack.id) for ack in acks.values() if ack.problem is None)
    for ack in acks.values():
        if ack.problem is not None:
            office.loud("answer-turned-away", RenkeiError(Problem(ack.problem)), body, ack.id)
    return Acks(acks=tuple(acks[answer.inquiry] for answer in message.answers if answer.inquiry in acks))


async def _commit(office: Office, cabinet: Cabinet, sender: BodyId, answers: Sequence[Answer]) -> dict[str, Ack]:
    now = office.now()

    def job(rows: Rows) -> list[_Taken]:
        found = rows.inquiries(cabinet.body, [answer.inquiry for answer in answers])
        desk = _Desk(cabinet, sender, now, found, {})
        taken = [_take(desk, answer) for answer in answers]
        rows.answer_inquiries(cabinet.body, list(desk.changed.values()))
        return taken

    taken = await office.store.write("answers", job)
    if any(each.of_job for each in taken):
        office.wake.jobs(cabinet.body)
    return {each.ack.id: each.ack for each in taken if each.ack is not None}


async def _permits(office: Office, cabinet: Cabinet, inquiries: Sequence[str]) -> None:
    """Wait until the core's decision on each is here, or the time is over."""

    async def look() -> bool:
        return await office.store.read(lambda rows: _decided(cabinet, rows, inquiries))

    await office.waiters.until([key(cabinet.body, each) for each in inquiries], look, office.answer_wait_ms)


def _decided(cabinet: Cabinet, rows: Rows, inquiries: Sequence[str]) -> bool:
    found = rows.inquiries(cabinet.body, inquiries).values()
    return all(_kept(cabinet, row).state is not InquiryState.ASKED for row in found)


def _kept(cabinet: Cabinet, row: RecordRow) -> KeptInquiry:
    return cabinet.open(ASKED, row.inquiry, row.record, KeptInquiry)


@dataclass(frozen=True, slots=True)
class _Desk:
    """The answers of one message on their way into the store.

    `known`: the inquiries as they now are; `changed`: those that differ from what is stored.
    """

    cabinet: Cabinet
    sender: BodyId
    now: InstantMs
    known: dict[str, RecordRow]
    changed: dict[str, Changed]


@dataclass(frozen=True, slots=True)
class _Taken:
    """What is acknowledged, if anything; `of_job`: an inquiry of a bulk job was changed."""

    ack: Ack | None
    of_job: bool = False


def _take(desk: _Desk, answer: Answer) -> _Taken:
    cabinet, row = desk.cabinet, desk.known.get(answer.inquiry)
    if row is None:
        return _Taken(Ack(id=answer.inquiry, problem=Problem.UNKNOWN_INQUIRY.value))
    kept = _kept(cabinet, row)
    if kept.state is InquiryState.ASKED and kept.provider == desk.sender:
        return _Taken(None)
    try:
        changed = answered(kept, answer, desk.sender)
    except RenkeiError as error:
        return _Taken(Ack(id=answer.inquiry, problem=error.problem.value))
    if changed is None:
        return _Taken(Ack(id=answer.inquiry))
    content = None
    if answer.content is not None:
        content = cabinet.seal(RECEIVED, answer.inquiry, KeptContent(content=answer.content))
    row = replace(row, record=cabinet.seal(ASKED, answer.inquiry, changed), content=content)
    desk.known[answer.inquiry] = row
    desk.changed[answer.inquiry] = row, desk.now if changed.state in FINAL_INQUIRY else None
    return _Taken(Ack(id=answer.inquiry), row.job is not None)
