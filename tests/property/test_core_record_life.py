"""Whatever is reported, by whomever, in whatever order: a record moves as the table says and never after its end."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from renkei.crypto.commit import SALT_BYTES
from renkei.law.decide import Refused
from renkei.messages.directory import BodyEntry
from renkei.messages.fields import Outcome
from renkei.messages.inquiry import InquiryRequest
from renkei.messages.provision import Report
from renkei.systems.core.rules.inquiry import Case, ForeignCode
from renkei.systems.core.rules.record import Decision, Entry, Named, draft
from renkei.systems.core.rules.report import Repeated, judge
from renkei.systems.core.states import RECORD, State
from renkei.terms.affairs import InformationKind, InstantMs, ItemNumber
from renkei.terms.bodies import BodyId, BodyState, PiaState, SystemName
from renkei.terms.problems import Problem
from renkei.terms.refusals import Reason
from renkei.terms.secrets import SecretText

MAYOR, OTHER, THIRD = BodyId("mayor"), BodyId("other"), BodyId("third")
START, UNTIL, HORIZON = 1_000_000_000, 1_000_060_000, 1_000_600_000
NO_LAW = Refused(Reason.NO_STATUTORY_BASIS)


def _entry(name: BodyId) -> BodyEntry:
    return BodyEntry(
        id=name,
        name_ja="市長",
        name_en="Mayor",
        code=None,
        categories=(),
        state=BodyState.CONNECTED,
        pia=PiaState.IN_ORDER,
        interface=SystemName("i"),
        system=SystemName("s"),
        sign_key=b"k" * 32,
        seal_key=b"K" * 1216,
    )


def _record(*, reason: Reason | None, marked: bool) -> Entry:
    asked = InquiryRequest(
        inquiry="0" * 32,
        code=SecretText("code"),
        provider=OTHER,
        item=ItemNumber("48"),
        kind=InformationKind("local-tax"),
        items=("所得",),
        period=None,
        unit="税務課",
        asked_at_ms=InstantMs(START),
        respond_within_ms=None,
        non_disclosure=marked,
        no_self_information=False,
    )
    case = Case(_entry(MAYOR), _entry(OTHER), NO_LAW, ForeignCode(THIRD), known=False, provider_holds=False)
    decision = Decision(reason, NO_LAW, "0" * 64, InstantMs(START), InstantMs(UNTIL))
    return Entry(1, draft(asked, case, decision, Named(None, None, None), (b"t" * 32, bytes(SALT_BYTES))))


REPORTS = st.builds(
    Report,
    inquiry=st.just("0" * 32),
    outcome=st.sampled_from(Outcome),
    at_ms=st.sampled_from([START, UNTIL - 1, UNTIL, UNTIL + 1, HORIZON]).map(InstantMs),
    digest=st.sampled_from([None, b"d" * 32, b"e" * 32]),
    non_disclosure=st.booleans(),
    no_self_information=st.booleans(),
)


class RecordLife(RuleBasedStateMachine):
    """One record, and everybody reporting about it."""

    @initialize(reason=st.sampled_from([None, None, None, Reason.PIA_BREACH]), marked=st.booleans())
    def record(self, reason: Reason | None, marked: bool) -> None:
        self.entry = _record(reason=reason, marked=marked)
        self.refused = reason is not None
        self.history = [self.entry]
        self.taken: Report | None = None

    @rule(report=REPORTS, by=st.sampled_from([MAYOR, OTHER, THIRD]))
    def report(self, report: Report, by: BodyId) -> None:
        found = judge(report, self.entry, by, InstantMs(HORIZON))
        if isinstance(found, Entry):
            assert by == OTHER
            assert found.state in RECORD[self.entry.state].values()
            assert self.taken is None
            self.taken = report
            self.entry = found
            self.history.append(found)
        elif isinstance(found, Repeated):
            assert report == self.taken
        else:
            assert isinstance(found, Problem)
            assert report != self.taken or by != OTHER

    @rule()
    def repeat(self) -> None:
        """What was taken once is taken again, and changes nothing."""
        if self.taken is not None:
            assert judge(self.taken, self.entry, OTHER, InstantMs(HORIZON)) == Repeated()

    @invariant()
    def the_first_leaf_never_changes_and_the_end_comes_once(self) -> None:
        if not hasattr(self, "history"):
            return
        assert len(self.history) <= 2
        assert {entry.draft.record for entry in self.history} == {self.history[0].draft.record}
        assert all(entry.draft.salts == self.entry.draft.salts for entry in self.history)
        if self.refused:
            assert self.entry.state is State.REFUSED

    @invariant()
    def only_what_was_provided_in_time_has_a_digest(self) -> None:
        last: Any = self.entry.last() if hasattr(self, "entry") else None
        if last is not None:
            assert (last.digest is not None) is (last.event == "provided")
            assert last.event != "provided" or last.at_ms <= UNTIL
            assert last.event != "lapsed" or last.at_ms >= UNTIL


RecordLife.TestCase.settings = settings(max_examples=150, stateful_step_count=12)
TestRecordLife = RecordLife.TestCase
