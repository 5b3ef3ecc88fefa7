"""連携用符号発行管理ファイル in SQL, with the codes on their way (命令44条). 住民票コード never comes here."""

from collections.abc import Sequence
from typing import Final

from renkei.crypto.columns import ColumnSealer
from renkei.platform.sql import Tx
from renkei.systems.core.ports import Delivery
from renkei.systems.core.rules.issue import Wanted
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import BodyId

CODES: Final = "codes"
"""Channel of signals between processes: for whom codes wait."""
_RESIDENTS: Final = "SELECT person, resident FROM person WHERE person IN :persons"
_ADD_PERSON: Final = "INSERT INTO person (person, resident, sealed_link) VALUES (:person, :resident, :sealed_link)"
_ISSUED: Final = "SELECT person, epoch FROM issued WHERE body = :body AND person IN :persons"
_HOLDERS: Final = "SELECT body FROM issued WHERE person = :person AND body IN :bodies"
_ADD_ISSUED: Final = (
    "INSERT INTO issued (body, person, epoch, issued_at_ms) VALUES (:body, :person, :epoch, :issued_at_ms)"
)
_DELIVERIES: Final = "SELECT id, sealed FROM code_delivery WHERE body = :body ORDER BY sequence LIMIT :limit"
_UNDER_WAY: Final = "SELECT id FROM code_delivery WHERE body = :body AND id IN :ids"
_LAST: Final = "SELECT COALESCE(MAX(sequence), 0) FROM code_delivery WHERE body = :body"
_DELIVER: Final = "INSERT INTO code_delivery (body, sequence, id, sealed) VALUES (:body, :sequence, :id, :sealed)"
_SETTLE: Final = "DELETE FROM code_delivery WHERE body = :body AND id IN :ids"


class SqlIssuance:
    """IssuanceFile within one transaction."""

    def __init__(self, tx: Tx, sealer: ColumnSealer) -> None:
        self._tx = tx
        self._sealer = sealer

    def residents(self, persons: Sequence[bytes]) -> dict[bytes, bytes]:
        return dict(self._tx.rows(_RESIDENTS, persons=persons))

    def issued(self, body: BodyId, persons: Sequence[bytes]) -> dict[bytes, int]:
        return dict(self._tx.rows(_ISSUED, body=body, persons=persons))

    def holders(self, person: bytes, bodies: Sequence[BodyId]) -> list[BodyId]:
        found = {body for (body,) in self._tx.rows(_HOLDERS, person=person, bodies=bodies)}
        return [body for body in bodies if body in found]

    def add_persons(self, wanted: Sequence[Wanted]) -> None:
        links = self._sealer.seal_all("person", "sealed_link", [(each.person, each.link.reveal()) for each in wanted])
        rows = [
            {"person": each.person, "resident": each.resident, "sealed_link": link}
            for each, link in zip(wanted, links, strict=True)
        ]
        self._tx.many(_ADD_PERSON, rows)

    def add_issued(self, body: BodyId, wanted: Sequence[Wanted], at: InstantMs) -> None:
        rows = [{"body": body, "person": each.person, "epoch": each.code.epoch, "issued_at_ms": at} for each in wanted]
        self._tx.many(_ADD_ISSUED, rows)

    def deliveries(self, body: BodyId, limit: int) -> list[Delivery]:
        return [
            self._opened(body, delivery, sealed)
            for delivery, sealed in self._tx.rows(_DELIVERIES, body=body, limit=limit)
        ]

    def under_way(self, body: BodyId, deliveries: Sequence[str]) -> set[str]:
        return {each for (each,) in self._tx.rows(_UNDER_WAY, body=body, ids=deliveries)}

    def deliver(self, body: BodyId, deliveries: Sequence[Delivery]) -> None:
        if not deliveries:
            return
        texts = [
            (f"{body}/{each.id}".encode(), f"{each.acquisition} {each.code or ''}".encode()) for each in deliveries
        ]
        sealed = self._sealer.seal_all("code_delivery", "sealed", texts)
        last = self._tx.rows(_LAST, body=body)[0][0]
        rows = [
            {"body": body, "sequence": last + place, "id": each.id, "sealed": sealed[place - 1]}
            for place, each in enumerate(deliveries, start=1)
        ]
        self._tx.many(_DELIVER, rows)
        self._tx.signal(CODES, body)

    def settle_deliveries(self, body: BodyId, done: Sequence[str]) -> None:
        self._tx.run(_SETTLE, body=body, ids=done)

    def _opened(self, body: BodyId, delivery: str, sealed: bytes) -> Delivery:
        row = f"{body}/{delivery}".encode()
        acquisition, code = self._sealer.open("code_delivery", "sealed", row, sealed).decode().split(" ")
        return Delivery(delivery, acquisition, code or None)
