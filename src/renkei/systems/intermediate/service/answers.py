"""Answers that arrive at the inquirer (法22条, 命令46条): taken only under a permit whose proof the body holds."""

from collections.abc import Sequence

from renkei.messages.line import InquiryState
from renkei.messages.provision import Ack, Acks, Answer, Answers
from renkei.systems.intermediate.ports import Rows
from renkei.systems.intermediate.rules.inquirer import answered
from renkei.systems.intermediate.rules.kept import KeptContent, KeptInquiry
from renkei.systems.intermediate.service.cabinet import ASKED, RECEIVED, Cabinet
from renkei.systems.intermediate.service.inquiries import key
from renkei.systems.intermediate.service.office import Office
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
    def job(rows: Rows) -> list[Ack | None]:
        return [_take(cabinet, rows, sender, answer) for answer in answers]

    return {ack.id: ack for ack in await office.store.write("answers", job) if ack is not None}


async def _permits(office: Office, cabinet: Cabinet, inquiries: Sequence[str]) -> None:
    """Wait until the core's decision on each is here, or the time is over."""

    async def look() -> bool:
        return await office.store.read(lambda rows: all(_decided(cabinet, rows, each) for each in inquiries))

    await office.waiters.until([key(cabinet.body, each) for each in inquiries], look, office.answer_wait_ms)


def _decided(cabinet: Cabinet, rows: Rows, inquiry: str) -> bool:
    kept = _kept(cabinet, rows, inquiry)
    return kept is None or kept.state is not InquiryState.ASKED


def _kept(cabinet: Cabinet, rows: Rows, inquiry: str) -> KeptInquiry | None:
    row = rows.inquiry(cabinet.body, inquiry)
    return None if row is None else cabinet.open(ASKED, inquiry, row.record, KeptInquiry)


def _take(cabinet: Cabinet, rows: Rows, sender: BodyId, answer: Answer) -> Ack | None:
    kept = _kept(cabinet, rows, answer.inquiry)
    if kept is None:
        return Ack(id=answer.inquiry, problem=Problem.UNKNOWN_INQUIRY.value)
    if kept.state is InquiryState.ASKED and kept.provider == sender:
        return None
    try:
        changed = answered(kept, answer, sender)
    except RenkeiError as error:
        return Ack(id=answer.inquiry, problem=error.problem.value)
    if changed is not None:
        content = None
        if answer.content is not None:
            content = cabinet.seal(RECEIVED, answer.inquiry, KeptContent(content=answer.content))
        rows.answer_inquiry(cabinet.body, answer.inquiry, cabinet.seal(ASKED, answer.inquiry, changed), content)
    return Ack(id=answer.inquiry)
