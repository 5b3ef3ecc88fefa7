"""What the register does for those who knock. Of an acquisition nothing is kept: it is a lookup and one call."""

from renkei.messages.acquisition import AcquisitionResult, AcquisitionResults, AddresseeRequests, NumberRequests
from renkei.messages.addressee import Persons
from renkei.messages.residents import Stored
from renkei.systems.addressee.ports import Directories, Residents, Store
from renkei.systems.addressee.rules import Keeper, admit_intermediate, admit_line, merged, passed_on
from renkei.terms.bodies import BodyId, SystemName
from renkei.terms.errors import RenkeiError


class Register:
    """One body's register at work."""

    def __init__(
        self, body: BodyId, directories: Directories, store: Store, keeper: Keeper, residents: Residents
    ) -> None:
        self._body = body
        self._directories = directories
        self._store = store
        self._keeper = keeper
        self._residents = residents

    async def register(self, peer_body: BodyId | None, message: Persons) -> Stored:
        """Register or replace all persons of the list, or none."""
        admit_line(self._body, peer_body)
        await self._store.register(self._keeper.entries(message.persons))
        return Stored(stored=len(message.persons))

    async def acquire(self, system: SystemName, message: AddresseeRequests) -> AcquisitionResults:
        """Codes wanted by this body's intermediate server."""
        self._admit(system)
        tags = self._keeper.addressee_tags([one.addressee for one in message.requests])
        found = await self._store.by_addressee(tags)
        numbers = [None if one is None else self._keeper.number(one) for one in found]
        asked = passed_on(message.requests, numbers)
        answers: tuple[AcquisitionResult, ...] = ()
        if asked:
            answers = (await self._residents.acquire(NumberRequests(requests=asked))).results
        return AcquisitionResults(results=merged(message.requests, numbers, answers))

    def _admit(self, system: SystemName) -> None:
        try:
            admit_intermediate(self._body, system, self._directories.current)
        except RenkeiError:
            # The caller may know a newer directory than we do: by the time it asks again, so shall we.
            self._directories.wake()
            raise
