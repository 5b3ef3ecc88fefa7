"""Every problem has one status, and every document speaks both languages."""

import json

import pytest

from renkei.platform.peers.problems import (
    STATUS,
    problem_document,
    problem_of,
    read_document,
    refusal_document,
    unforeseen_document,
)
from renkei.terms.problems import SENTENCES, Problem
from renkei.terms.refusals import Reason


def test_every_problem_has_a_status_and_no_other_has() -> None:
    assert set(STATUS) == set(Problem)
    assert all(400 <= status < 600 for status in STATUS.values())


def test_only_what_may_pass_by_itself_or_is_ours_to_mend_is_a_server_error() -> None:
    ours = {problem for problem, status in STATUS.items() if status >= 500}
    assert ours == {
        Problem.BAD_CONFIGURATION,
        Problem.BAD_STORE,
        Problem.LOG_NOT_OPEN,
        Problem.UNREACHABLE,
        Problem.BUSY,
    }


@pytest.mark.parametrize("problem", Problem)
def test_a_problem_document_says_what_happened_and_what_to_do(problem: Problem) -> None:
    document = json.loads(problem_document(problem, "$.x", "00ff").encode())
    sentence = SENTENCES[problem]
    assert document == {
        "type": f"urn:renkei:problem:{problem.value}",
        "title": sentence.ja,
        "title_en": sentence.en,
        "status": STATUS[problem],
        "detail": "$.x",
        "next": sentence.next_ja,
        "next_en": sentence.next_en,
        "instance": "urn:renkei:instance:00ff",
    }


@pytest.mark.parametrize("problem", Problem)
def test_the_reader_of_a_document_finds_the_problem_again(problem: Problem) -> None:
    read = read_document(problem_document(problem, "", "").encode())
    assert read is not None
    assert problem_of(read) is problem


@pytest.mark.parametrize("reason", Reason)
def test_a_refusal_by_law_has_a_document_of_its_own_kind(reason: Reason) -> None:
    document = refusal_document(reason)
    assert document.type == f"urn:renkei:refusal:{reason.value}"
    assert document.status == 403
    assert problem_of(document) is None


def test_the_document_of_a_programming_error_tells_nothing_but_whom_to_ask() -> None:
    document = unforeseen_document("00ff")
    assert (document.type, document.status, document.detail) == ("about:blank", 500, "")
    assert document.instance.endswith("00ff")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"type":"x"}', b"\xff"])
def test_a_reply_that_is_no_document_is_none(body: bytes) -> None:
    assert read_document(body) is None
