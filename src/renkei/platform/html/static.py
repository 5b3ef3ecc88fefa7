"""Static files under names with their hash: browsers keep them for ever, and a changed file has a new name."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from renkei.platform.peers.doors import Asked, Door, RawReply
from renkei.platform.peers.identity import Peer
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

PREFIX: Final = "/static/"
_KINDS: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_HASH_DIGITS: Final = 16


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    kind: str


class Static:
    """All files of some folders, in memory."""

    def __init__(self, folders: Sequence[Path], headers: dict[str, str]) -> None:
        self._urls: dict[str, str] = {}
        self._files: dict[str, _File] = {}
        self._headers = {**headers, "Cache-Control": "public, max-age=31536000, immutable"}
        for path in sorted(path for folder in folders for path in folder.iterdir()):
            self._take(path)

    def url(self, name: str) -> str:
        """The address of a file by its plain name; KeyError for a file that is not there (a mistake in a template)."""
        return self._urls[name]

    def door(self) -> Door:
        """Where browsers fetch them, with or without a certificate."""
        return Door("GET", f"{PREFIX}{{name}}", None, frozenset(), self._serve, anyone=True)

    def _take(self, path: Path) -> None:
        assert path.name not in self._urls, path
        body = path.read_bytes()
        name = f"{path.stem}.{sha256(body).hexdigest()[:_HASH_DIGITS]}{path.suffix}"
        self._urls[path.name] = PREFIX + name
        self._files[name] = _File(body, _KINDS[path.suffix])

    async def _serve(self, _peer: Peer | None, asked: Asked) -> RawReply:
        found = self._files.get(asked.params["name"])
        if found is None:
            raise RenkeiError(Problem.UNKNOWN_DOOR, "static file")
        return RawReply(found.body, found.kind, headers=self._headers)
