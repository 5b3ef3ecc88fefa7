"""PostgreSQL: the same surface over psycopg. A round trip costs as much as ten rows, so few of them are made.

A group runs in pipeline mode: what has no result is sent without waiting. Lists go as binary arrays (as text they cost
ten times as much), rows of an INSERT many at a time. Every transaction that writes waits for its commit to be on disk.
"""

import logging
import select
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

import psycopg
from psycopg import RawCursor, pq
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.types.array import ListBinaryDumper
from psycopg.types.numeric import Int8BinaryDumper
from psycopg.types.string import BytesBinaryDumper, StrBinaryDumper

from renkei.platform.observe import event
from renkei.platform.sql import statements
from renkei.platform.sql.connection import ConflictError, LostError, Params, Row, TakenError
from renkei.platform.sql.migrate import migrate
from renkei.platform.sql.postgres_signals import PostgresSignals
from renkei.platform.sql.statements import Statement
from renkei.platform.sql.writer import Groups, ThreadWriter, Writer
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

Raw = psycopg.Connection[Row]

READERS: Final = 4
OLDEST: Final = 150_000
WIDEST: Final = 64
"""Rows of one INSERT; fewer go as powers of two, so that there are few texts to prepare."""

_LOCK_MS: Final = 5_000
_STATEMENT_MS: Final = 60_000
_IDLE_MS: Final = 60_000
_MIGRATION_MS: Final = 3_600_000
_PATIENCE_S: Final = 5.0
"""How long a transaction waits for a server that went away, before its callers are told to repeat."""
_FIRST_PATIENCE_S: Final = 1.0
"""The same for a program that starts: who restarts it after a kill is quicker than the server's noticing."""
_FIRST_PAUSE_S: Final = 0.05
_LONGEST_PAUSE_S: Final = 1.0

_WRITE: Final = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
_READ: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
# Keys are for this database and schema: two stores may stand in one server, or in two schemas of one database.
_KEY: Final = "hashtextextended(current_schema() || '/renkei/' || $1, 0)"
_SIGNAL: Final = "SELECT pg_notify($1, $2)"
_DURABLE: Final = "SELECT current_setting('fsync'), current_setting('synchronous_commit')"
_OPENINGS: Final = "CREATE TABLE IF NOT EXISTS store_opening (one BOOLEAN PRIMARY KEY, number BIGINT NOT NULL)"
_OPEN: Final = (
    "INSERT INTO store_opening (one, number) VALUES (TRUE, 1)"
    " ON CONFLICT (one) DO UPDATE SET number = store_opening.number + 1 RETURNING number"
)
_OPENED: Final = "SELECT number FROM store_opening"
_SCHEMA: Final = """
SELECT 'CREATE TABLE ' || table_name || ' ('
       || string_agg(column_name || ' ' || upper(data_type), ', ' ORDER BY ordinal_position) || ')' AS text
FROM information_schema.columns
WHERE table_schema = current_schema()
  AND table_name NOT LIKE '%yoyo%' AND table_name NOT IN ('schema_migration', 'store_opening')
GROUP BY table_name
UNION ALL
SELECT indexdef FROM pg_indexes
WHERE schemaname = current_schema()
  AND tablename NOT LIKE '%yoyo%' AND tablename NOT IN ('schema_migration', 'store_opening')
ORDER BY text DESC
"""

# Classes of SQLSTATE after which the same transaction may be tried again, for it is gone and not at fault.
_GONE_CLASSES: Final = frozenset({"08", "40", "53", "57", "58"})
_GONE: Final = frozenset({"55P03", "25P03", "25P04"})


