"""The codes that name a person inside the network (法21条の2, 命令41条の2-45), and a body's own numbers for people."""

import base64
import hashlib
import re
from dataclasses import dataclass, field
from typing import Final, NoReturn, Self

from renkei.terms.bodies import BodyId
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.terms.secrets import Secret

BLOCK_BYTES: Final = 16
_CHECK_BYTES: Final = 5
_TEXT: Final = re.compile(r"1([0-9a-f]{2})-([a-z2-7]{26})-[a-z2-7]{8}")
_EPOCHS: Final = range(256)
_CHECK_DOMAIN: Final = b"renkei/body-code-check/1\0"


class _Unpickled:
    """A code goes nowhere but in its text form inside a sealed message."""

    __slots__ = ()

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{type(self).__name__} is not pickled")


def _block(value: bytes, what: str) -> bytes:
    if len(value) != BLOCK_BYTES:
        raise RenkeiError(Problem.BAD_CODE, f"{what}: {BLOCK_BYTES} bytes wanted")
    return value


@dataclass(frozen=True, slots=True)
class LinkCode(_Unpickled):
    """連携用符号: one per person, inside the core's cryptography only (design 2)."""

    _value: bytes = field(repr=False)

    def __post_init__(self) -> None:
        _block(self._value, "連携用符号")

    def reveal(self) -> bytes:
        """The 16 bytes, for crypto.codes alone."""
        return self._value


@dataclass(frozen=True, slots=True)
class RecordCode(_Unpickled):
    """情報提供等記録用符号: names the person in the core's record file and leaves the core never (命令47条3項)."""

    _value: bytes = field(repr=False)

    def __post_init__(self) -> None:
        _block(self._value, "情報提供等記録用符号")

    def reveal(self) -> bytes:
        """The 16 bytes, for the core's store and commitments alone."""
        return self._value


@dataclass(frozen=True, slots=True)
class BodyCode(_Unpickled):
    """情報提供用個人識別符号: one person as one body knows them (法21条の2).

    Text form, 39 characters: `1` version, two hex digits of epoch, `-`, then base32 (no padding, lower case) of the 16
    bytes and of a 5-byte check over owner, epoch and value, with a `-` between them. The check binds the owner, so both
    a typing error and a code of another body are refused before anything is looked up.
    """

    owner: BodyId
    epoch: int
    _value: bytes = field(repr=False)
    _text: str = field(default="", repr=False, compare=False)
    """The text form where it was read; making it takes longer than all else that is done with a code."""

    def __post_init__(self) -> None:
        _block(self._value, "情報提供用個人識別符号")
        if self.epoch not in _EPOCHS:
            raise RenkeiError(Problem.BAD_CODE, "epoch")

    def reveal(self) -> bytes:
        """The 16 bytes, for cryptography and sealed columns."""
        return self._value

    def text(self) -> str:
        """The text form, for the owner's own eyes and sealed messages to it."""
        return self._text or _render(self.owner, self.epoch, self._value)

    @classmethod
    def parse(cls, text: str, owner: BodyId) -> Self:
        """Read a text form that must belong to `owner`.

        Raises:
            RenkeiError: BAD_CODE for wrong form, wrong check, or a code of another body; the value is not repeated.
        """
        epoch, value = read_code_text(text)
        if _render(owner, epoch, value) != text:
            raise RenkeiError(Problem.BAD_CODE, "check")
        return cls(owner, epoch, value, text)


def read_code_text(text: str) -> tuple[int, bytes]:
    """Split a code's text into epoch and value without looking at its check; raises BAD_CODE on a wrong form."""
    found = _TEXT.fullmatch(text)
    if found is None:
        raise RenkeiError(Problem.BAD_CODE, "form")
    return int(found[1], 16), base64.b32decode(found[2].upper() + "======")


def _render(owner: BodyId, epoch: int, value: bytes) -> str:
    check = hashlib.sha256(_CHECK_DOMAIN + owner.encode() + bytes([0, epoch]) + value).digest()[:_CHECK_BYTES]
    return f"1{epoch:02x}-{_b32(value)}-{_b32(check)}"


def _b32(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=").lower()


class AcquisitionNumber(Secret):
    """取得番号: ties one acquisition of one code together; deleted by everyone when it has served (法21条の2第3項).

    32 lower-case hex digits made by the acquiring body; neither an Individual Number nor a resident record code.
    """

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read 32 lower-case hex digits; raises BAD_CODE."""
        if len(text) != 32 or any(c not in "0123456789abcdef" for c in text):
            raise RenkeiError(Problem.BAD_CODE, "取得番号: 32 hex digits wanted")
        return cls(text)
