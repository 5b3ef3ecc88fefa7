"""The register of certificates in SQL."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from renkei.platform.sql import Database, Tx
from renkei.systems.certification.ports import Issued, Register, SignedList
from renkei.systems.certification.rules.certificates import Revoked
from renkei.systems.certification.rules.requests import Holder, Known
from renkei.systems.certification.states import NEXT, CertificateEvent, CertificateState
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import Role

T = TypeVar("T")

OF_KEY: Final = """
SELECT role, system, body, hosts, days, state, not_after_ms, serial, pem
FROM certificate WHERE key_digest = :key_digest ORDER BY issued_at_ms DESC, serial
"""
ENTER: Final = """
INSERT INTO certificate
    (serial, key_digest, role, system, body, hosts, days, pem, issued_at_ms, not_after_ms, state)
VALUES
    (:serial, :key_digest, :role, :system, :body, :hosts, :days, :pem, :issued_at_ms, :not_after_ms, :state)
"""
STATE_OF: Final = "SELECT state FROM certificate WHERE serial = :serial"
REVOKE: Final = """
UPDATE certificate SET state = :state, revoked_at_ms = :at, reason = :reason WHERE serial = :serial
"""
REVOKED: Final = """
SELECT serial, revoked_at_ms FROM certificate WHERE state = 'revoked' ORDER BY revoked_at_ms, serial
"""
NEWEST_LIST: Final = "SELECT number, made_at_ms, der FROM revocation_list ORDER BY number DESC LIMIT 1"
DROP_LISTS: Final = "DELETE FROM revocation_list"
PUBLISH: Final = "INSERT INTO revocation_list (number, made_at_ms, der) VALUES (:number, :made_at_ms, :der)"


class SqlStore:
    """The Store port over a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def write(self, name: str, job: Callable[[Register], T]) -> T:
        return await self._database.write(name, lambda tx: job(SqlRegister(tx)))

    async def read(self, job: Callable[[Register], T]) -> T:
        return await self._database.read(lambda tx: job(SqlRegister(tx)))


class SqlRegister:
    """The Register port inside one transaction."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def of_key(self, key_digest: bytes) -> list[Known]:
        return [_known(row) for row in self._tx.rows(OF_KEY, key_digest=key_digest)]

    def enter(self, issued: Issued) -> None:
        wanted = issued.wanted
        self._tx.run(
            ENTER,
            serial=issued.serial,
            key_digest=wanted.key_digest,
            role=wanted.holder.role.value,
            system=wanted.holder.system,
            body=wanted.holder.body,
            hosts=" ".join(wanted.hosts),
            days=wanted.days,
            pem=issued.pem,
            issued_at_ms=issued.issued_at_ms,
            not_after_ms=issued.not_after_ms,
            state=CertificateState.VALID.value,
        )

    def revoke(self, serial: str, reason: str, at: InstantMs) -> bool | None:
        row = self._tx.row(STATE_OF, serial=serial)
        if row is None:
            return None
        state = CertificateState(row[0])
        after = NEXT[state][CertificateEvent.REVOKE]
        if after is not state:
            self._tx.run(REVOKE, serial=serial, state=after.value, at=at, reason=reason)
        return after is not state

    def revoked(self) -> list[Revoked]:
        return [Revoked(serial, InstantMs(at)) for serial, at in self._tx.rows(REVOKED)]

    def newest_list(self) -> SignedList | None:
        row = self._tx.row(NEWEST_LIST)
        return None if row is None else SignedList(*row)

    def publish(self, made: SignedList) -> None:
        self._tx.run(DROP_LISTS)
        self._tx.run(PUBLISH, number=made.number, made_at_ms=made.made_at_ms, der=made.der)


def _known(row: tuple[Any, ...]) -> Known:
    role, system, body, hosts, days, state, not_after_ms, serial, pem = row
    holder = Holder(Role(role), system, body)
    return Known(holder, tuple(hosts.split()), days, CertificateState(state), not_after_ms, serial, pem)
