"""Turns of work on a body's jobs: take note of inquiries that have ended, then take up rows that wait.

A turn is one transaction, and does whatever is to be done when it runs: after a crash the next one goes on.
Rows are taken up only while few inquiries of jobs wait for the core, and no more of one provider than its window; so a
slow core or provider is not buried, single inquiries pass by, and memory does not grow with the job.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from renkei.messages.jobs import JobKind, JobState, RowOutcome
from renkei.messages.line import Inquiry, Replica, ReplicaKey
from renkei.systems.intermediate.ports import PartRow, Rows
from renkei.systems.intermediate.rules.job_files import BadRow
from renkei.systems.intermediate.rules.jobs import (
    Asked,
    KeptOutcome,
    KeptPart,
    Numbered,
    again,
    aged,
    asked_of,
    judge,
    request_of,
)
from renkei.systems.intermediate.rules.kept import KeptInquiry
from renkei.systems.intermediate.service import replicas
from renkei.systems.intermediate.service.cabinet import ASKED, JOB_PART, REPLICA
from renkei.systems.intermediate.service.inquiries import Desk, take_all
from renkei.systems.intermediate.service.jobs.desk import JobDesk, key, locked, looked_at
from renkei.systems.intermediate.service.jobs.taking import failed
from renkei.systems.intermediate.service.office import Office
from renkei.systems.intermediate.states import JobEvent
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import BodyId
from renkei.terms.problems import Problem

WINDOW: Final = 4_000
"""Inquiries of one job under way to one provider."""
MOST_DUE: Final = 1_000
"""Inquiries of a body's jobs that wait for the core; beyond it nothing is taken up."""
TURN_INQUIRIES: Final = 500
"""Ended inquiries that one turn takes note of."""
TURN_PARTS: Final = 5
"""Parts of a hundred rows that one turn takes up, of all jobs together; each job that can go on gets at least one."""
TURN_REPLICAS: Final = 1_000
"""Replicas that one turn of a check walks past."""
TURN_FORGOTTEN: Final = 2_000
"""Results of a deleted job that one turn forgets."""


async def due(office: Office, body: BodyId) -> list[BodyId]:
    """The body, if there is anything to do for its jobs."""
    cabinet, now = office.cabinet(body), office.now()

    def load(rows: Rows) -> bool:
        if rows.jobs.to_settle(body, 1):
            return True
        return any(_can_go_on(looked_at(cabinet, rows, job, now)) for job in rows.jobs.due(body))

    return [body] if await office.store.read(load) else []


def _can_go_on(desk: JobDesk) -> bool:
    waiting, under_way = desk.rows.jobs.lanes(desk.body, desk.job)
    if waiting:
        return bool(_lanes(desk, 1))
    return not under_way and desk.kept.state is not JobState.OPEN


def _lanes(desk: JobDesk, limit: int) -> Sequence[bytes]:
    """Providers whose rows may be taken up now."""
    jobs = desk.rows.jobs
    if desk.kept.head.kind is JobKind.INQUIRIES and jobs.inquiries_due(desk.body, desk.now, MOST_DUE) >= MOST_DUE:
        return ()
    return jobs.free_lanes(desk.body, desk.job, WINDOW, limit)


@dataclass(slots=True)
class _Turn:
    """One turn, and whom to wake after its commit."""

    office: Office
    body: BodyId
    rows: Rows
    now: InstantMs
    bodies: Sequence[BodyId]
    asked: bool = False
    ended: list[str] = field(default_factory=list)

    def desk(self, job: str) -> JobDesk:
        return locked(self.office.cabinet(self.body), self.rows, job, self.now)

    def ask(
        self, desk: JobDesk, inquiries: Sequence[Inquiry], due_ms: Sequence[InstantMs] = ()
    ) -> Sequence[Problem | None]:
        """Why each inquiry was not taken; None for one that was."""
        to_core = Desk(desk.cabinet, self.rows, self.bodies, self.now, self.office.new_id, desk.job)
        accepted = take_all(to_core, inquiries, due_ms)
        self.asked |= any(each.inquiry is not None for each in accepted)
        return [None if each.problem is None else Problem(each.problem) for each in accepted]


