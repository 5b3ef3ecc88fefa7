"""法19条9号: whatever is notified, an ordinance affair never opens more than the items that it is like, on any day."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, TypeVar

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from renkei.law.decide import Question, decide
from renkei.law.list import PermissionList
from renkei.law.notified import check_affair
from renkei.law.ordinance import OrdinanceBasis, Ordinances, Parties, decide_either
from renkei.law.rows import Basis, Row, Table
from renkei.messages.ordinance import AskedInformation, Likeness, Limitation, OrdinanceAffair, Withheld
from renkei.terms.affairs import Category, InformationKind, ItemNumber
from renkei.terms.bodies import BodyId
from renkei.terms.errors import RenkeiError
from tests.unit.law.ordinances import AFFAIR, CITY, OTHER_CITY, affair, limitation

T = TypeVar("T")
SHIPPED = PermissionList.load()
ROWS = [row for row in SHIPPED.rows if row.table is Table.ORDINANCE]
FIRST_DAY = date(2024, 5, 1)
EVERYBODY = frozenset(SHIPPED.categories)
LOCAL = frozenset({Category("municipal-mayor")})
CODE = "141003"

days = st.integers(min_value=0, max_value=1000).map(lambda number: FIRST_DAY + timedelta(days=number))
categories = st.sampled_from(sorted(SHIPPED.categories))
kinds = st.sampled_from(sorted(SHIPPED.kinds))


def some(found: st.SearchStrategy[T], most: int = 3) -> st.SearchStrategy[tuple[T, ...]]:
    return st.lists(found, min_size=1, max_size=most, unique=True).map(tuple)


def mostly(usual: st.SearchStrategy[T], other: st.SearchStrategy[T]) -> st.SearchStrategy[T]:
    return st.integers(min_value=0, max_value=7).flatmap(lambda number: other if number == 7 else usual)


@st.composite
def asked(draw: st.DrawFn) -> AskedInformation:
    """Near a row of the shipped list, or beside it."""
    row: Row = draw(st.sampled_from(ROWS))
    return AskedInformation(
        like_item=row.item,
        kind=draw(mostly(st.sampled_from(row.kinds), kinds)),
        providers=draw(mostly(some(st.sampled_from(sorted(row.providers))), some(categories))),
    )


@st.composite
def affairs(draw: st.DrawFn) -> OrdinanceAffair:
    listed = draw(some(asked()))
    like_item = listed[0].like_item
    rows = [row for row in SHIPPED.rows_of(like_item) if listed[0].kind in row.kinds] or SHIPPED.rows_of(like_item)
    first = draw(mostly(st.sampled_from([row.valid_from for row in rows]), days))
    last = first + timedelta(days=draw(st.integers(min_value=0, max_value=60)))
    further = (each if each.like_item == like_item else _further(each) for each in listed)
    until = draw(mostly(st.none(), st.just(last.isoformat())))
    return affair(
        asked=tuple(further),
        like_item=like_item,
        notified_on=first.isoformat(),
        starts_on=first.isoformat(),
        until=until,
    )


def _further(asked: AskedInformation) -> AskedInformation:
    return msgspec.structs.replace(asked, likeness=Likeness.COST)


@st.composite
def limitations(draw: st.DrawFn, listed: OrdinanceAffair) -> Limitation:
    """Near the affair, or beside it; in force from the first day or on some days only."""
    own = st.sampled_from([each.like_item for each in listed.asked])
    items = draw(some(mostly(own, st.sampled_from(SHIPPED.items()))))
    named = st.sampled_from([each.kind for each in listed.asked])
    withheld = tuple(Withheld(like_item=item, kinds=draw(st.none() | some(mostly(named, kinds)))) for item in items)
    first, last = (day.isoformat() for day in sorted(draw(st.tuples(days, days))))
    start, until = draw(mostly(st.just((FIRST_DAY.isoformat(), None)), st.just((first, last))))
    days_of = {"notified_on": FIRST_DAY.isoformat(), "ordinance_from": FIRST_DAY.isoformat(), "starts_on": start}
    return limitation(body=draw(st.sampled_from([CITY, OTHER_CITY])), withheld=withheld, until=until, **days_of)


def near(listed: OrdinanceAffair, draw: Callable[[st.SearchStrategy[Any]], Any]) -> Question:
    one = draw(st.sampled_from(listed.asked))
    first = date.fromisoformat(listed.starts_on)
    inside = st.integers(min_value=0, max_value=20).map(lambda number: first + timedelta(days=number))
    provider = draw(mostly(some(st.sampled_from(sorted(one.providers))), some(categories)))
    return Question(
        LOCAL, frozenset(provider), AFFAIR, draw(mostly(st.just(one.kind), kinds)), draw(mostly(inside, days))
    )


@given(affairs(), st.booleans(), st.data())
def test_what_an_affair_permits_its_like_item_opens_to_somebody_that_day(
    listed: OrdinanceAffair, consent: bool, data: st.DataObject
) -> None:
    question = near(listed, data.draw)
    ordinances = Ordinances((listed,), data.draw(st.lists(limitations(listed), max_size=1)))
    basis = decide_either(SHIPPED, ordinances, question, Parties(CITY, OTHER_CITY), consent=consent)
    if not isinstance(basis, OrdinanceBasis):
        return
    like = Question(EVERYBODY, question.provider, basis.like_item, question.kind, question.on)
    assert isinstance(decide(SHIPPED, like), Basis)
    assert basis.like_item in {each.like_item for each in listed.asked}
    assert listed.starts_on <= question.on.isoformat() < (listed.until or "9999")
    assert consent or question.kind != "local-tax"


@given(affairs(), st.data())
def test_a_limitation_takes_away_and_never_adds(listed: OrdinanceAffair, data: st.DataObject) -> None:
    question, parties = near(listed, data.draw), Parties(CITY, OTHER_CITY)
    limited = data.draw(limitations(listed))
    free = decide_either(SHIPPED, Ordinances((listed,)), question, parties, consent=True)
    bound = decide_either(SHIPPED, Ordinances((listed,), (limited,)), question, parties, consent=True)
    assert isinstance(free, OrdinanceBasis) or bound == free
    if limited.body != OTHER_CITY:
        assert bound == free


@given(affairs(), st.data())
def test_nobody_but_its_body_may_ask_under_an_affair(listed: OrdinanceAffair, data: st.DataObject) -> None:
    question = near(listed, data.draw)
    for stranger in (OTHER_CITY, BodyId("140007-governor")):
        parties = Parties(stranger, BodyId("142018-mayor"))
        found = decide_either(SHIPPED, Ordinances((listed,)), question, parties, consent=True)
        assert not isinstance(found, OrdinanceBasis)


@given(affairs())
def test_what_passes_the_check_can_be_asked_on_its_first_day_of_whom_it_names(listed: OrdinanceAffair) -> None:
    """The check at registration and the decision at the inquiry mean the same by "opens"."""
    on = date.fromisoformat(listed.starts_on)
    try:
        check_affair(listed, LOCAL, CODE, SHIPPED, on)
    except RenkeiError:
        return
    for one in listed.asked:
        for provider in one.providers:
            question = Question(LOCAL, frozenset({provider}), AFFAIR, one.kind, on)
            found = decide_either(SHIPPED, Ordinances((listed,)), question, Parties(CITY, OTHER_CITY), consent=True)
            assert isinstance(found, OrdinanceBasis) or listed.until == listed.starts_on


def test_every_row_can_be_notified_whole_and_opens_what_it_opened() -> None:
    """The checks refuse no honest notification: each row in force, all its kinds, all its providers."""
    on = date(2026, 11, 23)
    for row in SHIPPED.in_force(on):
        whole = tuple(
            AskedInformation(like_item=row.item, kind=InformationKind(kind), providers=tuple(sorted(row.providers)))
            for kind in row.kinds
        )
        check_affair(affair(like_item=ItemNumber(row.item), asked=whole), LOCAL, CODE, SHIPPED, on)
