"""HPKE with the hybrid KEM: opens for its key and context alone."""

import pytest

from renkei.crypto import hpke
from renkei.crypto.hpke import OVERHEAD_BYTES, PUBLIC_BYTES, SealError
from renkei.crypto.keystore import KeyPurpose
from renkei.crypto.software import SoftwareKeyStore
from renkei.terms.problems import Problem


@pytest.mark.parametrize("length", [0, 1, 2_048, 100_000])
def test_what_was_sealed_opens_and_is_longer_by_the_overhead(store: SoftwareKeyStore, length: int) -> None:
    plaintext = b"p" * length
    sealed = hpke.seal(store.public("seal"), b"info", plaintext)
    assert len(sealed) == length + OVERHEAD_BYTES
    assert store.open("seal", b"info", sealed) == plaintext


def test_the_public_key_is_ml_kem_768_then_x25519(store: SoftwareKeyStore) -> None:
    public = store.public("seal")
    assert len(public) == PUBLIC_BYTES == 1_216
    assert public == hpke.public_of_seed(store._keys["seal"].secret)


def test_sealing_twice_gives_different_bytes(store: SoftwareKeyStore) -> None:
    public = store.public("seal")
    assert hpke.seal(public, b"", b"p") != hpke.seal(public, b"", b"p")


def test_every_changed_byte_is_refused(store: SoftwareKeyStore) -> None:
    sealed = hpke.seal(store.public("seal"), b"info", b"content")
    for at in range(len(sealed)):
        changed = sealed[:at] + bytes([sealed[at] ^ 0x40]) + sealed[at + 1 :]
        with pytest.raises(SealError):
            store.open("seal", b"info", changed)


@pytest.mark.parametrize("cut", [0, 1, 32, 1_119, 1_120, 1_135])
def test_what_is_cut_short_is_refused(store: SoftwareKeyStore, cut: int) -> None:
    sealed = hpke.seal(store.public("seal"), b"info", b"content")
    with pytest.raises(SealError):
        store.open("seal", b"info", sealed[:cut])


def test_another_info_or_another_key_does_not_open(store: SoftwareKeyStore) -> None:
    store.make("other", KeyPurpose.SEAL)
    sealed = hpke.seal(store.public("seal"), b"info", b"content")
    with pytest.raises(SealError):
        store.open("seal", b"infO", sealed)
    with pytest.raises(SealError) as caught:
        store.open("other", b"info", sealed)
    assert caught.value.problem is Problem.BAD_ENVELOPE


@pytest.mark.parametrize(
    "public",
    [b"", b"x" * 1_215, b"\xff" * 1_216, b"\x00" * 1_216],
    ids=["empty", "short", "no ML-KEM key", "X25519 point of small order"],
)
def test_a_public_key_that_is_none_is_refused(public: bytes) -> None:
    with pytest.raises(SealError, match="seal key"):
        hpke.seal(public, b"info", b"content")
