"""命令44条: a body gets a code once; 命令40条3項: which providers are named."""

import pytest

from renkei.law.rows import Basis
from renkei.messages.directory import BodyEntry
from renkei.messages.inquiry import HolderQuestion
from renkei.systems.core.rules import holders
from renkei.systems.core.rules.inquiry import ForeignCode, ReadCode
from renkei.systems.core.rules.issue import Issue, body_problem, issue
from renkei.systems.core.rules.register import Register
from renkei.terms.affairs import InformationKind, ItemNumber
from renkei.terms.bodies import BodyState, PiaState
from renkei.terms.problems import Problem
from renkei.terms.refusals import Reason
from renkei.terms.secrets import SecretText

from .builders import KENPO, LAW, MAYOR, OTHER, TODAY, body, code_of, directory, law


@pytest.mark.parametrize(
    ("under_way", "issued", "expected"),
    [
        (False, False, Issue.NEW),
        (False, True, Issue.ALREADY),
        (True, True, Issue.NOTHING),
        (True, False, Issue.NOTHING),
    ],
)
def test_art_44_a_code_is_made_once_and_told_once(under_way: bool, issued: bool, expected: Issue) -> None:
    assert issue(under_way=under_way, issued=issued) is expected


def test_a_body_that_is_not_connected_acquires_no_codes() -> None:
    assert body_problem(None) is Problem.UNKNOWN_BODY
    assert body_problem(body(MAYOR, state=BodyState.SUSPENDED)) is Problem.WRONG_STATE
    assert body_problem(body(MAYOR)) is None


def question(item: str = "48", kind: str = "local-tax") -> HolderQuestion:
    code = SecretText(code_of(MAYOR).text())
    return HolderQuestion(question="0" * 32, code=code, item=ItemNumber(item), kind=InformationKind(kind))


def test_providers_are_those_whom_the_law_lets_this_inquirer_ask() -> None:
    register = Register(
        directory(
            body(MAYOR),
            body(OTHER),
            body(KENPO, "japan-health-insurance-association"),
            body("gone-mayor", state=BodyState.ENDED),
            body("breach-mayor", pia=PiaState.BREACH),
        )
    )
    assert isinstance(law(), Basis)
    assert holders.permitted(question(), MAYOR, register, LAW, TODAY) == [OTHER]


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (question(item="9999"), Reason.NO_STATUTORY_BASIS),
        (question(kind="no-such-kind"), Reason.INFORMATION_NOT_LISTED),
        (question(kind="unemployment-benefits"), Reason.PROVIDER_NOT_LISTED),
    ],
)
def test_where_nobody_may_be_asked_the_reason_is_the_law_s(asked: HolderQuestion, reason: Reason) -> None:
    register = Register(directory(body(MAYOR), body(OTHER)))
    assert holders.permitted(asked, MAYOR, register, LAW, TODAY) is reason


def test_alone_in_the_network_one_learns_that_nobody_may_be_asked() -> None:
    assert (
        holders.permitted(question(), MAYOR, Register(directory(body(MAYOR))), LAW, TODAY) is Reason.PROVIDER_NOT_LISTED
    )


@pytest.mark.parametrize(
    ("inquirer", "code", "known", "reason"),
    [
        (body(MAYOR, state=BodyState.ENDED), code_of(MAYOR), True, Reason.INQUIRER_NOT_CONNECTED),
        (body(MAYOR, pia=PiaState.BREACH), code_of(MAYOR), True, Reason.PIA_BREACH),
        (body(MAYOR), ForeignCode(KENPO), False, Reason.CODE_OF_ANOTHER_BODY),
        (body(MAYOR), code_of(MAYOR), False, Reason.UNKNOWN_CODE),
        (body(MAYOR), code_of(MAYOR), True, None),
    ],
)
def test_who_may_not_inquire_is_told_no_holders(
    inquirer: BodyEntry, code: ReadCode, known: bool, reason: Reason | None
) -> None:
    assert holders.refusal(inquirer, code, known=known) is reason
