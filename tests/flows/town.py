"""One body that asks another over a network of real processes, and what the core says meanwhile."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec

from renkei.messages import line
from renkei.platform.peers.client import PeerUnreachableError
from renkei.sandbox.bodies import BODIES, KAWASAKI, YOKOHAMA
from renkei.sandbox.layout import CORE
from renkei.sandbox.network import OPERATOR, Network
from renkei.sandbox.people import SyntheticResident
from renkei.sandbox.plans import ITEMS, PLANS, period_of
from renkei.sandbox.scenario import Played, Scenario
from renkei.sandbox.stage import NetworkStage

PLAN = next(plan for plan in PLANS if plan.inquirer is YOKOHAMA and plan.provider is KAWASAKI)


class Town:
    """Yokohama asks Kawasaki."""

    def __init__(self, network: Network, people: Sequence[SyntheticResident]) -> None:
        self.network = network
        both = (YOKOHAMA.id, KAWASAKI.id)
        self._people = people
        self._person = next(each for each in people if each.card and all(body in each.addressees for body in both))
        self._lines = network.line(YOKOHAMA.id)

    async def load(self) -> Played:
        """Residents, codes, replicas; nothing is asked yet."""
        lines = {body.id: self.network.line(body.id) for body in BODIES}
        scenario = Scenario(NetworkStage(self.network, lambda _: None), lines, self._people, 0)
        await scenario.load()
        return scenario.played

    async def ask(self, *requests: str) -> list[str]:
        asked = [
            line.Inquiry(
                request=request,
                provider=PLAN.provider.id,
                item=PLAN.item,
                kind=PLAN.kind,
                items=ITEMS[PLAN.kind],
                unit=PLAN.unit,
                addressee=self._person.addressees[YOKOHAMA.id],
                period=period_of(PLAN.kind),
            )
            for request in requests
        ]
        return [each.inquiry or each.problem or "" for each in await self._lines.ask(asked)]

    async def answered(self, inquiries: Sequence[str]) -> list[line.Result]:
        final = frozenset({line.InquiryState.PROVIDED, line.InquiryState.REFUSED, line.InquiryState.NOT_HELD})
        return await self._lines.until(inquiries, final)

    async def states(self, inquiries: Sequence[str]) -> set[line.InquiryState]:
        return {result.state for result in await self._lines.results(inquiries)}

    async def health(self) -> dict[str, Any]:
        client = self.network.client(self.network.state.staff[OPERATOR])
        found: dict[str, Any] = msgspec.json.decode(await client.fetch(self.network.target(CORE), "/v1/health"))
        return found

    async def health_until(self, **wanted: object) -> dict[str, Any]:
        async with asyncio.timeout(30):
            while True:
                try:
                    found = await self.health()
                except PeerUnreachableError:
                    continue
                if wanted.items() <= found.items():
                    return found

    async def cosigned(self) -> int:
        """Once the witness has cosigned all that there is, and everything is reported."""
        async with asyncio.timeout(30):
            while True:
                counts = await self.network.counts()
                if counts.events["permitted"] == counts.events["provided"] and counts.log_size == counts.cosigned_size:
                    return counts.log_size

    def said(self, words: str) -> bool:
        return words in self.network.layout.system(CORE).log.read_text()
