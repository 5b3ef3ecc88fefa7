"""Filling the core's store without the network: by its own store's code, in large transactions, while the core is down.

Persons and records are invented; what they look like to the tables, the indexes, the seals and the log is what real
ones look like. The log stays sound: every record has its leaf and the last checkpoint is signed with the log's key.
"""

import asyncio
import hashlib
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from renkei.crypto.columns import ColumnSealer
from renkei.crypto.software import SoftwareKeyStore
from renkei.platform.config import load
from renkei.platform.entropy import new_id, system_entropy
from renkei.platform.logstore import LogStore
from renkei.platform.sql import Tx
from renkei.systems.core import wiring
from renkei.systems.core.rules.issue import Wanted
from renkei.systems.core.rules.record import Draft, Salts
from renkei.systems.core.states import State
from renkei.systems.core.store.issuance import SqlIssuance
from renkei.systems.core.store.records import SqlRecords
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import BodyId
from renkei.terms.codes import BodyCode, LinkCode, RecordCode

BATCH: Final = 5_000
A, B = BodyId("141003-mayor"), BodyId("141305-mayor")
_COUNT: Final = "SELECT count(*) FROM {table}"
_AT: Final = InstantMs(1_790_000_000_000)
_TEXT: Final = '{"v":1,"inquiry":"%s","text":"' + "x" * 700 + '"}'
"""As long as the text of a record."""


def core_to(config: Path, records: int, persons: int) -> tuple[int, int]:
    """Fill the core of that configuration up to so many; returns how many there are."""
    # No witness is asked: nobody else works with this store meanwhile, and the core asks when it starts again.
    alone = msgspec.structs.replace(load(config, wiring.Config), supervision=None)
    return asyncio.run(_core_to(alone, records, persons))


async def _core_to(config: wiring.Config, records: int, persons: int) -> tuple[int, int]:
    keys = SoftwareKeyStore.load(config.keys.sealed(), config.keys.secret(), system_entropy)
    sealer = ColumnSealer(keys, wiring.COLUMN_KEY, system_entropy)
    log, database = await wiring._open(config, keys, lambda _: None)  # noqa: SLF001 - opened as the core opens it
    try:
        known = await database.read(partial(_count, "person"))
        while known < persons:
            number = min(BATCH, persons - known)
            await database.write("persons", partial(_add_persons, sealer, range(known, known + number)))
            known += number
        kept = await database.read(partial(_count, "record"))
        while kept < records:
            number = min(BATCH, records - kept)
            await database.write("records", partial(_add_records, (log, sealer), number, known))
            kept += number
    finally:
        await database.close()
    return kept, known


def _count(table: str, tx: Tx) -> int:
    return int(tx.rows(_COUNT.format(table=table))[0][0])


def _tag(what: str, number: int) -> bytes:
    return hashlib.sha256(f"{what} {number}".encode()).digest()


def _add_persons(sealer: ColumnSealer, numbers: range, tx: Tx) -> None:
    wanted = [
        Wanted(
            person=_tag("person", n),
            resident=_tag("resident", n),
            link=LinkCode(_tag("link", n)[:16]),
            code=BodyCode(A, 1, _tag("code", n)[:16]),
            delivery="",
            acquisition="",
        )
        for n in numbers
    ]
    issuance = SqlIssuance(tx, sealer)
    issuance.add_persons(wanted)
    for body in (A, B):
        issuance.add_issued(body, wanted, _AT)


def _add_records(how: tuple[LogStore, ColumnSealer], number: int, persons: int, tx: Tx) -> None:
    def draft(place: int) -> Draft:
        inquiry = new_id()
        return Draft(
            inquiry=inquiry,
            inquirer=A,
            provider=B,
            state=State.PERMITTED,
            content_tag=system_entropy(32),
            person=RecordCode(_tag("person", place % max(1, persons))[:16]),
            salts=Salts(system_entropy(32)),
            record=_TEXT % inquiry,
            marked=False,
        )

    SqlRecords(tx, *how).add([draft(place) for place in range(number)], frozenset())
