"""What a system says about itself: one JSON object per line, made of names, numbers and ids, never of contents.

`event` takes few plain types and refuses everything else, so a number, a code or a message cannot be logged by mistake.
The text of an unforeseen exception may repeat what it tripped over; such lines carry the type and the frames alone.
"""

import json
import logging
import sys
import traceback
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Final

import apsw

from renkei.terms.affairs import InstantMs, utc_text
from renkei.terms.errors import RenkeiError

Field = None | bool | int | float | str | Enum | Path | tuple["Field", ...] | list["Field"]

_LOGGER: Final = logging.getLogger("renkei")
_LONGEST: Final = 300
_SPEAKING: Final = (RenkeiError, TypeError, AttributeError, NameError, ImportError, OSError, apsw.Error)
"""Exceptions whose text speaks of code, files or sockets and not of the values at hand."""


def event(name: str, /, *, level: int = logging.INFO, **fields: Field) -> None:
    """Say that something happened.

    Raises:
        TypeError: a field is not of a plain type (a bug of ours: it might have been a secret).
    """
    plain = {key: _plain(key, value) for key, value in fields.items()}
    _LOGGER.log(level, name, extra={"renkei": plain})


def failure(name: str, error: BaseException, /, **fields: Field) -> None:
    """Say that something failed: broken input or a peer as a warning, a programming error loudly with its frames."""
    if isinstance(error, RenkeiError):
        event(name, level=logging.WARNING, problem=error.problem, detail=error.detail, **fields)
        return
    plain = {key: _plain(key, value) for key, value in fields.items()}
    _LOGGER.error(name, extra={"renkei": plain}, exc_info=error)


def configure(system: str, to: Path | None = None) -> None:
    """Send every log line of this process, ours and the libraries', as JSON to stderr or to the end of a file."""
    handler = logging.StreamHandler(sys.stderr) if to is None else logging.FileHandler(to, encoding="utf-8")
    handler.setFormatter(JsonLines(system))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    _LOGGER.setLevel(logging.INFO)


class JsonLines(logging.Formatter):
    """One log record as one line of JSON."""

    def __init__(self, system: str) -> None:
        super().__init__()
        self._system = system

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": utc_text(InstantMs(int(record.created * 1000))),
            "level": record.levelname.lower(),
            "system": self._system,
        }
        fields = getattr(record, "renkei", None)
        if isinstance(fields, Mapping):
            line |= {"event": record.msg, **fields}
        else:
            # A library's line: its format string is the library's own; its arguments may be anything and stay out.
            line |= {"event": "library", "logger": record.name, "text": str(record.msg)[:_LONGEST]}
        if record.exc_info and record.exc_info[1] is not None:
            line |= _describe(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, separators=(",", ":"))


def _plain(key: str, value: object) -> object:
    match value:
        case Enum():
            return _plain(key, value.value)
        case None | bool() | int() | float():
            return value
        case str() | Path():
            return str(value)[:_LONGEST]
        case tuple() | list():
            return [_plain(key, each) for each in value]
        case _:
            raise TypeError(f"log field {key}: {type(value).__name__} may not be logged")


def _describe(error: BaseException, after: tuple[BaseException, ...] = ()) -> dict[str, object]:
    frames = traceback.extract_tb(error.__traceback__)
    described: dict[str, object] = {
        "error": type(error).__qualname__,
        "frames": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }
    if isinstance(error, _SPEAKING):
        described["says"] = str(error)[:_LONGEST]
    seen = (*after, error)
    if error.__cause__ is not None and error.__cause__ not in seen:  # `raise error from error` makes a ring
        described["cause"] = _describe(error.__cause__, seen)
    return described
