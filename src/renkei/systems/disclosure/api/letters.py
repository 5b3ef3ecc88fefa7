"""Envelopes between the disclosure system and the core: sealed, signed, passed by interface D unread (design 1, 6)."""

from collections.abc import Callable
from typing import TypeVar

from renkei.crypto.envelope import EnvelopeError, Identity, open_envelope, seal_envelope
from renkei.messages.codec import Message, decode, encode
from renkei.messages.directory import Directory, sign_keys
from renkei.messages.envelope import Envelope, Header, Label
from renkei.platform.clock import Clock
from renkei.platform.entropy import Entropy, new_id
from renkei.terms.bodies import CORE, DISCLOSURE

M = TypeVar("M", bound=Message)


class Letters:
    """Writes to the core and reads what the core wrote; keys of the core come from the directory."""

    def __init__(self, identity: Identity, directory: Callable[[], Directory], clock: Clock, entropy: Entropy) -> None:
        self._identity = identity
        self._directory = directory
        self._clock = clock
        self._entropy = entropy

    def write(self, label: Label, message: Message, answers: str | None = None) -> Envelope:
        """Seal a message to the core."""
        header = Header(
            label=label,
            sender=DISCLOSURE,
            recipient=CORE,
            message=new_id(self._entropy),
            sent_at_ms=self._clock.now_ms(),
            answers=answers,
        )
        return seal_envelope(self._identity, header, encode(message), self._directory().seal_key)

    def read(self, envelope: Envelope, label: Label, kind: type[M], answers: str | None = None) -> M:
        """Open a letter of the core that must be of this kind, and the reply to `answers` where one is awaited."""
        header = envelope.header
        if (header.sender, header.recipient, header.label, header.answers) != (CORE, DISCLOSURE, label, answers):
            raise EnvelopeError("header")
        return decode(kind, open_envelope(self._identity, envelope, sign_keys(self._directory())))
