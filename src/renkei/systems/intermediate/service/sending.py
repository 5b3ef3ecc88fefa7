"""What a provider sends: answers to inquirers (法22条1項, 命令46条) and reports to the core (法23条3項).

The rows that are due are the outbox. Content is deleted in the transaction of its acknowledgement: the inquirer has it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from renkei.messages.envelope import Label
from renkei.messages.provision import Ack, Acks, Answers, Reports
from renkei.systems.intermediate.ports import ProvisionRow, Rows
from renkei.systems.intermediate.rules.kept import KeptContent, KeptProvision
from renkei.systems.intermediate.rules.provider import answer_of, report_of
from renkei.systems.intermediate.service.cabinet import NOTICED, PROVIDED, Cabinet
from renkei.systems.intermediate.service.envelopes import Ask, exchange
from renkei.systems.intermediate.service.office import BATCH, Office, fitting
from renkei.terms.bodies import CORE, BodyId
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem


@dataclass(frozen=True, slots=True)
class Due:
    """A provision that has something to say."""

    kept: KeptProvision
    content: KeptContent | None
    record: bytes = field(repr=False)
    """As it was sealed when it was read."""


async def answers_due(office: Office, body: BodyId, inquirer: BodyId) -> list[Due]:
    """Answers that one inquirer has not acknowledged, as many as fit into one message."""
    cabinet = office.cabinet(body)
    to = cabinet.destination(inquirer)

    def load(rows: Rows) -> list[Due]:
        found = fitting(rows.answers_due(body, to, BATCH), lambda row: len(row.content or b""))
        due = [_open(cabinet, row) for row in found]
        # The tag is the disk's word; what is sealed says who asked, and nobody else is answered.
        if any(each.kept.inquirer != inquirer for each in due):
            raise RenkeiError(Problem.BAD_STORE, "provision: the tag of another inquirer")
        return due

    return await office.store.read(load)


def _open(cabinet: Cabinet, row: ProvisionRow) -> Due:
    kept = cabinet.open(NOTICED, row.inquiry, row.record, KeptProvision)
    content = cabinet.open(PROVIDED, row.inquiry, row.content, KeptContent) if row.content else None
    return Due(kept, content, row.record)


async def destinations(office: Office, body: BodyId) -> list[BodyId]:
    """To whom answers are due: whom to wake after a restart."""
    cabinet = office.cabinet(body)
    found = await office.store.read(lambda rows: [_open(cabinet, row) for row in rows.answers_waiting(body)])
    return list(dict.fromkeys(each.kept.inquirer for each in found))


async def send_answers(office: Office, body: BodyId, inquirer: BodyId, pending: Sequence[Due]) -> None:
    """Send them; what the inquirer acknowledged has arrived and is durable there."""
    answers = tuple(answer_of(each.kept, each.content.content if each.content else None) for each in pending)
    ask = Ask(Label.ANSWERS, Answers(answers=answers), Label.ACKS, Acks)
    acks = (await exchange(office, body, inquirer, ask)).acks
    await _settle(
        office, body, pending, _Acknowledged("answer", acks, lambda rows, done: rows.answers_settled(body, done))
    )


async def reports_due(office: Office, body: BodyId) -> list[Due]:
    """Ends of inquiries that the core has not logged yet."""
    cabinet = office.cabinet(body)
    return await office.store.read(
        lambda rows: [replace(_open(cabinet, row), content=None) for row in rows.reports_due(body, BATCH)]
    )


async def send_reports(office: Office, body: BodyId, pending: Sequence[Due]) -> None:
    """Tell the core what came of inquiries; it logs that before it acknowledges."""
    ask = Ask(Label.REPORTS, Reports(reports=tuple(report_of(each.kept) for each in pending)), Label.ACKS, Acks)
    acks = (await exchange(office, body, CORE, ask)).acks
    await _settle(
        office, body, pending, _Acknowledged("report", acks, lambda rows, done: rows.reports_settled(body, done))
    )


@dataclass(frozen=True, slots=True)
class _Acknowledged:
    what: str
    acks: Sequence[Ack]
    settle: Callable[[Rows, Sequence[tuple[str, bytes]]], None]


async def _settle(office: Office, body: BodyId, pending: Sequence[Due], reply: _Acknowledged) -> None:
    sent = {each.kept.inquiry: each.record for each in pending}
    ahead = {ack.id for ack in reply.acks if ack.problem == Problem.DATED_AHEAD.value}  # it will be taken: ADR 0021
    taken = {ack.id: ack.problem for ack in reply.acks if ack.id in sent and ack.id not in ahead}
    settled = [(inquiry, sent[inquiry]) for inquiry in taken]
    await office.store.write(f"{reply.what}s-acknowledged", lambda rows: reply.settle(rows, settled))
    for inquiry, problem in taken.items():
        if problem is not None:  # the peer will never take it; what we recorded stays as it is
            office.loud(f"{reply.what}-turned-away", RenkeiError(Problem.WRONG_STATE, problem), body, inquiry)
    if len(taken) < len(sent):
        why = ": dated ahead of the peer's clock" if ahead else ""
        raise RenkeiError(Problem.UNREACHABLE, f"{len(sent) - len(taken)} {reply.what}s not acknowledged{why}")
