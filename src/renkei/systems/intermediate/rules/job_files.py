"""Reading a job's rows from CSV (RFC 4180) or JSON Lines, piece by piece as the bytes come.

What cannot be read is an error of its row, with line and column, never of the file; only a head line that names
columns which do not exist refuses the file. Memory holds one record and no more.
"""

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from renkei.messages.codec import decode
from renkei.messages.jobs import CSV, JSON_LINES, JobKind, NewJob
from renkei.systems.intermediate.rules.jobs import Numbered, Row, UnfitError, complete, row_type
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

RECORD_BYTES: Final = 128 * 1024
"""One row as it stands in a file. A longer one is an error of that row."""
_BOM: Final = b"\xef\xbb\xbf"
_PERIOD: Final = ("period_first", "period_last")
_MARKS: Final = ("non_disclosure", "no_self_information")
_ITEM: Final = "item:"
COLUMNS: Final = {
    JobKind.INQUIRIES: frozenset(
        {"addressee", "code", "provider", "item", "kind", "items", "unit", "respond_within_ms", "consent"}
        | {*_PERIOD, *_MARKS}
    ),
    JobKind.REPLICAS: frozenset({"addressee", "kind", "automatic", *_PERIOD, *_MARKS}),
    JobKind.REPLICA_CHECK: frozenset({"addressee", "kind", "as_of", *_PERIOD}),
}
"""The columns of a CSV file; replicas have one more, `item:NAME`, for each item of information."""
_FLAGS: Final = frozenset({"automatic", "consent", *_MARKS})
_BOOL: Final = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be taken: why, and in which field or column."""

    row: int
    line: int | None
    problem: Problem
    field: str | None


ReadRow = Numbered | BadRow


def taken(head: NewJob, row: Row, number: int, line: int | None = None) -> ReadRow:
    """A row as it will be worked off, or what is wrong with it."""
    try:
        return complete(head, row, number, line)
    except UnfitError as error:
        return BadRow(number, line, error.problem, error.field)


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a file and the line that it begins on, or why there is none."""

    line: int
    data: bytes | None
    problem: Problem = Problem.MALFORMED


class Lines:
    """Cuts bytes into lines without their ends; one that is too long is told as None and passed over."""

    def __init__(self) -> None:
        self._rest = b""
        self._passing = False

    def feed(self, data: bytes) -> Iterator[bytes | None]:
        """The lines that end in these bytes."""
        *whole, last = data.split(b"\n")
        for line in whole:
            yield self._end(line)
        self._rest += b"" if self._passing else last
        if len(self._rest) > RECORD_BYTES:
            self._rest, self._passing = b"", True

    def end(self) -> Iterator[bytes | None]:
        """The last line, where the file does not end with one's end."""
        if self._rest or self._passing:
            yield self._end(b"")

    def _end(self, more: bytes) -> bytes | None:
        line, passing = self._rest + more, self._passing
        self._rest, self._passing = b"", False
        return None if passing or len(line) > RECORD_BYTES else line.removesuffix(b"\r")


class CsvRecords:
    """Joins lines into records: one goes on while a quoted cell is open (RFC 4180 §2, 6)."""

    def __init__(self) -> None:
        self._lines = Lines()
        self._open: list[bytes] = []
        self._open_bytes = 0
        self._number = 0

    def feed(self, data: bytes) -> Iterator[Record]:
        """The records that end in these bytes."""
        for line in self._lines.feed(data):
            yield from self._take(line)

    def end(self) -> Iterator[Record]:
        """What is left at the end of the file; a cell that is still open was never meant to be."""
        for line in self._lines.end():
            yield from self._take(line)
        while self._open:
            yield from self._give_up()

    def again(self, record: Record) -> Iterator[Record]:
        """A record of several lines that made no sense: its first line alone is wrong, the others are read anew."""
        assert record.data is not None
        later = record.data.split(b"\n")[1:]
        before, self._number = self._number, record.line
        held, self._open, self._open_bytes = self._open, [], 0
        for line in later:
            yield from self._take(line)
        while self._open:
            yield from self._give_up()
        self._open, self._number = held, before
        self._open_bytes = sum(map(len, held))

    def _take(self, line: bytes | None) -> Iterator[Record]:
        self._number += 1
        if line is None:
            while self._open:
                self._number -= 1
                yield from self._give_up()
                self._number += 1
            yield Record(self._number, None, Problem.TOO_LARGE)
            return
        self._open.append(line)
        self._open_bytes += len(line)
        if line.count(b'"') % 2 == (1 if len(self._open) == 1 else 0):  # a cell opens here, or stays open
            if self._open_bytes > RECORD_BYTES:
                yield from self._give_up()
            return
        first = self._number - len(self._open) + 1
        data, self._open, self._open_bytes = b"\n".join(self._open), [], 0
        if data:
            yield Record(first, data)

    def _give_up(self) -> Iterator[Record]:
        """The quote that opened this record was a stray one: its line is wrong, those behind it are read anew."""
        lines, self._open, self._open_bytes = self._open, [], 0
        self._number -= len(lines) - 1
        yield Record(self._number, None)
        for line in lines[1:]:
            yield from self._take(line)


