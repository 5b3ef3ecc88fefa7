"""May this inquiry be made? The order of checks of 法21条2項, 令26条 and 提供命令2条, in one place.

Two kinds of "no": a problem speaks about the message and leaves no trace, a reason is the decision of the law and is
recorded, logged and told to all concerned like every permit.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from renkei.law.decide import Refused
from renkei.law.ordinance import Grounds
from renkei.messages.directory import BodyEntry
from renkei.messages.inquiry import InquiryRequest
from renkei.systems.core.rules.register import connected
from renkei.terms.affairs import InstantMs, timely
from renkei.terms.bodies import BodyId, PiaState
from renkei.terms.codes import BodyCode
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.terms.refusals import Reason

MINUTE_MS: Final = 60_000
DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class ForeignCode:
    """A code whose check holds for another body than the one that presents it."""

    owner: BodyId


@dataclass(frozen=True, slots=True)
class Typo:
    """A text whose check holds for nobody."""


ReadCode = BodyCode | ForeignCode | Typo


def read_own(text: str, sender: BodyId) -> BodyCode | Typo:
    """The sender's own code, by its check."""
    try:
        return BodyCode.parse(text, sender)
    except RenkeiError:
        return Typo()


def read_foreign(text: str, bodies: Iterable[BodyId]) -> ForeignCode | Typo:
    """Whose code is it, if not the sender's? Tries every body, so it is asked only where `read_own` failed."""
    for body in bodies:
        if isinstance(read_own(text, body), BodyCode):
            return ForeignCode(body)
    return Typo()


def problem_of(asked: InquiryRequest, sender: BodyId, code: ReadCode, now: InstantMs) -> Problem | None:
    """What is wrong with the message itself: then nothing is decided and nothing is recorded.

    What is dated ahead is not wrong for ever: one of two clocks is, and time heals it (ADR 0021).
    """
    if isinstance(code, Typo):
        return Problem.BAD_CODE
    if asked.provider == sender:
        return Problem.WRONG_TYPE
    if timely(asked.asked_at_ms, now):
        return None
    return Problem.DATED_AHEAD if asked.asked_at_ms > now else Problem.WRONG_TYPE


@dataclass(frozen=True, slots=True)
class Case:
    """All that a decision looks at."""

    inquirer: BodyEntry
    provider: BodyEntry | None
    law: Grounds | Refused
    """提供命令2条 or 規則5号2条 (法19条9号), as of the day on which the inquiry was asked."""
    code: BodyCode | ForeignCode
    known: bool
    """The issuance file has this code: it was issued to the inquirer for a person."""
    provider_holds: bool
    """The issuance file says that the provider has a code for the same person."""


def _inquirer_connected(case: Case) -> Reason | None:
    return None if connected(case.inquirer) else Reason.INQUIRER_NOT_CONNECTED


def _provider_connected(case: Case) -> Reason | None:
    return None if connected(case.provider) else Reason.PROVIDER_NOT_CONNECTED


def _assessments(case: Case) -> Reason | None:
    # 法21条2項: a breach in either body's file blocks the notice.
    entries = (case.inquirer, case.provider)
    breach = any(entry is not None and entry.pia is PiaState.BREACH for entry in entries)
    return Reason.PIA_BREACH if breach else None


def _law(case: Case) -> Reason | None:
    return case.law.reason if isinstance(case.law, Refused) else None


def _own_code(case: Case) -> Reason | None:
    return Reason.CODE_OF_ANOTHER_BODY if isinstance(case.code, ForeignCode) else None


def _issued(case: Case) -> Reason | None:
    return None if case.known else Reason.UNKNOWN_CODE


def _held(case: Case) -> Reason | None:
    # 令26条2項: the notice names the person by the provider's own code, so it must have one.
    return None if case.provider_holds else Reason.PROVIDER_HOLDS_NO_CODE


CHECKS: Final[tuple[Callable[[Case], Reason | None], ...]] = (
    _inquirer_connected,
    _provider_connected,
    _assessments,
    _law,
    _own_code,
    _issued,
    _held,
)
"""The order of checks; the first that refuses is the answer."""


def decide(case: Case) -> Reason | None:
    """Why the inquiry is refused; None permits it."""
    for check in CHECKS:
        reason = check(case)
        if reason is not None:
            return reason
    return None


MISUSE: Final = frozenset({Reason.CODE_OF_ANOTHER_BODY, Reason.UNKNOWN_CODE})
"""Refusals that are also counted as signs of misuse (design 2; P1)."""


def valid_until(now: InstantMs, wanted_ms: int | None, usual_ms: int) -> InstantMs:
    """通知の有効期間 (命令41条1項4号): as long as the inquirer can wait, at most as long as usual."""
    return InstantMs(now + (usual_ms if wanted_ms is None else min(wanted_ms, usual_ms)))