async def turn(office: Office, body: BodyId) -> None:
    """Do what is to be done, as much as goes well into one transaction."""
    now, bodies = office.now(), [entry.id for entry in office.book().bodies]

    def commit(rows: Rows) -> _Turn:
        made = _Turn(office, body, rows, now, bodies)
        _settle(made)
        _go_on(made)
        return made

    made = await office.store.write("jobs-turn", commit)
    if made.asked:
        office.wake.inquiries(body)
        office.wake.due()
    office.waiters.wake(key(body, job) for job in made.ended)


# Inquiries that have ended.


def _settle(made: _Turn) -> None:
    found = made.rows.jobs.to_settle(made.body, TURN_INQUIRIES)
    cabinet = made.office.cabinet(made.body)
    by_job: dict[str, list[KeptInquiry]] = {}
    for row in found:
        assert row.job is not None, "only inquiries of jobs are settled"
        by_job.setdefault(row.job, []).append(cabinet.open(ASKED, row.inquiry, row.record, KeptInquiry))
    for job in sorted(by_job):  # always in the same order, so that two processes cannot wait for each other
        desk = made.desk(job)
        _conclude(made, desk, by_job[job])
        desk.put()
    made.rows.jobs.settled(made.body, [row.inquiry for row in found])


def _conclude(made: _Turn, desk: JobDesk, ended: Sequence[KeptInquiry]) -> None:
    """Ask again what may be asked again; all others are results."""
    repeats = {kept.inquiry: next_one for kept in ended if (next_one := again(kept, desk.kept, made.now)) is not None}
    pairs = list(repeats.values())
    problems = made.ask(desk, [inquiry for inquiry, _ in pairs], [due for _, due in pairs]) if pairs else ()
    resent = {inquiry for inquiry, problem in zip(repeats, problems, strict=True) if problem is None}
    desk.count(resent=len(resent))
    final = [kept for kept in ended if kept.inquiry not in resent]
    for provider, number in Counter(kept.provider for kept in final).items():
        desk.rows.jobs.move(desk.body, desk.job, desk.cabinet.lane(provider), (0, -number))
    desk.conclude([_outcome(kept) for kept in final])


def _outcome(kept: KeptInquiry) -> KeptOutcome:
    row, attempt, line = asked_of(kept.request)
    return KeptOutcome(row=row, line=line, outcome=RowOutcome(kept.state.value), attempts=attempt, inquiry=kept.inquiry)


# Rows that wait.


