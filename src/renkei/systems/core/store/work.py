"""The store as a whole: one transaction over files, outbox, directory, counts and log."""

from collections.abc import Callable, Collection
from functools import partial
from typing import Final, TypeVar

from renkei.crypto.columns import ColumnSealer
from renkei.messages.directory import SignedDirectory
from renkei.platform.logstore import LogStore
from renkei.platform.logstore.tables import Tables
from renkei.platform.sql import Database, Tx
from renkei.systems.core.ports import LogSizes, Tally, Work
from renkei.systems.core.store.issuance import SqlIssuance
from renkei.systems.core.store.records import SqlRecords
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import BodyId

T = TypeVar("T")

DIRECTORY: Final = "directory"
"""Channel of signals between processes: the number of a directory that was published."""
COSIGNED: Final = "cosigned"
"""Not one of C2SP's names: the newest checkpoint that a witness has cosigned."""

_DIRECTORY: Final = "SELECT text, signature FROM directory ORDER BY number DESC LIMIT 1"
_NUMBER: Final = "SELECT COALESCE(MAX(number), 0) FROM directory"
_PUBLISH: Final = "INSERT INTO directory (number, text, signature) VALUES (:number, :text, :signature)"
_KEEP_LIST: Final = (
    "INSERT INTO permission_list (version, files) VALUES (:version, :files) ON CONFLICT (version) DO NOTHING"
)
_LIST_FILES: Final = "SELECT files FROM permission_list WHERE version = :version"
_LISTS: Final = "SELECT version FROM permission_list"
_DROP_LIST: Final = "DELETE FROM permission_list WHERE version = :version"
_COUNT: Final = (
    "INSERT INTO tally (tally, name, value) VALUES (:tally, :name, :by)"
    " ON CONFLICT (tally, name) DO UPDATE SET value = tally.value + excluded.value"
)
_COUNTS: Final = "SELECT tally, name, value FROM tally"
_MISUSE: Final = (
    "INSERT INTO misuse (body, reason, signs, last_at_ms) VALUES (:body, :reason, :by, :at)"
    " ON CONFLICT (body, reason) DO UPDATE"
    " SET signs = misuse.signs + excluded.signs, last_at_ms = excluded.last_at_ms"
)
_MISUSES: Final = "SELECT body, reason, signs FROM misuse"
_NOTICES_WAIT: Final = "SELECT provider, COUNT(*) FROM notice GROUP BY provider"
_CODES_WAIT: Final = "SELECT body, COUNT(*) FROM code_delivery GROUP BY body"


class SqlWork:
    """Work over one transaction."""

    def __init__(self, log: LogStore, sealer: ColumnSealer, number: "Number", tx: Tx) -> None:
        self._tx = tx
        self._number = number
        self._log = log
        self.records = SqlRecords(tx, log, sealer)
        self.issuance = SqlIssuance(tx, sealer)

    def directory(self) -> SignedDirectory | None:
        row = self._tx.row(_DIRECTORY)
        return None if row is None else SignedDirectory(directory=row[0], signature=row[1])

    def directory_number(self) -> int:
        return self._number.within(self._tx)

    def publish(self, number: int, signed: SignedDirectory) -> None:
        self._log.demand_current()  # a restored store would give numbers away that others have seen
        self._number.forget()
        self._tx.run(_PUBLISH, number=number, text=signed.directory, signature=signed.signature)
        self._tx.signal(DIRECTORY, str(number))

    def keep_list(self, version: str, files: str) -> None:
        self._tx.run(_KEEP_LIST, version=version, files=files)

    def list_files(self, version: str) -> str | None:
        row = self._tx.row(_LIST_FILES, version=version)
        return None if row is None else row[0]

    def drop_lists(self, named: Collection[str]) -> None:
        gone = [{"version": version} for (version,) in self._tx.rows(_LISTS) if version not in named]
        self._tx.many(_DROP_LIST, gone)

    def count(self, tally: Tally, name: str, by: int) -> None:
        if by:
            self._tx.many(_COUNT, [{"tally": tally.value, "name": name, "by": by}])

    def counts(self) -> dict[Tally, dict[str, int]]:
        found: dict[Tally, dict[str, int]] = {}
        for tally, name, value in self._tx.rows(_COUNTS):
            found.setdefault(Tally(tally), {})[name] = value
        return found

    def sign_of_misuse(self, body: BodyId, reason: str, by: int, at: InstantMs) -> None:
        self._tx.many(_MISUSE, [{"body": body, "reason": reason, "by": by, "at": at}])

    def misuse(self) -> dict[tuple[BodyId, str], int]:
        return {(body, reason): signs for body, reason, signs in self._tx.rows(_MISUSES)}

    def waiting(self) -> tuple[dict[BodyId, int], dict[BodyId, int]]:
        notices, codes = self._tx.rows(_NOTICES_WAIT), self._tx.rows(_CODES_WAIT)
        return dict(notices), dict(codes)

    def log_sizes(self) -> LogSizes:
        return LogSizes(self._log.size(self._tx), self._log.cosigned_size(self._tx), self._log.standing.value)

    def log_resource(self, path: str) -> bytes | None:
        if path == COSIGNED:
            cosigned = Tables(self._tx).newest_cosigned()
            return None if cosigned is None else cosigned[1].encode()
        return self._log.resource(self._tx, path)

    def cosign(self, size: int, line: str) -> None:
        self._log.add_cosignature(self._tx, size, line)

    def compare(self, cosigned: str | None) -> str:
        return self._log.compare(self._tx, cosigned).value


class Number:
    """The newest directory's number, asked for once per transaction: nobody else publishes while it lasts."""

    def __init__(self) -> None:
        self._found: tuple[Tx, int] | None = None

    def within(self, tx: Tx) -> int:
        if self._found is None or self._found[0] is not tx:
            self._found = tx, int(tx.rows(_NUMBER)[0][0])
            tx.on_rollback(self.forget)
        return self._found[1]

    def forget(self) -> None:
        self._found = None


class SqlStore:
    """Store over the platform's database: one writer with group commit, readers beside it."""

    def __init__(self, database: Database, log: LogStore, sealer: ColumnSealer) -> None:
        self._database = database
        self._work: Callable[[Tx], Work] = partial(SqlWork, log, sealer, Number())

    async def write(self, name: str, job: Callable[[Work], T]) -> T:
        return await self._database.write(name, lambda tx: job(self._work(tx)))

    async def read(self, job: Callable[[Work], T]) -> T:
        return await self._database.read(lambda tx: job(self._work(tx)))