class PostgresConnection:
    """A Connection over psycopg, dialled anew by `begin` when it broke."""

    optimistic = True

    def __init__(self, dial: Callable[[], Raw], begin: str, *, shared: bool = False) -> None:
        self._dial = dial
        self._begin = begin
        self.shared = shared
        self._use(dial())

    def _use(self, raw: Raw) -> None:
        self._raw = raw
        self._pipeline: psycopg.Pipeline | None = None
        self._piped = ExitStack()
        self._under_way = False
        # What is not waited for has a cursor of its own: its results must not stand before an answer.
        self._asking, self._blind = raw.cursor(binary=True), raw.cursor(binary=True)

    def begin(self, *, waiting: bool) -> None:
        if not _is_alive(self._raw):
            self._redial()
        self._under_way = True
        try:
            if not waiting:
                self._pipeline = self._piped.enter_context(self._raw.pipeline())
            self._blind.execute(self._begin)
            if self.shared:
                # One transaction at a time among all processes, first of all things: whatever a job then reads is the
                # newest there is, so that sequences, repeats and the log are as right as with one process.
                self._blind.execute(f"SELECT pg_advisory_xact_lock({_KEY})", ["writer"])
        except psycopg.Error as error:
            raise self._told(error) from error

    def wait(self) -> None:
        try:
            if self._pipeline is not None and self._under_way:
                self._pipeline.sync()
                self._under_way = False
            if self._status is pq.TransactionStatus.INERROR:
                raise ConflictError("a statement failed")
        except psycopg.Error as error:
            raise self._told(error) from error

    def commit(self) -> None:
        try:
            self._asking.execute("COMMIT")
            self._leave()
            if self._asking.statusmessage != "COMMIT":  # of a failed transaction PostgreSQL makes a ROLLBACK, silently
                raise ConflictError("a statement failed")
        except psycopg.Error as error:
            raise self._told(error) from error

    def end(self) -> None:
        # Not by ROLLBACK, after which psycopg would forget all prepared statements.
        with suppress(psycopg.Error):
            self._asking.execute("COMMIT")
            self._leave()
        if self._status is not pq.TransactionStatus.IDLE:
            self.roll_back()

    def roll_back(self) -> None:
        with suppress(psycopg.Error):
            self._leave()
        if self.in_transaction:
            with suppress(psycopg.Error):
                self._raw.execute("ROLLBACK")
        if self._status is not pq.TransactionStatus.IDLE:
            self._raw.close()

    @property
    def in_transaction(self) -> bool:
        return self._status in {pq.TransactionStatus.INTRANS, pq.TransactionStatus.INERROR}

    def save(self) -> None:
        self._plain("SAVEPOINT job")

    def release(self) -> None:
        self._plain("RELEASE SAVEPOINT job")

    def go_back(self) -> None:
        self._plain("ROLLBACK TO SAVEPOINT job")

    def rows(self, sql: str, params: Params, /) -> list[Row]:
        self._under_way = True  # and stays so after an error: what comes behind it has not been read yet
        try:
            self._asking.execute(*_bound(statements.read(sql), params))
            found = self._asking.fetchall()
        except psycopg.Error as error:
            raise self._told(error) from error
        self._under_way = False  # answers come in order
        return found

    def row(self, sql: str, params: Params, /) -> Row | None:
        return next(iter(self.rows(sql, params)), None)

    def run(self, sql: str, params: Params, /) -> int:
        self._under_way = True
        try:
            self._asking.execute(*_bound(statements.read(sql), params))
            if self._pipeline is not None:
                self._pipeline.sync()
                self._under_way = False
        except psycopg.Error as error:
            raise self._told(error) from error
        return max(self._asking.rowcount, 0)

    def many(self, sql: str, rows: Sequence[Params], /) -> None:
        self._under_way = True
        try:
            if statements.widened(sql, 1) is None:
                statement = statements.read(sql)
                for each in rows:
                    self._blind.execute(*_bound(statement, each))
            else:
                self._insert(sql, rows)
        except psycopg.Error as error:
            raise self._told(error) from error

    def signal(self, channel: str, payload: str, /) -> None:
        self._under_way = True
        try:
            self._blind.execute(_SIGNAL, [channel, payload])
        except psycopg.Error as error:
            raise self._told(error) from error

    def schema(self) -> list[str]:
        return [str(text) for (text,) in self.rows(_SCHEMA, {})]

    def close(self) -> None:
        self._raw.close()

    @property
    def _status(self) -> pq.TransactionStatus:
        return self._raw.info.transaction_status

    def _redial(self) -> None:
        self._raw.close()
        event("store-away", level=logging.WARNING)
        try:
            self._use(patiently(self._dial))
        except (psycopg.Error, RenkeiError) as error:
            raise LostError(_reason(error)) from None
        event("store-back")

    def _leave(self) -> None:
        """Out of pipeline mode, with everything carried out."""
        self._pipeline = None
        self._piped.close()

    def _plain(self, sql: str) -> None:
        try:
            self._asking.execute(sql)
        except psycopg.Error as error:
            raise self._told(error) from error

    def _insert(self, sql: str, rows: Sequence[Params]) -> None:
        first = 0
        while first < len(rows):
            width = min(WIDEST, 1 << (len(rows) - first).bit_length() - 1)
            statement = statements.widened(sql, width)
            assert statement is not None, "it could be widened to one row"
            part = rows[first : first + width]
            self._blind.execute(statement.text, [value for each in part for value in statement.values(each)])
            first += width

    def _told(self, error: psycopg.Error) -> Exception:
        """What an error means here. Without details: they quote the row."""
        if isinstance(error, psycopg.IntegrityError):
            return ConflictError(error.diag.message_primary or type(error).__name__)
        state = error.sqlstate or ""
        if self._raw.broken or self._raw.closed or state[:2] in _GONE_CLASSES or state in _GONE:
            return LostError(f"{state} {type(error).__name__}".strip())
        return error


