"""What the stores hold, read beside the systems with their keys: what the invariants are judged by.

Only what has changed since the last look is opened, so that a look costs little.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import apsw

from renkei.crypto.columns import ColumnSealer
from renkei.messages.codec import decode
from renkei.messages.receipt import InquiryRecord, OutcomeRecord, Receipt
from renkei.platform.config import load
from renkei.platform.entropy import system_entropy
from renkei.platform.keyring import open_keys
from renkei.sandbox.bodies import BODIES
from renkei.sandbox.layout import CORE, Layout
from renkei.systems.core import wiring as core_wiring
from renkei.systems.core.rules.record import Salts
from renkei.systems.intermediate import wiring as intermediate_wiring
from renkei.systems.intermediate.rules.kept import KeptContent, KeptInquiry, KeptProvision
from renkei.systems.intermediate.service.cabinet import ASKED, NOTICED, PERMIT, PROOF, PROVIDED, RECEIVED, Cabinet
from renkei.terms.bodies import BodyId, SystemName
from renkei.translog.trust import Trust

Row = tuple[Any, ...]
Key = tuple[BodyId, str]
"""Body and inquiry."""
_RECORDS: Final = (
    "SELECT sequence, inquiry, inquirer, provider, state, sealed_salt, record, outcome, outcome_index FROM record"
)
_BUNDLES: Final = "SELECT data FROM log_tile WHERE level = -1 ORDER BY number"
_HEAD: Final = "SELECT note FROM log_checkpoint ORDER BY size DESC LIMIT 1"
_INQUIRIES: Final = "SELECT tenant, inquiry, record, receipt, content, due_ms FROM inquiry"
_PROVISIONS: Final = (
    "SELECT tenant, inquiry, record, receipt, content, answer_due_ms, report_due_ms, lapse_at_ms FROM provision"
)
_COUNTS: Final[Mapping[str, Mapping[str, str]]] = {
    "core": {"notice": "SELECT count(*) FROM notice", "code_delivery": "SELECT count(*) FROM code_delivery"},
    "intermediate": {"acquisition": "SELECT count(*) FROM acquisition"},
}


@dataclass(frozen=True, slots=True)
class Central:
    """A record of the core. `salts` open its commitments."""

    sequence: int
    inquiry: str
    inquirer: str
    provider: str
    state: str
    salts: Salts
    text: str
    record: InquiryRecord
    outcome_text: str | None
    outcome: OutcomeRecord | None
    outcome_index: int | None


@dataclass(frozen=True, slots=True)
class Asked:
    """An inquirer's record."""

    kept: KeptInquiry
    receipt: Receipt | None
    content: KeptContent | None = field(repr=False)
    due: bool


