"""Our checkpoints, tiles, proofs and receipts, checked by the Go checksum database's code, which also rejects changed ones."""

import base64
import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from renkei.messages.codec import encode
from renkei.messages.receipt import Receipt
from renkei.translog.checkpoint import add_signatures, sign_checkpoint
from renkei.translog.keys import KeyType, VerifierKey
from renkei.translog.note import cosign_note, parse_note
from renkei.translog.proof import consistency_proof, inclusion_proof
from renkei.translog.receipt import record_entry
from renkei.translog.tiles import ENTRIES, TILE_WIDTH, MemoryTiles, Tile, bundle_tiles, encode_bundle
from renkei.translog.tree import Frontier, leaf_hash

from .verifier import RejectedError, Verifier

ORIGIN = "renkei.example/core"
LOG, WITNESS = (Ed25519PrivateKey.from_private_bytes(bytes([i]) * 32) for i in (1, 2))
LOG_KEY = VerifierKey(ORIGIN, KeyType.ED25519, LOG.public_key().public_bytes_raw())
WITNESS_KEY = VerifierKey("witness.example", KeyType.COSIGNATURE, WITNESS.public_key().public_bytes_raw())
SIZES = [1, 255, 256, 257, 700, 70_000]


def record(index: int) -> str:
    return f'{{"v":1,"event":"permitted","number":{index},"unit":"市民税課"}}'


def salt(index: int) -> bytes:
    return index.to_bytes(32, "big")


@dataclass
class Site:
    """A log's files as it would serve them."""

    folder: Path
    tiles: MemoryTiles = field(default_factory=MemoryTiles)
    frontier: Frontier = field(default_factory=Frontier)
    entries: list[bytes] = field(default_factory=list)

    def grow(self, size: int) -> None:
        old = self.frontier.size
        new = [record_entry(salt(i), record(i)) for i in range(old, size)]
        self.entries += new
        self.frontier, changed = self.frontier.append([leaf_hash(entry) for entry in new])
        self.tiles.write(changed)
        for tile in changed:
            self.write(Tile(tile.level, tile.number, tile.width).path(), tile.hashes)
        for bundle in bundle_tiles(old, size):
            start = bundle.number * TILE_WIDTH
            self.write(bundle.path(), encode_bundle(self.entries[start : start + bundle.width]))
        self.write("checkpoint", self.checkpoint().encode())

    def write(self, path: str, data: bytes) -> Path:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        return file

    def checkpoint(self) -> str:
        signed = sign_checkpoint(ORIGIN, self.frontier.head(), LOG_KEY, LOG.sign)
        return add_signatures(signed, [cosign_note(parse_note(signed).text, WITNESS_KEY, 1_700_000_000, WITNESS.sign)])

    def receipt(self, index: int) -> bytes:
        proof = inclusion_proof(self.tiles, index, self.frontier.size)
        whole = Receipt(record=record(index), salt=salt(index), index=index, proof=proof, checkpoint=self.checkpoint())
        return encode(whole)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.mark.parametrize("size", SIZES)
def test_go_accepts_our_checkpoint_and_every_tile_and_entry(verifier: Verifier, site: Site, size: int) -> None:
    site.grow(size)
    report = verifier.check(site.folder, LOG_KEY.text(), witnesses=[WITNESS_KEY.text()])
    assert report["origin"] == ORIGIN
    assert base64.b64decode(report["root"]) == site.frontier.root()
    assert (report["size"], report["leaves"], report["entries"], report["cosigners"]) == (size, size, size, 1)
    assert report["tiles"] == len(site.tiles.rows)


