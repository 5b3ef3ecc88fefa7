"""One job in one transaction."""

from dataclasses import dataclass

import msgspec

from renkei.messages.jobs import JobStatus
from renkei.systems.intermediate.ports import Rows
from renkei.systems.intermediate.rules.jobs import KeptJob, KeptOutcome, count_name, counted, status_of
from renkei.systems.intermediate.service.cabinet import JOB, JOB_OUTCOME, Cabinet
from renkei.systems.intermediate.service.waiting import Key
from renkei.systems.intermediate.states import ENDED_JOB, JobEvent, after
from renkei.systems.intermediate.states import JOB as LIFE
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import BodyId
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem


def key(body: BodyId, job: str) -> Key:
    """Under which key the end of a job wakes who waits for it."""
    return ("job", body, job)


@dataclass(slots=True)
class JobDesk:
    """A job that one transaction changes; nothing is stored before `put`."""

    cabinet: Cabinet
    rows: Rows
    kept: KeptJob
    now: InstantMs

    @property
    def body(self) -> BodyId:
        return self.cabinet.body

    @property
    def job(self) -> str:
        return self.kept.job

    def change(self, **changes: object) -> None:
        """Fields of the kept job."""
        self.kept = msgspec.structs.replace(self.kept, **changes)

    def move(self, event: JobEvent) -> None:
        """The next state; raises WRONG_STATE."""
        self.change(state=after(LIFE, self.kept.state, event))

    def count(self, **more: int) -> None:
        """Add to the counts."""
        self.change(counts=counted(self.kept.counts, more))

    def conclude(self, outcomes: list[KeptOutcome]) -> None:
        """Results, numbered on from those that are there."""
        numbered = list(enumerate(outcomes, self.kept.results + 1))
        sealed = [(number, self.cabinet.seal(JOB_OUTCOME, _place(self.job, number), each)) for number, each in numbered]
        self.rows.jobs.add_outcomes(self.body, self.job, sealed)
        counts: dict[str, int] = {}
        for each in outcomes:
            counts[count_name(each.outcome)] = counts.get(count_name(each.outcome), 0) + 1
        self.count(**counts)
        self.change(results=self.kept.results + len(outcomes))

    def put(self) -> None:
        """Store the job."""
        due = None if self.kept.state in ENDED_JOB else self.kept.created_ms
        self.rows.jobs.put(self.body, self.job, self.cabinet.seal(JOB, self.job, self.kept), due)

    def status(self) -> JobStatus:
        """How it stands."""
        return status_of(self.kept, self.rows.jobs.lanes(self.body, self.job), self.now)


def locked(cabinet: Cabinet, rows: Rows, job: str, now: InstantMs) -> JobDesk:
    """A job to be changed, once no other transaction is at work on it; raises UNKNOWN_JOB."""
    return JobDesk(cabinet, rows, _opened(cabinet, job, rows.jobs.lock(cabinet.body, job)), now)


def looked_at(cabinet: Cabinet, rows: Rows, job: str, now: InstantMs) -> JobDesk:
    """A job to be read only; raises UNKNOWN_JOB."""
    return JobDesk(cabinet, rows, _opened(cabinet, job, rows.jobs.record(cabinet.body, job)), now)


def _opened(cabinet: Cabinet, job: str, sealed: bytes | None) -> KeptJob:
    if sealed is None:
        raise RenkeiError(Problem.UNKNOWN_JOB)
    return cabinet.open(JOB, job, sealed, KeptJob)


def outcome_at(cabinet: Cabinet, job: str, number: int, sealed: bytes) -> KeptOutcome:
    """A stored result."""
    return cabinet.open(JOB_OUTCOME, _place(job, number), sealed, KeptOutcome)


def _place(job: str, number: int) -> str:
    return f"{job}/{number}"
