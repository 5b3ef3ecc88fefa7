"""Any order of asking, sending, losing, crashing, deciding and lapsing keeps both records, the core's and the law's word.

A stateful walk over the state tables, through a real store: whatever happens, states move only along the tables, what
has ended stays as it is, and when everything has been carried the copies agree.
"""

import asyncio
import contextlib
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from renkei.messages.fields import Outcome
from renkei.messages.line import Decision, Decisions, InquiryState, RecordsQuery, Side
from renkei.platform.peers.client import PeerUnreachableError
from renkei.systems.intermediate.service import clerks, due, results
from renkei.systems.intermediate.states import FINAL_INQUIRY
from renkei.systems.intermediate.states import INQUIRY as LIFE
from renkei.terms.refusals import Reason
from renkei.terms.secrets import SecretText
from tests.rooms.intermediate_world import INQUIRY, KAWASAKI, YOKOHAMA, World, ready

T = TypeVar("T")


def reachable(state: InquiryState) -> set[InquiryState]:
    found = {state}
    for following in LIFE[state].values():
        found |= reachable(following)
    return found


class Network(RuleBasedStateMachine):
    """Two bodies of one server, a core that decides as drawn, a network that loses as drawn."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.seen: dict[str, InquiryState] = {}
        self.refused: dict[str, Reason | None] = {}
        self.requests = 0

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    @initialize(automatic=st.booleans())
    def begin(self, automatic: bool) -> None:
        self.world: World = self.run(ready(Path(self.folder.name)))
        self.run(self.world.replicate(KAWASAKI, automatic=automatic))
        self.world.core.refuse = lambda asked: self.refused.get(asked.unit)

    @rule(reason=st.none() | st.sampled_from(list(Reason)), own=st.booleans())
    def ask(self, reason: Reason | None, own: bool) -> None:
        self.requests += 1
        unit = f"u{self.requests}"
        self.refused[unit] = reason
        provider = YOKOHAMA if own else KAWASAKI
        asked = msgspec.structs.replace(INQUIRY, request=unit, unit=unit, provider=provider)
        (inquiry,) = self.run(self.world.ask(YOKOHAMA, asked))
        assert self.run(self.world.ask(YOKOHAMA, asked)) == [inquiry]
        self.seen[inquiry] = InquiryState.ASKED

    @rule(weather=st.lists(st.sampled_from(["before", "after", ""]), max_size=3))
    def carry_once(self, weather: list[str]) -> None:
        self.world.network.lost = list(weather)
        with contextlib.suppress(PeerUnreachableError):
            self.run(self.world.step())
        self.world.network.lost = []

    @rule()
    def crash(self) -> None:
        self.run(self.world.restart())

    @rule(release=st.booleans(), mark=st.booleans())
    def decide(self, release: bool, mark: bool) -> None:
        held = self.run(clerks.held(self.world.office, KAWASAKI)).held
        decisions = tuple(
            Decision(inquiry=each.inquiry, release=release, clerk="k", non_disclosure=mark) for each in held
        )
        if decisions:
            self.run(clerks.decide(self.world.office, KAWASAKI, Decisions(decisions=decisions)))

    @rule(automatic=st.booleans(), content=st.sampled_from(["1", "2"]))
    def replace(self, automatic: bool, content: str) -> None:
        self.run(self.world.replicate(KAWASAKI, automatic=automatic, items={"所得額": SecretText(content)}))

    @rule(hours=st.sampled_from([0.1, 0.5, 2]))
    def time_passes(self, hours: float) -> None:
        self.world.clock.pass_ms(int(hours * 3_600_000))
        self.run(due.settle(self.world.office))

    @invariant()
    def states_move_along_the_table_only(self) -> None:
        for inquiry, before in self.seen.items():
            now = self.run(self.world.result(YOKOHAMA, inquiry))
            assert now.state in reachable(before)
            assert (now.content is not None) == (now.state is InquiryState.PROVIDED)
            assert (now.receipt is not None) == (now.state is not InquiryState.ASKED)
            self.seen[inquiry] = now.state

    @invariant()
    def nothing_is_loud(self) -> None:
        if hasattr(self, "world"):
            assert self.world.loud == []

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.run(self.world.settle())
            self.states_move_along_the_table_only()
            self.run(self._copies_agree())
            self.run(self.world.database.close())
        self.loop.close()
        self.folder.cleanup()

    async def _copies_agree(self) -> None:
        office, core = self.world.office, self.world.core
        asked = (await results.records(office, YOKOHAMA, RecordsQuery(side=Side.INQUIRER, limit=1000))).records
        noticed = {
            each.inquiry: each
            for body in (YOKOHAMA, KAWASAKI)
            for each in (await results.records(office, body, RecordsQuery(side=Side.PROVIDER, limit=1000))).records
        }
        assert {each.inquiry for each in asked} == set(noticed) == set(core.decided) == set(self.seen)
        for one in asked:
            other = noticed[one.inquiry]
            assert (one.state, one.permit_index, one.provided_at_ms, one.non_disclosure) == (
                other.state,
                other.permit_index,
                other.provided_at_ms,
                other.non_disclosure,
            )
            reported = core.reports.get(one.inquiry)
            if one.state in FINAL_INQUIRY - {InquiryState.REFUSED}:
                assert reported is not None
                assert reported.outcome is Outcome(one.state.value)
            else:
                assert reported is None
                assert one.state in {InquiryState.REFUSED, InquiryState.HELD}


TestNetwork = Network.TestCase
TestNetwork.settings = settings(max_examples=30, stateful_step_count=20, suppress_health_check=[HealthCheck.too_slow])
