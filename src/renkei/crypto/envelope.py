"""Sealing and signing what one body says to another, through interfaces that must not read it (design 1, 6).

A sender seals a fresh AES-256 key to the recipient (HPKE), signs that, and uses the key for its messages to this
recipient for a while (ADR 0014). Each message carries the sealed key, so that the recipient needs no memory to read it;
who remembers the key saves the four public-key operations. The header travels in the clear and is bound into the seal.
"""

import struct
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from renkei.crypto import hpke, signatures
from renkei.crypto.keystore import KeyState, KeyStore, active, openers, row
from renkei.messages.codec import encode
from renkei.messages.directory import OTHER_SIGN_KEYS, PublicKeys
from renkei.messages.envelope import Envelope, Header
from renkei.terms.affairs import InstantMs
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

KEY_LIFE_MS: Final = 15 * 60_000
"""How long after it was made a key may be used, by the sender's own clock."""
KEY_USES: Final = 2**24
"""Messages under one key; far below the 2^32 of NIST SP 800-38D §8.3, though our nonces count and never repeat."""
REMEMBERED: Final = 4_096
"""Keys of others that are remembered; one more makes the oldest forgotten, and costs its sender nothing."""
_KEY_BITS: Final = 256
_SEAL_KEY: Final = b"renkei/envelope/key/seal/1\0"
_SIGN_KEY: Final = b"renkei/envelope/key/sign/1\0"
_MESSAGE: Final = b"renkei/envelope/message/1\0"
_SINCE: Final = struct.Struct(">Q")
_COUNT: Final = struct.Struct(">Q")
_NONCE_HEAD: Final = bytes(4)


class EnvelopeError(RenkeiError):
    """The envelope was changed, or is not from whom its header says, or not for us."""

    def __init__(self, detail: str) -> None:
        super().__init__(Problem.BAD_ENVELOPE, detail)


@dataclass(frozen=True, slots=True)
class _Lent:
    """Our key for one recipient, as every message carries it; nonces count (RFC 5116 §3.2)."""

    since: InstantMs
    signed_by: str
    cipher: AESGCM = field(repr=False)
    key: bytes
    signature: bytes
    numbers: Iterator[int] = field(default_factory=count, repr=False)


_Place = tuple[bytes, bytes, bytes, bytes]
"""Parties, key, signature and the sender's public key: all that the checks of a borrowed key depend on."""


