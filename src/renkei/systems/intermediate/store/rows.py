"""One transaction's view of the tables, over the platform's transaction."""

from collections.abc import Sequence
from typing import Any

from renkei.platform.sql import Tx
from renkei.systems.intermediate.ports import Changed, Duties, NewInquiry, ProvisionRow, RecordRow
from renkei.systems.intermediate.store import statements as sql
from renkei.systems.intermediate.store.jobs import SqlJobRows
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import BodyId


class SqlRows:
    """`ports.Rows` in SQL."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self.jobs = SqlJobRows(tx)

    def codes(self, body: BodyId, addressee_tags: Sequence[bytes]) -> dict[bytes, bytes]:
        return dict(self._tx.rows(sql.CODES, tenant=body, addressee_tags=addressee_tags))

    def code_owners(self, body: BodyId, code_tags: Sequence[bytes]) -> dict[bytes, tuple[bytes, bytes]]:
        found = self._tx.rows(sql.CODE_OWNERS, tenant=body, code_tags=code_tags)
        return {code_tag: (addressee_tag, sealed) for code_tag, addressee_tag, sealed in found}

    def put_codes(self, body: BodyId, codes: Sequence[tuple[bytes, bytes | None, bytes]], now: InstantMs) -> None:
        rows = [
            {"tenant": body, "addressee_tag": addressee_tag, "code_tag": code_tag, "sealed": sealed, "now": now}
            for addressee_tag, code_tag, sealed in codes
        ]
        self._tx.many(sql.PUT_CODE, rows)

    def acquisitions(self, body: BodyId, tags: Sequence[bytes]) -> dict[bytes, bytes]:
        return dict(self._tx.rows(sql.ACQUISITIONS, tenant=body, tags=tags))

    def add_acquisitions(self, body: BodyId, acquisitions: Sequence[tuple[bytes, bytes]], due_ms: InstantMs) -> None:
        rows = [{"tenant": body, "tag": tag, "sealed": sealed, "due_ms": due_ms} for tag, sealed in acquisitions]
        self._tx.many(sql.ADD_ACQUISITION, rows)

    def acquisitions_due(self, body: BodyId, limit: int) -> Sequence[tuple[bytes, bytes]]:
        return [(row[0], row[1]) for row in self._tx.rows(sql.ACQUISITIONS_DUE, tenant=body, limit=limit)]

    def acquisitions_sent(self, body: BodyId, tags: Sequence[bytes]) -> None:
        self._tx.run(sql.ACQUISITIONS_SENT, tenant=body, tags=tags)

    def drop_acquisitions(self, body: BodyId, tags: Sequence[bytes]) -> None:
        self._tx.run(sql.DROP_ACQUISITIONS, tenant=body, tags=tags)

    def replicas(self, body: BodyId, key_tags: Sequence[bytes]) -> dict[bytes, bytes]:
        return dict(self._tx.rows(sql.REPLICAS, tenant=body, key_tags=key_tags))

    def replica_contents(self, body: BodyId, key_tags: Sequence[bytes]) -> dict[bytes, bytes]:
        return dict(self._tx.rows(sql.REPLICA_CONTENTS, tenant=body, key_tags=key_tags))

    def put_replicas(self, body: BodyId, replicas: Sequence[tuple[bytes, bytes, bytes]], now: InstantMs) -> None:
        rows = [
            {"tenant": body, "key_tag": key_tag, "content_tag": content_tag, "sealed": sealed, "now": now}
            for key_tag, content_tag, sealed in replicas
        ]
        self._tx.many(sql.PUT_REPLICA, rows)

    def drop_replica(self, body: BodyId, key_tag: bytes) -> int:
        return self._tx.run(sql.DROP_REPLICA, tenant=body, key_tag=key_tag)

    def requests(self, body: BodyId, request_tags: Sequence[bytes]) -> dict[bytes, tuple[str, bytes]]:
        found = self._tx.rows(sql.REQUESTS, tenant=body, request_tags=request_tags)
        return {tag: (inquiry, content_tag) for tag, inquiry, content_tag in found}

    def last_inquiry(self, body: BodyId) -> int:
        return _sequence(self._tx.row(sql.LAST_INQUIRY, tenant=body))

    def add_inquiries(self, body: BodyId, rows: Sequence[NewInquiry]) -> None:
        self._tx.many(sql.ADD_INQUIRY, [_new(body, row) for row in rows])

    def inquiries(self, body: BodyId, inquiries: Sequence[str]) -> dict[str, RecordRow]:
        found = self._tx.rows(sql.INQUIRIES, tenant=body, inquiries=inquiries)
        return {row[0]: RecordRow(*row) for row in found}

    def inquiries_whole(self, body: BodyId, inquiries: Sequence[str]) -> dict[str, RecordRow]:
        found = self._tx.rows(sql.INQUIRIES_WHOLE, tenant=body, inquiries=inquiries)
        return {row[0]: RecordRow(*row) for row in found}

    def inquiries_due(self, body: BodyId, now: InstantMs, limit: int) -> Sequence[RecordRow]:
        found = self._tx.rows(sql.INQUIRIES_DUE, tenant=body, now=now, limit=limit)
        if len(found) < limit:  # single questions first: a bulk job has time
            found += self._tx.rows(sql.INQUIRIES_OF_JOBS_DUE, tenant=body, now=now, limit=limit - len(found))
        return [RecordRow(*row) for row in found]

    def inquiries_after(self, body: BodyId, sequence: int, limit: int) -> Sequence[RecordRow]:
        found = self._tx.rows(sql.INQUIRIES_AFTER, tenant=body, sequence=sequence, limit=limit)
        return [RecordRow(*row) for row in found]

    def decide_inquiries(self, body: BodyId, decided: Sequence[Changed]) -> None:
        self._tx.many(
            sql.DECIDE_INQUIRY, [_changed(body, row, ended) | {"receipt": row.receipt} for row, ended in decided]
        )

    def answer_inquiries(self, body: BodyId, answered: Sequence[Changed]) -> None:
        self._tx.many(
            sql.ANSWER_INQUIRY, [_changed(body, row, ended) | {"content": row.content} for row, ended in answered]
        )

    def defer_inquiry(self, body: BodyId, inquiry: str, due_ms: InstantMs) -> None:
        self._tx.run(sql.DEFER_INQUIRY, tenant=body, inquiry=inquiry, due_ms=due_ms)

    def provisions(self, body: BodyId, inquiries: Sequence[str]) -> dict[str, ProvisionRow]:
        found = self._tx.rows(sql.PROVISIONS, tenant=body, inquiries=inquiries)
        return {row[0]: _provision(row) for row in found}

    def last_provision(self, body: BodyId) -> int:
        return _sequence(self._tx.row(sql.LAST_PROVISION, tenant=body))

    def add_provisions(self, body: BodyId, rows: Sequence[ProvisionRow]) -> None:
        self._tx.many(sql.ADD_PROVISION, [{"tenant": body, **_columns(row)} for row in rows])

    def change_provision(self, body: BodyId, row: ProvisionRow) -> None:
        columns = _columns(row)
        for fixed in ("sequence", "noticed_at_ms", "receipt"):
            del columns[fixed]
        self._tx.many(sql.CHANGE_PROVISION, [{"tenant": body, **columns}])

    def answers_settled(self, body: BodyId, settled: Sequence[tuple[str, bytes]]) -> None:
        self._tx.many(sql.ANSWER_SETTLED, _settled(body, settled))

    def reports_settled(self, body: BodyId, settled: Sequence[tuple[str, bytes]]) -> None:
        self._tx.many(sql.REPORT_SETTLED, _settled(body, settled))

    def provisions_after(self, body: BodyId, sequence: int, limit: int) -> Sequence[RecordRow]:
        found = self._tx.rows(sql.PROVISIONS_AFTER, tenant=body, sequence=sequence, limit=limit)
        return [RecordRow(*row) for row in found]

    def held(self, body: BodyId) -> Sequence[ProvisionRow]:
        return [_provision(row) for row in self._tx.rows(sql.HELD, tenant=body)]

    def lapsing(self, body: BodyId, now: InstantMs, limit: int) -> Sequence[ProvisionRow]:
        return [_provision(row) for row in self._tx.rows(sql.LAPSING, tenant=body, now=now, limit=limit)]

    def answers_due(self, body: BodyId, answer_to: bytes, limit: int) -> Sequence[ProvisionRow]:
        found = self._tx.rows(sql.ANSWERS_DUE, tenant=body, answer_to=answer_to, limit=limit)
        return [_provision(row) for row in found]

    def answers_waiting(self, body: BodyId) -> Sequence[ProvisionRow]:
        return [_provision(row) for row in self._tx.rows(sql.ANSWERS_WAITING, tenant=body)]

    def reports_due(self, body: BodyId, limit: int) -> Sequence[ProvisionRow]:
        return [_provision(row) for row in self._tx.rows(sql.REPORTS_DUE, tenant=body, limit=limit)]

    def next_due(self, body: BodyId, now: InstantMs) -> InstantMs | None:
        statements = (sql.NEXT_LAPSE, sql.NEXT_INQUIRY, sql.NEXT_INQUIRY_OF_JOB)
        found = [self._tx.row(statement, tenant=body, now=now) for statement in statements]
        return min((InstantMs(row[0]) for row in found if row is not None), default=None)


def _only(row: tuple[Any, ...] | None) -> bytes | None:
    return None if row is None else row[0]


def _sequence(row: tuple[Any, ...] | None) -> int:
    return 0 if row is None else int(row[0])


def _provision(row: tuple[Any, ...]) -> ProvisionRow:
    inquiry, sequence, noticed_at_ms, record, receipt, content, *duties = row
    return ProvisionRow(inquiry, sequence, noticed_at_ms, record, receipt, content, Duties(*duties))


def _new(body: BodyId, row: NewInquiry) -> dict[str, Any]:
    return {
        "tenant": body,
        "inquiry": row.inquiry,
        "sequence": row.sequence,
        "request_tag": row.request_tag,
        "content_tag": row.content_tag,
        "asked_at_ms": row.asked_at_ms,
        "due_ms": row.due_ms,
        "record": row.record,
        "job": row.job,
    }


def _changed(body: BodyId, row: RecordRow, settle_ms: InstantMs | None) -> dict[str, Any]:
    return {"tenant": body, "inquiry": row.inquiry, "record": row.record, "settle_ms": settle_ms}


def _settled(body: BodyId, settled: Sequence[tuple[str, bytes]]) -> list[dict[str, Any]]:
    return [{"tenant": body, "inquiry": inquiry, "record": record} for inquiry, record in settled]


def _columns(row: ProvisionRow) -> dict[str, Any]:
    return {
        "inquiry": row.inquiry,
        "sequence": row.sequence,
        "noticed_at_ms": row.noticed_at_ms,
        "record": row.record,
        "receipt": row.receipt,
        "content": row.content,
        "answer_to": row.duties.answer_to,
        "answer_due_ms": row.duties.answer_due_ms,
        "report_due_ms": row.duties.report_due_ms,
        "lapse_at_ms": row.duties.lapse_at_ms,
    }
