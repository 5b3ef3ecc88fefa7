"""A bounded, numbered load over a network while something of it is broken, and the comparison after it was mended.

Every inquiry has its request id by its number, so asking it again after a lost reply is the same inquiry: what was
accepted is known, and what became of it can be counted.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count, islice
from typing import Final

from renkei.messages.line import Inquiry, InquiryState, Result
from renkei.sandbox.bodies import BODIES
from renkei.sandbox.demo import Told
from renkei.sandbox.lines import FINAL_STATES
from renkei.sandbox.network import Network
from renkei.sandbox.people import SyntheticResident
from renkei.sandbox.plans import ITEMS, PLANS, Plan, period_of, replicas_for
from renkei.sandbox.report import CanaryReport, DemoReport
from renkei.sandbox.scenario import Scenario
from renkei.sandbox.stage import NetworkStage
from renkei.terms.affairs import ItemNumber
from renkei.terms.bodies import BodyId

Wanted = Callable[[Plan], bool]
NO_ROW: Final = ItemNumber("9000")
REFUSED_EVERY: Final = 7
"""Every so many inquiries one has no basis in the law."""
_AT_ONCE: Final = 4


class Load:
    """Everything that was asked of one network since it was loaded."""

    def __init__(self, network: Network, people: Sequence[SyntheticResident]) -> None:
        self._network = network
        self._lines = {body.id: network.line(body.id) for body in BODIES}
        self._scenario = Scenario(NetworkStage(network, lambda _: None), self._lines, people, 0)
        self._numbers = count()
        self._people = {plan: _between(plan, people) for plan in PLANS}
        self.asked: dict[BodyId, list[str]] = defaultdict(list)
        """Accepted inquiries by body."""
        self._more = asyncio.Condition()

    async def prepare(self) -> None:
        """Residents, codes and replicas, before anything is asked."""
        await self._scenario.load()

    def plan(self, inquiries: int, wanted: Wanted = lambda _: True) -> list[tuple[BodyId, Inquiry]]:
        """The next inquiries, the plans that are wanted in turn; none where no plan is wanted."""
        plans = [plan for plan in PLANS if wanted(plan)]
        numbers = islice(self._numbers, inquiries if plans else 0)
        return [self._inquiry(plans[number % len(plans)], number) for number in numbers]

    async def ask(self, planned: Iterable[tuple[BodyId, Inquiry]], size: int = 5) -> None:
        """Ask them in small messages, several at once, until each was accepted once."""
        turns = asyncio.Semaphore(_AT_ONCE)
        async with asyncio.TaskGroup() as group:
            for body, part in _parts(planned, size):
                group.create_task(self._ask(body, part, turns))

    async def until_accepted(self, total: int) -> None:
        """Wait, while something is being asked, until so many inquiries in all were accepted."""
        async with self._more:
            await self._more.wait_for(lambda: self.accepted >= total)

    async def ended(self, planned: Iterable[tuple[BodyId, Inquiry]]) -> None:
        """Wait until each of them, all accepted, has ended, and demand that it ended as it must."""
        for body, part in _parts(planned, 1_000):
            # The same request again names the same inquiry.
            accepted = await self._lines[body].ask(part)
            self._demand(part, await self._lines[body].until([each.inquiry or "" for each in accepted], FINAL_STATES))

    async def states(self, planned: Iterable[tuple[BodyId, Inquiry]]) -> set[InquiryState]:
        """In which states they are now; they were all accepted."""
        found: set[InquiryState] = set()
        for body, part in _parts(planned, 1_000):
            accepted = await self._lines[body].ask(part)
            results = await self._lines[body].results([each.inquiry or "" for each in accepted])
            found |= {each.state for each in results}
        return found

    async def settle(self) -> DemoReport:
        """Once everything that was ever asked has ended: what all systems tell of it."""
        for body, inquiries in self.asked.items():
            await self._lines[body].until(inquiries, FINAL_STATES)
        played = self._scenario.played
        played.asked = {body: list(inquiries) for body, inquiries in self.asked.items()}
        return await Told(self._network, played).report(0.0, CanaryReport(0, 0, []))

    @property
    def accepted(self) -> int:
        """How many inquiries were accepted."""
        return sum(len(inquiries) for inquiries in self.asked.values())

    async def _ask(self, body: BodyId, part: Sequence[Inquiry], turns: asyncio.Semaphore) -> None:
        async with turns:
            for answer in await self._lines[body].ask(part):
                if answer.inquiry is None:
                    raise UnexpectedEndError(f"{answer.request} was turned away: {answer.problem}")
                self.asked[body].append(answer.inquiry)
        async with self._more:
            self._more.notify_all()

    def _demand(self, part: Sequence[Inquiry], results: Sequence[Result]) -> None:
        for inquiry, result in zip(part, results, strict=True):
            wanted = InquiryState.REFUSED if inquiry.item == NO_ROW else InquiryState.PROVIDED
            if result.state is not wanted or (wanted is InquiryState.PROVIDED and not result.content):
                raise UnexpectedEndError(f"{inquiry.request}: {result.state.value} {result.reason or ''}")

    def _inquiry(self, plan: Plan, number: int) -> tuple[BodyId, Inquiry]:
        people = self._people[plan]
        person = people[number % len(people)]
        return plan.inquirer.id, Inquiry(
            request=f"load-{number}",
            provider=plan.provider.id,
            item=NO_ROW if number % REFUSED_EVERY == REFUSED_EVERY - 1 else plan.item,
            kind=plan.kind,
            items=ITEMS[plan.kind],
            unit=plan.unit,
            addressee=person.addressees[plan.inquirer.id],
            period=period_of(plan.kind),
        )


class UnexpectedEndError(Exception):
    """An inquiry ended otherwise than it must: a defect, not a refusal."""


def whole(load: Load, report: DemoReport) -> bool:
    """Whether nothing that was accepted is lost or doubled, and every copy, count and proof agrees."""
    return report.sound() and report.records.core == load.accepted == len(
        {inquiry for inquiries in load.asked.values() for inquiry in inquiries}
    )


def _parts(planned: Iterable[tuple[BodyId, Inquiry]], size: int) -> Iterator[tuple[BodyId, list[Inquiry]]]:
    by_body: dict[BodyId, list[Inquiry]] = defaultdict(list)
    for body, inquiry in planned:
        by_body[body].append(inquiry)
    for body, inquiries in by_body.items():
        for start in range(0, len(inquiries), size):
            yield body, inquiries[start : start + size]


def _between(plan: Plan, people: Sequence[SyntheticResident]) -> list[SyntheticResident]:
    """Persons whom both know and about whom the provider holds the kind; those with a card come first."""
    both = [p for p in people if {plan.inquirer.id, plan.provider.id} <= p.addressees.keys()]
    return [p for p in both if any(r.kind == plan.kind for r in replicas_for(plan.provider.id, p))]
