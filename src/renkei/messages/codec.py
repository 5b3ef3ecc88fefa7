"""The strict JSON codec of every message (RFC 8259, UTF-8, one version).

`decode` names what was wrong and where, from the closed list of problems, and never repeats a value.
"""

import re
from typing import Any, Final, Literal, TypeVar, cast

import msgspec

from renkei.terms.codes import AcquisitionNumber
from renkei.terms.errors import RenkeiError
from renkei.terms.numbers import IndividualNumber, ResidentCode
from renkei.terms.problems import Problem
from renkei.terms.secrets import Secret, SecretText

VERSION: Final = 1
_READERS: Final[dict[type, Any]] = {
    IndividualNumber: IndividualNumber.parse,
    ResidentCode: ResidentCode.parse,
    AcquisitionNumber: AcquisitionNumber.parse,
    SecretText: SecretText,
}
_TOO_LONG: Final = re.compile(r"`(?:array|object)` of length <=")
_PATH: Final = re.compile(r" - at `([^`]*)`")


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of a message."""


class Message(Part, frozen=True, kw_only=True):
    """A whole message; `v` is the version of the interface it speaks."""

    v: Literal[1] = VERSION


M = TypeVar("M", bound=Part)


def _read_hook(kind: type, value: object) -> object:
    if not isinstance(value, str):
        raise TypeError(f"{kind.__name__}: a text wanted")
    try:
        return _READERS[kind](value)
    except RenkeiError as error:
        # ValueError and TypeError are what the decoder turns into a complaint that names the place.
        raise ValueError(error.problem.value) from error


def _write_hook(value: object) -> object:
    if isinstance(value, Secret) and type(value) in _READERS:
        return value.reveal()
    raise TypeError(f"{type(value).__name__} is not part of any message")


_ENCODER: Final = msgspec.json.Encoder(enc_hook=_write_hook, order="deterministic")
_DECODERS: Final[dict[type, msgspec.json.Decoder[Any]]] = {}


def encode(message: Part) -> bytes:
    """The one byte form of a message: fields as defined, mapping keys sorted, no white space. It is also canonical."""
    return _ENCODER.encode(message)


def encode_mapping(mapping: dict[str, SecretText]) -> bytes:
    """The canonical bytes of an answer's content, keys sorted: what a content digest commits to."""
    return _ENCODER.encode(mapping)


def decode(kind: type[M], data: bytes | str) -> M:
    """Read a message strictly.

    Args:
        kind: the type that this door expects.
        data: the bytes as they came.

    Raises:
        RenkeiError: MALFORMED (not JSON, not UTF-8), WRONG_VERSION, UNKNOWN_FIELD, TOO_MANY, WRONG_TYPE, BAD_NUMBER
            or BAD_CODE.
            The detail names the place (`$.inquiries[3].item`), never a value.
    """
    decoder = _DECODERS.get(kind)
    if decoder is None:
        decoder = _DECODERS[kind] = msgspec.json.Decoder(kind, dec_hook=_read_hook)
    try:
        return cast("M", decoder.decode(data))
    except msgspec.ValidationError as error:
        raise _refusal(kind, data, error) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise RenkeiError(Problem.MALFORMED) from None


def _refusal(kind: type, data: bytes | str, error: msgspec.ValidationError) -> RenkeiError:
    """Sort msgspec's complaint into our list. A wrong number is the cause of the cause: the hook raised it."""
    text = str(error)
    found = _PATH.search(text)
    place = found.group(1) if found else "$"
    cause = error.__cause__
    if cause is not None and isinstance(cause.__cause__, RenkeiError):
        return RenkeiError(cause.__cause__.problem, place)
    if issubclass(kind, Message) and _version(data) != VERSION:
        return RenkeiError(Problem.WRONG_VERSION, f"v: {VERSION} wanted")
    if "unknown field" in text:
        return RenkeiError(Problem.UNKNOWN_FIELD, place)
    if _TOO_LONG.search(text):
        return RenkeiError(Problem.TOO_MANY, place)
    return RenkeiError(Problem.WRONG_TYPE, place)


class _Versioned(msgspec.Struct):
    v: object = VERSION


def _version(data: bytes | str) -> object:
    try:
        return msgspec.json.decode(data, type=_Versioned).v
    except msgspec.DecodeError:
        return VERSION
    except (RecursionError, UnicodeDecodeError):
        raise RenkeiError(Problem.MALFORMED) from None
