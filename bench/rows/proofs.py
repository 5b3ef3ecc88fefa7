"""What a proof costs as the log grows: made from the stored tiles, and checked with public keys alone."""

import asyncio
import random
import time
from functools import partial
from pathlib import Path

from bench.context import Context
from bench.model import Curve, Figure, Result
from bench.rows.log import RECORD, opened
from bench.stats import Spread
from renkei.messages.receipt import Receipt
from renkei.platform.entropy import system_entropy
from renkei.platform.logstore import LogStore
from renkei.platform.sql import Tx
from renkei.translog.checkpoint import open_checkpoint
from renkei.translog.proof import verify_inclusion
from renkei.translog.receipt import record_entry
from renkei.translog.trust import Trust

BATCH = 5_000
SAMPLE = 500


def run(context: Context) -> Result:
    found = context.aside(measured, context.folder() / "log.db", context.scale.log_sizes)
    smallest, largest = found[0], found[-1]
    figures = [
        Figure(f"receipts made at {largest[0]:,} entries", "receipts/s", Spread((largest[1],))),
        Figure(f"receipts checked at {largest[0]:,} entries", "receipts/s", Spread((largest[2],))),
        Figure(
            f"making one costs, against {smallest[0]:,} entries",
            "times",
            Spread((smallest[1] / largest[1],)),
            more_is_better=False,
        ),
    ]
    lines = {
        "made": [(float(size), made) for size, made, _ in found],
        "checked": [(float(size), checked) for size, _, checked in found],
    }
    curve = Curve("Receipts per second by size of the log", "entries in the log", "receipts/s", lines, log_x=True)
    return Result(figures, [curve])


def measured(path: Path, sizes: tuple[int, ...]) -> list[tuple[int, float, float]]:
    """Per size: receipts made and receipts checked a second."""
    return asyncio.run(_measured(path, sizes))


async def _measured(path: Path, sizes: tuple[int, ...]) -> list[tuple[int, float, float]]:
    size, salt, found = 0, system_entropy(32), []
    leaf = record_entry(salt, RECORD)
    async with opened(path) as (database, log, trust):
        for wanted in sizes:
            while size < wanted:
                more = [leaf] * min(BATCH, wanted - size)
                await database.write("fill", partial(_append, log, more))
                size += len(more)
            places = [random.Random(size).randrange(size) for _ in range(SAMPLE)]
            asked = [(RECORD, salt, place) for place in places]
            began = time.perf_counter()
            made = await database.read(lambda tx, asked=asked: log.receipts(tx, asked))  # type: ignore[misc]
            between = time.perf_counter()
            for receipt in made:
                check(receipt, trust)
            found.append((size, SAMPLE / (between - began), SAMPLE / (time.perf_counter() - between)))
    return found


def _append(log: LogStore, leaves: list[bytes], tx: Tx) -> None:
    log.append(tx, leaves)


def check(receipt: Receipt, trust: Trust) -> None:
    """Signature and inclusion; raises where either is wrong. The text of the record is not one of the core's."""
    checkpoint, _ = open_checkpoint(receipt.checkpoint, trust.origin, trust.keys)
    verify_inclusion(record_entry(receipt.salt, receipt.record), receipt.index, checkpoint.head, receipt.proof)
