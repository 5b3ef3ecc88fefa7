"""Files of rows: however they are cut, quoted or broken, each row is read as it stands or is an error of its own."""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.messages.jobs import CSV, JSON_LINES, JobKind, NewJob
from renkei.systems.intermediate.rules.job_files import RECORD_BYTES, BadRow, ReadRow, RowReader
from renkei.systems.intermediate.rules.jobs import Numbered
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
HEAD = NewJob(request="r", kind=JobKind.REPLICAS)
COLUMNS = ("addressee", "kind", "item:所得額")
values = st.lists(
    st.sampled_from(["a", "あ", '"', ",", ";", "\n", "\r\n", " ", "１", "="]), min_size=1, max_size=6
).map("".join)
addressees = st.text(st.sampled_from("0123456789-aB"), min_size=1, max_size=12)
tables = st.lists(st.tuples(addressees, st.just("local-tax"), values), max_size=12)
ends = st.sampled_from(["\n", "\r\n"])


def read(data: bytes, form: str = CSV, head: NewJob = HEAD, piece: int = 1 << 20) -> list[ReadRow]:
    reader = RowReader(form, head)
    found: list[ReadRow] = []
    for start in range(0, len(data), piece):
        found += reader.feed(data[start : start + piece])
    return [*found, *reader.end()]


def as_csv(rows: Sequence[tuple[str, ...]], end: str = "\n") -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=end)
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    return text.getvalue().encode()


def cells(row: ReadRow) -> tuple[str, str, str]:
    assert isinstance(row, Numbered), row
    assert row.replica is not None
    return row.replica.addressee, row.replica.kind, row.replica.items["所得額"].reveal()


def shape(row: ReadRow) -> tuple[object, ...]:
    return (row.row, row.line, row.problem, row.field) if isinstance(row, BadRow) else (row.row, row.line, *cells(row))


@given(tables, ends, st.booleans(), st.integers(1, 9))
def test_what_a_csv_writer_wrote_is_read_back_cut_anywhere_with_or_without_a_mark(
    rows: list[tuple[str, str, str]], end: str, bom: bool, piece: int
) -> None:
    data = (b"\xef\xbb\xbf" if bom else b"") + as_csv(rows, end)
    found = read(data, piece=piece)
    # The end of a line inside a cell is read as one character, whatever the file's own ends are.
    assert [cells(row) for row in found] == [(who, kind, value.replace("\r\n", "\n")) for who, kind, value in rows]
    assert [row.row for row in found] == list(range(1, len(rows) + 1))


@given(tables, st.data())
def test_a_truncated_file_gives_the_rows_before_the_cut_unchanged(
    rows: list[tuple[str, str, str]], data: st.DataObject
) -> None:
    whole = as_csv(rows)
    head = len(as_csv([]))
    cut = data.draw(st.integers(head, len(whole)))
    before = [shape(row) for row in read(whole)]
    ends_before = [len(as_csv(rows[:count])) for count in range(len(rows) + 1)]
    complete = sum(end <= cut for end in ends_before) - 1
    assert [shape(row) for row in read(whole[:cut])][:complete] == before[:complete]


@given(st.binary(max_size=400), st.integers(1, 50))
def test_any_bytes_after_the_head_line_give_rows_or_errors_of_rows_the_same_however_cut(
    data: bytes, piece: int
) -> None:
    head = b"addressee,kind,item:x\n"
    found = read(head + data, piece=piece)
    assert [repr(row) for row in found] == [repr(row) for row in read(head + data)]
    assert [row.row for row in found] == list(range(1, len(found) + 1))
    lines = [row.line or 0 for row in found]
    assert lines == sorted(lines)
    assert all(2 <= line <= data.count(b"\n") + 2 for line in lines)
    json_rows = read(data, JSON_LINES, piece=piece)
    assert [repr(row) for row in json_rows] == [repr(row) for row in read(data, JSON_LINES)]


@given(st.integers(0, 5), st.integers(0, 5))
def test_a_stray_quotation_mark_costs_its_own_line_only(before: int, after: int) -> None:
    good = b"1,local-tax,5\n"
    found = read(as_csv([]) + good * before + b'2,"local-tax,5\n' + good * after)
    assert [isinstance(row, BadRow) for row in found] == [False] * before + [True] + [False] * after
    assert [row.line for row in found] == list(range(2, before + after + 3))


