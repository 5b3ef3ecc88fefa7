"""The operating system as a simulated world gives it: what `time` says and what `os.urandom` gives.

`platform.clock` and `platform.entropy` read these and nothing else, as do the libraries; so whatever runs in this
process takes its time and its luck from the world. Native code does not: what OpenSSL draws for itself (the ephemeral
keys of HPKE, the keys of certificates) differs from run to run, and nothing that is decided depends on it.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random  # noqa: TID251  # seeded: here luck must be repeatable
from typing import Any

import aiohttp.connector

from renkei.platform.peers.tls import Context
from renkei.platform.sql import database
from renkei.simulation.shared import Servers

Seconds = Callable[[], float]
real_s: Seconds = time.perf_counter
"""The machine's own clock, for whoever measures the simulation itself."""


@contextmanager
def replaced(wall_s: Seconds, monotonic_s: Seconds, luck: Random, servers: Servers) -> Iterator[None]:
    """Within, time, randomness and databases between processes are the world's."""

    def wall_ns() -> int:
        return int(wall_s() * 1_000_000) * 1_000

    changes: list[tuple[Any, str, object]] = [
        (time, "time", wall_s),
        (time, "time_ns", wall_ns),
        (time, "monotonic", monotonic_s),
        (aiohttp.connector, "monotonic", monotonic_s),
        (os, "urandom", luck.randbytes),
        (database, "_engine", servers.engine),
        # Nothing is encrypted on the simulated wire: keys and roots need not be read for every context.
        (Context, "load_cert_chain", lambda *_: None),
        (Context, "load_verify_locations", lambda *_: None),
    ]
    before = [(where, name, getattr(where, name)) for where, name, _ in changes]
    for where, name, new in changes:
        setattr(where, name, new)
    try:
        yield
    finally:
        for where, name, old in before:
            setattr(where, name, old)
