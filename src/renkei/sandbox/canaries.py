"""Canaries: secrets whose whereabouts are known, searched for in every place where they must not be (design 10).

A place is a file, a log, a process argument or an error document. Individual Numbers, resident record codes, body codes
(as text and as bytes), contents, names and addresses are looked for in clear, in base64, in hexadecimal and in UTF-16.
"""

import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_DIGITS: Final = re.compile(rb"[0-9]{11,}")
_NUMBER_LENGTHS: Final = (11, 12)
_MOMENT_LENGTH: Final = 13
"""Milliseconds since 1970: a run of digits of that length alone is a time, and there are many."""
_CODE: Final = re.compile(rb"1[0-9a-f]{2}-[a-z2-7]{26}-[a-z2-7]{8}")
# What may be another form of at least eleven digits or of the marker; a run may hold other words before and after it.
_HEX: Final = re.compile(rb"[0-9A-Fa-f]{16,}")
_BASE64: Final = re.compile(rb"[0-9A-Za-z+/]{15,}")
_WIDE: Final = re.compile(rb"(?:[ -~]\0){8,}")
_URL_SAFE: Final = bytes.maketrans(b"-_", b"+/")
MARKER: Final = "kanariya"
"""Planted content values contain it, so that one search finds any of them."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What kind of secret was found where; never the secret itself."""

    kind: str
    place: str


@dataclass(slots=True)
class Canaries:
    """What was planted. Printing shows counts only."""

    numbers: set[bytes] = field(default_factory=set, repr=False)
    texts: set[bytes] = field(default_factory=set, repr=False)
    blocks: set[bytes] = field(default_factory=set, repr=False)
    planted: int = 0

    def plant_number(self, digits: str) -> None:
        """An Individual Number or resident record code."""
        self.numbers.add(digits.encode())
        self.planted += 1

    def plant_text(self, text: str) -> None:
        """A name, an address, a content value."""
        self.texts.add(text.encode())
        self.planted += 1

    def plant_code(self, value: bytes) -> None:
        """The 16 bytes of a body code; its text form is found by its shape, whoever's it is."""
        self.blocks.add(value)
        self.planted += 1

    def search(self, place: str, data: bytes) -> Iterator[Finding]:
        """Every kind of canary that `data` holds in any form, each named once."""
        readings = list(_readings(data))
        if any(part in self.numbers for text in readings for part in _numbers(text)):
            yield Finding("number", place)
        if any(_CODE.search(text) for text in readings):
            yield Finding("code text", place)
        needles = [MARKER.encode(), *self.texts, *(_wide(text) for text in self.texts), *self.blocks]
        if any(needle in text for text in readings for needle in needles):
            yield Finding("secret", place)


def _numbers(text: bytes) -> Iterator[bytes]:
    """Every part of a run of digits that could be a number: stores write neighbouring columns without a gap."""
    for found in _DIGITS.finditer(text):
        run = found.group()
        if len(run) == _MOMENT_LENGTH:
            continue
        for length in _NUMBER_LENGTHS:
            for start in range(len(run) - length + 1):
                yield run[start : start + length]


def _readings(data: bytes) -> Iterator[bytes]:
    """The data as they stand, and what their hexadecimal, base64 (either alphabet) and UTF-16 parts mean.

    A secret may begin anywhere inside a longer encoded text, so each part is read from every place where a unit of the
    encoding may begin: two in hexadecimal, four in base64.
    """
    yield data
    yield b"\n".join(part[::2] for part in _WIDE.findall(data))
    for start in range(2):
        yield b"\n".join(_from_hex(part[start:]) for part in _HEX.findall(data))
    parts = _BASE64.findall(data.translate(_URL_SAFE))
    for start in range(4):
        yield b"\n".join(_from_base64(part[start:]) for part in parts)


def _from_hex(part: bytes) -> bytes:
    return binascii.unhexlify(part[: len(part) // 2 * 2])


def _from_base64(part: bytes) -> bytes:
    return binascii.a2b_base64(part + b"A" * (-len(part) % 4))


def _wide(text: bytes) -> bytes:
    return text.decode().encode("utf-16-le")


def search_files(canaries: Canaries, root: Path) -> tuple[int, list[Finding]]:
    """Search every file below `root`; returns how many were read, and what was found."""
    found: list[Finding] = []
    files = [path for path in sorted(root.rglob("*")) if path.is_file()]
    for path in files:
        found.extend(canaries.search(str(path.relative_to(root)), path.read_bytes()))
    return len(files), found


def search_processes(canaries: Canaries, pids: Iterable[int]) -> list[Finding]:
    """Search arguments and environment of the running systems."""
    found: list[Finding] = []
    for pid in pids:
        for part in ("cmdline", "environ"):
            found.extend(canaries.search(f"{part} of process {pid}", Path(f"/proc/{pid}/{part}").read_bytes()))
    return found
