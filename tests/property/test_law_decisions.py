"""What a list permits is what its rows say, both ways, on every day."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from renkei.law.ask import holders
from renkei.law.decide import Question, Refused, decide
from renkei.law.facts import Facts
from renkei.law.index import compile_index
from renkei.law.list import PermissionList
from renkei.law.nearest import nearest
from renkei.law.rows import ORDINANCE_BEGAN, AffairId, Basis, Row, Table
from renkei.terms.affairs import ArticleNumber, Category, InformationKind, ItemNumber
from renkei.terms.refusals import Reason

SHIPPED = PermissionList.load()
FIRST_DAY = ORDINANCE_BEGAN - timedelta(days=60)
ITEMS = [ItemNumber(each) for each in ("1", "2", "2-2")]
KINDS = [InformationKind(each) for each in ("tax", "record", "benefit")]
CATEGORIES = [Category(each) for each in ("mayor", "governor", "minister")]

days = st.integers(min_value=0, max_value=1200).map(lambda days: FIRST_DAY + timedelta(days=days))
few_days = st.integers(min_value=-4, max_value=4).map(lambda days: ORDINANCE_BEGAN + timedelta(days=days))
"""Days on both sides of the change of tables."""
bodies = st.frozensets(st.sampled_from(CATEGORIES), min_size=1)


@st.composite
def rows(draw: st.DrawFn) -> Row:
    begins = draw(few_days)
    table = Table.on(begins)
    ends = draw(st.none() | st.integers(min_value=1, max_value=5).map(lambda days: begins + timedelta(days=days)))
    if table is Table.ANNEX_2:
        ends = min(ends or ORDINANCE_BEGAN, ORDINANCE_BEGAN)
    kinds = tuple(draw(st.lists(st.sampled_from(KINDS), min_size=1, unique=True)))
    item = draw(st.sampled_from(ITEMS))
    article = ArticleNumber("3") if table is Table.ORDINANCE else None
    return Row(item, 1, AffairId("a"), article, draw(bodies), draw(bodies), kinds, begins, ends)


def small_list(drawn: list[Row]) -> PermissionList:
    unique = tuple(dict.fromkeys(drawn))
    return PermissionList.from_facts(Facts({}, {}, {}, unique, "0" * 64))


questions = st.builds(
    Question,
    st.frozensets(st.sampled_from([*CATEGORIES, Category("nobody")])),
    st.frozensets(st.sampled_from([*CATEGORIES, Category("nobody")])),
    st.sampled_from([*ITEMS, ItemNumber("3")]),
    st.sampled_from([*KINDS, InformationKind("nothing")]),
    few_days,
)


def by_the_rows(permissions: PermissionList, asked: Question) -> Basis | Refused:
    """The decision once more, straight from its definition: no index, every row looked at."""
    ordinance = asked.on >= ORDINANCE_BEGAN
    of_item = [row for row in permissions.rows if row.item == asked.item and (row.article is not None) == ordinance]
    in_force = [row for row in of_item if row.covers(asked.on)]
    named = [row for row in in_force if row.inquirers & asked.inquirer]
    listed = [row for row in named if asked.kind in row.kinds]
    permitted = [row for row in listed if row.providers & asked.provider]
    if permitted:
        return Basis(permitted[0], asked.kind)
    if not of_item:
        return Refused(Reason.NO_STATUTORY_BASIS)
    ever = [row for row in of_item if row.inquirers & asked.inquirer and row.providers & asked.provider]
    if not in_force or any(asked.kind in row.kinds for row in ever):
        return Refused(Reason.RULE_NOT_IN_FORCE)
    if not named:
        return Refused(Reason.INQUIRER_NOT_LISTED)
    return Refused(Reason.PROVIDER_NOT_LISTED if listed else Reason.INFORMATION_NOT_LISTED)


@given(st.lists(rows(), max_size=8), questions)
def test_any_list_decides_as_its_rows_say(drawn: list[Row], asked: Question) -> None:
    permissions = small_list(drawn)
    assert decide(permissions, asked) == by_the_rows(permissions, asked)


shipped_questions = st.builds(
    Question,
    st.frozensets(st.sampled_from(sorted(SHIPPED.categories)), max_size=3),
    st.frozensets(st.sampled_from(sorted(SHIPPED.categories)), max_size=3),
    st.sampled_from(sorted({*SHIPPED.items(), *SHIPPED.items(Table.ANNEX_2)})),
    st.sampled_from(sorted(SHIPPED.kinds)),
    days,
)


@given(shipped_questions)
def test_the_shipped_list_decides_as_its_rows_say(asked: Question) -> None:
    assert decide(SHIPPED, asked) == by_the_rows(SHIPPED, asked)


@given(st.sampled_from(SHIPPED.rows), st.data())
def test_a_question_near_a_row_decides_as_the_rows_say(row: Row, data: st.DataObject) -> None:
    """Random questions are nearly all refused at once; these ask for what a row names, on any day."""
    inquirers = data.draw(st.sets(st.sampled_from(sorted(row.inquirers))))
    providers = data.draw(st.sets(st.sampled_from(sorted(row.providers))))
    kind = data.draw(st.sampled_from(row.kinds))
    asked = Question(frozenset(inquirers), frozenset(providers), row.item, kind, data.draw(days))
    assert decide(SHIPPED, asked) == by_the_rows(SHIPPED, asked)


def boundaries(row: Row) -> Iterator[tuple[date, bool]]:
    one_day = timedelta(days=1)
    yield row.valid_from, True
    yield row.valid_from - one_day, False
    if row.valid_until is not None:
        yield row.valid_until - one_day, True
        yield row.valid_until, False


def test_every_shipped_row_permits_each_pair_that_it_names_on_its_days() -> None:
    for row in SHIPPED.rows:
        for inquirer, provider, kind in product(row.inquirers, row.providers, row.kinds):
            for day, covered in boundaries(row):
                asked = Question(frozenset([inquirer]), frozenset([provider]), row.item, kind, day)
                answer = decide(SHIPPED, asked)
                if covered:
                    assert isinstance(answer, Basis)
                elif isinstance(answer, Basis):
                    assert answer.row.covers(day)
                else:
                    assert answer.reason is Reason.RULE_NOT_IN_FORCE or row.table is not Table.on(day)


@given(days)
def test_the_table_of_a_day_is_the_rows_that_cover_it(on: date) -> None:
    indexed = {
        entry[2].row
        for item in {*SHIPPED.items(), *SHIPPED.items(Table.ANNEX_2)}
        for kind in SHIPPED.kinds
        for entry in SHIPPED.index.entries(on, item, kind)
    }
    assert indexed == set(SHIPPED.in_force(on))


@given(st.lists(rows(), max_size=6), few_days)
def test_the_index_of_any_rows_says_what_the_rows_say(drawn: list[Row], on: date) -> None:
    unique = list(dict.fromkeys(drawn))
    index = compile_index(unique)
    for item, kind in product(ITEMS, KINDS):
        entries = [entry[2] for entry in index.entries(on, item, kind)]
        expected = [row for row in unique if row.covers(on) and row.item == item and kind in row.kinds]
        assert entries == [Basis(row, kind) for row in expected]


@given(st.lists(rows(), max_size=8), questions)
def test_holders_are_exactly_the_providers_that_would_be_permitted(drawn: list[Row], asked: Question) -> None:
    permissions = small_list(drawn)
    found = holders(permissions, asked)
    for category in CATEGORIES:
        alone = Question(asked.inquirer, frozenset([category]), asked.item, asked.kind, asked.on)
        assert isinstance(decide(permissions, alone), Basis) == (category in found)


@given(st.lists(rows(), max_size=8), questions)
def test_a_near_row_permits_when_only_its_named_differences_are_mended(drawn: list[Row], asked: Question) -> None:
    permissions = small_list(drawn)
    for near in nearest(permissions, asked, limit=99):
        mended = {difference.value for difference in near.differs}
        answer = decide(
            permissions,
            Question(
                asked.inquirer,
                near.row.providers if "provider" in mended else asked.provider,
                near.row.item if "item" in mended else asked.item,
                near.kind if "information" in mended else asked.kind,
                near.row.valid_from if "day" in mended else asked.on,
            ),
        )
        assert isinstance(answer, Basis)
