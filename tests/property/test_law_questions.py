"""Answers in words say what the decision says; changes lead from one day to the other; names are found however typed."""

import unicodedata
from collections.abc import Callable
from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.law.compare import Permission, Snapshot, compare, grouped
from renkei.law.decide import Refused, decide
from renkei.law.details import Details
from renkei.law.editions import Editions
from renkei.law.explain import decided, question_of
from renkei.law.find import find
from renkei.law.list import PermissionList
from renkei.law.names import party
from renkei.law.review import explanations
from renkei.law.rows import Affair, CategoryName, KindName, Table
from renkei.messages.codec import decode, encode
from renkei.messages.law import Asked, Change, Decided, Party, Verdict
from renkei.terms.affairs import InformationKind, ItemNumber
from renkei.terms.bodies import BodyId

SHIPPED = PermissionList.load()
TODAY = date(2026, 11, 23)
FIRST_DAY = SHIPPED.changes()[0] - timedelta(days=30)

days = st.integers(min_value=0, max_value=1000).map(lambda days: FIRST_DAY + timedelta(days=days))
held_days = days.filter(lambda day: day >= SHIPPED.changes()[0])
parties = st.frozensets(st.sampled_from(sorted(SHIPPED.categories)), min_size=1, max_size=3)
all_items = sorted({*SHIPPED.items(), *SHIPPED.items(Table.ANNEX_2), ItemNumber("999")})


@st.composite
def questions(draw: st.DrawFn) -> tuple[Asked, date]:
    """Half of them near a row: random ones are nearly all refused at once."""
    row = draw(st.sampled_from(SHIPPED.rows))
    inquirers, providers = draw(parties | st.just(row.inquirers)), draw(parties | st.just(row.providers))
    asked = Asked(
        inquirer=party(SHIPPED, inquirers),
        provider=party(SHIPPED, providers),
        item=draw(st.just(row.item) | st.sampled_from(all_items)),
        kind=draw(st.sampled_from(row.kinds) | st.sampled_from(sorted(SHIPPED.kinds))),
    )
    return asked, draw(st.just(row.valid_from) | days)


@given(questions())
def test_the_answer_in_words_is_the_decision(question: tuple[Asked, date]) -> None:
    asked, on = question
    told = decided(SHIPPED, asked, on)
    answer = decide(SHIPPED, question_of(asked, on))
    assert decode(Decided, encode(told)) == told
    assert (told.item, told.list_version, told.on) == (asked.item, SHIPPED.version, on.isoformat())
    if isinstance(answer, Refused):
        assert (told.decision, told.reason, told.article) == (Verdict.REFUSED, answer.reason.value, None)
        assert told.sentence_ja.startswith("照会できません。")
    else:
        assert (told.decision, told.reason, told.article) == (Verdict.PERMITTED, None, answer.article)
        assert "照会できます（番号法19条8号" in told.sentence_ja
        assert told.nearest == ()


@given(questions())
def test_a_decision_agrees_with_itself(question: tuple[Asked, date]) -> None:
    told = decided(SHIPPED, *question)
    again = explanations(encode(told), _nobody, Editions.shipped(), Details.load())
    assert again.agrees
    assert [each.decision for each in again.decisions] == [told.decision]


def _nobody(_: BodyId) -> Party:
    raise AssertionError("the question names its parties")


def permitted(line: Change, *, by_item: bool) -> set[Permission]:
    """What a line says, as single permissions."""
    names: dict[str, str] = {affair.ja: affair.id for affair in SHIPPED.affairs.values()}
    places = line.items if by_item else (names[line.affair_ja],)
    return {Permission(*each) for each in product(places, line.kinds, line.inquirers, line.providers)}


@given(held_days, held_days, st.none() | parties)
def test_the_first_day_with_what_was_gained_and_without_what_was_lost_is_the_second(
    before: date, after: date, inquirer: frozenset[str] | None
) -> None:
    old, new = (Snapshot(SHIPPED, day, inquirer) for day in (before, after))  # type: ignore[arg-type]
    found = compare(old, new)
    by_item = found.by == "item"
    gained = {each for line in found.gained for each in permitted(line, by_item=by_item)}
    lost = {each for line in found.lost for each in permitted(line, by_item=by_item)}
    assert (old.all(by_item=by_item) - lost) | gained == new.all(by_item=by_item)
    assert lost <= old.all(by_item=by_item)
    assert gained.isdisjoint(old.all(by_item=by_item))
    assert by_item == ((before < date(2024, 5, 27)) == (after < date(2024, 5, 27)))


small = st.builds(
    Permission,
    st.sampled_from(["1", "2"]),
    st.sampled_from([InformationKind("a"), InformationKind("b"), InformationKind("c")]),
    st.sampled_from(sorted(SHIPPED.categories)[:3]),
    st.sampled_from(sorted(SHIPPED.categories)[:3]),
)


@given(st.sets(small))
def test_lines_say_the_same_as_single_permissions_and_each_only_once(permissions: set[Permission]) -> None:
    lines = [
        [Permission(place, *each) for each in product(kinds, inquirers, providers)]
        for place, kinds, inquirers, providers in grouped(permissions)
    ]
    assert sorted(each for line in lines for each in line) == sorted(permissions)


NAMES: list[Affair | KindName | CategoryName] = [
    *SHIPPED.affairs.values(),
    *SHIPPED.kinds.values(),
    *SHIPPED.categories.values(),
]
TO_HIRAGANA = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ") + 1)}
TO_KATAKANA = {to: code for code, to in TO_HIRAGANA.items()}
TO_FULL = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
HALF = {unicodedata.normalize("NFKC", chr(code)): chr(code) for code in range(0xFF66, 0xFF9E)}


def half(text: str) -> str:
    """Katakana in half width, with their voicing marks beside them; what has no half width stays."""
    apart = "".join(unicodedata.normalize("NFD", each) if "ァ" <= each <= "ヶ" else each for each in text)
    return "".join({"\u3099": "ﾞ", "\u309a": "ﾟ"}.get(each, HALF.get(each, each)) for each in apart)


SPELLINGS: dict[str, Callable[[str], str]] = {
    "full width and capitals": lambda text: text.upper().translate(TO_FULL),
    "half width": lambda text: half(text.translate(TO_KATAKANA)).replace("・", "･"),
    "katakana and no middle dots": lambda text: text.translate(TO_KATAKANA).replace("・", ""),
    "hiragana": lambda text: text.translate(TO_HIRAGANA),
}


def test_the_spellings_are_other_texts() -> None:
    assert SPELLINGS["half width"]("サービスがパ・") == "ｻｰﾋﾞｽｶﾞﾊﾟ･"
    assert SPELLINGS["katakana and no middle dots"]("がん・") == "ガン"
    assert SPELLINGS["full width and capitals"]("Tax 1") == "ＴＡＸ １"


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_affair_kind_and_category_is_found_by_its_own_names(spelling: str) -> None:
    texts = [(name, SPELLINGS[spelling](text)) for name in NAMES for text in (name.ja, name.en)]
    for name, text in texts:
        found = find(SHIPPED, text, TODAY)
        ids = [[each.id for each in group] for group in (found.affairs, found.kinds, found.categories)]
        assert any(name.id in group for group in ids), text
