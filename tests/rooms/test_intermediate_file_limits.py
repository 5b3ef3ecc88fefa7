"""Limits of files of rows: a row at its limit is read as any other, one byte more is an error of that row alone."""

import pytest

from renkei.messages.jobs import CSV, JSON_LINES, JobKind, NewJob
from renkei.platform.peers.doors import Asked
from renkei.systems.intermediate.api import NUMBER_DIGITS, _number
from renkei.systems.intermediate.rules.job_files import RECORD_BYTES, BadRow, ReadRow, RowReader
from renkei.systems.intermediate.rules.jobs import Numbered
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

HEAD = NewJob(request="r", kind=JobKind.REPLICAS)
COLUMNS = b"addressee,kind,item:x\n"


@pytest.mark.parametrize("digits", ["1", "9" * NUMBER_DIGITS])
def test_a_number_in_a_query_has_as_many_digits_as_allowed(digits: str) -> None:
    assert _number(Asked({}, {"first": digits}), "first", 1) == int(digits)
    with pytest.raises(RenkeiError) as caught:
        _number(Asked({}, {"first": "9" * (NUMBER_DIGITS + 1)}), "first", 1)
    assert caught.value.problem is Problem.WRONG_TYPE


def read(data: bytes, form: str, piece: int) -> list[ReadRow]:
    reader = RowReader(form, HEAD)
    found: list[ReadRow] = []
    for start in range(0, len(data), piece):
        found += reader.feed(data[start : start + piece])
    return [*found, *reader.end()]


def padded(form: str, size: int) -> bytes:
    """A row of exactly so many bytes."""
    if form == CSV:
        return b"1,local-tax,".ljust(size, b"5")
    return b'{"addressee":"1","kind":"local-tax","items":{"x":"5"}}'.ljust(size)


@pytest.mark.parametrize("piece", [1 << 20, 65_536, 1_000], ids=["whole", "in two", "in many"])
@pytest.mark.parametrize("form", [CSV, JSON_LINES])
@pytest.mark.parametrize("end", [b"\n", b""], ids=["ended", "unended"])
def test_a_row_as_long_as_allowed_is_read_and_one_byte_more_is_an_error_of_that_row(
    form: str, end: bytes, piece: int
) -> None:
    head = COLUMNS if form == CSV else b""
    (at,) = read(head + padded(form, RECORD_BYTES) + end, form, piece)
    # Read: in CSV such a row is all item, so it is refused after that, as a replica (REPLICA_BYTES) and by its field.
    assert isinstance(at, Numbered) or (form == CSV and at.field == "items")
    over, after = read(head + padded(form, RECORD_BYTES + 1) + b"\n" + padded(form, 80) + end, form, piece)
    assert isinstance(over, BadRow)
    assert (over.problem, over.field) == (Problem.TOO_LARGE, None)
    assert isinstance(after, Numbered)
