"""jobs/rows and the file door: rows on their way in, durable chunk by chunk.

A file is cut into chunks at places that its content alone decides. So the whole file again, or its rest from the next
chunk on, meets the chunks that are there, and only what is new is stored.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from renkei.messages.codec import Part, encode
from renkei.messages.fields import MAX_LIST
from renkei.messages.jobs import MAX_ROWS, JobClosing, JobKind, JobRows, JobState, JobStatus, RowOutcome
from renkei.systems.intermediate.ports import PartRow
from renkei.systems.intermediate.rules.job_files import BadRow, ReadRow, RowReader, taken
from renkei.systems.intermediate.rules.jobs import KeptOutcome, KeptPart, Numbered, Row
from renkei.systems.intermediate.service.cabinet import JOB_PART, Cabinet
from renkei.systems.intermediate.service.jobs import heads
from renkei.systems.intermediate.service.jobs.desk import JobDesk, looked_at
from renkei.systems.intermediate.service.office import Office
from renkei.terms.bodies import BodyId
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

CHUNK_BYTES: Final = 2 * 1024 * 1024
"""A chunk of a file ends with the row that brings it to so many bytes, or with row 1,000."""
PART_ROWS: Final = 100
"""Rows that are taken up together."""
_NO_LANE: Final = b""


async def rows(office: Office, body: BodyId, message: JobRows) -> JobStatus:
    """The next chunk, whole or not at all. Raises WRONG_TYPE, WRONG_STATE, REPEATED_OTHERWISE, TOO_MANY."""
    kept = await _looked_at(office, body, message.job)
    lists: dict[JobKind, Sequence[Row]] = {
        JobKind.INQUIRIES: message.inquiries,
        JobKind.REPLICAS: message.replicas,
        JobKind.REPLICA_CHECK: message.expected,
    }
    given = lists.pop(kept.kept.head.kind)
    if not given or any(lists.values()):
        raise RenkeiError(Problem.WRONG_TYPE, f"rows of a job of kind {kept.kept.head.kind.value} wanted")
    read = [taken(kept.kept.head, row, number) for number, row in enumerate(given, message.first)]
    return await _store(office, body, message.job, read)


@dataclass(frozen=True, slots=True)
class File:
    """A file as it comes: its form (media type), and the number and line of its first row."""

    form: str
    chunks: AsyncIterator[bytes]
    row: int = 1
    line: int = 1


async def file(office: Office, body: BodyId, job: str, came: File) -> JobStatus:
    """All rows of a file, or its rest; the file's end closes the job. What was read before a failure stays.

    Raises:
        RenkeiError: MALFORMED, UNKNOWN_FIELD (not such a file at all), WRONG_STATE (a gap), REPEATED_OTHERWISE (other
            rows than before at the same place), TOO_MANY; or whatever the sender's body raises.
    """
    desk = await _looked_at(office, body, job)
    reader, chunk = RowReader(came.form, desk.kept.head, came.row, came.line), _Chunk()
    count = came.row - 1
    async for data in came.chunks:
        for full in chunk.add(reader.feed(data)):
            count += len(full)
            await _store(office, body, job, full)
    for full in chunk.end(reader.end()):
        count += len(full)
        await _store(office, body, job, full)
    return await heads.close(office, body, JobClosing(job=job, rows=count))


class _Chunk:
    """Collects rows until a chunk is full. Where it ends depends on its rows alone."""

    def __init__(self) -> None:
        self._rows: list[ReadRow] = []
        self._bytes = 0

    def add(self, read: Iterable[ReadRow]) -> Iterable[list[ReadRow]]:
        for row in read:
            self._rows.append(row)
            self._bytes += len(encode(row)) if isinstance(row, Numbered) else 0
            if len(self._rows) >= MAX_LIST or self._bytes >= CHUNK_BYTES:
                yield self._take()

    def end(self, read: Iterable[ReadRow]) -> Iterable[list[ReadRow]]:
        yield from self.add(read)
        if self._rows:
            yield self._take()

    def _take(self) -> list[ReadRow]:
        full, self._rows, self._bytes = self._rows, [], 0
        return full


async def _looked_at(office: Office, body: BodyId, job: str) -> JobDesk:
    cabinet, now = office.cabinet(body), office.now()
    return await office.store.read(lambda rows: looked_at(cabinet, rows, job, now))


class _Content(Part, frozen=True):
    """What a chunk's tag is made from. Lines do not count: who goes on in the middle may not know them."""

    rows: tuple[Numbered, ...]
    bad: tuple[tuple[int, str, str | None], ...]


async def _store(office: Office, body: BodyId, job: str, read: Sequence[ReadRow]) -> JobStatus:
    cabinet = office.cabinet(body)
    good = [row for row in read if isinstance(row, Numbered)]
    bad = [row for row in read if isinstance(row, BadRow)]
    content = _Content(
        rows=tuple(msgspec.structs.replace(row, line=None) for row in good),
        bad=tuple((row.row, row.problem.value, row.field) for row in bad),
    )
    tag = cabinet.job_content(content)
    parts = list(_parts(cabinet, job, good))
    first, count = read[0].row, len(read)

    def change(desk: JobDesk) -> None:
        if _repeated(desk, first, (count, tag)):
            return
        if desk.kept.state is not JobState.OPEN:
            raise RenkeiError(Problem.WRONG_STATE, f"the job is {desk.kept.state.value}")
        if first + count - 1 > MAX_ROWS:
            raise RenkeiError(Problem.TOO_MANY, f"at most {MAX_ROWS} rows")
        jobs = desk.rows.jobs
        jobs.add_chunk(body, job, (first, count, tag))
        jobs.add_parts(body, job, parts)
        desk.change(rows=desk.kept.rows + count)
        desk.conclude([failed(each) for each in bad])
        desk.put()

    return await heads.changed(office, body, job, change)


def failed(bad: BadRow) -> KeptOutcome:
    """The end of a row that could not be taken."""
    outcome, problem = RowOutcome.FAILED, bad.problem.value
    return KeptOutcome(row=bad.row, line=bad.line, outcome=outcome, problem=problem, field=bad.field)


def _repeated(desk: JobDesk, first: int, chunk: tuple[int, bytes]) -> bool:
    """Whether the chunk is there already; raises WRONG_STATE for a gap, REPEATED_OTHERWISE for other rows."""
    if first == desk.kept.rows + 1:
        return False
    if first > desk.kept.rows:
        raise RenkeiError(Problem.WRONG_STATE, f"{desk.kept.rows} rows are here: go on with row {desk.kept.rows + 1}")
    if desk.rows.jobs.chunk(desk.body, desk.job, first) != chunk:
        raise RenkeiError(Problem.REPEATED_OTHERWISE, f"rows {first} to {first + chunk[0] - 1}")
    return True


def _parts(cabinet: Cabinet, job: str, good: Sequence[Numbered]) -> Iterable[PartRow]:
    """Rows by provider, a hundred together."""
    lanes: dict[str, list[Numbered]] = {}
    for row in good:
        lanes.setdefault("" if row.inquiry is None else row.inquiry.provider, []).append(row)
    for provider, of_lane in lanes.items():
        lane = cabinet.lane(BodyId(provider)) if provider else _NO_LANE
        for start in range(0, len(of_lane), PART_ROWS):
            part = of_lane[start : start + PART_ROWS]
            sealed = cabinet.seal(JOB_PART, f"{job}/{part[0].row}", KeptPart(rows=tuple(part)))
            yield PartRow(lane, part[0].row, len(part), sealed)
