"""Two general policy engines, given the same rows, permit and refuse what the decision permits and refuses."""

import pytest

from bench.decisions import CONTENDERS, answers_of, mixed
from renkei.law.decide import Question, decide_all
from renkei.law.list import PermissionList
from renkei.law.rows import Basis
from renkei.terms.refusals import Reason

PERMISSIONS = PermissionList.load()
QUESTIONS = mixed(PERMISSIONS, 1_000)


def ours(questions: list[Question]) -> list[bool]:
    return [isinstance(answer, Basis) for answer in decide_all(PERMISSIONS, questions)]


def test_the_questions_meet_every_answer() -> None:
    answers = decide_all(PERMISSIONS, QUESTIONS)
    refused = {answer.reason for answer in answers if not isinstance(answer, Basis)}
    assert refused == {
        Reason.NO_STATUTORY_BASIS,
        Reason.RULE_NOT_IN_FORCE,
        Reason.INQUIRER_NOT_LISTED,
        Reason.INFORMATION_NOT_LISTED,
        Reason.PROVIDER_NOT_LISTED,
    }
    assert 0.4 < sum(ours(QUESTIONS)) / len(QUESTIONS) < 0.8


def test_the_same_questions_are_made_again() -> None:
    assert mixed(PERMISSIONS, 50) == QUESTIONS[:50]


@pytest.mark.parametrize("name", CONTENDERS)
def test_every_contender_gives_the_same_answers(name: str) -> None:
    assert answers_of(name, QUESTIONS) == ours(QUESTIONS)
