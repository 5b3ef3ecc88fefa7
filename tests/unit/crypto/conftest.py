"""Keys for tests, made from a counted stream instead of luck."""

import hashlib
from collections.abc import Callable

import pytest

from renkei.crypto.codes import BODY_KEY, INDEX_KEY, LINK_KEY, RECORD_KEY, Codes
from renkei.crypto.keystore import Entropy, KeyPurpose
from renkei.crypto.software import SoftwareKeyStore


def counted(seed: str) -> Entropy:
    """Entropy that gives the same bytes in every run and never the same twice."""
    calls = 0

    def give(length: int) -> bytes:
        nonlocal calls
        calls += 1
        return hashlib.shake_256(f"{seed}/{calls}".encode()).digest(length)

    return give


@pytest.fixture
def entropy() -> Entropy:
    return counted("test")


@pytest.fixture
def store(entropy: Entropy) -> SoftwareKeyStore:
    """One key of each purpose; the id is the purpose's name."""
    store = SoftwareKeyStore.create(entropy)
    for purpose in KeyPurpose:
        store.make(purpose.value, purpose)
    return store


@pytest.fixture
def codes(store: SoftwareKeyStore) -> Codes:
    assert {LINK_KEY, BODY_KEY, RECORD_KEY, INDEX_KEY} <= {info.id for info in store.list_keys()}
    return Codes(store)


@pytest.fixture
def other_store() -> Callable[[str], SoftwareKeyStore]:
    """Another party's store, by name."""

    def make(name: str) -> SoftwareKeyStore:
        store = SoftwareKeyStore.create(counted(name))
        store.make("sign", KeyPurpose.SIGN)
        store.make("seal", KeyPurpose.SEAL)
        return store

    return make
