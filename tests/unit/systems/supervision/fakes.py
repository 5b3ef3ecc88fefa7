"""A log that can lie, a core that can be away, a store that can lose or keep what it was told when it fails."""

from collections.abc import Callable
from dataclasses import dataclass, field

from renkei.crypto.keystore import KeyPurpose
from renkei.crypto.software import SoftwareKeyStore
from renkei.messages.directory import Done, PiaFindings
from renkei.messages.log import CoreCounts, Cosignature
from renkei.messages.ordinance import OrdinanceNotices
from renkei.platform.entropy import system_entropy
from renkei.systems.supervision.rules import Alert, Contradiction, Log, Watch
from renkei.systems.supervision.service import Means, Witness
from renkei.terms.affairs import InstantMs
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.translog.checkpoint import sign_checkpoint
from renkei.translog.keys import KeyType, VerifierKey
from renkei.translog.tiles import HASH_BYTES, Tile, width_at
from renkei.translog.tree import EMPTY_ROOT, TreeHead, leaf_hash, node_hash

ORIGIN, WITNESS = "renkei.example/log", "renkei.example/witness"
NOW = InstantMs(1_790_000_000_000)
KEYS = SoftwareKeyStore.create(system_entropy)
for name in ("log", "witness", "stranger"):
    KEYS.make(name, KeyPurpose.SIGN)
LOG_KEY = VerifierKey(ORIGIN, KeyType.ED25519, KEYS.public("log"))
WITNESS_KEY = VerifierKey(WITNESS, KeyType.COSIGNATURE, KEYS.public("witness"))


def sign(key: str) -> Callable[[bytes], bytes]:
    return lambda message: KEYS.sign(key, message)


def tree_root(hashes: list[bytes]) -> bytes:
    """RFC 9162 §2.1.1 by its own words, apart from the code under test."""
    if not hashes:
        return EMPTY_ROOT
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << ((len(hashes) - 1).bit_length() - 1)
    return node_hash(tree_root(hashes[:split]), tree_root(hashes[split:]))


@dataclass
class FakeLog:
    """Leaves, and checkpoints and tiles of them."""

    leaves: list[bytes] = field(default_factory=list)
    signer: str = "log"

    def grow(self, count: int, story: str = "a") -> "FakeLog":
        start = len(self.leaves)
        self.leaves += [leaf_hash(f"{story}{start + place}".encode()) for place in range(count)]
        return self

    @property
    def head(self) -> TreeHead:
        return TreeHead(len(self.leaves), tree_root(self.leaves))

    def checkpoint(self) -> str:
        key = VerifierKey(ORIGIN, KeyType.ED25519, KEYS.public(self.signer))
        return sign_checkpoint(ORIGIN, self.head, key, sign(self.signer))

    def tile(self, tile: Tile) -> bytes:
        step = 1 << (8 * tile.level)
        first = tile.number * 256
        count = min(tile.width, width_at(tile.level, tile.number, len(self.leaves)))
        roots = [tree_root(self.leaves[(first + n) * step : (first + n + 1) * step]) for n in range(count)]
        return b"".join(roots)


@dataclass
class FakeCore:
    """The core as the witness sees it."""

    log: FakeLog = field(default_factory=FakeLog)
    away: bool = False
    deaf: bool = False
    """Shows its log but takes no cosignature."""
    cut: bool = False
    """Its tiles come short."""
    shown: str | None = None
    published: list[Cosignature] = field(default_factory=list)

    async def checkpoint(self) -> str:
        self._reach()
        return self.log.checkpoint() if self.shown is None else self.shown

    async def tile(self, tile: Tile) -> bytes:
        self._reach()
        return self.log.tile(tile)[: -HASH_BYTES if self.cut else None]

    async def publish(self, cosignature: Cosignature) -> None:
        self._reach()
        if self.deaf:
            raise RenkeiError(Problem.BUSY)
        self.published.append(cosignature)

    async def findings(self, findings: PiaFindings) -> Done:
        self._reach()
        return Done(number=len(findings.findings))

    async def ordinances(self, notices: OrdinanceNotices) -> Done:
        self._reach()
        return Done(number=len(notices.affairs))

    async def counts(self) -> CoreCounts:
        raise RenkeiError(Problem.UNREACHABLE)

    def _reach(self) -> None:
        if self.away:
            raise RenkeiError(Problem.UNREACHABLE)


class KilledError(Exception):
    """The process ends here."""


@dataclass
class FakeStore:
    """Keeps the watch; `killed` ends the process before (lost) or after (kept) the next write."""

    watch: Watch = field(default_factory=Watch)
    evidence: list[Contradiction] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    killed: str | None = None

    async def load(self) -> Watch:
        return self.watch

    async def save(self, watch: Watch) -> None:
        if self.killed == "lost":
            raise KilledError
        self.watch = watch
        if self.killed == "kept":
            raise KilledError

    async def contradict(self, watch: Watch, found: Contradiction, at: InstantMs) -> None:
        assert at == NOW
        await self.save(watch)
        self.evidence.append(found)

    async def settle(self, watch: Watch, note: str, at: InstantMs) -> None:
        assert at == NOW
        await self.save(watch)
        self.notes.append(note)


@dataclass
class World:
    """One witness with its core, store and voice; `restart` is a new process on the same store."""

    core: FakeCore = field(default_factory=FakeCore)
    store: FakeStore = field(default_factory=FakeStore)
    alarms: list[Alert] = field(default_factory=list)

    async def start(self) -> Witness:
        means = Means(WITNESS_KEY, sign("witness"), lambda: NOW, lambda alert, _: self.alarms.append(alert), 3)
        witness = Witness(Log(ORIGIN, LOG_KEY), self.store, self.core, means)
        await witness.load()
        return witness

    def cosigned_sizes(self) -> list[int]:
        return [each.size for each in self.core.published]