class PostgresEngine:
    """One database. Held by one process, unless opened as shared; freed when that process ends, however it ends."""

    inside = False

    def __init__(self, address: str, *, shared: bool = False) -> None:
        self._address = address
        self._shared = shared
        self._opening: int | None = None

    def open(self, folders: Sequence[Path]) -> PostgresConnection:
        try:
            first = patiently(self._own, _FIRST_PATIENCE_S)
        except psycopg.Error as error:
            raise RenkeiError(Problem.BAD_STORE, f"{self._address}: {_reason(error)}") from None
        try:
            _check_server(first, self._address)
            if not self._shared:
                self._count_opening(first)
            migrate(_Guard(self._address), folders)
        except BaseException:
            first.close()
            raise
        dialled = [first]
        return PostgresConnection(lambda: dialled.pop() if dialled else self._own(), _WRITE, shared=self._shared)

    def readers(self) -> list[PostgresConnection]:
        return [PostgresConnection(self.dial, _READ) for _ in range(READERS)]

    def dial(self) -> Raw:
        """A connection without any claim."""
        return dial(self._address)

    def claim(self) -> Raw:
        """A connection that holds the store, with nothing else done; raises BAD_STORE where a process has it."""
        return self._own()

    def signals(self) -> PostgresSignals:
        return PostgresSignals(self.dial)

    def writer(self, groups: Groups) -> Writer:
        return ThreadWriter(groups)

    def close(self) -> None:
        """Nothing: the claim ended with the writer's connection."""

    def _own(self) -> Raw:
        """The writer's connection, holding the store for this process, or for all that share it."""
        raw = self.dial()
        kind = "pg_try_advisory_lock_shared" if self._shared else "pg_try_advisory_lock"
        taken = raw.execute(f"SELECT {kind}({_KEY})", ["owner"]).fetchone()
        if taken is None or not taken[0]:
            raw.close()
            raise RenkeiError(Problem.BAD_STORE, f"{self._address}: in use by another process")
        if not self._shared and self._opening is not None:
            self._check_opening(raw)
        return raw

    def _count_opening(self, raw: Raw) -> None:
        raw.execute(_OPENINGS)
        counted = raw.execute(_OPEN).fetchone()
        assert counted is not None, "RETURNING"
        self._opening = counted[0]

    def _check_opening(self, raw: Raw) -> None:
        """While our connection was gone, another process may have come and gone: what is in memory would be old."""
        if raw.execute(_OPENED).fetchone() != (self._opening,):
            raw.close()
            raise TakenError(self._address)


