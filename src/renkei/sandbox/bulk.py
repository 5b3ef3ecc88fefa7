"""Bulk jobs as a body's line system plays them, with patience for a server that is down."""

from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from renkei.messages import jobs, line
from renkei.messages.codec import Message
from renkei.messages.fields import MAX_LIST
from renkei.platform.peers.client import Client, Target
from renkei.sandbox.patience import patiently
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

R = TypeVar("R", bound=Message)
_PIECE: Final = 64 * 1024
_LOOK_MS: Final = 500
_FORMS: Final = {".csv": jobs.CSV, ".jsonl": jobs.JSON_LINES, ".ndjson": jobs.JSON_LINES}
ENDED: Final = frozenset({jobs.JobState.DONE, jobs.JobState.CANCELLED})


def form_of(path: Path) -> str:
    """The media type of a file of rows, by its name; raises WRONG_TYPE."""
    form = _FORMS.get(path.suffix.lower())
    if form is None:
        raise RenkeiError(Problem.WRONG_TYPE, f"{path}: {', '.join(_FORMS)} wanted")
    return form


class Bulk:
    """The doors for jobs. Each may be repeated, also after the server or the line system was killed."""

    def __init__(self, client: Client, server: Target) -> None:
        self._client = client
        self._server = server

    async def _post(self, door: str, message: Message, reply: type[R]) -> R:
        return await patiently(partial(self._client.send, self._server, f"/v1/line/jobs{door}", message, reply))

    async def create(self, head: jobs.NewJob) -> jobs.JobStatus:
        """Make a job, or find the one that has this head."""
        return await self._post("", head, jobs.JobStatus)

    async def send(self, job: str, path: Path) -> jobs.JobStatus:
        """All rows of a job as one file, and its closing. After a cut the whole file goes again."""
        form = form_of(path)

        async def once() -> jobs.JobStatus:
            where = jobs.JOB_FILE.format(job=job)
            return await self._client.upload(self._server, where, _pieces(path), form, jobs.JobStatus)

        return await patiently(once)

    async def add(self, rows: jobs.JobRows) -> jobs.JobStatus:
        """The next chunk of rows."""
        return await self._post("/rows", rows, jobs.JobStatus)

    async def close(self, job: str, rows: int) -> jobs.JobStatus:
        """All rows are there."""
        return await self._post("/close", jobs.JobClosing(job=job, rows=rows), jobs.JobStatus)

    async def status(self, job: str, wait_ms: int = 0) -> jobs.JobStatus:
        """How a job stands."""
        return await self._post("/status", jobs.JobQuery(job=job, wait_ms=wait_ms), jobs.JobStatus)

    async def listed(self) -> list[jobs.JobStatus]:
        """Every job of the body of which something is left."""
        return list((await self._post("/list", line.Nothing(), jobs.JobList)).jobs)

    async def cancel(self, job: str) -> jobs.JobStatus:
        """Ask nothing more."""
        return await self._post("/cancel", jobs.JobChoice(job=job), jobs.JobStatus)

    async def delete(self, job: str) -> int:
        """Forget a job that has ended."""
        return (await self._post("/delete", jobs.JobChoice(job=job), line.Changed)).changed

    async def deleted(self, job: str, show: Callable[[jobs.JobStatus], None] = lambda _: None) -> int:
        """Have a job forgotten and wait until nothing of it is left, telling `show` how it goes; 0: nothing changed."""
        changed = await self.delete(job)
        try:
            while True:
                show(await self.status(job, wait_ms=_LOOK_MS))
        except RenkeiError as error:
            if error.problem is not Problem.UNKNOWN_JOB:
                raise
        return changed

    async def ended(self, job: str, show: Callable[[jobs.JobStatus], None] = lambda _: None) -> jobs.JobStatus:
        """Wait for a job's end, telling `show` how it goes."""
        while True:
            status = await self.status(job, wait_ms=_LOOK_MS)
            show(status)
            if status.state in ENDED:
                return status

    async def results(self, job: str, *, after: int = 0, failed: bool = False) -> AsyncIterator[jobs.JobResult]:
        """The results that are there, from one on, in the order in which they came."""
        more = True
        while more:
            query = jobs.JobResultsQuery(job=job, after=after, limit=MAX_LIST, failed=failed)
            page = await self._post("/results", query, jobs.JobResults)
            for each in page.results:
                yield each
            after, more = page.next, page.more


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece
