"""What strangers see of the log: its resources, its checkpoints, and the cosignatures of witnesses."""

from itertools import pairwise

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from renkei.platform.logstore import LogStore
from renkei.platform.sql import Tx
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.translog.checkpoint import Checkpoint
from renkei.translog.keys import KeyType, VerifierKey
from renkei.translog.note import cosign_note, parse_note
from renkei.translog.proof import consistency_proof, verify_consistency
from renkei.translog.receipt import ReceiptError, record_entry, verify_receipt
from renkei.translog.tiles import Tile, decode_bundle
from renkei.translog.tree import leaf_hash
from renkei.translog.trust import Trust

from .conftest import Begin
from .logged import LOG_KEY, ORIGIN, SALT, TRUST, WITNESS, WITNESS_KEY, head_of, keep, record, tree_of


async def test_the_resources_are_those_of_c2sp_tlog_tiles(begin: Begin) -> None:
    database, log = await begin()
    await database.write("keep", keep(log, *range(256)))
    await database.write("keep", keep(log, *range(256, 300)))

    async def get(path: str) -> bytes | None:
        return await database.read(lambda tx: log.resource(tx, path))

    entries = [record_entry(SALT, record(number)) for number in range(300)]
    full, partial = await get("tile/entries/000"), await get("tile/entries/001.p/44")
    assert full is not None
    assert partial is not None
    assert decode_bundle(full, 256) + decode_bundle(partial, 44) == entries
    leaves = b"".join(leaf_hash(entry) for entry in entries)
    assert await get("tile/0/000") == leaves[: 256 * 32]
    assert await get("tile/0/001.p/44") == leaves[256 * 32 :]
    assert await get("tile/0/001.p/3") == leaves[256 * 32 : 259 * 32]
    assert await get("tile/1/000.p/1") == tree_of(list(range(256))).root
    assert await get("tile/entries/000.p/5") == full[: 5 * 34]
    for absent in ("tile/0/001", "tile/0/001.p/45", "tile/0/002.p/1", "tile/1/000.p/2", "tile/entries/001"):
        assert await get(absent) is None
    assert (await get("checkpoint") or b"").startswith(b"log.example/renkei\n300\n")
    with pytest.raises(RenkeiError, match="unknown-door"):
        await get("tile/0/0")


class Fetched:
    """Reads the log as a stranger does: by its resources."""

    def __init__(self, tx: Tx, log: LogStore) -> None:
        self._tx, self._log = tx, log

    def tile(self, level: int, number: int, width: int) -> bytes:
        return self._log.resource(self._tx, Tile(level, number, width).path()) or b""


async def test_each_checkpoint_is_consistent_with_the_one_before(begin: Begin) -> None:
    database, log = await begin()
    heads = []
    for start, count in ((0, 1), (1, 254), (255, 2), (257, 300)):
        await database.write("keep", keep(log, *range(start, start + count)))
        heads.append(await head_of(database, log))
    for old, new in pairwise(heads):
        proof = await database.read(
            lambda tx, old=old, new=new: consistency_proof(Fetched(tx, log), old.size, new.size)  # type: ignore[misc]
        )
        verify_consistency(old, new, proof)


def cosign(note: str, key: Ed25519PrivateKey = WITNESS_KEY, name: VerifierKey = WITNESS) -> str:
    return cosign_note(parse_note(note).text, name, 1_780_000_000, key.sign).line()


async def test_a_cosignature_stands_under_the_receipts_of_the_leaves_it_covers(begin: Begin) -> None:
    database, log = await begin()
    await database.write("keep", keep(log, 0, 1))
    line = cosign(await database.read(log.checkpoint))
    await database.write("cosign", lambda tx: log.add_cosignature(tx, 2, line))
    await database.write("keep", keep(log, 2))
    assert await database.read(log.cosigned_size) == 2
    assert await database.read(log.size) == 3
    demanding = Trust(ORIGIN, TRUST.log, TRUST.witnesses, 1)
    leaves = [(record(number), SALT, number) for number in range(3)]
    first, second, third = await database.read(lambda tx: log.receipts(tx, leaves))
    for receipt in (first, second):
        assert verify_receipt(receipt, demanding).size == 2
    assert verify_receipt(third, TRUST).size == 3
    with pytest.raises(ReceiptError):
        verify_receipt(third, demanding)


async def test_a_cosignature_for_a_checkpoint_that_was_replaced_meanwhile_is_kept(begin: Begin) -> None:
    database, log = await begin()
    await database.write("keep", keep(log, 0, 1, 2))
    seen = await database.read(log.checkpoint)
    await database.write("keep", keep(log, 3, 4))
    await database.write("cosign", lambda tx: log.add_cosignature(tx, 3, cosign(seen)))
    (receipt,) = await database.read(lambda tx: log.receipts(tx, [(record(0), SALT, 0)]))
    assert receipt.checkpoint.startswith(seen)
    assert await head_of(database, log) == tree_of([0, 1, 2, 3, 4])


async def test_only_the_newest_cosigned_checkpoints_are_kept(begin: Begin) -> None:
    database, log = await begin()
    for number in range(20):
        await database.write("keep", keep(log, number))
        line = cosign(await database.read(log.checkpoint))
        await database.write("cosign", lambda tx, n=number, one=line: log.add_cosignature(tx, n + 1, one))  # type: ignore[misc]
    sizes = await database.read(lambda tx: tx.rows("SELECT size FROM log_checkpoint ORDER BY size"))
    assert [size for (size,) in sizes] == list(range(13, 21))


async def test_a_cosignature_that_does_not_hold_or_is_a_strangers_is_refused(begin: Begin) -> None:
    database, log = await begin()
    await database.write("keep", keep(log, 0))
    note = await database.read(log.checkpoint)
    other = Checkpoint(ORIGIN, 1, bytes(32)).text() + "\n" + note.rpartition("\n\n")[2]
    stranger = VerifierKey("stranger.example", KeyType.COSIGNATURE, LOG_KEY.public_key().public_bytes_raw())
    lines = [
        (1, cosign(note, LOG_KEY)),
        (1, cosign(other)),
        (1, cosign(note, LOG_KEY, stranger)),
        (2, cosign(note)),
        (0, cosign(note)),
        (1, "no line"),
        (1, note.rpartition("\n\n")[2]),
    ]
    for size, line in lines:
        with pytest.raises(RenkeiError) as caught:
            await database.write("cosign", lambda tx, s=size, one=line: log.add_cosignature(tx, s, one))  # type: ignore[misc]
        assert caught.value.problem is Problem.BAD_RECEIPT
    assert await database.read(log.checkpoint) == note