class _Guard:
    """The migrator's own view: one program migrates at a time, and none waits long for the tables of others."""

    kind = "postgresql"

    def __init__(self, address: str) -> None:
        facts = _facts(address, lock_timeout=_LOCK_MS, statement_timeout=_MIGRATION_MS)
        self.address = f"postgresql+psycopg:///{quote(facts.pop('dbname', ''))}?{urlencode(facts, quote_via=quote)}"
        self._raw = dial(address, lock_timeout=_MIGRATION_MS, statement_timeout=_MIGRATION_MS)
        # A lock of the session, so that it ends with a killed program.
        self._raw.execute(f"SELECT pg_advisory_lock({_KEY})", ["migration"])

    def rows(self, sql: str) -> list[Row]:
        cursor = self._raw.execute(sql)
        return cursor.fetchall() if cursor.description else []

    def many(self, sql: str, rows: Sequence[Params]) -> None:
        with self._raw.transaction():
            for each in rows:
                self._raw.execute(*_bound(statements.read(sql), each))

    def close(self) -> None:
        self._raw.close()


def dial(address: str, **settings: int) -> Raw:
    """A connection as all of ours are: autocommit, binary, with limits that the address may change (`options`)."""
    limits = {
        "lock_timeout": _LOCK_MS,
        "statement_timeout": _STATEMENT_MS,
        "idle_in_transaction_session_timeout": _IDLE_MS,
        **settings,
    }
    raw = psycopg.connect(make_conninfo(**_facts(address, **limits)), autocommit=True, cursor_factory=RawCursor)
    raw.prepare_threshold, raw.prepared_max = 2, 400
    for kind, dumper in _DUMPERS.items():
        raw.adapters.register_dumper(kind, dumper)
    return raw


def patiently(dial_it: Callable[[], Raw], patience_s: float = _PATIENCE_S) -> Raw:
    """Dial until the server is there, with growing pauses, for a few seconds at most; then raise why not."""
    pause, until = _FIRST_PAUSE_S, time.monotonic() + patience_s
    while True:
        try:
            return dial_it()
        except (psycopg.OperationalError, RenkeiError):
            # "In use" too: the server may not have noticed yet that a connection of ours, or a killed program, is gone.
            if time.monotonic() + pause > until:
                raise
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE_S)


_DUMPERS: Final[Mapping[type, Any]] = {
    int: Int8BinaryDumper,
    str: StrBinaryDumper,
    bytes: BytesBinaryDumper,
    list: ListBinaryDumper,
}


def _facts(address: str, **settings: int) -> dict[str, str]:
    """What libpq is told; the options in the address come last, so that they win."""
    facts = {name: str(value) for name, value in conninfo_to_dict(address).items()}
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    return {"connect_timeout": "5", "application_name": "renkei", **facts} | {
        "options": f"{options} {facts.get('options', '')}".strip()
    }


def _bound(statement: Statement, params: Params) -> tuple[str, list[Any]]:
    # psycopg reads a tuple as a row, not as an array.
    return statement.text, [list(each) if isinstance(each, tuple) else each for each in statement.values(params)]


def _is_alive(raw: Raw) -> bool:
    """Between transactions a server says nothing, except when it says goodbye."""
    if raw.closed or raw.broken:
        return False
    poll = select.poll()
    poll.register(raw.fileno(), select.POLLIN)
    return not poll.poll(0)


def _check_server(raw: Raw, address: str) -> None:
    if raw.info.server_version < OLDEST:
        raise RenkeiError(Problem.BAD_STORE, f"{address}: PostgreSQL 15 or newer is needed")
    durable = raw.execute(_DURABLE).fetchone()
    if durable is None or "off" in durable:
        raise RenkeiError(Problem.BAD_STORE, f"{address}: fsync or synchronous_commit is off")


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())
