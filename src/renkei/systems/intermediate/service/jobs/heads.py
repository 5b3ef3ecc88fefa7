"""jobs, jobs/close, jobs/status, jobs/list, jobs/cancel, jobs/delete: a job as a whole."""

from collections.abc import Callable
from typing import Final

from renkei.messages.jobs import (
    JobChoice,
    JobClosing,
    JobList,
    JobQuery,
    JobState,
    JobStatus,
    NewJob,
)
from renkei.messages.line import Changed, Nothing
from renkei.systems.intermediate.ports import Rows
from renkei.systems.intermediate.rules.jobs import KeptJob, check_head, status_of
from renkei.systems.intermediate.service.cabinet import JOB
from renkei.systems.intermediate.service.jobs.desk import JobDesk, key, locked, looked_at
from renkei.systems.intermediate.service.office import Office
from renkei.systems.intermediate.states import ENDED_JOB, JobEvent
from renkei.systems.intermediate.states import JOB as LIFE
from renkei.terms.bodies import BodyId
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

MOST_OPEN: Final = 20
"""Jobs of one body that have not ended; a further one is told to come again later."""


async def create(office: Office, body: BodyId, message: NewJob) -> JobStatus:
    """A job, accepted and durable; the same head under the same id is the same job. Raises BUSY, REPEATED_OTHERWISE."""
    check_head(message)
    cabinet, now, new = office.cabinet(body), office.now(), office.new_id()
    tags = (cabinet.job(message.request), cabinet.job_content(message))

    def commit(rows: Rows) -> JobStatus:
        known = rows.jobs.by_request(body, tags[0])
        if known is not None:
            if known[1] != tags[1]:
                raise RenkeiError(Problem.REPEATED_OTHERWISE)
            return looked_at(cabinet, rows, known[0], now).status()
        if len(rows.jobs.due(body)) >= MOST_OPEN:
            raise RenkeiError(Problem.BUSY, f"{MOST_OPEN} jobs have not ended")
        kept = KeptJob(job=new, head=message, state=JobState.OPEN, created_ms=now)
        rows.jobs.add(body, new, tags, cabinet.seal(JOB, new, kept), now)
        return status_of(kept, (0, 0), now)

    return await office.store.write("job-created", commit)


async def changed(office: Office, body: BodyId, job: str, change: Callable[[JobDesk], None]) -> JobStatus:
    """Change a job in a transaction of its own, and have it worked on."""
    cabinet, now = office.cabinet(body), office.now()

    def commit(rows: Rows) -> JobStatus:
        desk = locked(cabinet, rows, job, now)
        change(desk)
        return desk.status()

    status = await office.store.write("job-changed", commit)
    office.wake.jobs(body)
    return status


async def close(office: Office, body: BodyId, message: JobClosing) -> JobStatus:
    """All rows are there; again: nothing changes. Raises WRONG_STATE where there are more or fewer."""

    def change(desk: JobDesk) -> None:
        if desk.kept.rows != message.rows:
            raise RenkeiError(Problem.WRONG_STATE, f"{desk.kept.rows} rows are here")
        if desk.kept.state is JobState.OPEN:
            desk.move(JobEvent.CLOSE)
            desk.change(closed_ms=desk.now)
            desk.put()

    return await changed(office, body, message.job, change)


async def cancel(office: Office, body: BodyId, message: JobChoice) -> JobStatus:
    """What was not asked yet is not asked; what is under way comes to its end. Again, or after the end: no change."""

    def change(desk: JobDesk) -> None:
        if JobEvent.CANCEL not in LIFE[desk.kept.state]:
            return
        waiting, _ = desk.rows.jobs.lanes(desk.body, desk.job)
        desk.rows.jobs.drop_parts(desk.body, desk.job)
        desk.count(not_asked=waiting)
        desk.move(JobEvent.CANCEL)
        desk.put()

    return await changed(office, body, message.job, change)


async def delete(office: Office, body: BodyId, message: JobChoice) -> Changed:
    """Begin to forget a job that has ended; the inquiries stay, they are the body's records (法23条).

    Its results go in turns, as they came; `results` of its status tells how many are left. One that is not there, or is
    being deleted, is no error. Raises WRONG_STATE for one that has not ended.
    """
    cabinet, now = office.cabinet(body), office.now()

    def commit(rows: Rows) -> int:
        if rows.jobs.record(body, message.job) is None:
            return 0
        desk = locked(cabinet, rows, message.job, now)
        if desk.kept.state is JobState.DELETING:
            return 0
        desk.move(JobEvent.DELETE)
        desk.put()
        return 1

    changed = await office.store.write("job-deleted", commit)
    office.wake.jobs(body)
    return Changed(changed=changed)


async def status(office: Office, body: BodyId, message: JobQuery) -> JobStatus:
    """How a job stands; waits until it has ended (or is gone) or the time is over. Raises UNKNOWN_JOB."""
    cabinet, found = office.cabinet(body), list[JobStatus]()

    async def look() -> bool:
        found[:] = [await office.store.read(lambda rows: looked_at(cabinet, rows, message.job, office.now()).status())]
        return found[0].state in ENDED_JOB

    if message.wait_ms:
        await office.waiters.until([key(body, message.job)], look, message.wait_ms)
    if not message.wait_ms or not found:
        await look()
    return found[0]


async def jobs(office: Office, body: BodyId, _: Nothing) -> JobList:
    """Every job of which something is left, oldest first."""
    cabinet, now = office.cabinet(body), office.now()

    def load(rows: Rows) -> list[JobStatus]:
        kept = [cabinet.open(JOB, job, sealed, KeptJob) for job, sealed in rows.jobs.records(body)]
        return [status_of(each, rows.jobs.lanes(body, each.job), now) for each in kept]

    return JobList(jobs=tuple(await office.store.read(load)))