@dataclass(slots=True)
class _Memory:
    """Keys in use. All of it may be lost at any moment: then public-key operations are done once more."""

    lent: dict[tuple[bytes, bytes], _Lent] = field(default_factory=dict[tuple[bytes, bytes], _Lent], repr=False)
    """By parties and the recipient's public key."""
    borrowed: dict[_Place, AESGCM] = field(default_factory=dict[_Place, AESGCM], repr=False)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who speaks: a key store and the names of one party's keys in it (`141003-mayor/sign` where tenants share).

    Keys of one name follow each other (`keystore.row`): the active one signs, all that are not destroyed open.
    """

    store: KeyStore
    sign_key: str = "sign"
    seal_key: str = "seal"
    memory: _Memory = field(default_factory=_Memory, repr=False, compare=False)

    def public(self) -> PublicKeys:
        """What the directory has to say of this party; raises KeyRefusedError where a key is missing."""
        signs = active(self.store, self.sign_key)
        others = [
            info.id
            for info in row(self.store, self.sign_key)
            if info.id != signs and info.state is not KeyState.DESTROYED
        ]
        seals = [info.id for info in row(self.store, self.seal_key) if info.state in {KeyState.MADE, KeyState.ACTIVE}]
        newest = seals[0] if seals else active(self.store, self.seal_key)
        return PublicKeys(
            sign_key=self.store.public(signs),
            seal_key=self.store.public(newest),
            other_sign_keys=tuple(self.store.public(each) for each in others[:OTHER_SIGN_KEYS]),
        )


def seal_envelope(sender: Identity, header: Header, payload: bytes, recipient_public: bytes) -> Envelope:
    """Seal a payload to one recipient: AES-256-GCM with the header bound in, under a key that is sealed and signed.

    Args:
        sender: whose key signs; the header must name that party.
        header: label, both parties, id, time.
        payload: the bytes of a message.
        recipient_public: 1,216 bytes, from the directory.

    Raises:
        RenkeiError: SealError if the public key cannot be used, KeyRefusedError if the own key cannot.
    """
    lent, number = _lent(sender, header, recipient_public)
    nonce = _COUNT.pack(number)
    sealed = nonce + lent.cipher.encrypt(_NONCE_HEAD + nonce, payload, _MESSAGE + encode(header))
    return Envelope(header=header, key=lent.key, signature=lent.signature, sealed=sealed)


def open_envelope(recipient: Identity, envelope: Envelope, sender_publics: Sequence[bytes]) -> bytes:
    """The payload, once the signature holds and the seals open; in this order, so strangers cost no decapsulation.

    Args:
        recipient: whose key opens; callers compare `header.recipient` with themselves.
        envelope: as it came.
        sender_publics: of `header.sender`, 32 bytes Ed25519 each, from the directory: one of them has signed.

    Raises:
        EnvelopeError: any bit of header, key, signature or ciphertext differs from what the sender made, or the key was
            too old when the message was sent.
    """
    cipher = _borrowed(recipient, envelope, sender_publics)
    number, ciphertext = envelope.sealed[: _COUNT.size], envelope.sealed[_COUNT.size :]
    try:
        return cipher.decrypt(_NONCE_HEAD + number, ciphertext, _MESSAGE + encode(envelope.header))
    except (InvalidTag, ValueError):  # ValueError: cut short within the nonce
        raise EnvelopeError("seal") from None


def _lent(sender: Identity, header: Header, public: bytes) -> tuple[_Lent, int]:
    parties, signs = _parties(header), active(sender.store, sender.sign_key)
    lent = sender.memory.lent.get((parties, public))
    if lent is not None and lent.signed_by == signs and _in_its_life(lent.since, header.sent_at_ms):
        number = next(lent.numbers)
        if number < KEY_USES:
            return lent, number
    lent = sender.memory.lent[parties, public] = _lend(sender, signs, parties, header.sent_at_ms, public)
    return lent, next(lent.numbers)


def _lend(sender: Identity, signs: str, parties: bytes, since: InstantMs, public: bytes) -> _Lent:
    secret, stamp = AESGCM.generate_key(_KEY_BITS), _SINCE.pack(since)
    key = stamp + hpke.seal(public, _SEAL_KEY + stamp + parties, secret)
    return _Lent(since, signs, AESGCM(secret), key, sender.store.sign(signs, _SIGN_KEY + parties + key))


def _borrowed(recipient: Identity, envelope: Envelope, sender_publics: Sequence[bytes]) -> AESGCM:
    parties, key = _parties(envelope.header), envelope.key
    since = InstantMs(_SINCE.unpack_from(key)[0])
    borrowed = recipient.memory.borrowed
    places = [(parties, key, envelope.signature, public) for public in sender_publics]
    cipher = next((borrowed[place] for place in places if place in borrowed), None)
    if cipher is None:
        signed = _SIGN_KEY + parties + key
        place = next((each for each in places if signatures.verify(each[3], envelope.signature, signed)), None)
        if place is None:
            raise EnvelopeError("signature")
        cipher = AESGCM(_secret(recipient, parties, key))
        while len(borrowed) >= REMEMBERED:
            del borrowed[next(iter(borrowed))]
        borrowed[place] = cipher
    if not _in_its_life(since, envelope.header.sent_at_ms):
        raise EnvelopeError("key: too old for the message")
    return cipher


def _secret(recipient: Identity, parties: bytes, key: bytes) -> bytes:
    stamp, sealed = key[: _SINCE.size], key[_SINCE.size :]
    for key_id in openers(recipient.store, recipient.seal_key):
        with suppress(hpke.SealError):
            return recipient.store.open(key_id, _SEAL_KEY + stamp + parties, sealed)
    raise EnvelopeError("seal")


def _in_its_life(since: InstantMs, sent_at: InstantMs) -> bool:
    return since <= sent_at <= since + KEY_LIFE_MS


def _parties(header: Header) -> bytes:
    """Ids have no zero byte, so that this has one reading."""
    return header.sender.encode() + b"\0" + header.recipient.encode() + b"\0"