def test_go_accepts_our_inclusion_proofs(verifier: Verifier, site: Site) -> None:
    files: list[Path] = []
    for size in (1, 2, 300, 700):
        site.grow(size)
        files += [site.write(f"receipt-{size}-{i}", site.receipt(i)) for i in sorted({0, size // 2, size - 1})]
    report = verifier.check(site.folder, LOG_KEY.text(), receipts=files)
    assert report["receipts"] == len(files) == 9


@pytest.mark.parametrize(("old", "new"), [(1, 2), (1, 700), (255, 257), (256, 700), (511, 70_000), (700, 700)])
def test_go_accepts_our_consistency_proofs(verifier: Verifier, site: Site, old: int, new: int) -> None:
    site.grow(old)
    before = site.write("old", site.checkpoint().encode())
    site.grow(new)
    steps = [base64.b64encode(step).decode() for step in consistency_proof(site.tiles, old, new)]
    proof = site.write("proof", json.dumps(steps).encode())
    assert verifier.check(site.folder, LOG_KEY.text(), old=before, proof=proof)["consistency"] == 1


def flip(file: Path, at: int) -> None:
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    file.write_bytes(bytes(data))


@pytest.mark.parametrize(
    ("path", "at", "complaint"),
    [
        ("checkpoint", 25, "checkpoint:"),
        ("checkpoint", -20, "checkpoint:"),
        ("tile/0/000", 0, "tiles:"),
        ("tile/0/002.p/188", -1, "tiles:"),
        ("tile/1/000.p/2", 40, "tiles:"),
        ("tile/entries/001", 100, "entries:"),
    ],
)
def test_go_rejects_a_changed_file(verifier: Verifier, site: Site, path: str, at: int, complaint: str) -> None:
    site.grow(700)
    flip(site.folder / path, at)
    with pytest.raises(RejectedError, match=complaint):
        verifier.check(site.folder, LOG_KEY.text(), witnesses=[WITNESS_KEY.text()])


def test_go_rejects_a_changed_receipt(verifier: Verifier, site: Site) -> None:
    site.grow(300)
    whole = json.loads(site.receipt(77))
    other = json.loads(site.receipt(78))
    changes = {
        "record": whole["record"].replace("permitted", "refused"),
        "salt": other["salt"],
        "index": 76,
        "proof": other["proof"],
        "checkpoint": whole["checkpoint"].replace("\n300\n", "\n301\n"),
    }
    for name, value in changes.items():
        file = site.write("receipt", json.dumps({**whole, name: value}).encode())
        with pytest.raises(RejectedError, match="receipt:"):
            verifier.check(site.folder, LOG_KEY.text(), receipts=[file])


def test_go_rejects_a_changed_consistency_proof_and_another_history(
    verifier: Verifier, site: Site, tmp_path: Path
) -> None:
    other = Site(tmp_path / "other")
    other.entries.append(b"another first entry")
    other.frontier = other.frontier.append([leaf_hash(other.entries[0])])[0]
    old = site.write("old", other.checkpoint().encode())
    site.grow(1)
    mine = site.write("mine", site.checkpoint().encode())
    site.grow(300)
    with pytest.raises(RejectedError, match="consistency:"):
        verifier.check(site.folder, LOG_KEY.text(), old=old)
    steps = [base64.b64encode(step).decode() for step in consistency_proof(site.tiles, 1, 300)]
    proof = site.write("proof", json.dumps(steps[::-1]).encode())
    with pytest.raises(RejectedError, match="consistency:"):
        verifier.check(site.folder, LOG_KEY.text(), old=mine, proof=proof)


def test_go_rejects_anothers_key(verifier: Verifier, site: Site) -> None:
    site.grow(3)
    stranger = VerifierKey(ORIGIN, KeyType.ED25519, WITNESS_KEY.public)
    with pytest.raises(RejectedError, match="checkpoint:"):
        verifier.check(site.folder, stranger.text())


def test_entry_bundles_may_be_absent(verifier: Verifier, site: Site) -> None:
    site.grow(3)
    (site.folder / Tile(ENTRIES, 0, 3).path()).unlink()
    (site.folder / "tile/entries/000.p").rmdir()
    (site.folder / "tile/entries").rmdir()
    assert verifier.check(site.folder, LOG_KEY.text())["entries"] == 0
