"""The codes of a person, made, issued, opened and converted for whole lists (法21条の2, 令27条, 命令47条3項).

Link codes exist here and, sealed, in the issuance file; nothing else should call `reveal` on one.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from renkei.crypto.blocks import Permutation, split
from renkei.crypto.keystore import KeyStore
from renkei.terms.bodies import BodyId
from renkei.terms.codes import BLOCK_BYTES, BodyCode, LinkCode, RecordCode
from renkei.terms.numbers import ResidentCode

LINK_KEY: Final = "link"
BODY_KEY: Final = "body"
RECORD_KEY: Final = "record"
INDEX_KEY: Final = "index"
MAX_EPOCH: Final = 255
_BODY_DOMAIN: Final = b"renkei/body-code/1\0"
_RECORD_CONTEXT: Final = b"renkei/record-code/1"


class Codes:
    """The core's arithmetic of codes over a key store that holds `link`, `body`, `record` and `index`.

    Ciphers once derived stay here for speed; destroying a key therefore takes effect with a new `Codes`.
    """

    def __init__(self, store: KeyStore) -> None:
        self._store = store
        self._bodies: dict[tuple[BodyId, int], Permutation] = {}
        self._records: Permutation | None = None

    def link(self, residents: Sequence[ResidentCode]) -> list[LinkCode]:
        """連携用符号: the first 16 bytes of HMAC-SHA-256 under `link` over the 11 digits of 住民票コード (令27条).

        One way. Two persons with one link code are found at issue, where link codes are unique.
        """
        macs = self._store.mac(LINK_KEY, [resident.reveal().encode() for resident in residents])
        return [LinkCode(mac[:BLOCK_BYTES]) for mac in macs]

    def issue(self, links: Sequence[LinkCode], body: BodyId, epoch: int = 1) -> list[BodyCode]:
        """情報提供用個人識別符号 of each person: AES-256 under the key of that body and epoch (法21条の2)."""
        blocks = self._body(body, epoch).do(_join(links))
        return [BodyCode(body, epoch, block) for block in split(blocks)]

    def open(self, codes: Sequence[BodyCode], body: BodyId) -> list[LinkCode]:
        """The link code behind each code, under the keys of `body`, whoever the code says it belongs to.

        A code of another body gives a link code that nobody was issued: the caller looks it up, does not find it and
        refuses (design 2).
        """
        opened: list[LinkCode] = [LinkCode(bytes(BLOCK_BYTES))] * len(codes)
        for epoch, places in _by_epoch(codes).items():
            blocks = self._body(body, epoch).undo(_join(codes[place] for place in places))
            for place, block in zip(places, split(blocks), strict=True):
                opened[place] = LinkCode(block)
        return opened

    def convert(self, codes: Sequence[BodyCode], source: BodyId, target: BodyId, epoch: int = 1) -> list[BodyCode]:
        """Codes of `source` as codes of `target` in the target's `epoch`: undo one permutation, do the other."""
        return self.issue(self.open(codes, source), target, epoch)

    def convert_joined(self, blocks: bytes, source: tuple[BodyId, int], target: tuple[BodyId, int]) -> bytes:
        """`convert` without objects: the joined 16-byte values of one (body, epoch) as those of another."""
        return self._body(*target).do(self._body(*source).undo(blocks))

    def record(self, links: Sequence[LinkCode]) -> list[RecordCode]:
        """情報提供等記録用符号 of each person (命令47条3項): AES-256 under the record key."""
        if self._records is None:
            self._records = Permutation(self._store.derive(RECORD_KEY, _RECORD_CONTEXT))
        return [RecordCode(block) for block in split(self._records.do(_join(links)))]

    def tag(self, links: Sequence[LinkCode]) -> list[bytes]:
        """HMAC-SHA-256 under `index`, 32 bytes: the name of each person in the issuance file."""
        return self._store.mac(INDEX_KEY, [link.reveal() for link in links])

    def _body(self, body: BodyId, epoch: int) -> Permutation:
        found = self._bodies.get((body, epoch))
        if found is None:
            assert 0 <= epoch <= MAX_EPOCH  # two hex digits in a code's text
            key = self._store.derive(BODY_KEY, _BODY_DOMAIN + body.encode() + bytes([0, epoch]))
            found = self._bodies[(body, epoch)] = Permutation(key)
        return found

    def __repr__(self) -> str:
        return f"<Codes of {len(self._bodies)} bodies>"


def _join(codes: Iterable[LinkCode | BodyCode]) -> bytes:
    return b"".join([code.reveal() for code in codes])


def _by_epoch(codes: Sequence[BodyCode]) -> dict[int, list[int]]:
    places: dict[int, list[int]] = {}
    for place, code in enumerate(codes):
        places.setdefault(code.epoch, []).append(place)
    return places
