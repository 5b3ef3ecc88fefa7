"""Proofs over trees of every shape, and notes, paths and receipts of which no character can be changed."""

import hashlib
from collections.abc import Callable
from functools import cache, partial

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from renkei.messages.codec import encode
from renkei.messages.receipt import Receipt
from renkei.terms.errors import RenkeiError
from renkei.translog.checkpoint import add_signatures, sign_checkpoint
from renkei.translog.keys import KeyType, VerifierKey
from renkei.translog.note import cosign_note, parse_note
from renkei.translog.proof import Inclusions, ProofError, TreeView, verify_consistency, verify_inclusion
from renkei.translog.receipt import parse_receipt, record_entry, verify_receipt
from renkei.translog.tiles import ENTRIES, MemoryTiles, Tile, decode_bundle, encode_bundle, parse_path
from renkei.translog.tree import EMPTY_ROOT, Frontier, Memo, TreeHead, leaf_hash, node_hash
from renkei.translog.trust import Trust

SMALL = 260
LARGE = 140_000


def entry(index: int) -> bytes:
    return index.to_bytes(4, "big")


@cache
def small() -> tuple[MemoryTiles, list[TreeHead]]:
    """A tree that crosses the border of a tile, and all its heads."""
    tiles, frontier, heads = MemoryTiles(), Frontier(), [TreeHead(0, EMPTY_ROOT)]
    for index in range(SMALL):
        frontier, changed = frontier.append([leaf_hash(entry(index))])
        tiles.write(changed)
        heads.append(frontier.head())
    return tiles, heads


@cache
def large() -> MemoryTiles:
    """A tree with tiles of three levels."""
    tiles = MemoryTiles()
    tiles.write(Frontier().append([leaf_hash(entry(index)) for index in range(LARGE)])[1])
    return tiles


def test_every_inclusion_proof_of_every_small_tree_holds() -> None:
    tiles, heads = small()
    for size in range(1, SMALL + 1):
        view = TreeView(tiles, size)
        # All leaves of the smaller trees; of the larger ones the border and a third of the rest.
        for index in {*range(0, size, 1 if size <= 70 else 3), size - 1, max(0, size - 2)}:
            verify_inclusion(entry(index), index, heads[size], view.inclusion(index))


def test_every_consistency_proof_between_small_trees_holds() -> None:
    tiles, heads = small()
    for new in range(SMALL + 1):
        view = TreeView(tiles, new)
        for old in range(new + 1):
            verify_consistency(heads[old], heads[new], view.consistency(old))


@given(st.integers(1, LARGE), st.data())
@settings(max_examples=40)
def test_proofs_of_large_trees_hold_and_no_hash_of_them_can_be_changed(size: int, data: st.DataObject) -> None:
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    view = TreeView(large(), size)
    head, before = TreeHead(size, view.root()), TreeHead(old, TreeView(large(), old).root())
    inclusion, consistency = view.inclusion(index), view.consistency(old)
    verify_inclusion(entry(index), index, head, inclusion)
    verify_consistency(before, head, consistency)
    for at in range(len(inclusion)):
        with pytest.raises(ProofError):
            verify_inclusion(entry(index), index, head, (*inclusion[:at], bytes(32), *inclusion[at + 1 :]))
    for at in range(len(consistency)):
        with pytest.raises(ProofError):
            verify_consistency(before, head, (*consistency[:at], bytes(32), *consistency[at + 1 :]))


def _tampered(proof: tuple[bytes, ...], data: st.DataObject) -> tuple[bytes, ...]:
    """The proof as it is, or with one hash changed, one left out, one more, or two in each other's place."""
    how = data.draw(st.sampled_from(["not", "not", "changed", "without", "longer", "swapped"]))
    if how == "not" or (how != "longer" and len(proof) < 2):
        return proof
    at = data.draw(st.integers(0, len(proof) - 1)) if proof else 0
    match how:
        case "changed":
            return (*proof[:at], bytes(32), *proof[at + 1 :])
        case "without":
            return (*proof[:at], *proof[at + 1 :])
        case "swapped":
            return (*proof[:at], *reversed(proof[at : at + 2]), *proof[at + 2 :])
        case _:
            return (*proof, bytes(32))


@given(st.integers(1, LARGE), st.data())
@settings(max_examples=60)
def test_proofs_checked_together_hold_exactly_where_each_holds_alone(size: int, data: st.DataObject) -> None:
    view = TreeView(large(), size)
    head, together = TreeHead(size, view.root()), Inclusions(TreeHead(size, view.root()))
    near = st.one_of(
        st.integers(0, size - 1), st.integers(max(0, size - 9), size - 1), st.integers(0, min(size, 9) - 1)
    )
    for index in data.draw(st.lists(near, max_size=12)):
        claimed = data.draw(st.sampled_from([index, index, index ^ 1, index ^ 2, size - 1]))
        proof = _tampered(view.inclusion(index), data)
        alone = _holds(partial(verify_inclusion, entry(claimed), index, head, proof))
        assert _holds(partial(together.verify, entry(claimed), index, proof)) == alone
        assert not alone or (claimed == index and proof == view.inclusion(index))


def _holds(check: Callable[[], None]) -> bool:
    try:
        check()
    except ProofError:
        return False
    return True


