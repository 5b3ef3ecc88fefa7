"""A log of numbered records under keys that tests know."""

import json
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from renkei.platform.logstore import LogStore
from renkei.platform.sql import Database, Tx
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.translog.checkpoint import open_checkpoint
from renkei.translog.keys import KeyType, VerifierKey
from renkei.translog.receipt import record_entry
from renkei.translog.tree import Frontier, TreeHead, leaf_hash
from renkei.translog.trust import Trust

ADD = "INSERT INTO note (id, text) VALUES (:id, :text)"
LOG_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
WITNESS_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
ORIGIN = "log.example/renkei"
WITNESS = VerifierKey("witness.example", KeyType.COSIGNATURE, WITNESS_KEY.public_key().public_bytes_raw())
TRUST = Trust(ORIGIN, VerifierKey(ORIGIN, KeyType.ED25519, LOG_KEY.public_key().public_bytes_raw()), (WITNESS,))
SALT = bytes(32)

Logged = tuple[Database, LogStore]


class Signer:
    """The log's key; it counts, and can refuse."""

    def __init__(self) -> None:
        self.signed = 0
        self.broken = False

    def __call__(self, message: bytes) -> bytes:
        if self.broken:
            raise OSError("the key store does not answer")
        self.signed += 1
        return LOG_KEY.sign(message)


def record(number: int) -> str:
    return json.dumps({"n": number}, separators=(",", ":"))


def keep(log: LogStore, *numbers: int, fail: bool = False) -> Callable[[Tx], int]:
    """A job that writes rows and appends their leaves; as rooms do."""

    def job(tx: Tx) -> int:
        tx.many(ADD, [{"id": number, "text": ""} for number in numbers])
        first = log.append(tx, [record_entry(SALT, record(number)) for number in numbers])
        if fail:
            raise RenkeiError(Problem.WRONG_STATE)
        return first

    return job


async def head_of(database: Database, log: LogStore) -> TreeHead:
    note = await database.read(log.checkpoint)
    checkpoint, _ = open_checkpoint(note, ORIGIN, TRUST.keys)
    return checkpoint.head


def tree_of(numbers: list[int]) -> TreeHead:
    return Frontier().append([leaf_hash(record_entry(SALT, record(number))) for number in numbers])[0].head()
