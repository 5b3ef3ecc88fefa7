"""What `renkei law compile` could not read is told by what must be done, once each, with the line to write."""

import pytest

from renkei.cli.law_unread import plain_unread, show_unread, things_of
from renkei.law.compiler.raw import Unread

SMITH = ("body", "4321653aed3d", "村の鍛冶屋")
ROWS = [Unread(line, f"{line}の項", "意味がありません。", "no meaning", *SMITH) for line in (26, 33, 41)]
TORN = [Unread(line, "第三条", "読めません。", "cannot be read") for line in (50, 60)]


def told(capsys: pytest.CaptureFixture[str], *unread: Unread) -> str:
    show_unread("new.md", unread)
    return capsys.readouterr().err


def test_lines_that_lack_the_same_phrase_are_one_thing_and_lines_that_lack_none_stand_alone() -> None:
    assert things_of([*ROWS, *TORN]) == [ROWS, TORN[:1], TORN[1:]]


def test_a_thing_is_told_with_how_many_lines_it_stands_on_and_the_first_of_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = told(capsys, *ROWS, *TORN)
    assert "unread lines: 5, things: 3" in words
    rows = [[cell.strip() for cell in line.split("│")[1:4]] for line in words.splitlines() if "の項" in line]
    assert rows == [["3", "26", "26の項"]]


@pytest.mark.parametrize(
    ("missing", "line"),
    [
        (SMITH, "phrases.tsv: body\t4321653aed3d\t?\t?"),
        (("person", "ab", "鍛冶屋", "phrases-details.tsv"), "phrases-details.tsv: person\tab\t?\t?\t"),
        (("key", "ab", "水車法", "laws.tsv"), "laws.tsv: ab\t?\t?"),
        (("done", "", "蹄鉄", "acts.tsv"), "acts.tsv: ?\tdone\t?\t?\t?"),
    ],
)
def test_the_line_that_is_missing_is_ready_to_be_written(
    missing: tuple[str, ...], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    unread = [Unread(number, "第三条", "", "", *missing) for number in (1, 2)]
    assert told(capsys, *unread).splitlines().count(line) == 1


def test_without_a_missing_phrase_no_line_is_to_be_written(capsys: pytest.CaptureFixture[str]) -> None:
    assert "lines to add" not in told(capsys, *TORN)


def test_what_is_about_the_whole_text_has_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    (row,) = [line for line in told(capsys, Unread(0, "昭和", "", "")).splitlines() if "昭和" in line]
    assert [cell.strip() for cell in row.split("│")[1:3]] == ["1", "—"]


def test_json_keeps_every_line_with_what_is_missing_where_something_is() -> None:
    rows, torn = plain_unread(ROWS), plain_unread(TORN)
    assert [each["line"] for each in rows] == [26, 33, 41]
    missing = ("file", "column", "key", "phrase")
    assert {tuple(each[name] for name in missing) for each in rows} == {("phrases.tsv", *SMITH)}
    assert {tuple(each[name] for name in missing) for each in torn} == {("",) * 4}