def _go_on(made: _Turn) -> None:
    jobs = made.rows.jobs.due(made.body)
    share = max(1, TURN_PARTS // max(len(jobs), 1))
    for job in sorted(jobs):
        desk = made.desk(job)
        if desk.kept.state is JobState.DELETING:
            _forget(made, desk)
            continue
        if not _can_go_on(desk):
            continue
        if desk.kept.begun_ms is None:
            desk.change(begun_ms=made.now)
        if not _take_up(made, desk, share) and _walked(desk):
            _finish(made, desk)
        desk.put()


def _take_up(made: _Turn, desk: JobDesk, most: int) -> bool:
    """Work off up to so many parts, of the emptiest lanes first; whether there were any."""
    work: dict[JobKind, Callable[[_Turn, JobDesk, PartRow, tuple[Numbered, ...]], None]] = {
        JobKind.INQUIRIES: _inquire,
        JobKind.REPLICAS: _register,
        JobKind.REPLICA_CHECK: _check,
    }
    lanes = _lanes(desk, most)
    for lane in lanes:
        for part in desk.rows.jobs.parts(desk.body, desk.job, lane, max(1, most // len(lanes))):
            opened = desk.cabinet.open(JOB_PART, f"{desk.job}/{part.first_row}", part.sealed, KeptPart)
            work[desk.kept.head.kind](made, desk, part, opened.rows)
            desk.rows.jobs.drop_part(desk.body, desk.job, part)
    return bool(lanes)


def _inquire(made: _Turn, desk: JobDesk, part: PartRow, rows: tuple[Numbered, ...]) -> None:
    inquiries = [
        msgspec.structs.replace(each.inquiry, request=request_of(desk.job, Asked(each.row, 1, each.line)))
        for each in rows
        if each.inquiry is not None
    ]
    problems = made.ask(desk, inquiries)
    bad = [
        BadRow(each.row, each.line, problem, None)
        for each, problem in zip(rows, problems, strict=True)
        if problem is not None
    ]
    desk.conclude([failed(each) for each in bad])
    desk.rows.jobs.move(desk.body, desk.job, part.lane, (-part.row_count, part.row_count - len(bad)))


def _register(made: _Turn, desk: JobDesk, part: PartRow, rows: tuple[Numbered, ...]) -> None:
    found: list[Replica] = [each.replica for each in rows if each.replica is not None]
    changed = replicas.register(desk.cabinet, desk.rows, found, made.now)
    desk.count(registered=changed, unchanged=len(found) - changed)
    desk.rows.jobs.move(desk.body, desk.job, part.lane, (-part.row_count, 0))


def _check(made: _Turn, desk: JobDesk, part: PartRow, rows: tuple[Numbered, ...]) -> None:
    expected = [(each, each.expected) for each in rows if each.expected is not None]
    tags = desk.cabinet.replicas([each.key for _, each in expected])
    outcomes: list[KeptOutcome] = []
    for (row, each), tag in zip(expected, tags, strict=True):
        changed_at = desk.rows.jobs.replica_changed(desk.body, tag)
        desk.rows.jobs.expect(desk.body, desk.job, tag)
        outcome = judge(each, changed_at)
        if outcome is None:
            desk.count(found=1)
            continue
        told = KeptOutcome(
            row=row.row, line=row.line, outcome=outcome, key=each.key, as_of=each.as_of,
            changed_at_ms=changed_at, seen_at_ms=made.now,
        )  # fmt: skip
        outcomes.append(told)
    desk.conclude(outcomes)
    kinds = dict.fromkeys([*desk.kept.kinds, *(each.key.kind for _, each in expected)])
    desk.change(kinds=tuple(kinds))
    desk.rows.jobs.move(desk.body, desk.job, part.lane, (-part.row_count, 0))


def _walked(desk: JobDesk) -> bool:
    """Whether nothing is left to look at. A check looks at every replica: how fresh it is, and whether it is expected.

    Key tags cannot be turned back, so the sealed rows are walked, a thousand in a turn. What counts as unexpected is
    limited to the kinds that the file names.
    """
    if desk.kept.head.kind is not JobKind.REPLICA_CHECK or desk.kept.state is JobState.CANCELLING:
        return True
    page = desk.rows.jobs.replicas_after(desk.body, desk.job, desk.kept.walked, TURN_REPLICAS)
    ages, outcomes = dict(desk.kept.ages), list[KeptOutcome]()
    for held in page:
        replica = desk.cabinet.open(REPLICA, held.key_tag, held.sealed, Replica)
        aged(ages, replica.kind, held.changed_at_ms)
        if not held.expected and replica.kind in desk.kept.kinds:
            which = ReplicaKey(addressee=replica.addressee, kind=replica.kind, period=replica.period)
            told = KeptOutcome(
                row=0, outcome=RowOutcome.UNEXPECTED, key=which, changed_at_ms=held.changed_at_ms, seen_at_ms=desk.now
            )
            outcomes.append(told)
    desk.conclude(outcomes)
    desk.change(ages=ages, walked=page[-1].key_tag if page else desk.kept.walked)
    return len(page) < TURN_REPLICAS


def _finish(made: _Turn, desk: JobDesk) -> None:
    desk.rows.jobs.forget_expected(desk.body, desk.job)
    desk.move(JobEvent.FINISH)
    desk.change(ended_ms=made.now)
    made.ended.append(desk.job)


# Jobs that are deleted.


def _forget(made: _Turn, desk: JobDesk) -> None:
    """The newest results first, so that those that are left are numbered as before; with the last one goes the job."""
    left = max(desk.kept.results - TURN_FORGOTTEN, 0)
    if left:
        desk.rows.jobs.drop_outcomes(desk.body, desk.job, left)
        desk.change(results=left)
        desk.put()
    else:
        desk.rows.jobs.drop(desk.body, desk.job)
        made.ended.append(desk.job)
