"""The same load on what is measured beside Renkei: a chain of nginx servers, and the plain peers."""

import itertools
import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from bench.load import Loaded, Wanted, under
from bench.loops import Operate
from bench.peers import Door
from bench.peers.certificates import tls_context
from bench.peers.settings import TlsFiles
from bench.whole import UnansweredError
from bench.wire import Pool, WireError

Roots = Mapping[str, Iterable[int]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where to send, as whom; `roots` are the processes behind it."""

    url: str
    tls: TlsFiles
    roots: Roots


async def chain_load(place: Place, body_bytes: int, wanted: Wanted) -> Loaded:
    """Through the chain, with a body of that size for each inquiry; the reply is whatever the chain answers."""
    body = b"x" * (body_bytes * wanted.size)
    return await _load(place, wanted, lambda _: body, lambda reply: wanted.size if reply else 0)


async def peer_load(place: Place, door: Door, wanted: Wanted) -> Loaded:
    """Inquiries to a plain peer, each of which must come back with content."""
    size = wanted.size

    def body(number: int) -> bytes:
        if wanted.mode == "bulk":
            return door.list_body(range(number * size, (number + 1) * size))
        return door.body(number)

    def told(reply: bytes) -> int:
        return sum(each is not None for each in (door.list_told(reply) if size > 1 else [door.told(reply)]))

    return await _load(place, wanted, body, told)


async def _load(place: Place, wanted: Wanted, body: Callable[[int], bytes], done: Callable[[bytes], int]) -> Loaded:
    parts = urlsplit(place.url)
    pool = Pool(f"https://{parts.netloc}", tls_context(place.tls, ssl.Purpose.SERVER_AUTH), wanted.kept)
    numbers = itertools.count()
    try:
        await pool.warm(wanted.kept)
        operate = _posts(pool, parts.path, lambda: body(next(numbers)), lambda reply: _all(done(reply), wanted.size))
        return await under(operate, wanted, place.roots)
    finally:
        pool.close()


def _all(done: int, wanted: int) -> int:
    if done != wanted:
        raise UnansweredError(f"{wanted - done} of {wanted} without content")
    return done


def _posts(pool: Pool, path: str, body: Callable[[], bytes], done: Callable[[bytes], int]) -> Operate:
    head = pool.head(path)

    async def operate(_: int) -> int:
        wire = await pool.take()
        sound = False
        try:
            status, reply = await wire.post(head, body())
            sound = True
        finally:
            pool.give(wire, sound=sound)
        if status != 200:
            raise WireError(f"{status} {reply[:200].decode(errors='replace')}")
        return done(reply)

    return operate
