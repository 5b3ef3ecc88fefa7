"""The sealed key file: opens with its unlock secret, shows nothing, and no byte of it can be changed."""

import pytest

from renkei.crypto import keyfile
from renkei.crypto.keyfile import KeyRecord
from renkei.crypto.keystore import Entropy, KeyInfo, KeyPurpose, KeyState
from renkei.crypto.software import SoftwareKeyStore
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

UNLOCK = b"unlock" * 6


def refused(blob: bytes, unlock: bytes = UNLOCK) -> str:
    with pytest.raises(RenkeiError) as caught:
        keyfile.unseal(blob, unlock)
    assert caught.value.problem is Problem.BAD_STORE
    return str(caught.value)


def test_a_loaded_store_does_what_the_dumped_one_did(store: SoftwareKeyStore, entropy: Entropy) -> None:
    store.retire("body")
    again = SoftwareKeyStore.load(store.dump(UNLOCK), UNLOCK, entropy)
    assert again.list_keys() == store.list_keys()
    assert again.sign("sign", b"m") == store.sign("sign", b"m")
    assert again.public("seal") == store.public("seal")
    assert again.mac("link", [b"m"]) == store.mac("link", [b"m"])
    assert again.derive("body", b"c") == store.derive("body", b"c")


def test_a_destroyed_key_is_gone_from_the_file(store: SoftwareKeyStore, entropy: Entropy) -> None:
    secret = store._keys["link"].secret
    store.destroy("link")
    blob = store.dump(UNLOCK)
    records = {record.info.id: record for record in keyfile.unseal(blob, UNLOCK)}
    assert records["link"] == KeyRecord(KeyInfo("link", KeyPurpose.LINK, 1, KeyState.DESTROYED), b"")
    assert all(record.secret != secret for record in records.values())
    assert SoftwareKeyStore.load(blob, UNLOCK, entropy).list_keys() == store.list_keys()


def test_no_secret_stands_in_the_file(store: SoftwareKeyStore) -> None:
    blob = store.dump(UNLOCK)
    assert all(key.secret not in blob for key in store._keys.values())
    assert b"link" not in blob


def test_two_dumps_differ_in_salt_and_nonce(store: SoftwareKeyStore) -> None:
    assert store.dump(UNLOCK)[10:38] != store.dump(UNLOCK)[10:38]


def test_another_unlock_does_not_open_it(store: SoftwareKeyStore) -> None:
    assert "does not open" in refused(store.dump(UNLOCK), b"other")


# Every field of the header (each changed bit of salt or nonce costs one scrypt, so one bit of each), and the sealed part.
@pytest.mark.parametrize("at", [0, 7, 8, 9, 10, 25, 26, 37, 38, 60, -1])
def test_a_changed_byte_is_refused(entropy: Entropy, at: int) -> None:
    store = SoftwareKeyStore.create(entropy)
    store.make("sign", KeyPurpose.SIGN)
    blob = bytearray(store.dump(UNLOCK))
    blob[at] ^= 1
    refused(bytes(blob))


@pytest.mark.parametrize("length", [0, 5, 37, 38, 50])
def test_a_file_cut_short_is_refused(store: SoftwareKeyStore, length: int) -> None:
    refused(store.dump(UNLOCK)[:length])


def test_a_dearer_cost_than_ours_is_read_and_an_absurd_one_is_not(
    entropy: Entropy, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [KeyRecord(KeyInfo("a", KeyPurpose.LINK, 1, KeyState.ACTIVE), b"s" * 32)]
    with monkeypatch.context() as patch:
        patch.setattr(keyfile, "_COST", 16)
        dear = keyfile.seal(records, UNLOCK, entropy)
    assert keyfile.unseal(dear, UNLOCK) == records
    refused(dear[:9] + b"\x1f" + dear[10:])
    refused(dear[:9] + b"\x01" + dear[10:])


def test_a_record_does_not_print_its_secret() -> None:
    record = KeyRecord(KeyInfo("a", KeyPurpose.LINK, 1, KeyState.ACTIVE), b"geheim")
    assert repr([record]) == "[<key record a>]"
