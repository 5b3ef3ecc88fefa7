"""法23条3項, 命令41条3項: which reports end a permitted inquiry, and which are not taken."""

from typing import Any

import msgspec
import pytest

from renkei.messages.fields import Outcome
from renkei.messages.provision import Report
from renkei.systems.core.rules.record import Entry, Named
from renkei.systems.core.rules.report import Repeated, judge
from renkei.systems.core.states import State
from renkei.terms.affairs import ASKED_AHEAD_MS, InstantMs
from renkei.terms.problems import Problem
from renkei.terms.refusals import Reason

from .builders import KENPO, NOW, OTHER, permitted
from .test_core_record_rules import refused

LATER = InstantMs(NOW + 10_000)
LONG_AFTER = InstantMs(NOW + 3_600_000)


def report(outcome: Outcome = Outcome.PROVIDED, **changes: Any) -> Report:
    made = Report(
        inquiry="0" * 32,
        outcome=outcome,
        at_ms=LATER,
        digest=b"d" * 32 if outcome is Outcome.PROVIDED else None,
        non_disclosure=False,
        no_self_information=False,
    )
    return msgspec.structs.replace(made, **changes)


def ended(outcome: Outcome, at: InstantMs = LATER) -> Entry:
    found = judge(report(outcome, at_ms=at), permitted(), OTHER, LONG_AFTER)
    assert isinstance(found, Entry)
    return found


@pytest.mark.parametrize(
    ("outcome", "at", "state"),
    [
        (Outcome.PROVIDED, LATER, State.PROVIDED),
        (Outcome.WITHHELD, LATER, State.WITHHELD),
        (Outcome.NOT_HELD, LATER, State.NOT_HELD),
        (Outcome.LAPSED, LONG_AFTER, State.LAPSED),
    ],
)
def test_the_provider_says_what_came_of_its_permit(outcome: Outcome, at: InstantMs, state: State) -> None:
    entry = ended(outcome, at)
    last = entry.last()
    assert entry.state is state
    assert last is not None
    assert (last.event, last.at_ms, last.permit_index) == (outcome.value, at, 4)


def test_the_same_report_again_changes_nothing() -> None:
    assert judge(report(), ended(Outcome.PROVIDED), OTHER, LATER) == Repeated()


@pytest.mark.parametrize(
    "again",
    [report(Outcome.WITHHELD), report(at_ms=LATER + 1), report(digest=b"e" * 32), report(non_disclosure=True)],
)
def test_another_report_after_the_end_is_not_taken(again: Report) -> None:
    assert judge(again, ended(Outcome.PROVIDED), OTHER, LONG_AFTER) is Problem.WRONG_STATE


@pytest.mark.parametrize(
    ("entry", "provider"),
    [(None, OTHER), (permitted(), KENPO), (refused(Reason.PIA_BREACH, Named(None, None, None)), OTHER)],
    ids=["no record", "another provider's", "never permitted"],
)
def test_who_was_never_asked_reports_nothing(entry: Entry | None, provider: Any) -> None:
    assert judge(report(), entry, provider, LATER) is Problem.UNKNOWN_INQUIRY


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        (report(Outcome.HELD), Problem.WRONG_TYPE),
        (report(digest=None), Problem.WRONG_TYPE),
        (report(Outcome.WITHHELD, digest=b"d" * 32), Problem.WRONG_TYPE),
        (report(at_ms=NOW - ASKED_AHEAD_MS - 1), Problem.WRONG_TYPE),
        (report(at_ms=LONG_AFTER + ASKED_AHEAD_MS + 1), Problem.DATED_AHEAD),
        (report(at_ms=NOW + 60_001), Problem.WRONG_STATE),
        (report(Outcome.LAPSED, at_ms=NOW + 59_999), Problem.WRONG_STATE),
    ],
)
def test_a_report_that_cannot_be_true_is_not_taken(wrong: Report, problem: Problem) -> None:
    assert judge(wrong, permitted(), OTHER, LONG_AFTER) is problem


@pytest.mark.parametrize("outcome", [Outcome.PROVIDED, Outcome.LAPSED])
def test_at_the_last_moment_of_its_validity_a_notice_may_be_answered_or_lapse(outcome: Outcome) -> None:
    assert isinstance(judge(report(outcome, at_ms=NOW + 60_000), permitted(), OTHER, LONG_AFTER), Entry)


def test_a_provision_that_is_reported_late_is_taken_when_it_was_in_time() -> None:
    assert ended(Outcome.PROVIDED).state is State.PROVIDED
