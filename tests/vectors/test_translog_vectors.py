"""Published vectors of trees, notes and checkpoints, made by others' implementations."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from renkei.translog.checkpoint import open_checkpoint
from renkei.translog.keys import NoteError, VerifierKey
from renkei.translog.note import Note, parse_note, sign_note, verify_note
from renkei.translog.proof import ProofError, TreeView, verify_consistency, verify_inclusion
from renkei.translog.tiles import MemoryTiles
from renkei.translog.tree import Frontier, TreeHead, leaf_hash

HERE = Path(__file__).parent


def load(name: str) -> dict[str, Any]:
    vectors: dict[str, Any] = json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))
    return vectors


TREE = load("rfc6962_tree")
NOTES = load("signed_notes")
ENTRIES = [bytes.fromhex(entry) for entry in TREE["entries"]]
HEADS = [TreeHead(size, bytes.fromhex(root)) for size, root in enumerate(TREE["roots"])]


@pytest.fixture(scope="module")
def tiles() -> MemoryTiles:
    tiles = MemoryTiles()
    tiles.write(Frontier().append([leaf_hash(entry) for entry in ENTRIES])[1])
    return tiles


def hashes(vector: dict[str, Any]) -> tuple[bytes, ...]:
    return tuple(bytes.fromhex(step) for step in vector["proof"])


@pytest.mark.parametrize("head", HEADS, ids=lambda head: str(head.size))
def test_the_reference_tree_has_these_roots(tiles: MemoryTiles, head: TreeHead) -> None:
    assert Frontier().append([leaf_hash(entry) for entry in ENTRIES[: head.size]])[0].head() == head
    assert TreeView(tiles, head.size).root() == head.root


@pytest.mark.parametrize("vector", TREE["inclusion"], ids=lambda v: f"{v['index']} in {v['size']}")
def test_reference_inclusion_proofs_are_ours(tiles: MemoryTiles, vector: dict[str, Any]) -> None:
    index, head, proof = vector["index"], HEADS[vector["size"]], hashes(vector)
    assert TreeView(tiles, head.size).inclusion(index) == proof
    verify_inclusion(ENTRIES[index], index, head, proof)
    with pytest.raises(ProofError):
        verify_inclusion(ENTRIES[index] + b"x", index, head, proof)


@pytest.mark.parametrize("vector", TREE["consistency"], ids=lambda v: f"{v['old']} to {v['new']}")
def test_reference_consistency_proofs_are_ours(tiles: MemoryTiles, vector: dict[str, Any]) -> None:
    old, new, proof = HEADS[vector["old"]], HEADS[vector["new"]], hashes(vector)
    assert TreeView(tiles, new.size).consistency(old.size) == proof
    verify_consistency(old, new, proof)
    with pytest.raises(ProofError):
        verify_consistency(HEADS[old.size - 1], new, proof)


@pytest.mark.parametrize("vector", NOTES["notes"])
def test_the_published_note_is_read_and_made_to_the_byte(vector: dict[str, Any]) -> None:
    note, keys = parse_note(vector["note"]), [VerifierKey.parse(text) for text in vector["vkeys"]]
    assert [found.key for found in verify_note(note, keys)] == keys
    assert [key.text() for key in keys] == vector["vkeys"]
    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(vector["seed"]))
    assert Note(note.text, (sign_note(note.text, keys[0], private.sign),)).render() == vector["note"]
    with pytest.raises(NoteError):
        verify_note(parse_note(vector["note"].replace("answer", "Answer")), keys)


def test_a_public_logs_checkpoint_with_public_witnesses_is_read() -> None:
    vector = NOTES["checkpoint"]
    keys = [VerifierKey.parse(text) for text in [vector["log"], *vector["witnesses"]]]
    checkpoint, signers = open_checkpoint(vector["note"], vector["origin"], keys)
    assert checkpoint.size == vector["size"]
    assert {signer.key for signer in signers} == set(keys)
    assert {signer.time_s for signer in signers} == {None, vector["time_s"]}
    with pytest.raises(NoteError):
        open_checkpoint(vector["note"].replace("1432088532", "1432088533"), vector["origin"], keys)
