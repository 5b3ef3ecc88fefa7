"""The forms that many messages share, held against the types of floor 0 that they stand for."""

from collections.abc import Callable

import msgspec
import pytest

from renkei.messages import fields
from renkei.messages.codec import Part, decode
from renkei.terms import affairs, bodies, problems, refusals
from renkei.terms.affairs import InstantMs
from renkei.terms.errors import RenkeiError
from tests.unit.messages.shapes import json_bytes


class OneBody(Part, frozen=True):
    x: fields.Body


class OneItem(Part, frozen=True):
    x: fields.Item


class OneTableItem(Part, frozen=True):
    x: fields.TableItem


class OneKind(Part, frozen=True):
    x: fields.Kind


class OneAddressee(Part, frozen=True):
    x: fields.Addressee


class OneDay(Part, frozen=True):
    x: fields.Day


class OneMoment(Part, frozen=True):
    x: fields.Moment


class OneSlug(Part, frozen=True):
    x: fields.Slug


def admits(kind: type[Part], value: object) -> bool:
    try:
        decode(kind, json_bytes({"x": value}))
    except RenkeiError:
        return False
    return True


TEXTS = [
    "",
    "a",
    "A",
    "0",
    "a-b",
    "-a",
    "a-",
    "a--b",
    "a" * 32,
    "a" * 33,
    "a" * 64,
    "a" * 65,
    "a" * 80,
    "a" * 81,
    "１",
    "a\n",
]
TEXTS += [
    "12",
    "12-2",
    "12-2-3",
    "12-2-3-4",
    "01",
    "12-0",
    "横浜",
    "a_b",
    "a b",
    "\u0000",
    "a\u2028",
    "12\n",
    "9999",
    "10000",
    "ord-141003-1",
    "ord-141003-9999",
    "ord-141003-0",
    "ord-141003-01",
    "ord-141003-10000",
    "ord-14100-1",
    "ord-1410031-1",
    "ord-141003",
    "ord-141003-1\n",
    "lim-141003-1",
]


@pytest.mark.parametrize(
    ("field", "term"),
    [
        (OneBody, bodies.body_id),
        (OneItem, affairs.asked_item),
        (OneTableItem, affairs.item_number),
        (OneKind, affairs.information_kind),
        (OneAddressee, bodies.addressee_number),
    ],
)
def test_a_field_admits_exactly_what_its_term_admits(field: type[Part], term: Callable[[str], str]) -> None:
    for text in TEXTS:
        try:
            term(text)
            good = True
        except RenkeiError:
            good = False
        assert admits(field, text) is good, repr(text)


@pytest.mark.parametrize("text", ["2026-04-01", "2024-02-29", "1868-01-25"])
def test_a_day_is_a_calendar_day(text: str) -> None:
    assert admits(OneDay, text)


@pytest.mark.parametrize(
    "text", ["2026-13-01", "2026-00-10", "2026-01-32", "2026-1-1", "20260401", "２０２６-04-01", "2026-04-01\n"]
)
def test_what_cannot_be_a_day_is_refused(text: str) -> None:
    assert not admits(OneDay, text)


def test_a_period_ends_on_or_after_its_first_day() -> None:
    assert decode(fields.Period, b'{"first":"2026-04-01","last":"2026-04-01"}').last == "2026-04-01"
    for wrong in (
        b'{"first":"2026-04-02","last":"2026-04-01"}',
        b'{"first":"2026-02-30","last":"2026-04-01"}',
        b'{"first":"2026-02-01"}',
    ):
        with pytest.raises(RenkeiError):
            decode(fields.Period, wrong)


def test_every_moment_that_a_message_may_carry_can_be_shown_to_people() -> None:
    info = msgspec.inspect.type_info(fields.Moment)
    assert isinstance(info, msgspec.inspect.Metadata)
    assert isinstance(info.type, msgspec.inspect.IntType)
    assert info.type.ge == 0
    assert info.type.le is not None
    for moment in (0, info.type.le):
        assert admits(OneMoment, moment)
        assert affairs.japan_text(InstantMs(moment))
        assert affairs.law_date(InstantMs(moment))
        assert affairs.utc_text(InstantMs(moment))


def test_every_name_of_the_closed_lists_can_be_carried() -> None:
    names = [problem.value for problem in problems.Problem] + [reason.value for reason in refusals.Reason]
    assert not [name for name in names if not admits(OneSlug, name)]


def test_a_pattern_is_for_the_whole_text() -> None:
    import re

    for text in ("a\n", "\na", "ab", "", "a\r"):
        assert not re.search(fields.whole("a"), text)
    assert re.search(fields.whole("a|bc"), "bc")
    assert not re.search(fields.whole("a|bc"), "ac")
