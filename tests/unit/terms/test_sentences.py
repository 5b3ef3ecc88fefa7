"""The two closed lists speak to people in Japanese and English, once per entry."""

import pickle
import re

import pytest

from renkei.crypto.keystore import KeyRefusedError
from renkei.terms import problems, refusals
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem, Sentence
from renkei.terms.refusals import Reason

EVERY: list[tuple[str, Sentence]] = [(p.value, s) for p, s in problems.SENTENCES.items()] + [
    (r.value, s) for r, s in refusals.SENTENCES.items()
]
JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-龠]")


def test_every_problem_has_its_sentence() -> None:
    assert set(problems.SENTENCES) == set(Problem)


def test_every_reason_has_its_sentence() -> None:
    assert set(refusals.SENTENCES) == set(Reason)


def test_a_problem_and_a_reason_never_share_a_name() -> None:
    assert not {p.value for p in Problem} & {r.value for r in Reason}


@pytest.mark.parametrize(("name", "sentence"), EVERY)
def test_a_sentence_is_japanese_and_english_and_says_what_to_do_next(name: str, sentence: Sentence) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", name)
    for japanese, english in ((sentence.ja, sentence.en), (sentence.next_ja, sentence.next_en)):
        assert JAPANESE.search(japanese)
        assert japanese.endswith("。")
        assert english.isascii()
        assert english.endswith(".")


@pytest.mark.parametrize("name", [value for value, _ in EVERY])
def test_a_name_fits_the_field_that_carries_it(name: str) -> None:
    assert re.fullmatch(r"[a-z-]{1,40}", name)


def test_the_core_checks_the_parties_before_the_law_and_the_law_before_the_person() -> None:
    order = list(Reason)
    assert order.index(Reason.PROVIDER_NOT_CONNECTED) < order.index(Reason.PIA_BREACH)
    assert order.index(Reason.PIA_BREACH) < order.index(Reason.NO_STATUTORY_BASIS)
    assert order.index(Reason.PROVIDER_NOT_LISTED) < order.index(Reason.CODE_OF_ANOTHER_BODY)
    assert order[-1] is Reason.PROVIDER_HOLDS_NO_CODE


def test_an_error_shows_its_problem_and_its_place() -> None:
    assert str(RenkeiError(Problem.WRONG_TYPE, "$.inquiries[3].item")) == "wrong-type: $.inquiries[3].item"
    assert str(RenkeiError(Problem.BUSY)) == "busy"
    assert RenkeiError(Problem.BUSY, "x").problem is Problem.BUSY
    assert RenkeiError(Problem.BUSY, "x").detail == "x"


def test_an_error_crosses_to_another_process_as_it_is() -> None:
    error = pickle.loads(pickle.dumps(KeyRefusedError("sign", "unknown")))  # our own bytes
    assert type(error) is KeyRefusedError
    assert (error.problem, str(error)) == (Problem.BAD_CONFIGURATION, "bad-configuration: key sign: unknown")
