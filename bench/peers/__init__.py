"""The peers that Renkei is measured beside: the same inquiry written plainly with the usual stack, and a plain log.

The inquiry (what it is and what it leaves out: README.md here), with `client` "httpx" or "aiohttp":

    with running("aiohttp", persons=1_000) as peer:            # store="postgresql:///name?host=/dir" for PostgreSQL
        await singles(peer.door, at_once=16, seconds=2)        # warm-up: opens the connections of every hop
        found = await singles(peer.door, at_once=16, seconds=5)
        found = await bulk(peer.door, persons=2_000)

Two peers must not run over one PostgreSQL database at once: each empties the schemas `peer_*` before it begins.
`peer.door` is plain data for any other load generator: POST `door.body(n)` to `door.url` with the files `door.tls`,
`door.told(reply)` is the content or None. One call waits for the content. `door.list_url` with `door.list_body(ns)` is
the same for a list, `door.list_told(reply)` its contents. `peer.pids` are the processes, by role.

The log: `with MerkleLog(path) as log`, and `log_rates(folder, entries)`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.peers.load import Measured, bulk, singles
    from bench.peers.merkle import LogRates, MerkleLog, log_rates
    from bench.peers.network import Door, Peer, running
    from bench.peers.settings import CLIENTS, ClientName

_PLACES = {
    "load": ("Measured", "bulk", "singles"),
    "merkle": ("LogRates", "MerkleLog", "log_rates"),
    "network": ("Door", "Peer", "running"),
    "settings": ("CLIENTS", "ClientName"),
}


def __getattr__(name: str) -> object:
    """Loaded when asked for: the peer's own processes import this package too, and need none of it."""
    for place, names in _PLACES.items():
        if name in names:
            return getattr(import_module(f"bench.peers.{place}"), name)
    raise AttributeError(name)


__all__ = [
    "CLIENTS",
    "ClientName",
    "Door",
    "LogRates",
    "Measured",
    "MerkleLog",
    "Peer",
    "bulk",
    "log_rates",
    "running",
    "singles",
]
