"""Envelopes: interfaces read the header, nobody changes it, and only the recipient reads the rest."""

from collections.abc import Callable

import msgspec
import pytest

from renkei.crypto.envelope import EnvelopeError, Identity, open_envelope, seal_envelope
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
    assert open_envelope(Identity(mayor), again, core.public("sign")) == b"payload"
    assert b"payload" not in encode(envelope)


def test_every_changed_byte_of_ciphertext_and_signature_is_refused(other_store: Party) -> None:
    core, mayor = other_store("core"), other_store("mayor")
    envelope = seal_envelope(Identity(core), HEADER, b"p", mayor.public("seal"))
    public = core.public("sign")
    for at in range(len(envelope.sealed)):
        with pytest.raises(EnvelopeError, match="signature"):
            open_envelope(Identity(mayor), changed(envelope, sealed=flip(envelope.sealed, at)), public)
    for at in range(64):
        with pytest.raises(EnvelopeError, match="signature"):
            open_envelope(Identity(mayor), changed(envelope, signature=flip(envelope.signature, at)), public)


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
    with pytest.raises(EnvelopeError, match="signature") as caught:
        open_envelope(Identity(mayor), other, core.public("sign"))
    assert caught.value.problem is Problem.BAD_ENVELOPE


def test_a_stolen_ciphertext_signed_anew_under_another_header_does_not_open(other_store: Party) -> None:
    core, mayor, thief = other_store("core"), other_store("mayor"), other_store("thief")
    envelope = seal_envelope(Identity(core), HEADER, b"p", mayor.public("seal"))
    # The thief signs the core's ciphertext as its own: the seal is bound to the header that the core wrote.
    header = msgspec.structs.replace(HEADER, sender=BodyId("thief"))
    own = seal_envelope(Identity(thief), header, b"q", mayor.public("seal"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("renkei.crypto.hpke.seal", lambda *_: envelope.sealed)
        forged = seal_envelope(Identity(thief), header, b"", mayor.public("seal"))
    assert open_envelope(Identity(mayor), own, thief.public("sign")) == b"q"
    with pytest.raises(EnvelopeError, match="seal"):
        open_envelope(Identity(mayor), forged, thief.public("sign"))


def test_another_sender_or_another_recipient_does_not_pass(other_store: Party) -> None:
    core, mayor, other = other_store("core"), other_store("mayor"), other_store("other")
    envelope = seal_envelope(Identity(core), HEADER, b"p", mayor.public("seal"))
    with pytest.raises(EnvelopeError, match="signature"):
        open_envelope(Identity(mayor), envelope, other.public("sign"))
    with pytest.raises(EnvelopeError, match="seal"):
        open_envelope(Identity(other), envelope, core.public("sign"))
