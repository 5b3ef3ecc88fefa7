"""What came of permitted inquiries (法23条3項): reported by the provider, recorded and logged."""

from collections import Counter
from collections.abc import Sequence

from renkei.messages.directory import BodyEntry
from renkei.messages.provision import Ack, Acks, Report, Reports
from renkei.systems.core.ports import Tally, Work
from renkei.systems.core.rules.record import Entry
from renkei.systems.core.rules.report import judge
from renkei.systems.core.service.desk import Desk
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import BodyId
from renkei.terms.problems import Problem


async def report(desk: Desk, sender: BodyEntry, message: Reports) -> Acks:
    """Take each report of a message; acknowledged only when durable."""
    now = desk.now()
    acks = await desk.store.write("reports", lambda work: _commit(work, sender.id, message.reports, now))
    return Acks(acks=tuple(acks))


def _commit(work: Work, provider: BodyId, reports: Sequence[Report], now: InstantMs) -> list[Ack]:
    stored = work.records.entries([each.inquiry for each in reports])
    known = dict(stored)
    ended: list[Entry] = []
    acks: list[Ack] = []
    for each in reports:
        # One after another against `known`: a second report in the same message meets what the first one did.
        found = judge(each, known.get(each.inquiry), provider, now)
        if isinstance(found, Entry):
            known[each.inquiry] = found
            ended.append(found)
        acks.append(Ack(id=each.inquiry, problem=found.value if isinstance(found, Problem) else None))
    work.records.end(ended)
    for state, by in Counter(each.state.value for each in ended).items():
        work.count(Tally.EVENT, state, by)
    newly = sum(each.draft.marked and not stored[each.draft.inquiry].draft.marked for each in ended)
    work.count(Tally.MARKED, "records", newly)
    return acks
