"""Doors: what may be asked where, by whom, how large. Closed until opened by name."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import web

from renkei.messages.codec import Message
from renkei.platform.peers.identity import Peer
from renkei.terms.bodies import Role
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

DOOR_BYTES: Final = 4 * 1024 * 1024
_NAME: Final = re.compile(r"\{([a-z_]+)(\.\.\.)?\}")


@dataclass(frozen=True, slots=True)
class Asked:
    """What stands in the address itself: the parts that the door's path names, and its query."""

    params: Mapping[str, str]
    query: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RawReply:
    """A reply that is not one of our messages: a tile, a note, a page, a description."""

    body: bytes
    content_type: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A body that is read while it comes: a file that is larger than any message.

    Reading it raises TOO_LARGE beyond the door's limit, and MALFORMED where it stops coming; what came before is given.
    """

    content_type: str
    chunks: AsyncIterator[bytes]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A reply that is made while it goes. What fails before the first bytes is told; later the connection is cut."""

    chunks: AsyncIterator[bytes]
    content_type: str


Reply = Message | RawReply | Outgoing
Handler = Callable[..., Awaitable[Reply]]
PageHandler = Callable[[web.BaseRequest, Any, Asked], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Door:
    """One door.

    `path` is exact, or names parts of itself: `/v1/inquiries/{id}`; a last `{rest...}` takes slashes too. The handler
    is called with the peer and then with: the message (`request` a message type), the body (`request` is `bytes`), the
    body as it comes (`Incoming`), or `Asked` (`request` is None). A door with both a request and named parts, and one
    that takes a body as it comes, gets `Asked` as a third argument.
    """

    method: str
    path: str
    request: type[Message] | type[bytes] | type[Incoming] | None
    roles: frozenset[Role]
    handler: Handler
    limit_bytes: int = field(default=DOOR_BYTES, kw_only=True)
    query: frozenset[str] = field(default=frozenset(), kw_only=True)
    anyone: bool = field(default=False, kw_only=True)
    """No certificate needed; the handler's peer may be None. Without this an empty `roles` refuses everybody."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page for people: the same admission as a door, then aiohttp's own request and response."""

    method: str
    path: str
    roles: frozenset[Role]
    handler: PageHandler
    anyone: bool = field(default=False, kw_only=True)


Opening = Door | Page


class Doors:
    """All doors of a system, found by method and path."""

    def __init__(self, openings: Sequence[Opening]) -> None:
        self._exact: dict[tuple[str, str], Opening] = {}
        self._shaped: list[tuple[str, re.Pattern[str], Opening]] = []
        for opening in openings:
            self._add(opening)

    def find(self, method: str, path: str) -> tuple[Opening, Mapping[str, str]]:
        """The door and the named parts of the path; raises UNKNOWN_DOOR."""
        exact = self._exact.get((method, path))
        if exact is not None:
            return exact, {}
        for shaped_method, pattern, opening in self._shaped:
            found = pattern.fullmatch(path) if shaped_method == method else None
            if found:
                return opening, found.groupdict()
        raise RenkeiError(Problem.UNKNOWN_DOOR)

    def _add(self, opening: Opening) -> None:
        key = (opening.method, opening.path)
        pattern = _pattern(opening.path)
        known = {(method, shape.pattern) for method, shape, _ in self._shaped}
        assert key not in self._exact, key
        assert (opening.method, pattern.pattern) not in known, key
        if pattern.groups:
            self._shaped.append((opening.method, pattern, opening))
        else:
            self._exact[key] = opening


def _pattern(path: str) -> re.Pattern[str]:
    text, at = "", 0
    for found in _NAME.finditer(path):
        part = ".+" if found.group(2) else "[^/]+"
        text += re.escape(path[at : found.start()]) + f"(?P<{found.group(1)}>{part})"
        at = found.end()
    return re.compile(text + re.escape(path[at:]))


def admit(opening: Opening, peer: Peer | None) -> None:
    """Let the peer through or raise NO_CERTIFICATE or WRONG_ROLE."""
    if opening.anyone:
        return
    if peer is None:
        raise RenkeiError(Problem.NO_CERTIFICATE)
    if peer.role not in opening.roles:
        raise RenkeiError(Problem.WRONG_ROLE, f"{peer.role.value} at {opening.method} {opening.path}")


def asked_of(opening: Opening, params: Mapping[str, str], query: Mapping[str, str]) -> Asked:
    """The named parts and the query; a door refuses query keys that it does not name, and repeated ones."""
    if isinstance(opening, Door) and query:
        unknown = sorted(set(query) - opening.query)
        if unknown or len(query) != len(set(query)):
            raise RenkeiError(Problem.UNKNOWN_FIELD, "query")
    return Asked(params, query)
