"""What the registry does for those who knock. Of an acquisition nothing is kept: it is a lookup and one call."""

from collections.abc import Sequence

from renkei.messages.acquisition import (
    AcquisitionResult,
    AcquisitionResults,
    CardRequests,
    NumberRequests,
    ResidentRequests,
)
from renkei.messages.residents import Residents, Stored
from renkei.systems.residents.ports import Core, SealedCode, Store
from renkei.systems.residents.rules import Keeper, merged, passed_on
from renkei.terms.bodies import DISCLOSURE, BodyId
from renkei.terms.codes import AcquisitionNumber


class Registry:
    """The registry at work."""

    def __init__(self, store: Store, keeper: Keeper, core: Core) -> None:
        self._store = store
        self._keeper = keeper
        self._core = core

    async def register(self, message: Residents) -> Stored:
        """Register or replace all residents of the list, or none."""
        await self._store.register(self._keeper.entries(message.residents))
        return Stored(stored=len(message.residents))

    async def by_number(self, body: BodyId, message: NumberRequests) -> AcquisitionResults:
        """Codes wanted by a body that knows its people by 個人番号."""
        tags = self._keeper.number_tags([one.number for one in message.requests])
        found = await self._store.by_number(tags)
        return await self._acquire(body, [one.acquisition for one in message.requests], found)

    async def by_card(self, message: CardRequests) -> AcquisitionResults:
        """Codes wanted by the disclosure system, to which the card stands for the person."""
        found = await self._store.by_card(self._keeper.card_tags([one.card for one in message.requests]))
        return await self._acquire(DISCLOSURE, [one.acquisition for one in message.requests], found)

    async def _acquire(
        self, body: BodyId, acquisitions: Sequence[AcquisitionNumber], found: Sequence[SealedCode | None]
    ) -> AcquisitionResults:
        codes = [None if one is None else self._keeper.code(one) for one in found]
        asked = passed_on(acquisitions, codes)
        answers: tuple[AcquisitionResult, ...] = ()
        if asked:
            answers = (await self._core.acquire(ResidentRequests(body=body, requests=tuple(asked)))).results
        return AcquisitionResults(results=merged(acquisitions, codes, answers))
