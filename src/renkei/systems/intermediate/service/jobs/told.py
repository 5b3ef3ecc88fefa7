"""jobs/results and the results door: what came of rows, as it comes, read through the inquiries themselves."""

from collections.abc import AsyncIterator
from typing import Final

import msgspec

from renkei.messages.codec import encode
from renkei.messages.jobs import CSV, JobResult, JobResults, JobResultsQuery, RowOutcome
from renkei.systems.intermediate.ports import Rows
from renkei.systems.intermediate.rules.job_reports import csv_head, csv_line
from renkei.systems.intermediate.rules.jobs import FAILED_OUTCOMES, KeptOutcome, age_days
from renkei.systems.intermediate.rules.kept import KeptInquiry
from renkei.systems.intermediate.service.cabinet import ASKED, Cabinet
from renkei.systems.intermediate.service.jobs.desk import looked_at, outcome_at
from renkei.systems.intermediate.service.office import BATCH_BYTES, Office
from renkei.systems.intermediate.service.results import sentence_of, told
from renkei.terms.bodies import BodyId

PAGE: Final = 250
"""Results that the results door reads at a time."""


async def results(office: Office, body: BodyId, message: JobResultsQuery) -> JobResults:
    """One page, as many as were asked for and fit into a message. Raises UNKNOWN_JOB."""
    cabinet, now = office.cabinet(body), office.now()

    def load(rows: Rows) -> JobResults:
        looked_at(cabinet, rows, message.job, now)
        found = rows.jobs.outcomes(body, message.job, message.after, message.limit + 1)
        page: list[JobResult] = []
        size, last = 0, message.after
        for number, sealed in found[: message.limit]:
            if size > BATCH_BYTES:
                break
            last = number
            kept = outcome_at(cabinet, message.job, number, sealed)
            if not message.failed or kept.outcome in FAILED_OUTCOMES:
                page.append(_result(cabinet, rows, number, kept))
                size += len(encode(page[-1]))
        return JobResults(results=tuple(page), next=last, more=bool(found) and found[-1][0] > last)

    return await office.store.read(load)


async def stream(office: Office, query: tuple[BodyId, JobResultsQuery], form: str) -> AsyncIterator[bytes]:
    """All results that there are, after `after`, as a file of that form. Raises UNKNOWN_JOB before the first byte."""
    body, message = query
    await results(office, body, msgspec.structs.replace(message, limit=1))
    if form == CSV:
        yield csv_head()
    after, more = message.after, True
    while more:
        part = JobResultsQuery(job=message.job, after=after, limit=PAGE, failed=message.failed)
        page = await results(office, body, part)
        after, more = page.next, page.more
        if page.results:
            yield b"".join(csv_line(each) if form == CSV else encode(each) + b"\n" for each in page.results)


def _result(cabinet: Cabinet, rows: Rows, number: int, kept: KeptOutcome) -> JobResult:
    if kept.inquiry is not None:
        return _of_inquiry(cabinet, rows, number, kept)
    sentence, which = sentence_of(kept.problem), kept.key
    days = None
    if kept.changed_at_ms is not None and kept.seen_at_ms is not None:
        days = age_days(kept.changed_at_ms, kept.seen_at_ms)
    return JobResult(
        sequence=number,
        row=kept.row,
        line=kept.line,
        outcome=kept.outcome,
        addressee=None if which is None else which.addressee,
        kind=None if which is None else which.kind,
        period=None if which is None else which.period,
        field=kept.field,
        problem=kept.problem,
        reason_ja=sentence and sentence.ja,
        reason_en=sentence and sentence.en,
        next_ja=sentence and sentence.next_ja,
        next_en=sentence and sentence.next_en,
        as_of=kept.as_of,
        changed_at_ms=kept.changed_at_ms,
        age_days=days,
    )


def _of_inquiry(cabinet: Cabinet, rows: Rows, number: int, kept: KeptOutcome) -> JobResult:
    assert kept.inquiry is not None
    row = rows.inquiries_whole(cabinet.body, [kept.inquiry])[kept.inquiry]  # inquiries are records: they are kept
    record = cabinet.open(ASKED, kept.inquiry, row.record, KeptInquiry)
    sentence = sentence_of(record.reason)
    return JobResult(
        sequence=number,
        row=kept.row,
        line=kept.line,
        outcome=RowOutcome(record.state.value),
        attempts=kept.attempts,
        addressee=record.addressee,
        provider=record.provider,
        kind=record.kind,
        period=record.period,
        problem=record.reason,
        reason_ja=sentence and sentence.ja,
        reason_en=sentence and sentence.en,
        next_ja=sentence and sentence.next_ja,
        next_en=sentence and sentence.next_en,
        result=told(cabinet, row, record),
    )
