"""What a key may do depends on its purpose and its life, and never shows the key."""

import pickle
from collections.abc import Callable
from itertools import product

import pytest

from renkei.crypto import hpke, signatures
from renkei.crypto.keystore import ALLOWED, NEXT, USES, Entropy, KeyPurpose, KeyRefusedError, KeyState, KeyStore, KeyUse
from renkei.crypto.software import SoftwareKeyStore
from renkei.terms.problems import Problem


def sealed_to(seed: bytes) -> bytes:
    return hpke.seal(hpke.public_of_seed(seed), b"i", b"p") if len(seed) == hpke.SEED_BYTES else b""


OPERATIONS: dict[KeyUse, Callable[[SoftwareKeyStore, str], object]] = {
    KeyUse.PUBLIC: lambda store, key: store.public(key),
    KeyUse.SIGN: lambda store, key: store.sign(key, b"m"),
    KeyUse.OPEN: lambda store, key: store.open(key, b"i", sealed_to(store._keys[key].secret)),
    KeyUse.MAC: lambda store, key: store.mac(key, [b"m"]),
    KeyUse.DERIVE: lambda store, key: store.derive(key, b"c"),
}


def in_state(entropy: Entropy, purpose: KeyPurpose, state: KeyState) -> SoftwareKeyStore:
    store = SoftwareKeyStore.create(entropy)
    store.make("key", purpose, active=False)
    steps = {
        KeyState.MADE: (),
        KeyState.ACTIVE: (store.activate,),
        KeyState.RETIRED: (store.activate, store.retire),
        KeyState.DESTROYED: (store.destroy,),
    }
    for step in steps[state]:
        step("key")
    assert store.list_keys()[0].state is state
    return store


def test_the_software_store_is_a_key_store(store: SoftwareKeyStore) -> None:
    as_protocol: KeyStore = store
    assert [info.id for info in as_protocol.list_keys()] == sorted(purpose.value for purpose in KeyPurpose)


@pytest.mark.parametrize(("purpose", "state", "use"), list(product(KeyPurpose, KeyState, KeyUse)))
def test_a_key_does_what_purpose_and_state_allow_and_refuses_all_else(
    entropy: Entropy, purpose: KeyPurpose, state: KeyState, use: KeyUse
) -> None:
    store = in_state(entropy, purpose, state)
    if use in USES[purpose] & ALLOWED[state]:
        assert OPERATIONS[use](store, "key")
    else:
        with pytest.raises(KeyRefusedError, match="key key: ") as caught:
            OPERATIONS[use](store, "key")
        assert caught.value.problem is Problem.BAD_CONFIGURATION


@pytest.mark.parametrize(("state", "after"), list(product(KeyState, KeyState)))
def test_the_life_of_a_key_follows_its_table(entropy: Entropy, state: KeyState, after: KeyState) -> None:
    store = in_state(entropy, KeyPurpose.SIGN, state)
    moves = {KeyState.ACTIVE: store.activate, KeyState.RETIRED: store.retire, KeyState.DESTROYED: store.destroy}
    if after is KeyState.MADE:
        assert after not in NEXT[state]  # nothing becomes unmade
    elif after in NEXT[state]:
        moves[after]("key")
        assert store.list_keys()[0].state is after
    else:
        with pytest.raises(KeyRefusedError):
            moves[after]("key")


def test_an_unknown_key_is_refused(store: SoftwareKeyStore) -> None:
    with pytest.raises(KeyRefusedError, match="nobody/sign: unknown"):
        store.sign("nobody/sign", b"m")


def test_an_id_is_never_used_twice(store: SoftwareKeyStore) -> None:
    store.destroy("sign")
    with pytest.raises(KeyRefusedError, match="exists"):
        store.make("sign", KeyPurpose.SIGN)


@pytest.mark.parametrize("key_id", ["", "a b", "a\n", "鍵", "x" * 129])
def test_an_id_is_short_printable_ascii(store: SoftwareKeyStore, key_id: str) -> None:
    with pytest.raises(KeyRefusedError):
        store.make(key_id, KeyPurpose.SIGN)


def test_tenants_keys_stand_side_by_side(entropy: Entropy) -> None:
    store = SoftwareKeyStore.create(entropy)
    store.make("141003-mayor/sign", KeyPurpose.SIGN)
    store.make("141003-education/sign", KeyPurpose.SIGN, epoch=2)
    assert store.public("141003-mayor/sign") != store.public("141003-education/sign")
    assert [(info.id, info.epoch) for info in store.list_keys()] == [
        ("141003-education/sign", 2),
        ("141003-mayor/sign", 1),
    ]


def test_a_signature_verifies_under_the_public_half_and_no_other(store: SoftwareKeyStore) -> None:
    store.make("other", KeyPurpose.SIGN)
    signature = store.sign("sign", b"message")
    assert signatures.verify(store.public("sign"), signature, b"message")
    assert not signatures.verify(store.public("other"), signature, b"message")
    assert not signatures.verify(store.public("sign"), signature, b"messagE")
    assert not signatures.verify(b"short", signature, b"message")
    assert not signatures.verify(store.public("sign"), b"short", b"message")


def test_macs_of_a_long_list_are_those_of_short_ones(store: SoftwareKeyStore) -> None:
    messages = [str(i).encode() for i in range(50)]
    assert store.mac("link", messages) == [store.mac("link", [message])[0] for message in messages]
    assert store.mac("link", []) == []


def test_derivation_depends_on_key_context_and_is_extendable(store: SoftwareKeyStore) -> None:
    assert store.derive("body", b"a") != store.derive("body", b"b")
    assert store.derive("body", b"a") != store.derive("record", b"a")
    assert store.derive("body", b"a", 64)[:32] == store.derive("body", b"a")


def secrets_of(store: SoftwareKeyStore) -> list[bytes]:
    return [key.secret for key in store._keys.values() if key.secret]


def test_nothing_of_a_store_prints_its_keys(store: SoftwareKeyStore) -> None:
    shown = repr(store) + repr(store._keys) + repr(store.list_keys())
    assert "sign" in shown
    for secret in secrets_of(store):
        assert secret.hex() not in shown
        assert repr(secret)[2:-1] not in shown


def test_a_store_is_not_pickled(store: SoftwareKeyStore) -> None:
    with pytest.raises((TypeError, AttributeError, pickle.PicklingError)):
        pickle.dumps(store)
