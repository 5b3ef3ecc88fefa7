"""Accounts in SQL: tags instead of cards and numbers, the code sealed, nothing else (design 10)."""

from collections.abc import Sequence
from typing import Final

from renkei.crypto.columns import ColumnSealer
from renkei.crypto.keystore import KeyStore
from renkei.messages.acquisition import CodeDelivery
from renkei.platform.sql import Database, Tx
from renkei.systems.disclosure.ports import Account, Card
from renkei.systems.disclosure.states import AccountEvent, AccountState, step
from renkei.terms.bodies import DISCLOSURE
from renkei.terms.codes import AcquisitionNumber, BodyCode
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

INDEX_KEY: Final = "index"
COLUMN_KEY: Final = "column"
_CARD: Final = b"renkei/disclosure/card/1\0"
_ACQUISITION: Final = b"renkei/disclosure/acquisition/1\0"

FIND: Final = "SELECT state, sealed FROM account WHERE card_tag = :card"
AWAITING: Final = "SELECT card_tag, state, sealed FROM account WHERE acquisition_tag = :acquisition"
BEGIN: Final = (
    "INSERT INTO account (card_tag, acquisition_tag, state, sealed) VALUES (:card, :acquisition, :state, :sealed)"
)
MOVE: Final = "UPDATE account SET state = :state WHERE card_tag = :card"
# 法21条の2第3項: the acquisition number goes in the transaction that keeps the code; its seal is written over.
SETTLE: Final = "UPDATE account SET state = :state, sealed = :sealed, acquisition_tag = NULL WHERE card_tag = :card"
FORGET: Final = "DELETE FROM account WHERE card_tag = :card"
COUNT: Final = "SELECT state, count(*) FROM account GROUP BY state"


class AccountStore:
    """The port `Accounts` over one database and the keys `index` and `column`."""

    def __init__(self, database: Database, keys: KeyStore, sealer: ColumnSealer) -> None:
        self._database = database
        self._keys = keys
        self._sealer = sealer

    async def find(self, card: Card) -> Account | None:
        tag = self._card(card)
        return await self._database.read(lambda tx: self._load(tx, tag))

    async def begin(self, card: Card, acquisition: AcquisitionNumber) -> Account:
        tag = self._card(card)
        row = {
            "card": tag,
            "acquisition": self._acquisition(acquisition),
            "state": AccountState.WANTED.value,
            "sealed": self._seal(tag, acquisition.reveal()),
        }

        def job(tx: Tx) -> Account:
            found = self._load(tx, tag)
            if found is None:
                tx.run(BEGIN, **row)
            return found or Account(AccountState.WANTED, acquisition)

        return await self._database.write("begin-account", job)

    async def taken(self, card: Card) -> None:
        tag = self._card(card)

        def job(tx: Tx) -> None:
            row = tx.row(FIND, card=tag)
            # The code may have come first; then there is nothing to note.
            if row is not None and AccountState(row[0]) is AccountState.WANTED:
                tx.run(MOVE, card=tag, state=step(AccountState.WANTED, AccountEvent.TAKEN).value)

        await self._database.write("account-taken", job)

    async def forget(self, card: Card) -> None:
        tag = self._card(card)
        await self._database.write("forget-account", lambda tx: tx.run(FORGET, card=tag))

    async def deliver(self, deliveries: Sequence[CodeDelivery]) -> None:
        tagged = [(self._acquisition(each.acquisition), each) for each in deliveries]

        def job(tx: Tx) -> None:
            for tag, each in tagged:
                row = tx.row(AWAITING, acquisition=tag)
                if row is not None:
                    # The tag is the disk's word; what is sealed says which card the number was made for.
                    if self._sealer.open("account", "sealed", row[0], row[2]) != each.acquisition.reveal().encode():
                        raise RenkeiError(Problem.BAD_STORE, "account: the tag of another acquisition")
                    self._settle(tx, row[0], AccountState(row[1]), each)

        await self._database.write("deliver-codes", job)

    async def counts(self) -> dict[str, int]:
        """How many accounts stand in each state."""
        return dict(await self._database.read(lambda tx: [(str(row[0]), int(row[1])) for row in tx.rows(COUNT)]))

    def _settle(self, tx: Tx, card_tag: bytes, state: AccountState, delivery: CodeDelivery) -> None:
        if delivery.code is None:
            tx.run(SETTLE, card=card_tag, state=step(state, AccountEvent.ALREADY).value, sealed=None)
            return
        sealed = self._seal(card_tag, delivery.code.reveal())
        tx.run(SETTLE, card=card_tag, state=step(state, AccountEvent.CODE).value, sealed=sealed)

    def _load(self, tx: Tx, card_tag: bytes) -> Account | None:
        row = tx.row(FIND, card=card_tag)
        if row is None:
            return None
        state = AccountState(row[0])
        if row[1] is None:
            return Account(state)
        text = self._sealer.open("account", "sealed", card_tag, row[1]).decode()
        if state is AccountState.OPEN:
            return Account(state, code=BodyCode.parse(text, DISCLOSURE))
        return Account(state, acquisition=AcquisitionNumber.parse(text))

    def _seal(self, card_tag: bytes, text: str) -> bytes:
        return self._sealer.seal("account", "sealed", card_tag, text.encode())

    def _card(self, card: Card) -> bytes:
        return self._keys.mac(INDEX_KEY, [_CARD + card.encode()])[0]

    def _acquisition(self, acquisition: AcquisitionNumber) -> bytes:
        return self._keys.mac(INDEX_KEY, [_ACQUISITION + acquisition.reveal().encode()])[0]
