"""A log in memory, kept by no more than the pure floor: tiles, frontier, keys."""

import hashlib
from dataclasses import dataclass, field

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from renkei.messages.receipt import Receipt
from renkei.translog.checkpoint import sign_checkpoint
from renkei.translog.keys import KeyType, VerifierKey
from renkei.translog.proof import inclusion_proof
from renkei.translog.receipt import record_entry
from renkei.translog.tiles import MemoryTiles
from renkei.translog.tree import Frontier, leaf_hash
from renkei.translog.trust import Trust

ORIGIN = "renkei.example/core"


@dataclass
class Signing:
    """A key pair made from a name."""

    name: str
    type: KeyType = KeyType.ED25519
    private: Ed25519PrivateKey = field(init=False)

    def __post_init__(self) -> None:
        self.private = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(self.name.encode()).digest())

    @property
    def key(self) -> VerifierKey:
        return VerifierKey(self.name, self.type, self.private.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        return self.private.sign(message)


class Log:
    """Entries, tiles and checkpoints of one log."""

    def __init__(self) -> None:
        self.tiles = MemoryTiles()
        self.frontier = Frontier()
        self.signing = Signing(ORIGIN)

    def grow(self, entries: list[bytes]) -> None:
        self.frontier, tiles = self.frontier.append([leaf_hash(entry) for entry in entries])
        self.tiles.write(tiles)

    def checkpoint(self) -> str:
        return sign_checkpoint(ORIGIN, self.frontier.head(), self.signing.key, self.signing.sign)

    def receipt(self, record: str, salt: bytes, index: int) -> Receipt:
        proof = inclusion_proof(self.tiles, index, self.frontier.size)
        return Receipt(record=record, salt=salt, index=index, proof=proof, checkpoint=self.checkpoint())


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def witnesses() -> list[Signing]:
    return [Signing(f"witness.example/{i}", KeyType.COSIGNATURE) for i in (1, 2)]


@pytest.fixture
def trust(log: Log, witnesses: list[Signing]) -> Trust:
    return Trust(ORIGIN, log.signing.key, tuple(witness.key for witness in witnesses))


SALT = bytes(range(32))
RECORD = '{"v":1,"event":"permitted","inquirer":"141003-mayor","unit":"市民税課"}'


@pytest.fixture
def receipt(log: Log) -> Receipt:
    """The receipt of one record among others."""
    others = [str(i).encode() for i in range(20)]
    log.grow([*others[:7], record_entry(SALT, RECORD), *others[7:]])
    return log.receipt(RECORD, SALT, 7)
