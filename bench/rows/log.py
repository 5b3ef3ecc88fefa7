"""Entries that are durable in the log, each with the receipt that proves it: many callers at once (design 5, 8)."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.context import Context
from bench.floors.bare import Bare
from bench.model import Figure, Named, Result
from bench.peers import log_rates
from bench.schema import schema
from bench.stats import Spread
from renkei.messages.receipt import Receipt
from renkei.platform.entropy import system_entropy
from renkei.platform.logstore import MIGRATIONS, LogStore
from renkei.platform.sql import Database, Store
from renkei.translog.keys import KeyType, VerifierKey
from renkei.translog.receipt import record_entry
from renkei.translog.trust import Trust

BUDGET = 20_000
CALLERS = 64
LIST = 64
"""Entries of one caller: as many as an interface brings at once under load."""
ORIGIN = "renkei.example/bench"
RECORD = '{"v":1,"inquiry":"' + "0f" * 16 + '","text":"' + "x" * 500 + '"}'
SCHEMA = "renkei_log"
LEAF_BYTES = 64
"""Leaf hash and entry: what the tree needs of a leaf on the disk."""


def run(context: Context) -> Result:
    entries, folder = context.scale.entries, context.folder()
    bare, ours, floor, listed, single = context.bare(), [], list[float](), [], []
    for turn in range(context.scale.runs):
        ours.append(context.aside(appended_in, bare, folder / f"log-{turn}.db", entries))
        floor += context.bare_rate(bare, entries, CALLERS * LIST, LEAF_BYTES)
        own = context.folder()
        peer = context.aside(log_rates, own, min(entries, 5_000))
        listed.append(1 / (1 / peer.append_list + 1 / peer.prove))
        single.append(1 / (1 / peer.append_single + 1 / peer.prove))
    figure = Figure(
        what=f"entries durable with their proofs, {CALLERS} callers with {LIST} each",
        unit="entries/s",
        ours=Spread(tuple(ours)),
        budget=BUDGET,
        floor=bare.floor("the same commits, bare rows", floor),
        peers=[
            Named("pymerkle, lists of 256, with proofs", Spread(tuple(listed))),
            Named("pymerkle, one by one, with proofs", Spread(tuple(single))),
        ],
    )
    return Result([figure], remarks=list(bare.missing))


@asynccontextmanager
async def opened(path: Path | Store) -> AsyncIterator[tuple[Database, LogStore, Trust]]:
    """A log with a key of its own in a new store."""
    key = Ed25519PrivateKey.generate()
    trust = Trust(ORIGIN, VerifierKey(ORIGIN, KeyType.ED25519, key.public_key().public_bytes_raw()))
    log = LogStore(trust, key.sign)
    database = Database.open(path, [MIGRATIONS], before_commit=log.before_commit)
    try:
        await database.write("open", log.open)
        yield database, log, trust
    finally:
        await database.close()


async def append(database: Database, log: LogStore, salts: list[bytes]) -> list[Receipt]:
    """As the core does: entries in one write, and once they are durable their receipts in a read."""
    leaves = [record_entry(salt, RECORD) for salt in salts]
    first = await database.write("append", lambda tx: log.append(tx, leaves))
    asked = [(RECORD, salt, first + place) for place, salt in enumerate(salts)]
    return await database.read(lambda tx: log.receipts(tx, asked))


def appended_in(bare: Bare, path: Path, entries: int) -> float:
    """Entries per second, in the same kind of store as the bare rows."""
    if bare.address is None:
        return appended(path, entries)
    with schema(bare.address, SCHEMA) as place:
        return appended(Store(place), entries)


def appended(path: Path | Store, entries: int) -> float:
    """Entries per second."""
    return asyncio.run(_appended(path, entries))


async def _appended(path: Path | Store, entries: int) -> float:
    lists = iter([[system_entropy(32) for _ in range(LIST)] for _ in range(max(1, entries // LIST))])
    async with opened(path) as (database, log, _):

        async def caller() -> int:
            return sum([len(await append(database, log, salts)) for salts in lists])

        began = time.perf_counter()
        done = sum(await asyncio.gather(*(caller() for _ in range(CALLERS))))
        return done / (time.perf_counter() - began)
