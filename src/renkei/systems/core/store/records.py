"""情報提供等記録ファイル in SQL, with its log and its notices (法23条3項, 命令47条3項)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from renkei.crypto.columns import ColumnSealer
from renkei.messages.receipt import Receipt
from renkei.platform.logstore import LogStore
from renkei.platform.sql import Tx
from renkei.systems.core.ports import NEWEST, PendingNotice
from renkei.systems.core.rules.record import Draft, Entry, Salts
from renkei.systems.core.states import State
from renkei.terms.bodies import BodyId
from renkei.terms.codes import RecordCode, belongs_to
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.translog.receipt import record_entry

NOTICES: Final = "notices"
"""Channel of signals between processes: for whom notices wait."""
_COLUMNS: Final = (
    "r.sequence, r.inquiry, r.inquirer, r.provider, r.state, r.content_tag, r.person, r.sealed_salt, r.record,"
    " r.marked, r.outcome, r.outcome_index"
)
_FIND: Final = (
    f"SELECT {_COLUMNS} FROM record_key k"  # noqa: S608 - constants only
    " JOIN record r ON r.sequence = k.sequence WHERE k.inquiry IN :inquiries"
)
_OF_PERSON: Final = (
    f"SELECT {_COLUMNS} FROM record r"  # noqa: S608 - constants only
    " WHERE r.person = :person AND r.marked = 0 AND r.sequence < :before ORDER BY r.sequence DESC LIMIT :limit"
)
_AFTER: Final = (
    f"SELECT {_COLUMNS} FROM record r WHERE r.sequence > :sequence"  # noqa: S608 - constants only
    " ORDER BY r.sequence LIMIT :limit"
)
_ADD: Final = (
    "INSERT INTO record"
    " (sequence, inquiry, inquirer, provider, state, content_tag, person, sealed_salt, record, marked)"
    " VALUES (:sequence, :inquiry, :inquirer, :provider, :state, :content_tag, :person, :sealed_salt, :record, :marked)"
)
_END: Final = (
    "UPDATE record SET state = :state, marked = :marked, outcome = :outcome, outcome_index = :outcome_index"
    " WHERE sequence = :sequence"
)
_ADD_NOTICE: Final = (
    "INSERT INTO notice (provider, sequence, inquiry, sealed_code)"
    " VALUES (:provider, :sequence, :inquiry, :sealed_code)"
)
_NOTICES: Final = (
    f"SELECT {_COLUMNS}, n.sealed_code FROM notice n"  # noqa: S608 - constants only
    " JOIN record r ON r.sequence = n.sequence"
    " WHERE n.provider = :provider AND n.problem IS NULL AND n.sequence > :after AND n.sequence <= :until"
    " ORDER BY n.sequence LIMIT :limit"
)
_SETTLE_NOTICE: Final = "DELETE FROM notice WHERE provider = :provider AND inquiry = :inquiry"
_PARK_NOTICE: Final = "UPDATE notice SET problem = :problem WHERE provider = :provider AND inquiry = :inquiry"
_UNPARK: Final = "UPDATE notice SET problem = NULL WHERE problem IS NOT NULL"


class SqlRecords:
    """RecordFile within one transaction."""

    def __init__(self, tx: Tx, log: LogStore, sealer: ColumnSealer) -> None:
        self._tx = tx
        self._log = log
        self._sealer = sealer

    def entries(self, inquiries: Sequence[str]) -> dict[str, Entry]:
        found = [self._entry(row) for row in self._tx.rows(_FIND, inquiries=inquiries)]
        return {entry.draft.inquiry: entry for entry in found}

    def add(self, drafts: Sequence[Draft], notify: frozenset[BodyId]) -> list[Entry]:
        if not drafts:
            return []
        first = self._log.append(self._tx, [record_entry(each.salts.leaf, each.record) for each in drafts])
        entries = [Entry(first + place + 1, each) for place, each in enumerate(drafts)]
        self._tx.many(_ADD, [self._row(entry) for entry in entries])
        told = [entry for entry in entries if entry.draft.provider in notify]
        if told:
            self._tx.many(_ADD_NOTICE, [self._notice_row(entry) for entry in told])
            for provider in {entry.draft.provider for entry in told}:
                self._tx.signal(NOTICES, provider)
        return entries

    def end(self, entries: Sequence[Entry]) -> None:
        if not entries:
            return
        leaves = [record_entry(each.draft.salts.outcome, each.outcome or "") for each in entries]
        first = self._log.append(self._tx, leaves)
        rows = [
            {
                "sequence": each.sequence,
                "state": each.state.value,
                "marked": int(each.draft.marked),
                "outcome": each.outcome,
                "outcome_index": first + place,
            }
            for place, each in enumerate(entries)
        ]
        self._tx.many(_END, rows)

    def of_person(self, person: RecordCode, before: int | None, limit: int) -> list[Entry]:
        newest = NEWEST if before is None else before
        rows = self._tx.rows(_OF_PERSON, person=person.reveal(), before=newest, limit=limit)
        return [self._entry(row) for row in rows]

    def after(self, sequence: int, limit: int) -> list[Entry]:
        return [self._entry(row) for row in self._tx.rows(_AFTER, sequence=sequence, limit=limit)]

    def receipts(self, entries: Sequence[Entry]) -> list[tuple[Receipt, Receipt | None]]:
        leaves = [(each.draft.record, each.draft.salts.leaf, each.index) for each in entries]
        ended = [each for each in entries if each.outcome is not None and each.outcome_index is not None]
        leaves += [(each.outcome or "", each.draft.salts.outcome, each.outcome_index or 0) for each in ended]
        made = self._log.receipts(self._tx, leaves) if leaves else []
        outcomes = dict(zip((each.sequence for each in ended), made[len(entries) :], strict=True))
        firsts = zip(entries, made[: len(entries)], strict=True)
        return [(first, outcomes.get(each.sequence)) for each, first in firsts]

    def notices(self, provider: BodyId, after: int, until: int, limit: int) -> list[PendingNotice]:
        pending = []
        rows = self._tx.rows(_NOTICES, provider=provider, after=after, until=until, limit=limit)
        for *columns, sealed in rows:
            entry = self._entry(tuple(columns))
            row = entry.draft.inquiry.encode()
            code = None if sealed is None else self._sealer.open("notice", "sealed_code", row, sealed).decode()
            # The row says whose notice it is; the code itself says whose code it is, and goes to nobody else.
            if code is not None and not belongs_to(code, provider):
                raise RenkeiError(Problem.BAD_STORE, "notice: a code of another body")
            pending.append(PendingNotice(entry, code))
        return pending

    def settle_notices(self, provider: BodyId, done: Sequence[str], parked: Mapping[str, str]) -> None:
        self._tx.many(_SETTLE_NOTICE, [{"provider": provider, "inquiry": inquiry} for inquiry in done])
        rows = [{"provider": provider, "inquiry": inquiry, "problem": why} for inquiry, why in parked.items()]
        self._tx.many(_PARK_NOTICE, rows)

    def unpark_notices(self) -> None:
        self._tx.run(_UNPARK)

    def _row(self, entry: Entry) -> dict[str, object]:
        draft = entry.draft
        return {
            "sequence": entry.sequence,
            "inquiry": draft.inquiry,
            "inquirer": draft.inquirer,
            "provider": draft.provider,
            "state": draft.state.value,
            "content_tag": draft.content_tag,
            "person": None if draft.person is None else draft.person.reveal(),
            # Sealed, so that who steals the disk and has a body's codes still cannot open the commitments to them.
            "sealed_salt": self._sealer.seal("record", "sealed_salt", draft.inquiry.encode(), draft.salts.master),
            "record": draft.record,
            "marked": int(draft.marked),
        }

    def _notice_row(self, entry: Entry) -> dict[str, object]:
        draft = entry.draft
        sealed = None
        if draft.provider_code is not None:
            text = draft.provider_code.reveal().encode()
            sealed = self._sealer.seal("notice", "sealed_code", draft.inquiry.encode(), text)
        return {
            "provider": draft.provider,
            "sequence": entry.sequence,
            "inquiry": draft.inquiry,
            "sealed_code": sealed,
        }

    def _entry(self, row: tuple[Any, ...]) -> Entry:
        sequence, inquiry, inquirer, provider, state, tag, person, sealed, record, marked, outcome, index = row
        salt = self._sealer.open("record", "sealed_salt", inquiry.encode(), sealed)
        draft = Draft(
            inquiry=inquiry,
            inquirer=inquirer,
            provider=provider,
            state=State(state),
            content_tag=tag,
            person=None if person is None else RecordCode(person),
            salts=Salts(salt),
            record=record,
            marked=bool(marked),
        )
        return Entry(sequence, draft, outcome, index)
