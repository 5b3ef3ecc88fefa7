"""A stored log of which somebody changed a row: what is noticed at the start, and who notices the rest later.

At the start the edge is read, a few tiles for a log of any size. Everything else is read by whoever needs it: for a
receipt, by the witness for what it cosigns, and by an auditor, who reads the whole log (here the Go project's code).
"""

from pathlib import Path

import pytest

from renkei.messages.receipt import Receipt
from renkei.platform.logstore import LogStore
from renkei.platform.sql import Database, Tx
from renkei.systems.supervision import rules
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.translog.checkpoint import Checkpoint
from renkei.translog.note import parse_note
from renkei.translog.receipt import ReceiptError, verify_receipt
from renkei.translog.tiles import ENTRIES, Tile, bundle_tiles
from renkei.translog.tree import EMPTY_ROOT, TreeHead
from tests.independent.conftest import verifier
from tests.independent.verifier import RejectedError, Verifier

from .conftest import Begin, only_sqlite
from .logged import SALT, TRUST, head_of, keep, record, tree_of

__all__ = ["verifier"]

SIZE = 600
"""Two whole tiles and a part of the third; the tile above them has two hashes."""
ZEROED = "UPDATE log_tile SET data = :zeros WHERE level = :level AND number = :number"
DELETED = "DELETE FROM log_tile WHERE level = :level AND number = :number AND :zeros IS NOT NULL"
Damage = tuple[str, int, int]
AT_THE_EDGE: dict[str, Damage] = {
    f"{how} {what}": (statement, level, number)
    for how, statement in (("zeroed", ZEROED), ("deleted", DELETED))
    for what, level, number in (("last tile", 0, 2), ("top tile", 1, 0), ("last bundle", ENTRIES, 2))
}
BEHIND_IT: dict[str, Damage] = {
    "zeroed tile": (ZEROED, 0, 0),
    "deleted tile": (DELETED, 0, 0),
    "zeroed bundle": (ZEROED, ENTRIES, 0),
    "deleted bundle": (DELETED, ENTRIES, 0),
}


async def damaged(begin: Begin, damage: Damage) -> tuple[Database, LogStore]:
    """The log, opened again after it was changed behind its back."""
    statement, level, number = damage
    database, log = await begin()
    await database.write("keep", keep(log, *range(SIZE)))

    def change(tx: Tx) -> None:
        (data,) = (
            tx.row("SELECT data FROM log_tile WHERE level = :level AND number = :number", level=level, number=number)
            or ()
        )
        tx.run(statement, level=level, number=number, zeros=bytes(len(data)))

    await database.write("damage", change)
    await database.close()
    return await begin()


@pytest.mark.parametrize("damage", AT_THE_EDGE.values(), ids=AT_THE_EDGE)
async def test_a_changed_edge_stops_the_start(begin: Begin, damage: Damage) -> None:
    with pytest.raises(RenkeiError) as caught:
        await damaged(begin, damage)
    assert caught.value.problem is Problem.BAD_STORE


@pytest.mark.parametrize("damage", BEHIND_IT.values(), ids=BEHIND_IT)
async def test_a_change_behind_the_edge_does_not_stop_the_start_and_the_log_goes_on_truly(
    begin: Begin, damage: Damage
) -> None:
    """NOT stopped: to read ten million leaves would keep a core from starting. The root stays that of all records."""
    database, log = await damaged(begin, damage)
    await database.write("keep", keep(log, SIZE))
    assert await head_of(database, log) == tree_of([*range(SIZE + 1)])


async def receipt_of(database: Database, log: LogStore, number: int) -> Receipt:
    (made,) = await database.read(lambda tx: log.receipts(tx, [(record(number), SALT, number)]))
    return made


@pytest.mark.parametrize("damage", BEHIND_IT.values(), ids=BEHIND_IT)
async def test_whoever_gets_a_receipt_notices_a_changed_tile_on_its_way_and_nobody_a_changed_bundle(
    begin: Begin, damage: Damage
) -> None:
    """A tile that is gone gives no receipt, one that was changed gives one that proves nothing; leaves whose way does
    not lead through it are proven as before.
    """
    database, log = await damaged(begin, damage)
    assert verify_receipt(await receipt_of(database, log, 256), TRUST).size == SIZE
    statement, level, _ = damage
    if level == ENTRIES:
        assert verify_receipt(await receipt_of(database, log, 0), TRUST).size == SIZE
    elif statement == DELETED:
        with pytest.raises(RenkeiError) as caught:
            await receipt_of(database, log, 0)
        assert caught.value.problem is Problem.BAD_STORE
    else:
        with pytest.raises(ReceiptError) as proofless:
            verify_receipt(await receipt_of(database, log, 0), TRUST)
        assert proofless.value.step.value == "inclusion"


async def resource(database: Database, log: LogStore, path: str) -> bytes:
    """As a stranger gets it; nothing where it is not there."""
    return await database.read(lambda tx: log.resource(tx, path)) or b""


async def follows(database: Database, log: LogStore, old: TreeHead) -> bool:
    """Whether a witness that cosigned `old` last would cosign what it is shown now."""
    new = Checkpoint.parse(parse_note(await database.read(log.checkpoint)).text).head
    tiles = {tile: await resource(database, log, tile.path()) for tile in rules.tiles_wanted(old, new)}
    return rules.follows(old, new, tiles)


@pytest.mark.parametrize("damage", BEHIND_IT.values(), ids=BEHIND_IT)
async def test_the_witness_notices_a_changed_tile_while_it_reads_there_and_not_afterwards(
    begin: Begin, damage: Damage
) -> None:
    """It reads the tiles between the last head that it cosigned and the new one, and no bundles ever."""
    database, log = await damaged(begin, damage)
    in_the_tile = tree_of([*range(100)])
    assert await follows(database, log, in_the_tile) is (damage[1] == ENTRIES)
    for later in (tree_of([*range(256)]), tree_of([*range(500)]), TreeHead(0, EMPTY_ROOT)):
        assert await follows(database, log, later)


async def download(database: Database, log: LogStore, folder: Path) -> Path:
    """Everything that the log publishes, laid out as C2SP tlog-tiles says."""
    bundles = bundle_tiles(0, SIZE)
    hashes = [bundle._replace(level=0) for bundle in bundles]
    for path in ["checkpoint", *(tile.path() for tile in [*bundles, *hashes, Tile(1, 0, 2)])]:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        if found := await resource(database, log, path):
            (folder / path).write_bytes(found)
    return folder


@only_sqlite
@pytest.mark.parametrize("damage", [*BEHIND_IT.values(), None], ids=[*BEHIND_IT, "nothing"])
async def test_an_auditor_who_reads_the_whole_log_notices_each_change(
    begin: Begin, verifier: Verifier, tmp_path: Path, damage: Damage | None
) -> None:
    if damage is None:
        database, log = await begin()
        await database.write("keep", keep(log, *range(SIZE)))
        report = verifier.check(await download(database, log, tmp_path / "log"), TRUST.log.text())
        assert (report["leaves"], report["entries"]) == (SIZE, SIZE)
        return
    database, log = await damaged(begin, damage)
    with pytest.raises(RejectedError, match=r"entries:" if damage[1] == ENTRIES else r"tiles:"):
        verifier.check(await download(database, log, tmp_path / "log"), TRUST.log.text())
