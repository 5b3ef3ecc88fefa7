"""The codes that name a person inside the network (法21条の2, 命令41条の2-45), and a body's own numbers for people."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from string import ascii_lowercase
from typing import Final, NoReturn, Self

from renkei.terms.bodies import BodyId
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.terms.secrets import Secret

BLOCK_BYTES: Final = 16
_CHECK_BYTES: Final = 5
_TEXT: Final = re.compile(r"1([0-9a-f]{2})-([a-z2-7]{26})-([a-z2-7]{8})")
_ALPHABET: Final = ascii_lowercase + "234567"
_DIGITS: Final = bytes.maketrans(_ALPHABET.encode(), b"0123456789abcdefghijklmnopqrstuv")
_PAIRS: Final = tuple(first + second for first in _ALPHABET for second in _ALPHABET)
_VALUE_PAIRS: Final = tuple(range(120, -1, -10))
_CHECK_PAIRS: Final = tuple(range(30, -1, -10))
_REST_BITS: Final = 2
"""26 characters have two bits more than 16 bytes; they are zero."""
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
        epoch, value, rest, check = _split(text)
        if rest or check != int.from_bytes(_check(owner, epoch, value)):
            raise RenkeiError(Problem.BAD_CODE, "check")
        return cls(owner, epoch, value, text)


def belongs_to(text: str, owner: BodyId) -> bool:
    """Whether this is a text form of one of that body's codes."""
    try:
        BodyCode.parse(text, owner)
    except RenkeiError:
        return False
    return True


def read_code_text(text: str) -> tuple[int, bytes]:
    """Split a code's text into epoch and value without looking at its check; raises BAD_CODE on a wrong form."""
    return _split(text)[:2]


def _split(text: str) -> tuple[int, bytes, int, int]:
    """Epoch, value, the bits that must be zero, and the check as a number."""
    found = _TEXT.fullmatch(text)
    if found is None:
        raise RenkeiError(Problem.BAD_CODE, "form")
    epoch, value, check = found.groups()
    number = _number(value)
    return int(epoch, 16), (number >> _REST_BITS).to_bytes(BLOCK_BYTES), number & ~(-1 << _REST_BITS), _number(check)


def _render(owner: BodyId, epoch: int, value: bytes) -> str:
    head = _b32(int.from_bytes(value) << _REST_BITS, _VALUE_PAIRS)
    return f"1{epoch:02x}-{head}-{_b32(int.from_bytes(_check(owner, epoch, value)), _CHECK_PAIRS)}"


def _check(owner: BodyId, epoch: int, value: bytes) -> bytes:
    return hashlib.sha256(_CHECK_DOMAIN + owner.encode() + bytes([0, epoch]) + value).digest()[:_CHECK_BYTES]


# Base32 (RFC 4648 §6) by numbers: `base64` takes ten times as long, and every code is written and read several times.


def _b32(number: int, pairs: Sequence[int]) -> str:
    return "".join([_PAIRS[number >> shift & 1023] for shift in pairs])


def _number(text: str) -> int:
    return int(text.encode().translate(_DIGITS), 32)


class AcquisitionNumber(Secret):
    """取得番号: ties one acquisition of one code together; deleted by everyone when it has served (法21条の2第3項).

    32 lower-case hex digits made by the acquiring body; neither an Individual Number nor a resident record code.
    """

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read 32 lower-case hex digits; raises BAD_CODE."""
        if len(text) != 32 or text.strip("0123456789abcdef"):
            raise RenkeiError(Problem.BAD_CODE, "取得番号: 32 hex digits wanted")
        return cls(text)
