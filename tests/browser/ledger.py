"""A log of inquiries about one citizen, made with the real translog: every end that an inquiry can have."""

import hashlib
from dataclasses import dataclass, field
from typing import Any, Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from renkei.messages.codec import encode
from renkei.messages.fields import Period
from renkei.messages.receipt import InquiryRecord, OutcomeRecord, Receipt
from renkei.messages.records import DisclosedRecord
from renkei.terms.affairs import ArticleNumber, InformationKind, InstantMs, ItemNumber
from renkei.terms.bodies import BodyId
from renkei.translog.checkpoint import add_signatures, sign_checkpoint
from renkei.translog.keys import KeyType, VerifierKey
from renkei.translog.note import cosign_note, parse_note
from renkei.translog.proof import inclusion_proof
from renkei.translog.receipt import record_entry
from renkei.translog.tiles import MemoryTiles
from renkei.translog.tree import Frontier, leaf_hash
from renkei.translog.trust import Trust

ORIGIN = "renkei.example/core"
YOKOHAMA = BodyId("141003-mayor")
KAWASAKI = BodyId("141305-mayor")
SCHOOLS = BodyId("141003-education")
NOON = InstantMs(1_795_143_600_000)  # 2026-11-20T03:00:00Z
MINUTE = 60_000
Ending = Literal["provided", "withheld", "not-held", "lapsed"]


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


def inquiry_id(number: int) -> str:
    return hashlib.sha256(f"inquiry {number}".encode()).hexdigest()[:32]


def inquiry(number: int = 1, **changes: Any) -> InquiryRecord:
    """A permitted inquiry about local tax, or what `changes` make of it."""
    at = InstantMs(NOON - number * 37 * MINUTE)
    facts: dict[str, Any] = {
        "event": "permitted",
        "inquiry": inquiry_id(number),
        "inquirer": YOKOHAMA,
        "provider": KAWASAKI,
        "item": ItemNumber("69"),
        "article": ArticleNumber("71"),
        "list_version": "0" * 64,
        "kind": InformationKind("local-tax"),
        "items": ("所得割額", "合計所得金額"),
        "period": Period(first="2025-04-01", last="2026-03-31"),
        "unit": "保険年金課",
        "asked_at_ms": at,
        "at_ms": InstantMs(at + 400),
        "valid_until_ms": InstantMs(at + 7 * 24 * 60 * MINUTE),
        "reason": None,
        "non_disclosure": False,
        "no_self_information": False,
        "person": hashlib.sha256(b"person").digest(),
        "inquirer_code": hashlib.sha256(b"inquirer").digest(),
        "provider_code": hashlib.sha256(b"provider").digest(),
    }
    return InquiryRecord(**(facts | changes))


@dataclass
class _Row:
    """One inquiry of the ledger: its leaves' texts, salts and places."""

    leaves: list[tuple[str, bytes, int]]


class Ledger:
    """The record file of one person. `cosigned` adds a witness's cosignature to every checkpoint shown."""

    def __init__(self, origin: str = ORIGIN) -> None:
        self.origin = origin
        self.tiles = MemoryTiles()
        self.frontier = Frontier()
        self.signing = Signing(origin)
        self.witness = Signing("witness.example/w1", KeyType.COSIGNATURE)
        self.cosigned = False
        self.rows: list[_Row] = []
        self._append("other people's records")

    def trust(self, required: int = 0) -> Trust:
        return Trust(self.origin, self.signing.key, (self.witness.key,), required)

    def add(self, first: InquiryRecord, ending: Ending | None = None, **changes: Any) -> None:
        leaves = [self._append(encode(first).decode())]
        if ending is not None:
            facts: dict[str, Any] = {
                "event": ending,
                "inquiry": first.inquiry,
                "permit_index": leaves[0][2],
                "at_ms": InstantMs(first.at_ms + 12_000),
                "digest": hashlib.sha256(b"content").digest() if ending == "provided" else None,
                "non_disclosure": False,
                "no_self_information": False,
            }
            leaves.append(self._append(encode(OutcomeRecord(**(facts | changes))).decode()))
        self.rows.append(_Row(leaves))

    def disclosed(self) -> list[DisclosedRecord]:
        """All rows as the core would give them, in the order in which they were added."""
        return [self._disclosed(row) for row in self.rows]

    def checkpoint(self) -> str:
        key = self.signing.private
        signed = sign_checkpoint(self.origin, self.frontier.head(), self.signing.key, key.sign)
        if not self.cosigned:
            return signed
        text = parse_note(signed).text
        cosignature = cosign_note(text, self.witness.key, NOON // 1000, self.witness.private.sign)
        return add_signatures(signed, [cosignature])

    def _append(self, record: str) -> tuple[str, bytes, int]:
        salt = hashlib.sha256(record.encode()).digest()
        index = self.frontier.size
        self.frontier, tiles = self.frontier.append([leaf_hash(record_entry(salt, record))])
        self.tiles.write(tiles)
        return record, salt, index

    def _disclosed(self, row: _Row) -> DisclosedRecord:
        receipts = [self._receipt(*leaf) for leaf in row.leaves]
        return DisclosedRecord(first=receipts[0], outcome=receipts[1] if len(receipts) > 1 else None)

    def _receipt(self, record: str, salt: bytes, index: int) -> Receipt:
        proof = inclusion_proof(self.tiles, index, self.frontier.size)
        return Receipt(record=record, salt=salt, index=index, proof=proof, checkpoint=self.checkpoint())


def full_ledger() -> Ledger:
    """One inquiry for every end, newest first."""
    ledger = Ledger()
    ledger.add(inquiry(1))
    ledger.add(inquiry(2), "provided")
    ledger.add(inquiry(3, inquirer=SCHOOLS, provider=YOKOHAMA, unit="学事支援・地域連携課"), "withheld")
    refusal = {"event": "refused", "article": None, "valid_until_ms": None, "provider_code": None}
    ledger.add(inquiry(4, **refusal, reason="information-not-listed", kind=InformationKind("family-register")))
    ledger.add(inquiry(5, **refusal, reason="no-statutory-basis", item=ItemNumber("999"), period=None))
    ledger.add(inquiry(6, provider=BodyId("gone-body")), "not-held")
    ledger.add(inquiry(7, item=ItemNumber("48"), article=ArticleNumber("50")), "lapsed")
    return ledger