@dataclass(frozen=True, slots=True)
class Noticed:
    """A provider's record. `duties`: something is still to be sent, or a clerk has to decide."""

    kept: KeptProvision
    receipt: Receipt
    content: KeptContent | None = field(repr=False)
    duties: bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything at one moment."""

    central: Mapping[str, Central]
    entries: tuple[bytes, ...]
    """Of the log, in order."""
    checkpoint: str | None
    asked: Mapping[Key, Asked]
    noticed: Mapping[Key, Noticed]
    waiting: Mapping[str, int]
    """Rows of outboxes and of acquisitions, by system and table; only those that are not empty."""
    trust: Trust
    now_ms: int


class Reader:
    """Reads one network's stores."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._trust = Trust.parse(layout.trust.read_bytes())
        core = load(layout.system(CORE).config, core_wiring.Config)
        keys = open_keys(core.keys)
        self._sealer = ColumnSealer(keys, core_wiring.COLUMN_KEY, system_entropy)
        self._servers = sorted({body.intermediate for body in BODIES})
        self._cabinets = dict(self._cabinets_of(self._servers))
        self._opened: dict[tuple[str, BodyId, str], tuple[Row, Any]] = {}
        self._central: dict[str, tuple[Row, Central]] = {}
        self._bundles: list[tuple[bytes, list[bytes]]] = []

    def _cabinets_of(self, servers: list[SystemName]) -> Iterator[tuple[BodyId, Cabinet]]:
        for server in servers:
            config = load(self._layout.system(server).config, intermediate_wiring.Config)
            keys = open_keys(config.keys)
            for hosted in config.bodies:
                yield hosted.id, Cabinet(hosted.id, keys, system_entropy)

    def look(self, now_ms: int) -> Evidence:
        """As it is now."""
        waiting: dict[str, int] = {}
        asked: dict[Key, Asked] = {}
        noticed: dict[Key, Noticed] = {}
        central: dict[str, Central] = {}
        with _connected(self._layout.system(CORE).store) as store:
            for row in store.execute(_RECORDS):
                central[row[1]] = self._record(row)
            entries = self._entries([data for (data,) in store.execute(_BUNDLES)])
            note = next(iter(store.execute(_HEAD)), (None,))[0]
            waiting |= _counted("core", CORE, store)
        for server in self._servers:
            with _connected(self._layout.system(server).store) as store:
                for row in store.execute(_INQUIRIES):
                    asked[BodyId(row[0]), row[1]] = self._inquiry(row)
                for row in store.execute(_PROVISIONS):
                    noticed[BodyId(row[0]), row[1]] = self._provision(row)
                waiting |= _counted("intermediate", server, store)
        return Evidence(central, entries, note, asked, noticed, waiting, self._trust, now_ms)

    def _record(self, row: Row) -> Central:
        sequence, inquiry, inquirer, provider, state, sealed, text, outcome, index = row
        known = self._central.get(inquiry)
        if known is not None and known[0] == row:
            return known[1]
        salt = self._sealer.open("record", "sealed_salt", inquiry.encode(), sealed)
        ended = None if outcome is None else decode(OutcomeRecord, outcome)
        first = decode(InquiryRecord, text)
        found = Central(sequence, inquiry, inquirer, provider, state, Salts(salt), text, first, outcome, ended, index)
        self._central[inquiry] = row, found
        return found

    def _entries(self, bundles: list[bytes]) -> tuple[bytes, ...]:
        for place, data in enumerate(bundles):
            if place == len(self._bundles):
                self._bundles.append((data, _split(data)))
            elif self._bundles[place][0] != data:
                self._bundles[place] = data, _split(data)
        del self._bundles[len(bundles) :]
        return tuple(entry for _, found in self._bundles for entry in found)

    def _inquiry(self, row: Row) -> Asked:
        body, inquiry = BodyId(row[0]), row[1]
        known = self._opened.get(("asked", body, inquiry))
        if known is not None and known[0] == row:
            found: Asked = known[1]
            return found
        cabinet = self._cabinets[body]
        kept = cabinet.open(ASKED, inquiry, row[2], KeptInquiry)
        receipt = cabinet.open(PERMIT, inquiry, row[3], Receipt) if row[3] else None
        content = cabinet.open(RECEIVED, inquiry, row[4], KeptContent) if row[4] else None
        fresh = Asked(kept, receipt, content, row[5] is not None)
        self._opened["asked", body, inquiry] = row, fresh
        return fresh

    def _provision(self, row: Row) -> Noticed:
        body, inquiry = BodyId(row[0]), row[1]
        known = self._opened.get(("noticed", body, inquiry))
        if known is not None and known[0] == row:
            found: Noticed = known[1]
            return found
        cabinet = self._cabinets[body]
        kept = cabinet.open(NOTICED, inquiry, row[2], KeptProvision)
        receipt = cabinet.open(PROOF, inquiry, row[3], Receipt)
        content = cabinet.open(PROVIDED, inquiry, row[4], KeptContent) if row[4] else None
        fresh = Noticed(kept, receipt, content, any(each is not None for each in row[5:]))
        self._opened["noticed", body, inquiry] = row, fresh
        return fresh


class _connected:  # noqa: N801  # a context manager, used as a function
    def __init__(self, store: Path) -> None:
        self._connection = apsw.Connection(str(store), flags=apsw.SQLITE_OPEN_READONLY, vfs="unix")

    def __enter__(self) -> apsw.Connection:
        self._connection.execute("BEGIN")
        return self._connection

    def __exit__(self, *_: object) -> None:
        self._connection.execute("ROLLBACK")
        self._connection.close()


def _split(bundle: bytes) -> list[bytes]:
    """The entries of a bundle, however many: each is preceded by its length (C2SP tlog-tiles)."""
    entries, at = [], 0
    while at < len(bundle):
        size = int.from_bytes(bundle[at : at + 2])
        entries.append(bundle[at + 2 : at + 2 + size])
        at += 2 + size
    return entries


def _counted(kind: str, system: str, store: apsw.Connection) -> dict[str, int]:
    found = {table: store.execute(count).fetchall()[0][0] for table, count in _COUNTS[kind].items()}
    return {f"{system}.{table}": int(str(count)) for table, count in found.items() if count}