def rfc_consistency(old: int, new: int, proof: list[bytes]) -> tuple[bytes, bytes] | None:
    """The verifier of RFC 9162 §2.1.4.2 as it is written there, from step 2 on, for 0 < old < new."""
    fn, sn, steps = old - 1, new - 1, proof
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = steps[0]
    for step in steps[1:]:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            fr, sr = node_hash(step, fr), node_hash(step, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node_hash(sr, step)
        fn, sn = fn >> 1, sn >> 1
    return (fr, sr) if sn == 0 else None


@given(st.integers(1, SMALL - 1), st.integers(1, SMALL), st.lists(st.binary(min_size=32, max_size=32), max_size=10))
def test_our_verifier_and_that_of_the_rfc_agree_on_any_hashes(old: int, new: int, proof: list[bytes]) -> None:
    if old >= new:
        old, new = new - 1, old + 1
    if old == 0:
        return
    steps = [bytes(32), *proof] if old & (old - 1) == 0 else proof
    if not steps:
        return
    roots = rfc_consistency(old, new, steps)
    if roots is not None and (old & (old - 1) or roots[0] == bytes(32)):
        verify_consistency(TreeHead(old, roots[0]), TreeHead(new, roots[1]), proof)
    else:
        with pytest.raises(ProofError):
            verify_consistency(TreeHead(old, bytes(32)), TreeHead(new, bytes(32)), proof)


@given(st.lists(st.integers(0, 700), max_size=12))
@settings(max_examples=40)
def test_a_log_grown_in_any_steps_and_resumed_in_between_is_one_log(steps: list[int]) -> None:
    tiles, frontier, memo, size = MemoryTiles(), Frontier(), Memo(), 0
    for step in steps:
        leaves = [leaf_hash(entry(index)) for index in range(size, size + step)]
        before = frontier.head()
        frontier, changed = Frontier.resume(size, tiles).append(leaves, memo)
        tiles.write(changed)
        size += step
        view = TreeView(tiles, size, memo)
        assert view.root() == frontier.root()
        verify_consistency(before, frontier.head(), view.consistency(before.size))
        if step:
            verify_inclusion(entry(size - 1), size - 1, frontier.head(), view.inclusion(size - 1))
    assert frontier == Frontier().append([leaf_hash(entry(index)) for index in range(size)])[0]


tile_places = st.builds(
    Tile, st.integers(0, 63) | st.just(ENTRIES), st.integers(0, 2**55 - 1) | st.integers(0, 3_000), st.integers(1, 256)
)


@given(tile_places)
def test_a_tile_path_reads_back(tile: Tile) -> None:
    assert parse_path(tile.path()) == tile


@given(st.text("tile/0123x.pentrs", max_size=40))
def test_no_other_path_is_read_as_a_tile(path: str) -> None:
    try:
        tile = parse_path(path)
    except RenkeiError:
        return
    assert tile.path() == path


@given(st.lists(st.binary(max_size=100), max_size=20))
def test_a_bundle_reads_back(entries: list[bytes]) -> None:
    assert decode_bundle(encode_bundle(entries), len(entries)) == entries


RECORD = '{"v":1,"event":"permitted"}'
SALT = hashlib.sha256(b"salt").digest()
LOG, WITNESS = (Ed25519PrivateKey.from_private_bytes(bytes([i]) * 32) for i in (1, 2))
LOG_KEY = VerifierKey("log.example", KeyType.ED25519, LOG.public_key().public_bytes_raw())
WITNESS_KEY = VerifierKey("witness.example", KeyType.COSIGNATURE, WITNESS.public_key().public_bytes_raw())
TRUST = Trust("log.example", LOG_KEY, (WITNESS_KEY,), 1)


@cache
def receipt() -> bytes:
    tiles, entries = MemoryTiles(), [entry(i) for i in range(300)]
    entries[123] = record_entry(SALT, RECORD)
    frontier, changed = Frontier().append([leaf_hash(one) for one in entries])
    tiles.write(changed)
    signed = sign_checkpoint("log.example", frontier.head(), LOG_KEY, LOG.sign)
    line = cosign_note(parse_note(signed).text, WITNESS_KEY, 1_700_000_000, WITNESS.sign)
    proof = TreeView(tiles, 300).inclusion(123)
    signed = add_signatures(signed, [line])
    return encode(Receipt(record=RECORD, salt=SALT, index=123, proof=proof, checkpoint=signed))


def test_the_receipt_that_is_mutated_below_holds() -> None:
    assert verify_receipt(parse_receipt(receipt()), TRUST).index == 123
    assert verify_receipt(parse_receipt(receipt() + b"\n"), TRUST).index == 123


def test_no_bit_of_a_receipt_can_be_changed() -> None:
    whole = receipt()
    for at, bit in [(at, bit) for at in range(len(whole)) for bit in range(8)]:
        changed = whole[:at] + bytes([whole[at] ^ (1 << bit)]) + whole[at + 1 :]
        with pytest.raises(RenkeiError):
            verify_receipt(parse_receipt(changed), TRUST)


@given(st.integers(0, 10_000), st.binary(max_size=3))
def test_no_byte_of_a_receipt_can_be_replaced_by_others(at: int, other: bytes) -> None:
    whole = receipt()
    at %= len(whole)
    changed = whole[:at] + other + whole[at + 1 :]
    if changed != whole:
        with pytest.raises(RenkeiError):
            verify_receipt(parse_receipt(changed), TRUST)
