"""A damaged text of the law is refused, or unread with its line, or says all that it said: never silently less."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from renkei.law.compiler.details import details
from renkei.law.compiler.raw import RawDetail, RawRow, Unread
from renkei.law.compiler.table import annex2_rows, annex_uses, permission_rows
from renkei.law.compiler.text import read
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from tests.law.egov_from_markdown import Continued, egov_xml
from tests.unit.law.compiler.small_law import facts, small_law

SOURCE = small_law()
LINES = SOURCE.decode().split("\n")
XML = egov_xml(read(SOURCE), Continued.BORDER)
SAID = facts(SOURCE)[0]

lines = st.integers(0, len(LINES) - 1)
MARKS = "- /  - /**/| / |/　/（/）/第/条/の/一/二/イ/１/#/---/\n/\n\n"
WORDS = (
    "次に掲げる情報/に関する事務/情報/とし、同項で定める情報は、/とする。/削除/から/まで/前条の表一の項で定める事務は、"
)
pieces = st.sampled_from(f"{MARKS}/{WORDS}".split("/"))
tags = st.sampled_from(["<", ">", "</", "/>", "Item", "Article", "Sentence", 'Num="1"', "&", "&amp;", "<!--", "甲"])


def silent(source: bytes) -> list[RawRow | RawDetail] | None:
    """What the text says, None where the reader says that something is wrong, always with a line or a place."""
    refused: RenkeiError | None = None
    found, unread = list[RawRow | RawDetail](), tuple[Unread, ...]()
    try:
        found, unread = facts(source)
    except RenkeiError as error:
        refused = error
    if refused is not None:
        assert refused.problem is Problem.MALFORMED
        assert refused.detail.startswith("line ")
    assert all(each.place and each.ja and each.en for each in unread)
    return None if refused or unread else found


def damaged(changed: list[str]) -> bytes:
    return "\n".join(changed).encode()


def says_no_less(changed: list[str]) -> bool:
    said = silent(damaged(changed))
    return said is None or said == SAID


def says_as_much(changed: list[str]) -> bool:
    """As `says_no_less`, but two lines of the same kind may have changed places: the text of another law."""
    said = silent(damaged(changed))
    return said is None or len(said) == len(SAID)


@given(lines)
def test_a_text_cut_off_after_any_line_says_no_less(line: int) -> None:
    assert says_no_less([*LINES[:line], ""])
    assert says_no_less(LINES[:line])


@given(lines, st.integers(1, 40))
def test_lines_taken_out_are_missed(line: int, count: int) -> None:
    assert says_no_less(LINES[:line] + LINES[line + count :])


def test_the_end_of_a_list_longer_than_two_is_the_one_loss_that_cannot_be_seen() -> None:
    last = next(number for number, line in enumerate(LINES) if line.startswith("  - ロ　丙"))
    longer = [*LINES[: last + 1], "  - ハ　戊関係情報", *LINES[last + 1 :]]
    said = silent(damaged(longer))
    assert said is not None
    assert len(said) == len(SAID) + 1
    assert silent(damaged(LINES)) == SAID


@given(lines, st.integers(1, 12), lines)
def test_lines_put_elsewhere_or_repeated_are_noticed(line: int, count: int, target: int) -> None:
    taken, left = LINES[line : line + count], LINES[:line] + LINES[line + count :]
    assert says_no_less(left[:target] + taken + left[target:])
    assert says_no_less(LINES[:target] + taken + LINES[target:])


@given(lines, lines)
def test_lines_that_changed_places_take_nothing_away(one: int, other: int) -> None:
    changed = list(LINES)
    changed[one], changed[other] = changed[other], changed[one]
    assert says_as_much(changed)


@settings(max_examples=300)
@given(lines, st.integers(0, 200), st.lists(pieces, min_size=1, max_size=6))
def test_a_text_with_anything_put_into_it_is_read_or_refused_with_a_line(
    line: int, column: int, put: list[str]
) -> None:
    changed = list(LINES)
    changed[line] = changed[line][:column] + "".join(put) + changed[line][column:]
    silent(damaged(changed))


@given(st.lists(pieces, max_size=30))
def test_any_heap_of_pieces_is_refused_with_a_line(heap: list[str]) -> None:
    assert silent("".join(heap).encode()) is None
    assert silent(("---\n" + "".join(heap)).encode()) is None


@given(st.binary(max_size=200), st.integers(0, len(SOURCE)))
def test_any_bytes_anywhere_are_read_or_refused_with_a_line(noise: bytes, at: int) -> None:
    silent(SOURCE[:at] + noise + SOURCE[at:])
    silent(noise)


@settings(max_examples=300)
@given(st.integers(0, len(XML)), st.integers(0, 60), st.lists(tags, max_size=4))
def test_xml_with_anything_put_into_it_is_read_or_refused_with_a_line(at: int, cut: int, put: list[str]) -> None:
    silent(XML[:at] + "".join(put).encode() + XML[at + cut :])


@given(st.integers(0, len(XML.rstrip()) - 1))
def test_xml_cut_off_anywhere_is_refused(end: int) -> None:
    assert silent(XML[:end]) is None


@given(st.binary(max_size=300))
def test_no_bytes_make_an_annex_or_a_table(noise: bytes) -> None:
    try:
        text = read(noise)
    except RenkeiError:
        return
    assume(text.number != "")
    assert permission_rows(text).unread
    assert details(text).unread
    assert annex2_rows(text).unread
    assert annex_uses(text, "別表").unread