class RowReader:
    """Rows of one file. `row` and `line` number its first row; a CSV file's head line is not counted as a row."""

    def __init__(self, form: str, head: NewJob, row: int = 1, line: int = 1) -> None:
        self._head = head
        self._type = row_type(head.kind)
        self._row = row - 1
        self._shift = line - 1 if row == 1 else line - (2 if form == CSV else 1)
        self._begun = False
        self._columns: Sequence[str] | None = None
        self._read: Callable[[Record], Iterator[ReadRow]]
        self._records: CsvRecords | _JsonRecords
        if form == CSV:
            self._records, self._read = CsvRecords(), self._csv
        elif form == JSON_LINES:
            self._records, self._read = _JsonRecords(), self._json
        else:
            raise RenkeiError(Problem.MALFORMED, f"Content-Type: {CSV} or {JSON_LINES} wanted")

    def feed(self, data: bytes) -> Iterator[ReadRow]:
        """The rows that end in these bytes; raises MALFORMED or UNKNOWN_FIELD for a head line that names no columns."""
        for record in self._records.feed(data):
            yield from self._read(self._without_mark(record))

    def end(self) -> Iterator[ReadRow]:
        """What is left at the end of the file."""
        for record in self._records.end():
            yield from self._read(self._without_mark(record))
        if isinstance(self._records, CsvRecords) and self._columns is None:
            raise RenkeiError(Problem.MALFORMED, "no head line")

    def _without_mark(self, record: Record) -> Record:
        if self._begun or record.data is None:
            return record
        self._begun = True
        return replace(record, data=record.data.removeprefix(_BOM))

    def _json(self, record: Record) -> Iterator[ReadRow]:
        number, line = self._next(record)
        if record.data is None:
            yield BadRow(number, line, record.problem, None)
            return
        yield self._decoded(record.data, number, line)

    def _decoded(self, data: bytes, number: int, line: int) -> ReadRow:
        try:
            row: Row = decode(self._type, data)
        except RenkeiError as error:
            return BadRow(number, line, error.problem, _field(error.detail))
        return taken(self._head, row, number, line)

    def _csv(self, record: Record) -> Iterator[ReadRow]:
        assert isinstance(self._records, CsvRecords)
        cells = None if record.data is None else _cells(record.data)
        if self._columns is None:
            self._columns = self._heading(cells)
        elif cells is None or len(cells) != len(self._columns):
            number, line = self._next(record)
            yield BadRow(number, line, record.problem, None)
            if record.data is not None and b"\n" in record.data:
                for again in self._records.again(record):
                    yield from self._csv(again)
        else:
            number, line = self._next(record)
            yield self._decoded(json.dumps(_fields(self._columns, cells)).encode(), number, line)

    def _heading(self, cells: list[str] | None) -> list[str]:
        """The head line's columns. Their names are not repeated: without a head line they would be somebody's data."""
        if cells is None:
            raise RenkeiError(Problem.MALFORMED, "line 1: not a head line in UTF-8")
        for place, name in enumerate(cells, 1):
            item = self._head.kind is JobKind.REPLICAS and name.startswith(_ITEM) and len(name) > len(_ITEM)
            if name not in COLUMNS[self._head.kind] and not item:
                known = ", ".join(sorted(COLUMNS[self._head.kind]))
                raise RenkeiError(Problem.UNKNOWN_FIELD, f"line 1, column {place}; known: {known}")
        if len(set(cells)) != len(cells):
            raise RenkeiError(Problem.MALFORMED, "line 1: a column twice")
        return cells

    def _next(self, record: Record) -> tuple[int, int]:
        self._row += 1
        return self._row, record.line + self._shift


class _JsonRecords:
    def __init__(self) -> None:
        self._lines = Lines()
        self._number = 0

    def feed(self, data: bytes) -> Iterator[Record]:
        yield from self._numbered(self._lines.feed(data))

    def end(self) -> Iterator[Record]:
        yield from self._numbered(self._lines.end())

    def _numbered(self, lines: Iterator[bytes | None]) -> Iterator[Record]:
        for line in lines:
            self._number += 1
            if line is None or line.strip():
                yield Record(self._number, line, Problem.TOO_LARGE if line is None else Problem.MALFORMED)


def records_of(form: str) -> "CsvRecords | _JsonRecords":
    """Cuts a file of that form into records."""
    return CsvRecords() if form == CSV else _JsonRecords()


def _cells(data: bytes) -> list[str] | None:
    try:
        (cells,) = csv.reader(io.StringIO(data.decode(), newline=""), strict=True)
    except (csv.Error, UnicodeDecodeError, ValueError):
        return None
    return cells


def _fields(columns: Sequence[str], cells: Sequence[str]) -> dict[str, Any]:
    """A record as the row's JSON; an empty cell says nothing, so that the head's value stands."""
    row: dict[str, Any] = {}
    for name, cell in zip(columns, cells, strict=True):
        if not cell:
            continue
        if name in _PERIOD:
            row.setdefault("period", {})[name.removeprefix("period_")] = cell
        elif name.startswith(_ITEM):
            row.setdefault("items", {})[name.removeprefix(_ITEM)] = cell
        elif name == "items":
            row[name] = cell.split(";")
        elif name in _FLAGS:
            row[name] = _BOOL.get(cell, cell)
        elif name == "respond_within_ms":
            row[name] = int(cell) if cell.isascii() and cell.isdigit() and len(cell) < 16 else cell
        else:
            row[name] = cell
    return row


def _field(place: str) -> str | None:
    return place.removeprefix("$.") if place.startswith("$.") else None