def test_a_line_longer_than_any_row_is_passed_over_without_being_held() -> None:
    reader = RowReader(CSV, HEAD)
    list(reader.feed(as_csv([])))
    for _ in range(40):
        assert list(reader.feed(b"x" * RECORD_BYTES)) == []
        assert len(reader._records._lines._rest) <= RECORD_BYTES
    found = [*reader.feed(b"\n1,local-tax,5\n"), *reader.end()]
    assert [(row.row, isinstance(row, BadRow)) for row in found] == [(1, True), (2, False)]
    assert isinstance(found[0], BadRow)
    assert found[0].problem is Problem.TOO_LARGE


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("１２,local-tax,5", "addressee"),
        ("1,Local Tax,5", "kind"),
        ("1,,5", "kind"),
        (",local-tax,5", "addressee"),
        ("1,local-tax,", "items"),
        ("1,local-tax", None),
        ("1,local-tax,5,6", None),
        ("1,local-tax,\x00\udc80", None),
    ],
)
def test_a_row_that_does_not_fit_names_its_field_and_nothing_else(line: str, field: str | None) -> None:
    (found,) = read(as_csv([]) + line.encode("utf-8", "surrogateescape") + b"\n")
    assert isinstance(found, BadRow)
    assert (found.row, found.line, found.field) == (1, 2, field)


def test_a_row_that_stands_there_twice_is_two_rows() -> None:
    assert [cells(row) for row in read(as_csv([("1", "local-tax", "5")] * 2))] == [("1", "local-tax", "5")] * 2


@pytest.mark.parametrize(
    ("head", "problem"),
    [
        (b"1234567890,local-tax,5\n", Problem.UNKNOWN_FIELD),
        (b"addressee,addressee\n", Problem.MALFORMED),
        ("addressee,種類\n".encode("cp932"), Problem.MALFORMED),
        (b"", Problem.MALFORMED),
        (b"addressee,item:\n", Problem.UNKNOWN_FIELD),
    ],
)
def test_a_file_without_a_head_line_that_fits_is_refused_and_nothing_of_it_repeated(
    head: bytes, problem: Problem
) -> None:
    with pytest.raises(RenkeiError) as caught:
        read(head)
    assert caught.value.problem is problem
    assert "1234567890" not in caught.value.detail


def test_another_form_of_file_is_refused() -> None:
    with pytest.raises(RenkeiError):
        RowReader("application/pdf", HEAD)


@given(
    st.lists(
        st.sampled_from([b'{"addressee":"1"}', b"{", b"[]", b'{"x":1}', b'{"addressee":1}', b"\xff", b"  "]), max_size=9
    )
)
def test_each_line_of_json_lines_is_a_row_or_an_error_of_that_row(lines: list[bytes]) -> None:
    head = NewJob(request="r", kind=JobKind.REPLICA_CHECK)
    found = read(b"\n".join(lines), JSON_LINES, head)
    kept = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    assert [row.line for row in found] == [number for number, _ in kept]
    problems = {
        b"{": Problem.MALFORMED,
        b"[]": Problem.WRONG_TYPE,
        b'{"x":1}': Problem.UNKNOWN_FIELD,
        b"\xff": Problem.MALFORMED,
    }
    for row, (_, line) in zip(found, kept, strict=True):
        assert isinstance(row, BadRow)
        assert row.problem is problems.get(line, Problem.WRONG_TYPE)
        assert row.field == {b'{"addressee":"1"}': "kind", b'{"addressee":1}': "addressee"}.get(line)


@pytest.mark.parametrize(
    ("name", "kind", "count"),
    [
        ("bulk.csv", JobKind.INQUIRIES, 3),
        ("bulk.jsonl", JobKind.INQUIRIES, 3),
        ("replicas.csv", JobKind.REPLICAS, 2),
        ("replica-check.csv", JobKind.REPLICA_CHECK, 2),
    ],
)
def test_every_row_of_the_example_files_can_be_taken(name: str, kind: JobKind, count: int) -> None:
    form = CSV if name.endswith(".csv") else JSON_LINES
    found = read((EXAMPLES / name).read_bytes(), form, NewJob(request="r", kind=kind))
    assert len(found) == count
    assert [row for row in found if isinstance(row, BadRow)] == []


def test_the_two_forms_of_the_example_say_the_same() -> None:
    head = NewJob(request="r", kind=JobKind.INQUIRIES)
    of_csv = read((EXAMPLES / "bulk.csv").read_bytes(), CSV, head)[0]
    of_json = read((EXAMPLES / "bulk.jsonl").read_bytes(), JSON_LINES, head)[0]
    assert isinstance(of_csv, Numbered)
    assert isinstance(of_json, Numbered)
    assert of_csv.inquiry == of_json.inquiry
    assert (
        json.loads((EXAMPLES / "bulk.jsonl").read_text(encoding="utf-8").splitlines()[0])["period"]["last"]
        == "2026-03-31"
    )
