"""What the disclosure system needs: its own accounts, the core behind its interface, and residents."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from renkei.messages.acquisition import AcquisitionResult, CardRequest, CodeDelivery
from renkei.messages.records import RecordsReply, RecordsRequest
from renkei.systems.disclosure.states import AccountState
from renkei.terms.bodies import SystemName
from renkei.terms.codes import AcquisitionNumber, BodyCode

Card = SystemName
"""The serial number of a card's certificate, as the certificate names its holder."""


@dataclass(frozen=True, slots=True)
class Account:
    """One card's account; `acquisition` until the code is here, `code` from then on."""

    state: AccountState
    acquisition: AcquisitionNumber | None = None
    code: BodyCode | None = None


class Accounts(Protocol):
    """The store. It keeps no record, no number and no name of anybody."""

    async def find(self, card: Card) -> Account | None: ...

    async def begin(self, card: Card, acquisition: AcquisitionNumber) -> Account:
        """A new account in WANTED, or the one that the card already has."""
        ...

    async def taken(self, card: Card) -> None:
        """Residents and core have it: WANTED becomes PASSED_ON."""
        ...

    async def forget(self, card: Card) -> None:
        """The card is nobody's: the account goes, and its acquisition number with it."""
        ...

    async def deliver(self, deliveries: Sequence[CodeDelivery]) -> None:
        """Keep codes and drop their acquisition numbers, in one transaction; what is not awaited is passed over."""
        ...


class Core(Protocol):
    """The core, through interface D, sealed and signed."""

    async def records(self, request: RecordsRequest) -> RecordsReply: ...


class Residents(Protocol):
    """住基: turns a card into a request for a code, without telling us whose it is."""

    async def acquire(self, request: CardRequest) -> AcquisitionResult: ...
