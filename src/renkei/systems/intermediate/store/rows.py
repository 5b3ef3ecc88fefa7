"""One transaction's view of the tables, over the platform's transaction."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from renkei.platform.sql import Tx
from renkei.systems.intermediate.ports import Duties, NewInquiry, ProvisionRow, RecordRow
from renkei.systems.intermediate.store import statements as sql
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import BodyId


class SqlRows:
    """`ports.Rows` in SQL."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def code(self, body: BodyId, addressee_tag: bytes) -> bytes | None:
        return _only(self._tx.row(sql.CODE, tenant=body, addressee_tag=addressee_tag))

    def code_owner(self, body: BodyId, code_tag: bytes) -> tuple[bytes, bytes] | None:
        found = self._tx.row(sql.CODE_OWNER, tenant=body, code_tag=code_tag)
        return None if found is None else (found[0], found[1])

    def put_code(self, body: BodyId, tags: tuple[bytes, bytes | None], sealed: bytes, now: InstantMs) -> None:
        addressee_tag, code_tag = tags
        self._tx.run(sql.PUT_CODE, tenant=body, addressee_tag=addressee_tag, code_tag=code_tag, sealed=sealed, now=now)

    def acquisition(self, body: BodyId, tag: bytes) -> bytes | None:
        return _only(self._tx.row(sql.ACQUISITION, tenant=body, tag=tag))

    def add_acquisition(self, body: BodyId, tag: bytes, sealed: bytes, due_ms: InstantMs) -> None:
        self._tx.run(sql.ADD_ACQUISITION, tenant=body, tag=tag, sealed=sealed, due_ms=due_ms)

    def acquisitions_due(self, body: BodyId, now: InstantMs, limit: int) -> Sequence[tuple[bytes, bytes]]:
        return [(row[0], row[1]) for row in self._tx.rows(sql.ACQUISITIONS_DUE, tenant=body, now=now, limit=limit)]

    def acquisition_sent(self, body: BodyId, tag: bytes) -> None:
        self._tx.run(sql.ACQUISITION_SENT, tenant=body, tag=tag)

    def drop_acquisition(self, body: BodyId, tag: bytes) -> None:
        self._tx.run(sql.DROP_ACQUISITION, tenant=body, tag=tag)

    def replica(self, body: BodyId, key_tag: bytes) -> bytes | None:
        return _only(self._tx.row(sql.REPLICA, tenant=body, key_tag=key_tag))

    def replica_content(self, body: BodyId, key_tag: bytes) -> bytes | None:
        return _only(self._tx.row(sql.REPLICA_CONTENT, tenant=body, key_tag=key_tag))

    def put_replica(self, body: BodyId, tags: tuple[bytes, bytes], sealed: bytes, now: InstantMs) -> None:
        key_tag, content_tag = tags
        self._tx.run(sql.PUT_REPLICA, tenant=body, key_tag=key_tag, content_tag=content_tag, sealed=sealed, now=now)

    def drop_replica(self, body: BodyId, key_tag: bytes) -> int:
        return self._tx.run(sql.DROP_REPLICA, tenant=body, key_tag=key_tag)

    def request(self, body: BodyId, request_tag: bytes) -> tuple[str, bytes] | None:
        found = self._tx.row(sql.REQUEST, tenant=body, request_tag=request_tag)
        return None if found is None else (found[0], found[1])

    def last_inquiry(self, body: BodyId) -> int:
        return _sequence(self._tx.row(sql.LAST_INQUIRY, tenant=body))

    def add_inquiries(self, body: BodyId, rows: Sequence[NewInquiry]) -> None:
        self._tx.many(sql.ADD_INQUIRY, [{"tenant": body, **asdict(row)} for row in rows])

    def inquiry(self, body: BodyId, inquiry: str) -> RecordRow | None:
        found = self._tx.row(sql.INQUIRY, tenant=body, inquiry=inquiry)
        return None if found is None else RecordRow(*found)

    def inquiry_whole(self, body: BodyId, inquiry: str) -> RecordRow | None:
        found = self._tx.row(sql.INQUIRY_WHOLE, tenant=body, inquiry=inquiry)
        return None if found is None else RecordRow(*found)

    def inquiries_due(self, body: BodyId, now: InstantMs, limit: int) -> Sequence[RecordRow]:
        return [RecordRow(*row) for row in self._tx.rows(sql.INQUIRIES_DUE, tenant=body, now=now, limit=limit)]

    def inquiries_after(self, body: BodyId, sequence: int, limit: int) -> Sequence[RecordRow]:
        found = self._tx.rows(sql.INQUIRIES_AFTER, tenant=body, sequence=sequence, limit=limit)
        return [RecordRow(*row) for row in found]

    def decide_inquiry(self, body: BodyId, inquiry: str, record: bytes, receipt: bytes | None) -> None:
        self._tx.run(sql.DECIDE_INQUIRY, tenant=body, inquiry=inquiry, record=record, receipt=receipt)

    def answer_inquiry(self, body: BodyId, inquiry: str, record: bytes, content: bytes | None) -> None:
        self._tx.run(sql.ANSWER_INQUIRY, tenant=body, inquiry=inquiry, record=record, content=content)

    def defer_inquiry(self, body: BodyId, inquiry: str, due_ms: InstantMs) -> None:
        self._tx.run(sql.DEFER_INQUIRY, tenant=body, inquiry=inquiry, due_ms=due_ms)

    def provision(self, body: BodyId, inquiry: str) -> ProvisionRow | None:
        found = self._tx.row(sql.PROVISION, tenant=body, inquiry=inquiry)
        return None if found is None else _provision(found)

    def last_provision(self, body: BodyId) -> int:
        return _sequence(self._tx.row(sql.LAST_PROVISION, tenant=body))

    def add_provision(self, body: BodyId, row: ProvisionRow) -> None:
        self._tx.run(sql.ADD_PROVISION, tenant=body, **_columns(row))

    def change_provision(self, body: BodyId, row: ProvisionRow) -> None:
        columns = _columns(row)
        for fixed in ("sequence", "noticed_at_ms", "receipt"):
            del columns[fixed]
        self._tx.run(sql.CHANGE_PROVISION, tenant=body, **columns)

    def provisions_after(self, body: BodyId, sequence: int, limit: int) -> Sequence[RecordRow]:
        found = self._tx.rows(sql.PROVISIONS_AFTER, tenant=body, sequence=sequence, limit=limit)
        return [RecordRow(*row) for row in found]

    def held(self, body: BodyId) -> Sequence[ProvisionRow]:
        return [_provision(row) for row in self._tx.rows(sql.HELD, tenant=body)]

    def lapsing(self, body: BodyId, now: InstantMs, limit: int) -> Sequence[ProvisionRow]:
        return [_provision(row) for row in self._tx.rows(sql.LAPSING, tenant=body, now=now, limit=limit)]

    def answers_due(self, body: BodyId, answer_to: bytes, now: InstantMs, limit: int) -> Sequence[ProvisionRow]:
        found = self._tx.rows(sql.ANSWERS_DUE, tenant=body, answer_to=answer_to, now=now, limit=limit)
        return [_provision(row) for row in found]

    def answers_waiting(self, body: BodyId) -> Sequence[ProvisionRow]:
        return [_provision(row) for row in self._tx.rows(sql.ANSWERS_WAITING, tenant=body)]

    def reports_due(self, body: BodyId, now: InstantMs, limit: int) -> Sequence[ProvisionRow]:
        return [_provision(row) for row in self._tx.rows(sql.REPORTS_DUE, tenant=body, now=now, limit=limit)]

    def next_due(self, body: BodyId, now: InstantMs) -> InstantMs | None:
        statements = (sql.NEXT_LAPSE, sql.NEXT_INQUIRY)
        found = [self._tx.row(statement, tenant=body, now=now) for statement in statements]
        return min((InstantMs(row[0]) for row in found if row is not None), default=None)


def _only(row: tuple[Any, ...] | None) -> bytes | None:
    return None if row is None else row[0]


def _sequence(row: tuple[Any, ...] | None) -> int:
    return 0 if row is None else int(row[0])


def _provision(row: tuple[Any, ...]) -> ProvisionRow:
    inquiry, sequence, noticed_at_ms, record, receipt, content, *duties = row
    return ProvisionRow(inquiry, sequence, noticed_at_ms, record, receipt, content, Duties(*duties))


def _columns(row: ProvisionRow) -> dict[str, Any]:
    columns = asdict(row)
    columns |= columns.pop("duties")
    return columns
