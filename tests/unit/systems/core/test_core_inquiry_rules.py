"""法21条2項, 令26条: the order of checks, each refusal by itself, and what is only a problem of the message."""

from typing import Any

import pytest

from renkei.systems.core.rules.inquiry import (
    CHECKS,
    ForeignCode,
    Typo,
    decide,
    problem_of,
    read_foreign,
    read_own,
    valid_until,
)
from renkei.terms.affairs import ASKED_AHEAD_MS, ASKED_BEHIND_MS
from renkei.terms.bodies import BodyState, PiaState
from renkei.terms.problems import Problem
from renkei.terms.refusals import Reason

from .builders import KENPO, MAYOR, NOW, OTHER, body, case, code_of, law, request

BREACH = body(OTHER, pia=PiaState.BREACH)
NO_ROW = law(item="9999")

REFUSALS: list[tuple[Reason, dict[str, Any]]] = [
    (Reason.INQUIRER_NOT_CONNECTED, {"inquirer": body(MAYOR, state=BodyState.SUSPENDED)}),
    (Reason.PROVIDER_NOT_CONNECTED, {"provider": body(OTHER, state=BodyState.ENDED)}),
    (Reason.PIA_BREACH, {"provider": BREACH}),
    (Reason.NO_STATUTORY_BASIS, {"law": NO_ROW}),
    (Reason.INFORMATION_NOT_LISTED, {"law": law(kind="no-such-kind")}),
    (Reason.PROVIDER_NOT_LISTED, {"law": law(provider="prefectural-governor", kind="local-tax")}),
    (Reason.CODE_OF_ANOTHER_BODY, {"code": ForeignCode(KENPO)}),
    (Reason.UNKNOWN_CODE, {"known": False}),
    (Reason.PROVIDER_HOLDS_NO_CODE, {"provider_holds": False}),
]


def test_an_inquiry_in_order_is_permitted() -> None:
    assert decide(case()) is None


@pytest.mark.parametrize(("reason", "changes"), REFUSALS, ids=[reason.value for reason, _ in REFUSALS])
def test_each_defect_alone_is_refused_with_its_own_reason(reason: Reason, changes: dict[str, Any]) -> None:
    assert decide(case(**changes)) is reason


@pytest.mark.parametrize("place", range(len(REFUSALS)))
def test_of_several_defects_the_first_in_the_order_of_the_closed_list_is_the_answer(place: int) -> None:
    changes: dict[str, Any] = {}
    for _, later in reversed(REFUSALS[place:]):
        changes |= later
    assert decide(case(**changes)) is REFUSALS[place][0]


def test_the_checks_run_in_the_order_of_the_closed_list() -> None:
    order = list(Reason)
    places = [order.index(reason) for reason, _ in REFUSALS]
    assert places == sorted(places)
    assert len(CHECKS) == 7


def test_a_provider_that_nobody_knows_is_not_connected() -> None:
    assert decide(case(provider=None)) is Reason.PROVIDER_NOT_CONNECTED


def test_a_breach_of_the_inquirer_blocks_as_one_of_the_provider_does() -> None:
    assert decide(case(inquirer=body(MAYOR, pia=PiaState.BREACH))) is Reason.PIA_BREACH


def test_a_code_belongs_to_the_body_that_its_check_names() -> None:
    text = code_of(KENPO).text()
    assert read_own(text, KENPO) == code_of(KENPO)
    assert read_own(text, MAYOR) == Typo()
    assert read_foreign(text, [MAYOR, OTHER, KENPO]) == ForeignCode(KENPO)
    assert read_foreign(text, [MAYOR, OTHER]) == Typo()


@pytest.mark.parametrize("place", range(39))
def test_a_code_with_any_one_character_changed_is_a_typo(place: int) -> None:
    text = code_of(MAYOR).text()
    wrong = text[:place] + ("a" if text[place] != "a" else "b") + text[place + 1 :]
    assert read_foreign(wrong, [MAYOR, OTHER, KENPO]) == Typo()


@pytest.mark.parametrize(
    ("changes", "code", "problem"),
    [
        ({}, code_of(MAYOR), None),
        ({}, ForeignCode(KENPO), None),
        ({}, Typo(), Problem.BAD_CODE),
        ({"provider": MAYOR}, code_of(MAYOR), Problem.WRONG_TYPE),
        ({"asked_at_ms": NOW + ASKED_AHEAD_MS}, code_of(MAYOR), None),
        ({"asked_at_ms": NOW + ASKED_AHEAD_MS + 1}, code_of(MAYOR), Problem.DATED_AHEAD),
        ({"asked_at_ms": NOW - ASKED_BEHIND_MS}, code_of(MAYOR), None),
        ({"asked_at_ms": NOW - ASKED_BEHIND_MS - 1}, code_of(MAYOR), Problem.WRONG_TYPE),
    ],
)
def test_what_is_wrong_with_the_message_is_no_decision_of_the_law(
    changes: dict[str, Any], code: Any, problem: Problem | None
) -> None:
    assert problem_of(request(**changes), MAYOR, code, NOW) is problem


def test_a_notice_is_valid_as_long_as_the_inquirer_can_wait_and_never_longer_than_usual() -> None:
    assert valid_until(NOW, None, 1_000) == NOW + 1_000
    assert valid_until(NOW, 400, 1_000) == NOW + 400
    assert valid_until(NOW, 4_000, 1_000) == NOW + 1_000
