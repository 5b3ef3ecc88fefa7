"""One function per wish: open an account, take a code, show records. Load, decide, commit."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final

from renkei.messages.acquisition import CardRequest, CodeDelivery
from renkei.messages.provision import Ack
from renkei.messages.records import RecordsRequest
from renkei.systems.disclosure.ports import Account, Accounts, Card, Core, Residents
from renkei.systems.disclosure.rules import Entry, Records, read_page
from renkei.systems.disclosure.states import AccountState
from renkei.terms.bodies import DISCLOSURE
from renkei.terms.codes import AcquisitionNumber, BodyCode
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.terms.secrets import SecretText
from renkei.translog.trust import Trust

PAGE_RECORDS: Final = 20
SEARCH_RECORDS: Final = 100
_UNDER_WAY: Final = {AccountState.WANTED, AccountState.PASSED_ON}


class Disclosure:
    """The system's own work, for the citizen whose card is before it and for nobody else."""

    def __init__(
        self,
        accounts: Accounts,
        core: Core,
        residents: Residents,
        trust: Callable[[], Trust],
        new_id: Callable[[], str],
    ) -> None:
        self._accounts = accounts
        self._core = core
        self._residents = residents
        self._trust = trust
        self._new_id = new_id
        self._arrivals: dict[AcquisitionNumber, set[asyncio.Event]] = {}

    async def account(self, card: Card, wait_s: float) -> Account:
        """The card's account, opened at the first visit; waits up to `wait_s` seconds for the code.

        Raises:
            RenkeiError: UNKNOWN_NUMBER for a card that residents does not know, UNREACHABLE if it cannot be asked; the
                account stays as it was and the next visit goes on with the same acquisition number.
        """
        account = await self._accounts.find(card)
        if account is None:
            account = await self._accounts.begin(card, AcquisitionNumber.parse(self._new_id()))
        if account.acquisition is None:
            return account
        async with self._arrival(account.acquisition) as arrived:
            if account.state is AccountState.WANTED:
                await self._ask(card, account.acquisition)
            # Between the look above and the listening the code may have come.
            account = await self._accounts.find(card) or account
            if account.state in _UNDER_WAY:
                await _within(wait_s, arrived)
                account = await self._accounts.find(card) or account
        return account

    async def take(self, deliveries: Sequence[CodeDelivery]) -> list[Ack]:
        """Codes from the core. Acknowledged once durable; a repeat, whose number is gone already, is acknowledged too.

        A code that is not ours is never kept: it goes back as a problem.
        """
        good = [each for each in deliveries if each.code is None or _is_ours(each.code)]
        await self._accounts.deliver(good)
        for each in good:
            for arrived in self._arrivals.get(each.acquisition, ()):
                arrived.set()
        kept = {each.id for each in good}
        return [Ack(id=each.id, problem=None if each.id in kept else Problem.BAD_CODE.value) for each in deliveries]

    async def records(self, code: BodyCode, before: int | None, limit: int = PAGE_RECORDS) -> Records:
        """One page of the citizen's records, newest first, fetched now and kept nowhere (G14)."""
        asked = RecordsRequest(request=self._new_id(), code=SecretText(code.text()), before=before, limit=limit)
        reply = await self._core.records(asked)
        return read_page(reply.records, reply.older, self._trust())

    async def record(self, code: BodyCode, inquiry: str, before: int | None) -> Entry:
        """One record: on the page where the link said it stands, else wherever it is; raises UNKNOWN_INQUIRY."""
        page = await self.records(code, before)
        entry = _named(page, inquiry)
        before = None
        while entry is None:
            page = await self.records(code, before, SEARCH_RECORDS)
            entry, before = _named(page, inquiry), page.older
            if entry is None and before is None:
                raise RenkeiError(Problem.UNKNOWN_INQUIRY)
        return entry

    async def _ask(self, card: Card, acquisition: AcquisitionNumber) -> None:
        result = await self._residents.acquire(CardRequest(acquisition=acquisition, card=card))
        if result.problem is None:
            await self._accounts.taken(card)
            return
        if result.problem != Problem.UNKNOWN_NUMBER.value:
            raise RenkeiError(Problem.UNREACHABLE, "residents did not take it")
        # 法21条の2第3項: a number that served nothing is not kept either.
        await self._accounts.forget(card)
        raise RenkeiError(Problem.UNKNOWN_NUMBER)

    @asynccontextmanager
    async def _arrival(self, acquisition: AcquisitionNumber) -> AsyncIterator[asyncio.Event]:
        """An event that is set when the code for this acquisition is durable; several windows may wait for it."""
        arrived = asyncio.Event()
        self._arrivals.setdefault(acquisition, set()).add(arrived)
        try:
            yield arrived
        finally:
            waiting = self._arrivals[acquisition]
            waiting.discard(arrived)
            if not waiting:
                del self._arrivals[acquisition]


async def _within(wait_s: float, arrived: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(wait_s):
            await arrived.wait()
    except TimeoutError:
        pass


def _is_ours(code: SecretText) -> bool:
    try:
        BodyCode.parse(code.reveal(), DISCLOSURE)
    except RenkeiError:
        return False
    return True


def _named(page: Records, inquiry: str) -> Entry | None:
    return next((each for each in page.entries if isinstance(each, Entry) and each.first.inquiry == inquiry), None)
