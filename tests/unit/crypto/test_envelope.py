"""Envelopes: interfaces read the header, nobody changes it, and only the recipient reads the rest."""

from collections.abc import Callable

import msgspec
import pytest

from renkei.crypto.envelope import KEY_LIFE_MS, EnvelopeError, Identity, open_envelope, seal_envelope
from renkei.crypto.software import SoftwareKeyStore
from renkei.messages.codec import decode, encode
from renkei.messages.envelope import Envelope, Header, Label
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import CORE, BodyId
from renkei.terms.problems import Problem

MAYOR = BodyId("141003-mayor")
HEADER = Header(
    label=Label.NOTICES, sender=CORE, recipient=MAYOR, message="0f" * 16, sent_at_ms=InstantMs(1_700_000_000_000)
)
Party = Callable[[str], SoftwareKeyStore]


def changed(envelope: Envelope, **fields: object) -> Envelope:
    return msgspec.structs.replace(envelope, **fields)


def flip(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_the_recipient_opens_what_the_sender_sealed_also_after_the_wire(other_store: Party) -> None:
    core, mayor = other_store("core"), other_store("mayor")
    envelope = seal_envelope(Identity(core), HEADER, b"payload", mayor.public("seal"))
    again = decode(Envelope, encode(envelope))
    assert open_envelope(Identity(mayor), again, [core.public("sign")]) == b"payload"
    assert b"payload" not in encode(envelope)


def test_every_changed_byte_is_refused(other_store: Party) -> None:
    core, mayor = Identity(other_store("core")), Identity(other_store("mayor"))
    envelope = seal_envelope(core, HEADER, b"p", mayor.store.public("seal"))
    public = core.store.public("sign")
    for recipient in (Identity(mayor.store), mayor):  # who knows the key already, and who does not
        for field, why in (("key", "signature"), ("signature", "signature"), ("sealed", "seal")):
            value = getattr(envelope, field)
            for at in range(len(value)):
                with pytest.raises(EnvelopeError, match=why):
                    open_envelope(recipient, changed(envelope, **{field: flip(value, at)}), [public])
        assert open_envelope(recipient, envelope, [public]) == b"p"


def test_a_ciphertext_cut_short_is_refused(other_store: Party) -> None:
    core, mayor = other_store("core"), other_store("mayor")
    envelope = seal_envelope(Identity(core), HEADER, b"payload", mayor.public("seal"))
    for length in range(len(envelope.sealed)):
        with pytest.raises(EnvelopeError, match="seal"):
            open_envelope(Identity(mayor), changed(envelope, sealed=envelope.sealed[:length]), [core.public("sign")])


@pytest.mark.parametrize(
    "field",
    [
        {"label": Label.ANSWERS},
        {"sender": BodyId("x")},
        {"recipient": BodyId("x")},
        {"message": "00" * 16},
        {"sent_at_ms": InstantMs(1)},
        {"answers": "0f" * 16},
    ],
    ids=lambda field: next(iter(field)),
)
def test_every_header_field_is_bound(other_store: Party, field: dict[str, object]) -> None:
    core, mayor = other_store("core"), other_store("mayor")
    envelope = seal_envelope(Identity(core), HEADER, b"p", mayor.public("seal"))
    other = changed(envelope, header=msgspec.structs.replace(HEADER, **field))
    with pytest.raises(EnvelopeError) as caught:
        open_envelope(Identity(mayor), other, [core.public("sign")])
    assert caught.value.problem is Problem.BAD_ENVELOPE


def test_a_stolen_key_signed_anew_by_a_thief_does_not_open(other_store: Party) -> None:
    core, mayor, thief = other_store("core"), other_store("mayor"), other_store("thief")
    stolen = seal_envelope(Identity(core), HEADER, b"p", mayor.public("seal")).key[8:]
    # The thief signs the core's sealed key as its own: it is bound to the parties for whom the core sealed it.
    header = msgspec.structs.replace(HEADER, sender=BodyId("thief"))
    own = seal_envelope(Identity(thief), header, b"q", mayor.public("seal"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("renkei.crypto.hpke.seal", lambda *_: stolen)
        forged = seal_envelope(Identity(thief), header, b"", mayor.public("seal"))
    assert open_envelope(Identity(mayor), own, [thief.public("sign")]) == b"q"
    with pytest.raises(EnvelopeError, match="seal"):
        open_envelope(Identity(mayor), forged, [thief.public("sign")])


def test_another_sender_or_another_recipient_does_not_pass(other_store: Party) -> None:
    core, mayor, other = other_store("core"), other_store("mayor"), other_store("other")
    envelope = seal_envelope(Identity(core), HEADER, b"p", mayor.public("seal"))
    with pytest.raises(EnvelopeError, match="signature"):
        open_envelope(Identity(mayor), envelope, [other.public("sign")])
    with pytest.raises(EnvelopeError, match="seal"):
        open_envelope(Identity(other), envelope, [core.public("sign")])


def at(moment: int) -> Header:
    return msgspec.structs.replace(HEADER, message=f"{moment:032x}", sent_at_ms=InstantMs(moment))


def test_a_key_serves_many_messages_and_no_number_comes_twice(other_store: Party) -> None:
    core, mayor = Identity(other_store("core")), Identity(other_store("mayor"))
    public = mayor.store.public("seal")
    envelopes = [seal_envelope(core, at(moment), b"p", public) for moment in range(100)]
    assert len({each.key for each in envelopes}) == 1
    assert len({each.sealed[:8] for each in envelopes}) == 100
    assert [open_envelope(mayor, each, [core.store.public("sign")]) for each in envelopes] == [b"p"] * 100


def test_public_key_operations_are_done_once_per_key(other_store: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    core, mayor = Identity(other_store("core")), Identity(other_store("mayor"))
    public, signer = mayor.store.public("seal"), core.store.public("sign")
    open_envelope(mayor, seal_envelope(core, HEADER, b"p", public), [signer])
    for name in ("hpke.seal", "hpke.open_sealed", "signatures.verify"):
        monkeypatch.setattr(f"renkei.crypto.{name}", None)
    assert open_envelope(mayor, seal_envelope(core, HEADER, b"q", public), [signer]) == b"q"


def test_a_key_is_used_for_a_quarter_of_an_hour_and_not_for_a_message_from_before_it(other_store: Party) -> None:
    core, public = Identity(other_store("core")), other_store("mayor").public("seal")
    keys = [seal_envelope(core, at(moment), b"p", public).key for moment in (5, 5 + KEY_LIFE_MS, 6 + KEY_LIFE_MS, 4)]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


def test_a_message_under_a_key_that_was_too_old_or_not_yet_made_is_refused(
    other_store: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    core, mayor = Identity(other_store("core")), Identity(other_store("mayor"))
    seal_envelope(core, at(1_000), b"p", mayor.store.public("seal"))
    monkeypatch.setattr("renkei.crypto.envelope.KEY_LIFE_MS", 2**40)
    late = seal_envelope(core, at(1_001 + KEY_LIFE_MS), b"p", mayor.store.public("seal"))
    monkeypatch.setattr("renkei.crypto.envelope.KEY_LIFE_MS", KEY_LIFE_MS)
    with pytest.raises(EnvelopeError, match="too old"):
        open_envelope(mayor, late, [core.store.public("sign")])


def test_a_full_key_is_followed_by_another(other_store: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    core, public = Identity(other_store("core")), other_store("mayor").public("seal")
    monkeypatch.setattr("renkei.crypto.envelope.KEY_USES", 2)
    keys = [seal_envelope(core, HEADER, b"p", public).key for _ in range(5)]
    assert [keys.index(key) for key in keys] == [0, 0, 2, 2, 4]


def test_each_recipient_and_each_new_public_key_has_a_key_of_its_own(other_store: Party) -> None:
    core, first, second = Identity(other_store("core")), other_store("mayor"), other_store("later")
    other = msgspec.structs.replace(HEADER, recipient=BodyId("x"))
    made = [(HEADER, first), (other, first), (HEADER, second)]
    assert len({seal_envelope(core, header, b"p", store.public("seal")).key for header, store in made}) == 3


def test_what_is_remembered_is_bounded_and_what_was_forgotten_still_opens(
    other_store: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    core, mayor = other_store("core"), Identity(other_store("mayor"))
    monkeypatch.setattr("renkei.crypto.envelope.REMEMBERED", 3)
    envelopes = [seal_envelope(Identity(core), HEADER, b"p", mayor.store.public("seal")) for _ in range(5)]
    for envelope in envelopes + envelopes:
        assert open_envelope(mayor, envelope, [core.public("sign")]) == b"p"
        assert len(mayor.memory.borrowed) <= 3


def test_a_remembered_key_is_not_believed_of_another_sender_key(other_store: Party) -> None:
    core, mayor = Identity(other_store("core")), Identity(other_store("mayor"))
    envelope = seal_envelope(core, HEADER, b"p", mayor.store.public("seal"))
    open_envelope(mayor, envelope, [core.store.public("sign")])
    with pytest.raises(EnvelopeError, match="signature"):
        open_envelope(mayor, envelope, [other_store("other").public("sign")])


def test_no_key_is_printed(other_store: Party) -> None:
    core = Identity(other_store("core"))
    seal_envelope(core, HEADER, b"p", other_store("mayor").public("seal"))
    assert "cipher" not in repr(core)
