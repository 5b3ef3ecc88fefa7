"""Sealing and signing what one body says to another, through interfaces that must not read it (design 1, 6).

The header travels in the clear and is bound twice: into the seal (HPKE `info`) and into the signature.
"""

import struct
from dataclasses import dataclass
from typing import Final

from renkei.crypto import hpke, signatures
from renkei.crypto.keystore import KeyStore
from renkei.messages.codec import encode
from renkei.messages.envelope import Envelope, Header
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

_INFO: Final = b"renkei/envelope/seal/1\0"
_SIGNED: Final = b"renkei/envelope/sign/1\0"


class EnvelopeError(RenkeiError):
    """The envelope was changed, or is not from whom its header says, or not for us."""

    def __init__(self, detail: str) -> None:
        super().__init__(Problem.BAD_ENVELOPE, detail)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who speaks: a key store and the ids of one party's two keys in it (`141003-mayor/sign` where tenants share)."""

    store: KeyStore
    sign_key: str = "sign"
    seal_key: str = "seal"


def _signed(head: bytes, sealed: bytes) -> bytes:
    return _SIGNED + struct.pack(">I", len(head)) + head + sealed


def seal_envelope(sender: Identity, header: Header, payload: bytes, recipient_public: bytes) -> Envelope:
    """Seal a payload to one recipient and sign header and ciphertext: one encapsulation, one signature per message.

    Args:
        sender: whose key signs; the header must name that party.
        header: label, both parties, id, time.
        payload: the bytes of a message.
        recipient_public: 1,216 bytes, from the directory.

    Raises:
        RenkeiError: SealError if the public key cannot be used, KeyRefusedError if the own key cannot.
    """
    head = encode(header)
    sealed = hpke.seal(recipient_public, _INFO + head, payload)
    return Envelope(header=header, sealed=sealed, signature=sender.store.sign(sender.sign_key, _signed(head, sealed)))


def open_envelope(recipient: Identity, envelope: Envelope, sender_public: bytes) -> bytes:
    """The payload, once the signature holds and the seal opens; in this order, so strangers cost no decapsulation.

    Args:
        recipient: whose key opens; callers compare `header.recipient` with themselves.
        envelope: as it came.
        sender_public: 32 bytes Ed25519 of `header.sender`, from the directory.

    Raises:
        EnvelopeError: any bit of header, ciphertext or signature differs from what the sender made.
    """
    head = encode(envelope.header)
    if not signatures.verify(sender_public, envelope.signature, _signed(head, envelope.sealed)):
        raise EnvelopeError("signature")
    try:
        return recipient.store.open(recipient.seal_key, _INFO + head, envelope.sealed)
    except hpke.SealError:
        raise EnvelopeError("seal") from None
