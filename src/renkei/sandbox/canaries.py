"""Canaries: secrets whose whereabouts are known, searched for in every place where they must not be (design 10).

A place is a file, a log, a process argument or an error document. Individual Numbers, resident record codes, body codes
(as text and as bytes), contents, names and addresses are looked for in clear, in base64 and in hexadecimal.
"""

import base64
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_DIGITS: Final = re.compile(rb"(?<![0-9])[0-9]{11,12}(?![0-9])")
_CODE: Final = re.compile(rb"1[0-9a-f]{2}-[a-z2-7]{26}-[a-z2-7]{8}")
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
        """Every kind of canary that `data` holds, each named once."""
        if any(found.group() in self.numbers for found in _DIGITS.finditer(data)):
            yield Finding("number", place)
        if _CODE.search(data):
            yield Finding("code text", place)
        if any(needle in data for needle in self._needles()):
            yield Finding("secret", place)

    def _needles(self) -> Iterator[bytes]:
        yield from _forms(MARKER.encode())
        yield from self.texts
        for block in self.blocks:
            yield block
            yield block.hex().encode()
            yield base64.b64encode(block).rstrip(b"=")[:-1]


def _forms(marker: bytes) -> tuple[bytes, ...]:
    """The marker in clear, in hexadecimal, and in base64 at each of the three alignments (without the mixed ends)."""
    aligned = [base64.b64encode(b"\0" * pad + marker + b"\0\0") for pad in range(3)]
    inner = [text[4 if pad else 0 : (pad + len(marker)) // 3 * 4] for pad, text in enumerate(aligned)]
    return (marker, marker.hex().encode(), marker.decode().encode("utf-16-le"), *inner)


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
