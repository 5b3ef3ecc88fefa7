"""The file of rows and the dated senses behind it say the same, byte for byte."""

from dataclasses import replace
from datetime import date

import pytest

from renkei.law.compiler.written import rows_of, written
from renkei.law.facts import shipped
from renkei.terms.errors import RenkeiError


@pytest.mark.parametrize("name", [name for name in shipped() if name.startswith("rows")])
def test_the_shipped_rows_are_read_and_written_back_unchanged(name: str) -> None:
    source = shipped()[name]
    assert written(rows_of(name, source)) == source


def test_rows_stand_by_item_then_oldest_first_however_they_come() -> None:
    source = shipped()["rows.tsv"]
    rows = rows_of("rows.tsv", source)
    assert written(reversed(rows)) == source
    older = replace(rows[-1], start=date(2020, 1, 1))
    assert written([*rows[:-1], older]) != source


def test_a_line_with_a_cell_too_few_is_named() -> None:
    with pytest.raises(RenkeiError, match=r"rows.tsv:3"):
        rows_of("rows.tsv", b"\n".join(shipped()["rows.tsv"].splitlines()[:2]) + b"\n1\t2\n")
