"""Terms hold where their definition says, and nowhere else."""

import pytest

from renkei.law.compiler.definitions import TABLE, Definitions, Place

HERE = Place("22", 1, "3", "ハ")


def defined(scope: str) -> Definitions:
    definitions = Definitions()
    definitions.read(f"甲の措置に係る児童（{scope}「措置児童」という。）の父", HERE)
    return definitions


@pytest.mark.parametrize(
    ("scope", "holds", "not_there"),
    [
        ("以下", [HERE, Place("175", 1, "1")], []),
        ("以下この条において", [HERE, Place("22", 1, "8")], [Place("23")]),
        ("以下この条及び次条において", [HERE, Place("23")], [Place("24")]),
        ("以下この条及び第九条において", [HERE, Place("9")], [Place("23")]),
        ("以下この号において", [HERE, Place("22", 1, "3", "ニ")], [Place("22", 1, "4"), Place("22", 2, "3")]),
        ("次号において", [Place("22", 1, "4"), Place("22", 1, "3-2")], [HERE, Place("22", 1, "5")]),
        ("次号及び第五号において", [Place("22", 1, "4"), Place("22", 1, "5")], [HERE, Place("22", 1, "6")]),
        (
            "以下このハ及び第百二十七条において",
            [HERE, Place("127")],
            [Place("22", 1, "3", "ニ"), Place("22", 1, "4", "ハ")],
        ),
        (
            "ニ及び次号ニにおいて",
            [Place("22", 1, "3", "ニ"), Place("22", 1, "4", "ニ")],
            [HERE, Place("22", 1, "4", "ホ")],
        ),
        ("昭和六十年法律第三十四号。以下", [HERE, Place("175")], []),
        ("乙をいう。次条において", [Place("23")], [HERE]),
        ("以下この表において", [HERE], [Place("23")]),
        ("昔", [], [HERE]),
    ],
)
def test_a_term_holds_in_its_scope(scope: str, holds: list[Place], not_there: list[Place]) -> None:
    definitions = defined(scope)
    for place in holds:
        assert definitions.get("措置児童", place) is not None, place
    for place in not_there:
        assert definitions.get("措置児童", place) is None, place


def test_a_definition_knows_the_words_around_it() -> None:
    (definition,) = defined("以下").found
    assert (definition.means, definition.rest) == ("甲の措置に係る児童", "の父")


def test_the_latest_definition_counts_and_none_before_it_is_read() -> None:
    definitions = Definitions()
    assert definitions.get("甲", HERE) is None
    definitions.read("乙（以下「甲」という。）", TABLE)
    definitions.read("丙（以下「甲」という。）", HERE)
    found = definitions.get("甲", HERE)
    assert found is not None
    assert found.means == "丙"


def test_a_definition_inside_brackets_is_read() -> None:
    definitions = Definitions()
    definitions.read("甲（乙（以下「丙」という。）を含む。）", HERE)
    assert definitions.defined("丙")
    assert not definitions.defined("乙")


def test_of_terms_that_contain_each_other_the_longest_is_used() -> None:
    definitions = Definitions()
    definitions.read("甲（以下「要保護者等」という。）", HERE)
    definitions.read("乙（以下「要保護者等に準ずる者」という。）", HERE)
    assert [each.term for each in definitions.used("要保護者等に準ずる者", HERE)] == ["要保護者等に準ずる者"]
