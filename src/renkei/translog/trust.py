"""Whom a verifier trusts: the trust file that `renkei verify --trust` and every provider read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Self

import msgspec

from renkei.messages.codec import Message, decode, encode
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.translog.keys import KeyType, NoteError, VerifierKey

MAX_WITNESSES: Final = 15
"""With the log's own, as many signatures as a note may carry."""


class TrustFile(Message, frozen=True):
    """The trust file: origin and vkey of the log, vkeys of the witnesses, how many of these must have cosigned."""

    origin: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    log: str
    witnesses: Annotated[tuple[str, ...], msgspec.Meta(max_length=MAX_WITNESSES)] = ()
    cosignatures_required: Annotated[int, msgspec.Meta(ge=0, le=MAX_WITNESSES)] = 0


@dataclass(frozen=True)
class Trust:
    """Origin and key of one log, its witnesses, and how many distinct ones must have cosigned a checkpoint."""

    origin: str
    log: VerifierKey
    witnesses: tuple[VerifierKey, ...] = ()
    cosignatures_required: int = 0

    def __post_init__(self) -> None:
        """Refuse what could never be met, and one key counted twice under two names."""
        kinds = {witness.type for witness in self.witnesses}
        distinct = {witness.public for witness in self.witnesses} | {self.log.public}
        if self.log.type is not KeyType.ED25519 or not kinds <= {KeyType.COSIGNATURE}:
            raise RenkeiError(Problem.BAD_CONFIGURATION, "trust: key type")
        if len(distinct) != len(self.witnesses) + 1:
            raise RenkeiError(Problem.BAD_CONFIGURATION, "trust: the same key twice")
        if not 0 <= self.cosignatures_required <= len(self.witnesses):
            raise RenkeiError(Problem.BAD_CONFIGURATION, "trust: more cosignatures than witnesses")

    @property
    def keys(self) -> tuple[VerifierKey, ...]:
        """The log's key first, then the witnesses'."""
        return (self.log, *self.witnesses)

    @classmethod
    def parse(cls, data: bytes | str) -> Self:
        """Read a trust file.

        Raises:
            RenkeiError: as `messages.codec.decode`, and BAD_CONFIGURATION for keys that are none or cannot be met.
        """
        return cls._from(decode(TrustFile, data))

    @classmethod
    def from_dict(cls, mapping: Mapping[str, Any]) -> Self:
        """The trust file as a mapping; raises what `parse` raises."""
        return cls.parse(msgspec.json.encode(mapping))

    @classmethod
    def _from(cls, file: TrustFile) -> Self:
        try:
            witnesses = tuple(VerifierKey.parse(text) for text in file.witnesses)
            return cls(file.origin, VerifierKey.parse(file.log), witnesses, file.cosignatures_required)
        except NoteError as error:
            raise RenkeiError(Problem.BAD_CONFIGURATION, f"trust: {error.detail}") from None

    def render(self) -> bytes:
        """The trust file's bytes."""
        witnesses = tuple(witness.text() for witness in self.witnesses)
        file = TrustFile(origin=self.origin, log=self.log.text(), witnesses=witnesses)
        return encode(msgspec.structs.replace(file, cosignatures_required=self.cosignatures_required))

    def to_dict(self) -> dict[str, Any]:
        """The trust file as a mapping of plain values."""
        mapping: dict[str, Any] = msgspec.json.decode(self.render())
        return mapping
