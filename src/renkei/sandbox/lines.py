"""A body's line system as the sandbox plays it: every door, with patience for a peer that is down.

All doors may be repeated: the same ids with the same content give the same answer, so a lost reply costs nothing.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final, TypeVar

from renkei.messages import addressee, line
from renkei.messages.codec import Message
from renkei.messages.fields import MAX_LIST
from renkei.messages.residents import Stored
from renkei.platform.peers.client import Client, Target
from renkei.sandbox.bulk import Bulk
from renkei.sandbox.patience import patiently
from renkei.terms.bodies import AddresseeNumber, BodyId

T = TypeVar("T")
R = TypeVar("R", bound=Message)
_WAIT_MS: Final = 5_000
FINAL_STATES: Final = frozenset(line.InquiryState) - {
    line.InquiryState.ASKED,
    line.InquiryState.PERMITTED,
    line.InquiryState.HELD,
}


def parts(entries: Sequence[T], size: int = MAX_LIST) -> Iterator[tuple[T, ...]]:
    """The list in parts that one message may carry."""
    for start in range(0, len(entries), size):
        yield tuple(entries[start : start + size])


class LineSystem:
    """One body's line system: its certificate, its intermediate server, its addressee system."""

    def __init__(self, body: BodyId, client: Client, server: Target, addressees: Target) -> None:
        self.body = body
        self._client = client
        self._server = server
        self._addressees = addressees
        self.bulk = Bulk(client, server)
        """Bulk jobs."""

    async def _post(self, door: str, message: Message, reply: type[R]) -> R:
        return await patiently(partial(self._client.send, self._server, f"/v1/line/{door}", message, reply))

    async def register_persons(self, persons: Sequence[addressee.Person]) -> int:
        """Load the addressee system; returns how many entries are durable."""
        stored = 0
        for part in parts(persons):
            message = addressee.Persons(persons=part)
            call = partial(self._client.send, self._addressees, "/v1/persons", message, Stored)
            stored += (await patiently(call)).stored
        return stored

    async def acquire(self, addressees: Sequence[AddresseeNumber]) -> None:
        """Ask for codes; they come in their own time (`codes`)."""
        for part in parts(addressees):
            await self._post("codes/acquire", line.Addressees(addressees=part), line.CodeStatuses)

    async def codes(self, addressees: Sequence[AddresseeNumber], wait_ms: int = 0) -> list[line.CodeStatus]:
        """States of the acquisitions, waiting up to `wait_ms` per thousand for those under way."""
        found: list[line.CodeStatus] = []
        for part in parts(addressees):
            message = line.Addressees(addressees=part, wait_ms=wait_ms)
            found += (await self._post("codes/states", message, line.CodeStatuses)).codes
        return found

    async def acquired(self, addressees: Sequence[AddresseeNumber]) -> list[line.CodeStatus]:
        """Wait until no acquisition is under way any more."""
        while True:
            found = await self.codes(addressees, wait_ms=_WAIT_MS)
            if all(status.state is not line.CodeState.REQUESTED for status in found):
                return found

    async def put_replicas(self, replicas: Sequence[line.Replica]) -> int:
        """Register or replace replicas; returns how many differ now."""
        changed = 0
        for part in parts(replicas):
            changed += (await self._post("replicas/put", line.Replicas(replicas=part), line.Changed)).changed
        return changed

    async def delete_replicas(self, keys: Sequence[line.ReplicaKey]) -> int:
        """Delete replicas; returns how many were there."""
        return (await self._post("replicas/delete", line.ReplicaKeys(replicas=tuple(keys)), line.Changed)).changed

    async def ask(self, inquiries: Sequence[line.Inquiry]) -> list[line.InquiryAccepted]:
        """Inquire; one answer per inquiry, in order."""
        accepted: list[line.InquiryAccepted] = []
        for part in parts(inquiries):
            message = line.Inquiries(inquiries=part)
            accepted += (await self._post("inquiries", message, line.InquiriesAccepted)).accepted
        return accepted

    async def results(self, inquiries: Sequence[str], wait_ms: int = 0) -> list[line.Result]:
        """States and contents."""
        found: list[line.Result] = []
        for part in parts(inquiries):
            message = line.InquiryIds(inquiries=part, wait_ms=wait_ms)
            found += (await self._post("inquiries/results", message, line.Results)).results
        return found

    async def until(self, inquiries: Sequence[str], reached: frozenset[line.InquiryState]) -> list[line.Result]:
        """Wait until every inquiry is in one of the states."""
        while True:
            found = await self.results(inquiries, wait_ms=_WAIT_MS if reached == FINAL_STATES else 200)
            if all(result.state in reached for result in found):
                return found

    async def holders(self, questions: Sequence[line.Holder]) -> list[line.HolderAnswer]:
        """Which providers hold a code."""
        message = line.Holders(questions=tuple(questions))
        return list((await self._post("holders", message, line.HolderAnswers)).answers)

    async def held(self) -> list[line.HeldInquiry]:
        """What waits for a clerk of this body."""
        return list((await self._post("held", line.Nothing(), line.HeldList)).held)

    async def decide(self, decisions: Sequence[line.Decision]) -> list[line.DecisionResult]:
        """A clerk's decisions; one result per decision, in order."""
        message = line.Decisions(decisions=tuple(decisions))
        return list((await self._post("held/decide", message, line.DecisionResults)).results)

    async def records(self, side: line.Side) -> list[line.LinkageRecord]:
        """All own records of one side."""
        found: list[line.LinkageRecord] = []
        more = True
        while more:
            after = found[-1].sequence if found else 0
            query = line.RecordsQuery(side=side, after=after, limit=MAX_LIST)
            page = await self._post("records", query, line.Records)
            found += page.records
            more = page.more
        return found

    async def may_ask(self, query: line.MayAsk) -> line.MayAskRows:
        """What this body may inquire."""
        return await self._post("may-ask", query, line.MayAskRows)
