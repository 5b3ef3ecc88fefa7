"""Bulk jobs in SQL. The text is the same on SQLite and PostgreSQL; the tenant stands first in each statement."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from renkei.platform.sql import Tx
from renkei.systems.intermediate.ports import HeldReplica, PartRow, RecordRow
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import BodyId

BY_REQUEST: Final = "SELECT job, content_tag FROM job WHERE tenant = :tenant AND request_tag = :request_tag"
ADD: Final = """
INSERT INTO job (tenant, job, request_tag, content_tag, created_ms, due_ms, turn, record)
VALUES (:tenant, :job, :request_tag, :content_tag, :now, :now, 0, :record)
"""
RECORD: Final = "SELECT record FROM job WHERE tenant = :tenant AND job = :job"
LOCK: Final = "UPDATE job SET turn = turn + 1 WHERE tenant = :tenant AND job = :job"
PUT: Final = "UPDATE job SET record = :record, due_ms = :due_ms WHERE tenant = :tenant AND job = :job"
RECORDS: Final = "SELECT job, record FROM job WHERE tenant = :tenant ORDER BY created_ms, job"
DUE: Final = "SELECT job FROM job WHERE tenant = :tenant AND due_ms IS NOT NULL ORDER BY due_ms, job"
DROP_OUTCOMES: Final = "DELETE FROM job_outcome WHERE tenant = :tenant AND job = :job"
DROP_OUTCOMES_AFTER: Final = f"{DROP_OUTCOMES} AND sequence > :after"
DROP_CHUNKS: Final = "DELETE FROM job_chunk WHERE tenant = :tenant AND job = :job"
DROP_LANES: Final = "DELETE FROM job_lane WHERE tenant = :tenant AND job = :job"
DROP: Final = "DELETE FROM job WHERE tenant = :tenant AND job = :job"
CHUNK: Final = (
    "SELECT row_count, content_tag FROM job_chunk WHERE tenant = :tenant AND job = :job AND first_row = :first"
)
ADD_CHUNK: Final = """
INSERT INTO job_chunk (tenant, job, first_row, row_count, content_tag)
VALUES (:tenant, :job, :first, :count, :content_tag)
"""
ADD_PART: Final = """
INSERT INTO job_part (tenant, job, lane, first_row, row_count, sealed)
VALUES (:tenant, :job, :lane, :first_row, :row_count, :sealed)
"""
PARTS: Final = """
SELECT lane, first_row, row_count, sealed FROM job_part
WHERE tenant = :tenant AND job = :job AND lane = :lane ORDER BY first_row LIMIT :limit
"""
DROP_PART: Final = (
    "DELETE FROM job_part WHERE tenant = :tenant AND job = :job AND lane = :lane AND first_row = :first_row"
)
DROP_PARTS: Final = "DELETE FROM job_part WHERE tenant = :tenant AND job = :job"
NONE_WAIT: Final = "UPDATE job_lane SET waiting = 0 WHERE tenant = :tenant AND job = :job"
LANES: Final = """
SELECT SUM(waiting), SUM(under_way) FROM job_lane
WHERE tenant = :tenant AND job = :job
"""
FREE_LANES: Final = """
SELECT lane FROM job_lane
WHERE tenant = :tenant AND job = :job AND waiting > 0 AND under_way < :window ORDER BY under_way, lane LIMIT :limit
"""
MOVE: Final = """
INSERT INTO job_lane (tenant, job, lane, waiting, under_way) VALUES (:tenant, :job, :lane, :waiting, :under_way)
ON CONFLICT (tenant, job, lane) DO UPDATE
SET waiting = job_lane.waiting + excluded.waiting, under_way = job_lane.under_way + excluded.under_way
"""
ADD_OUTCOME: Final = """
INSERT INTO job_outcome (tenant, job, sequence, sealed) VALUES (:tenant, :job, :sequence, :sealed)
"""
OUTCOMES: Final = """
SELECT sequence, sealed FROM job_outcome
WHERE tenant = :tenant AND job = :job AND sequence > :after ORDER BY sequence LIMIT :limit
"""
TO_SETTLE: Final = """
SELECT inquiry, sequence, record, NULL, NULL, job FROM inquiry
WHERE tenant = :tenant AND settle_ms IS NOT NULL ORDER BY settle_ms LIMIT :limit
"""
SETTLED: Final = "UPDATE inquiry SET settle_ms = NULL WHERE tenant = :tenant AND inquiry IN :inquiries"
INQUIRIES_DUE: Final = """
SELECT COUNT(*) FROM (
    SELECT 1 FROM inquiry WHERE tenant = :tenant AND due_ms <= :now AND job IS NOT NULL LIMIT :most
) AS waiting
"""
EXPECT: Final = """
INSERT INTO job_expected (tenant, job, key_tag) VALUES (:tenant, :job, :key_tag) ON CONFLICT DO NOTHING
"""
REPLICA_CHANGED: Final = "SELECT changed_at_ms FROM replica WHERE tenant = :tenant AND key_tag = :key_tag"
REPLICAS_AFTER: Final = """
SELECT r.key_tag, r.sealed, r.changed_at_ms, e.key_tag FROM replica r
LEFT JOIN job_expected e ON e.tenant = r.tenant AND e.job = :job AND e.key_tag = r.key_tag
WHERE r.tenant = :tenant AND r.key_tag > :key_tag ORDER BY r.key_tag LIMIT :limit
"""
FORGET_EXPECTED: Final = "DELETE FROM job_expected WHERE tenant = :tenant AND job = :job"


class SqlJobRows:
    """`ports.JobRows` in SQL."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def by_request(self, body: BodyId, request_tag: bytes) -> tuple[str, bytes] | None:
        found = self._tx.row(BY_REQUEST, tenant=body, request_tag=request_tag)
        return None if found is None else (found[0], found[1])

    def add(self, body: BodyId, job: str, tags: tuple[bytes, bytes], record: bytes, now: InstantMs) -> None:
        request_tag, content_tag = tags
        row = {"request_tag": request_tag, "content_tag": content_tag, "record": record, "now": now}
        self._tx.run(ADD, tenant=body, job=job, **row)

    def record(self, body: BodyId, job: str) -> bytes | None:
        return _only(self._tx.row(RECORD, tenant=body, job=job))

    def lock(self, body: BodyId, job: str) -> bytes | None:
        self._tx.run(LOCK, tenant=body, job=job)
        return self.record(body, job)

    def put(self, body: BodyId, job: str, record: bytes, due_ms: InstantMs | None) -> None:
        self._tx.run(PUT, tenant=body, job=job, record=record, due_ms=due_ms)

    def records(self, body: BodyId) -> Sequence[tuple[str, bytes]]:
        return [(row[0], row[1]) for row in self._tx.rows(RECORDS, tenant=body)]

    def due(self, body: BodyId) -> Sequence[str]:
        return [row[0] for row in self._tx.rows(DUE, tenant=body)]

    def drop_outcomes(self, body: BodyId, job: str, after: int) -> None:
        self._tx.run(DROP_OUTCOMES_AFTER, tenant=body, job=job, after=after)

    def drop(self, body: BodyId, job: str) -> None:
        for statement in (DROP_PARTS, DROP_LANES, DROP_CHUNKS, DROP_OUTCOMES, FORGET_EXPECTED, DROP):
            self._tx.run(statement, tenant=body, job=job)

    def chunk(self, body: BodyId, job: str, first: int) -> tuple[int, bytes] | None:
        found = self._tx.row(CHUNK, tenant=body, job=job, first=first)
        return None if found is None else (found[0], found[1])

    def add_chunk(self, body: BodyId, job: str, chunk: tuple[int, int, bytes]) -> None:
        first, count, content_tag = chunk
        self._tx.run(ADD_CHUNK, tenant=body, job=job, first=first, count=count, content_tag=content_tag)

    def add_parts(self, body: BodyId, job: str, parts: Sequence[PartRow]) -> None:
        of_job = {"tenant": body, "job": job}
        self._tx.many(
            ADD_PART,
            [
                {
                    **of_job,
                    "lane": part.lane,
                    "first_row": part.first_row,
                    "row_count": part.row_count,
                    "sealed": part.sealed,
                }
                for part in parts
            ],
        )
        waiting: Counter[bytes] = Counter()
        for part in parts:
            waiting[part.lane] += part.row_count
        for lane, number in waiting.items():
            self.move(body, job, lane, (number, 0))

    def parts(self, body: BodyId, job: str, lane: bytes, limit: int) -> Sequence[PartRow]:
        return [PartRow(*row) for row in self._tx.rows(PARTS, tenant=body, job=job, lane=lane, limit=limit)]

    def drop_part(self, body: BodyId, job: str, part: PartRow) -> None:
        self._tx.run(DROP_PART, tenant=body, job=job, lane=part.lane, first_row=part.first_row)

    def drop_parts(self, body: BodyId, job: str) -> None:
        for statement in (DROP_PARTS, NONE_WAIT):
            self._tx.run(statement, tenant=body, job=job)

    def lanes(self, body: BodyId, job: str) -> tuple[int, int]:
        found = self._tx.row(LANES, tenant=body, job=job)
        # PostgreSQL sums BIGINT into NUMERIC; without lanes both give NULL.
        return (0, 0) if found is None else (int(found[0] or 0), int(found[1] or 0))

    def free_lanes(self, body: BodyId, job: str, window: int, limit: int) -> Sequence[bytes]:
        return [row[0] for row in self._tx.rows(FREE_LANES, tenant=body, job=job, window=window, limit=limit)]

    def move(self, body: BodyId, job: str, lane: bytes, change: tuple[int, int]) -> None:
        waiting, under_way = change
        self._tx.run(MOVE, tenant=body, job=job, lane=lane, waiting=waiting, under_way=under_way)

    def add_outcomes(self, body: BodyId, job: str, outcomes: Sequence[tuple[int, bytes]]) -> None:
        rows = [{"tenant": body, "job": job, "sequence": number, "sealed": sealed} for number, sealed in outcomes]
        self._tx.many(ADD_OUTCOME, rows)

    def outcomes(self, body: BodyId, job: str, after: int, limit: int) -> Sequence[tuple[int, bytes]]:
        found = self._tx.rows(OUTCOMES, tenant=body, job=job, after=after, limit=limit)
        return [(row[0], row[1]) for row in found]

    def to_settle(self, body: BodyId, limit: int) -> Sequence[RecordRow]:
        return [RecordRow(*row) for row in self._tx.rows(TO_SETTLE, tenant=body, limit=limit)]

    def settled(self, body: BodyId, inquiries: Sequence[str]) -> None:
        self._tx.run(SETTLED, tenant=body, inquiries=list(inquiries))

    def inquiries_due(self, body: BodyId, now: InstantMs, most: int) -> int:
        found = self._tx.row(INQUIRIES_DUE, tenant=body, now=now, most=most)
        return 0 if found is None else int(found[0])

    def expect(self, body: BodyId, job: str, key_tag: bytes) -> None:
        self._tx.run(EXPECT, tenant=body, job=job, key_tag=key_tag)

    def replica_changed(self, body: BodyId, key_tag: bytes) -> InstantMs | None:
        found = self._tx.row(REPLICA_CHANGED, tenant=body, key_tag=key_tag)
        return None if found is None else InstantMs(found[0])

    def replicas_after(self, body: BodyId, job: str, key_tag: bytes, limit: int) -> Sequence[HeldReplica]:
        found = self._tx.rows(REPLICAS_AFTER, tenant=body, job=job, key_tag=key_tag, limit=limit)
        return [HeldReplica(row[0], row[1], InstantMs(row[2]), row[3] is not None) for row in found]

    def forget_expected(self, body: BodyId, job: str) -> None:
        self._tx.run(FORGET_EXPECTED, tenant=body, job=job)


def _only(row: tuple[Any, ...] | None) -> bytes | None:
    return None if row is None else row[0]
