"""Keys that follow each other: at no moment is an honest message refused, and a destroyed key is worth nothing."""

from collections.abc import Callable

import pytest

from renkei.crypto.envelope import EnvelopeError, Identity, open_envelope, seal_envelope
from renkei.crypto.keystore import KeyInfo, KeyPurpose, KeyRefusedError, KeyState
from renkei.crypto.software import SoftwareKeyStore
from renkei.messages.directory import OTHER_SIGN_KEYS, PublicKeys
from renkei.messages.envelope import Header, Label
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import CORE, BodyId

MAYOR = BodyId("141003-mayor")
HEADER = Header(
    label=Label.NOTICES, sender=CORE, recipient=MAYOR, message="0f" * 16, sent_at_ms=InstantMs(1_700_000_000_000)
)
Party = Callable[[str], SoftwareKeyStore]
STEPS = (SoftwareKeyStore.follow, SoftwareKeyStore.succeed, SoftwareKeyStore.clear)


def step(party: Identity, number: int) -> PublicKeys:
    for name in ("sign", "seal"):
        STEPS[number](_software(party), name)
    return party.public()


def _software(party: Identity) -> SoftwareKeyStore:
    assert isinstance(party.store, SoftwareKeyStore)
    return party.store


def believed(keys: PublicKeys) -> tuple[bytes, ...]:
    return keys.sign_key, *keys.other_sign_keys


def test_at_every_step_whoever_knows_the_directory_of_the_step_before_reads_and_is_read(other_store: Party) -> None:
    core, mayor = Identity(other_store("core")), Identity(other_store("mayor"))
    before = core.public(), mayor.public()
    for number in (*range(3), *range(3)):
        now = step(core, number), step(mayor, number)
        for of_core in (before[0], now[0]):
            for of_mayor in (before[1], now[1]):
                envelope = seal_envelope(core, HEADER, b"notice", of_mayor.seal_key)
                assert open_envelope(mayor, envelope, believed(of_core)) == b"notice"
        before = now


def test_a_new_key_is_sealed_to_at_once_and_signs_only_after_everybody_may_know_it(other_store: Party) -> None:
    core = Identity(other_store("core"))
    first, made = core.public(), step(core, 0)
    assert (made.sign_key, made.other_sign_keys) == (first.sign_key, (core.store.public("sign.2"),))
    assert made.seal_key == core.store.public("seal.2") != first.seal_key
    active = step(core, 1)
    assert (active.sign_key, active.other_sign_keys) == (core.store.public("sign.2"), (first.sign_key,))
    assert step(core, 2).other_sign_keys == ()


def test_what_a_destroyed_key_signed_or_was_sealed_to_is_refused(other_store: Party) -> None:
    core, mayor = Identity(other_store("core")), Identity(other_store("mayor"))
    old = mayor.public()
    signed = seal_envelope(core, HEADER, b"p", old.seal_key)
    for number in range(3):
        keys = step(core, number)
    with pytest.raises(EnvelopeError, match="signature"):
        open_envelope(mayor, signed, believed(keys))
    for number in range(3):
        step(mayor, number)
    sealed = seal_envelope(core, HEADER, b"p", old.seal_key)
    with pytest.raises(EnvelopeError, match="seal"):
        open_envelope(mayor, sealed, believed(keys))


def test_a_key_that_was_lent_out_is_signed_anew_by_the_new_key(other_store: Party) -> None:
    core, mayor = Identity(other_store("core")), Identity(other_store("mayor"))
    public = mayor.public().seal_key
    first = seal_envelope(core, HEADER, b"p", public)
    assert seal_envelope(core, HEADER, b"p", public).signature == first.signature
    for number in range(2):
        keys = step(core, number)
    fresh = seal_envelope(core, HEADER, b"p", public)
    assert open_envelope(mayor, fresh, [keys.sign_key]) == b"p"


def test_of_many_that_nobody_destroyed_only_the_newest_are_believed(other_store: Party) -> None:
    core = Identity(other_store("core"))
    for _ in range(OTHER_SIGN_KEYS + 2):
        step(core, 0)
        keys = step(core, 1)
    assert keys.sign_key == core.store.public(f"sign.{OTHER_SIGN_KEYS + 3}")
    assert keys.other_sign_keys == tuple(core.store.public(f"sign.{epoch}") for epoch in (6, 5, 4, 3))


def test_a_step_out_of_its_turn_is_refused_and_changes_nothing(other_store: Party) -> None:
    store = other_store("core")
    before = store.list_keys()
    with pytest.raises(KeyRefusedError, match="no key follows it"):
        store.succeed("sign")
    assert store.clear("sign") == []
    assert store.list_keys() == before
    store.follow("sign")
    with pytest.raises(KeyRefusedError, match="made already"):
        store.follow("sign")
    with pytest.raises(KeyRefusedError, match="unknown"):
        store.follow("nobody/sign")


def test_keys_of_names_that_only_begin_alike_do_not_follow_each_other(other_store: Party) -> None:
    store = other_store("core")
    store.make("sign.2.extra", KeyPurpose.SIGN, 2)
    store.make("signs", KeyPurpose.SIGN)
    assert store.follow("sign") == KeyInfo("sign.2", KeyPurpose.SIGN, 2, KeyState.MADE)


def test_a_store_takes_over_what_changed_in_its_file_and_nothing_that_lacks_a_key(other_store: Party) -> None:
    unlock = b"unlock"
    store = other_store("core")
    file = store.dump(unlock)
    assert not store.refresh(file, unlock)
    elsewhere = SoftwareKeyStore.load(file, unlock, bytes)
    store.follow("sign")
    with pytest.raises(KeyRefusedError, match=r"sign\.2: gone"):
        store.refresh(file, unlock)
    assert elsewhere.refresh(store.dump(unlock), unlock)
    assert elsewhere.list_keys() == store.list_keys()
    assert elsewhere.public("sign.2") == store.public("sign.2")
