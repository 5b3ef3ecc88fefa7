"""One body's keys at work: what its columns are sealed with, and the tags its rows are found by (design 8, 10).

Another body's cabinet makes other tags, so another tenant's ids are simply unknown.
"""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final, TypeVar

import msgspec

from renkei.crypto.columns import ColumnSealer
from renkei.crypto.envelope import Identity
from renkei.crypto.keystore import Entropy, KeyStore
from renkei.messages.codec import Part, decode, encode
from renkei.messages.line import Inquiry, Nothing, Replica, ReplicaKey
from renkei.terms.bodies import AddresseeNumber, BodyId
from renkei.terms.codes import AcquisitionNumber, BodyCode

P = TypeVar("P", bound=Part)


CODE: Final = "code.sealed"
ACQUISITION: Final = "acquisition.sealed"
REPLICA: Final = "replica.sealed"
ASKED: Final = "inquiry.record"
PERMIT: Final = "inquiry.receipt"
RECEIVED: Final = "inquiry.content"
NOTICED: Final = "provision.record"
PROOF: Final = "provision.receipt"
PROVIDED: Final = "provision.content"
REMEMBERED: Final = 4_096
"""Opened values of all bodies of a process; about two kilobytes each."""
_OFTEN: Final = frozenset({CODE, ASKED, NOTICED})
"""Columns whose values are opened again and again."""
JOB: Final = "job.record"
JOB_PART: Final = "job_part.sealed"
JOB_OUTCOME: Final = "job_outcome.sealed"


_Place = tuple[BodyId, str, bytes | str, bytes]


class Opened:
    """What was sealed or opened lately, by body, place and sealed bytes: each is opened several times within a second.

    A sealed value has one content for ever, so nothing here is ever out of date.
    """

    def __init__(self) -> None:
        self._parts: OrderedDict[_Place, Part] = OrderedDict()

    def keep(self, place: _Place, part: Part) -> None:
        """Remember; the oldest is forgotten."""
        while len(self._parts) >= REMEMBERED:
            self._parts.popitem(last=False)
        self._parts[place] = part

    def get(self, place: _Place) -> Part | None:
        return self._parts.get(place)


class Cabinet:
    """The keys `<body>/sign`, `<body>/seal`, `<body>/column` and `<body>/index` of one tenant."""

    def __init__(self, body: BodyId, keys: KeyStore, entropy: Entropy, opened: Opened | None = None) -> None:
        self.body = body
        self._opened = opened or Opened()
        self.identity = Identity(keys, f"{body}/sign", f"{body}/seal")
        self._keys = keys
        self._index = f"{body}/index"
        self._sealer = ColumnSealer(keys, f"{body}/column", entropy)

    def check(self) -> None:
        """All four keys are there and fit; raises KeyRefusedError at the start rather than at the first inquiry."""
        self.identity.public()
        self._keys.mac(self._index, [b""])
        self.seal(ASKED, b"", Nothing())

    # Tags. The JSON list gives each input one reading, and its first word keeps the uses apart.

    def addressees(self, numbers: list[AddresseeNumber]) -> list[bytes]:
        return self._tags([("addressee", number) for number in numbers])

    def addressee(self, number: AddresseeNumber) -> bytes:
        return self.addressees([number])[0]

    def codes(self, codes: Sequence[BodyCode]) -> list[bytes]:
        return self._tags([("code", code.text()) for code in codes])

    def acquisitions(self, numbers: Sequence[AcquisitionNumber]) -> list[bytes]:
        return self._tags([("acquisition", number.reveal()) for number in numbers])

    def requests(self, requests: list[str]) -> list[bytes]:
        return self._tags([("request", request) for request in requests])

    def inquiry_contents(self, inquiries: Sequence[Inquiry]) -> list[bytes]:
        return self._keys.mac(self._index, [b"inquiry\0" + encode(each) for each in inquiries])

    def replicas(self, keys: Sequence[Replica] | Sequence[ReplicaKey]) -> list[bytes]:
        return self._tags([_replica_key(each) for each in keys])

    def replica_contents(self, replicas: list[Replica]) -> list[bytes]:
        # The whole replica with its key goes in: equal contents of two persons give different tags.
        return self._keys.mac(self._index, [b"replica\0" + encode(each) for each in replicas])

    def destination(self, inquirer: BodyId) -> bytes:
        return self._tags([("answer-to", inquirer)])[0]

    def job(self, request: str) -> bytes:
        return self._tags([("job", request)])[0]

    def lane(self, provider: BodyId) -> bytes:
        return self._tags([("lane", provider)])[0]

    def job_content(self, *parts: Part) -> bytes:
        return self._keys.mac(self._index, [b"job\0" + b"\0".join(encode(part) for part in parts)])[0]

    def _tags(self, parts: list[tuple[str, ...]]) -> list[bytes]:
        return self._keys.mac(self._index, [msgspec.json.encode(part) for part in parts])

    # Sealed columns: `column` is `table.column`, `row` the row's key after the tenant.

    def seal(self, column: str, row: bytes | str, value: Part) -> bytes:
        """Seal one value for one place."""
        table, _, name = column.partition(".")
        sealed = self._sealer.seal(table, name, _row(row), encode(value))
        if column in _OFTEN:
            self._opened.keep((self.body, column, row, sealed), value)
        return sealed

    def seal_all(self, column: str, values: Sequence[tuple[bytes, Part]]) -> list[bytes]:
        """The same for a list of rows with their values."""
        table, _, name = column.partition(".")
        sealed = self._sealer.seal_all(table, name, [(row, encode(value)) for row, value in values])
        if column in _OFTEN:
            for (row, value), each in zip(values, sealed, strict=True):
                self._opened.keep((self.body, column, row, each), value)
        return sealed

    def open(self, column: str, row: bytes | str, sealed: bytes, kind: type[P]) -> P:
        """What `seal` was given for that place; raises BAD_STORE."""
        place = (self.body, column, row, sealed) if column in _OFTEN else None
        known = None if place is None else self._opened.get(place)
        if isinstance(known, kind):
            return known
        table, _, name = column.partition(".")
        value = decode(kind, self._sealer.open(table, name, _row(row), sealed))
        if place is not None:
            self._opened.keep(place, value)
        return value

    def __repr__(self) -> str:
        return f"<Cabinet of {self.body}>"


def _replica_key(key: Replica | ReplicaKey) -> tuple[str, ...]:
    days = () if key.period is None else (key.period.first, key.period.last)
    return ("replica", key.addressee, key.kind, *days)


def _row(row: bytes | str) -> bytes:
    return row if isinstance(row, bytes) else row.encode()
