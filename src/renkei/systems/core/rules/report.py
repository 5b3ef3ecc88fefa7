"""What came of a permitted inquiry, as its provider reports it (法23条3項, 命令41条3項・46条)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from renkei.messages.fields import Outcome
from renkei.messages.provision import Report
from renkei.messages.receipt import InquiryRecord, OutcomeRecord
from renkei.systems.core.rules.record import Entry
from renkei.systems.core.states import Event, State, after
from renkei.terms.affairs import ASKED_AHEAD_MS, InstantMs
from renkei.terms.bodies import BodyId
from renkei.terms.problems import Problem

_Ended = Literal["provided", "withheld", "not-held", "lapsed"]
_ENDS: Final[Mapping[Outcome, tuple[Event, _Ended]]] = {
    Outcome.PROVIDED: (Event.PROVIDE, "provided"),
    Outcome.WITHHELD: (Event.WITHHOLD, "withheld"),
    Outcome.NOT_HELD: (Event.NOT_HOLD, "not-held"),
    Outcome.LAPSED: (Event.LAPSE, "lapsed"),
}
"""`held` is missing on purpose: it ends nothing and is between the two bodies."""


@dataclass(frozen=True, slots=True)
class Repeated:
    """This very report was taken before."""


def judge(report: Report, entry: Entry | None, provider: BodyId, now: InstantMs) -> Entry | Repeated | Problem:
    """The record with its end; or that it has this end already; or why the report is not taken."""
    if entry is None or entry.draft.provider != provider or entry.state is State.REFUSED:
        return Problem.UNKNOWN_INQUIRY
    if report.outcome not in _ENDS or (report.digest is None) is (report.outcome is Outcome.PROVIDED):
        return Problem.WRONG_TYPE
    event, ended = _ENDS[report.outcome]
    outcome = OutcomeRecord(
        event=ended,
        inquiry=report.inquiry,
        permit_index=entry.index,
        at_ms=report.at_ms,
        digest=report.digest,
        non_disclosure=report.non_disclosure,
        no_self_information=report.no_self_information,
    )
    state = after(entry.state, event)
    if state is None:
        return Repeated() if entry.last() == outcome else Problem.WRONG_STATE
    problem = _untimely(report, entry.first(), now)
    return problem or entry.ended(state, outcome)


def _untimely(report: Report, permit: InquiryRecord, now: InstantMs) -> Problem | None:
    """命令41条3項: a notice past its validity is void, and before that it has not lapsed."""
    assert permit.valid_until_ms is not None  # every permit has one
    if report.at_ms > now + ASKED_AHEAD_MS:
        return Problem.DATED_AHEAD
    if report.at_ms < permit.at_ms - ASKED_AHEAD_MS:
        return Problem.WRONG_TYPE
    if report.outcome is Outcome.PROVIDED and report.at_ms > permit.valid_until_ms:
        return Problem.WRONG_STATE
    if report.outcome is Outcome.LAPSED and report.at_ms < permit.valid_until_ms:
        return Problem.WRONG_STATE
    return None
