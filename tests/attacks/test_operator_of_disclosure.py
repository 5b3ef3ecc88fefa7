"""A hostile operator of the disclosure system's database file."""

from pathlib import Path

import pytest

from renkei.crypto.columns import ColumnSealer
from renkei.crypto.keystore import KeyPurpose
from renkei.crypto.software import SoftwareKeyStore
from renkei.messages.acquisition import CodeDelivery
from renkei.platform.entropy import system_entropy
from renkei.platform.sql import Database, Store, Tx
from renkei.systems.disclosure import store
from renkei.systems.disclosure.ports import Card
from renkei.terms.bodies import DISCLOSURE
from renkei.terms.codes import AcquisitionNumber, BodyCode
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.terms.secrets import SecretText

MIGRATIONS = Path(store.__file__).parent / "migrations"
ONE, OTHER = Card("1"), Card("2")
NUMBERS = {ONE: AcquisitionNumber("1" * 32), OTHER: AcquisitionNumber("2" * 32)}


def exchange_tags(tx: Tx) -> None:
    (one, tag), (other, other_tag) = tx.rows("SELECT card_tag, acquisition_tag FROM account")
    for card, given in ((one, None), (other, tag), (one, other_tag)):
        tx.run("UPDATE account SET acquisition_tag = :tag WHERE card_tag = :card", tag=given, card=card)


async def test_a_code_that_arrives_under_an_exchanged_tag_opens_nobodys_page(tmp_path: Path) -> None:
    """Stopped by the acquisition number inside the seal: BAD_STORE, and no code is kept for the other citizen."""
    keys = SoftwareKeyStore.create(system_entropy)
    keys.make(store.INDEX_KEY, KeyPurpose.INDEX)
    keys.make(store.COLUMN_KEY, KeyPurpose.COLUMN)
    database = Database.open(Store(tmp_path / "disclosure.db"), [MIGRATIONS])
    accounts = store.AccountStore(database, keys, ColumnSealer(keys, store.COLUMN_KEY, system_entropy))
    for card, number in NUMBERS.items():
        await accounts.begin(card, number)
    await database.write("theft", exchange_tags)
    code = SecretText(BodyCode(DISCLOSURE, 1, bytes(16)).text())
    with pytest.raises(RenkeiError) as caught:
        await accounts.deliver([CodeDelivery(id="0" * 32, acquisition=NUMBERS[ONE], code=code)])
    assert caught.value.problem is Problem.BAD_STORE
    for card in NUMBERS:
        found = await accounts.find(card)
        assert found is not None
        assert found.code is None
    await database.close()
