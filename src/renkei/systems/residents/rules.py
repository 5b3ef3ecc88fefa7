"""How a resident is kept and found again, and what of them goes on to the core (令27条3項: the code, nothing else)."""

from collections.abc import Sequence
from typing import Final

from renkei.crypto.columns import ColumnSealer
from renkei.crypto.keystore import KeyPurpose, KeyStore
from renkei.messages.acquisition import AcquisitionResult, ResidentRequest
from renkei.messages.codec import encode
from renkei.messages.residents import Resident
from renkei.systems.residents.ports import Entry, SealedCode
from renkei.terms.codes import AcquisitionNumber
from renkei.terms.errors import RenkeiError
from renkei.terms.numbers import IndividualNumber, ResidentCode
from renkei.terms.problems import Problem

INDEX_KEY: Final = "index"
COLUMN_KEY: Final = "column"
KEYS: Final = {INDEX_KEY: KeyPurpose.INDEX, COLUMN_KEY: KeyPurpose.COLUMN}
"""The keys that this system's key store must hold."""
TABLE: Final = "resident"
UNKNOWN: Final = Problem.UNKNOWN_NUMBER.value
# A tag says of which column it is, so that equal digits in two columns have nothing in common.
_NUMBER: Final = b"renkei/residents/number\0"
_RESIDENT: Final = b"renkei/residents/resident\0"
_CARD: Final = b"renkei/residents/card\0"


class Keeper:
    """Makes the stored form of residents and reads it; holds operations on keys, never a key."""

    def __init__(self, keys: KeyStore, sealer: ColumnSealer) -> None:
        self._keys = keys
        self._sealer = sealer

    def entries(self, residents: Sequence[Resident]) -> list[Entry]:
        """The rows of these residents."""
        codes = self._tags(_RESIDENT, [one.resident.reveal() for one in residents])
        numbers = self.number_tags([one.number for one in residents])
        known = iter(self.card_tags([one.card for one in residents if one.card is not None]))
        cards = [None if one.card is None else next(known) for one in residents]
        sealed_codes = self._sealed("sealed_code", codes, [one.resident.reveal().encode() for one in residents])
        sealed_facts = self._sealed("sealed_facts", codes, [encode(one) for one in residents])
        return list(map(Entry, codes, numbers, cards, sealed_codes, sealed_facts))

    def number_tags(self, numbers: Sequence[IndividualNumber]) -> list[bytes]:
        """What stands for each 個人番号 in the store, 32 bytes."""
        return self._tags(_NUMBER, [number.reveal() for number in numbers])

    def card_tags(self, cards: Sequence[str]) -> list[bytes]:
        """What stands for each card in the store, 32 bytes."""
        return self._tags(_CARD, cards)

    def code(self, found: SealedCode) -> ResidentCode:
        """Open one 住民票コード, and nothing else of the row, for the call that needs it."""
        return ResidentCode(self._sealer.open(TABLE, "sealed_code", found.resident_tag, found.sealed).decode())

    def _sealed(self, column: str, rows: Sequence[bytes], texts: Sequence[bytes]) -> list[bytes]:
        return self._sealer.seal_all(TABLE, column, list(zip(rows, texts, strict=True)))

    def _tags(self, domain: bytes, values: Sequence[str]) -> list[bytes]:
        return self._keys.mac(INDEX_KEY, [domain + value.encode() for value in values])


def passed_on(acquisitions: Sequence[AcquisitionNumber], codes: Sequence[ResidentCode | None]) -> list[ResidentRequest]:
    """What the core is asked: those whom we know, in order."""
    pairs = zip(acquisitions, codes, strict=True)
    return [ResidentRequest(acquisition=number, resident=code) for number, code in pairs if code is not None]


def merged(
    acquisitions: Sequence[AcquisitionNumber],
    codes: Sequence[ResidentCode | None],
    answers: Sequence[AcquisitionResult],
) -> tuple[AcquisitionResult, ...]:
    """One result per request, in order: the core's for those passed on, unknown-number for the rest.

    Raises:
        RenkeiError: UNREACHABLE if the core's reply is not one result per request passed on: nothing is known then,
            and the whole call may be repeated.
    """
    asked = [number for number, code in zip(acquisitions, codes, strict=True) if code is not None]
    if [answer.acquisition for answer in answers] != asked:
        raise RenkeiError(Problem.UNREACHABLE, "the core's reply does not fit what was asked")
    # By place, not by number: a number that a body used twice must not let one result stand for two persons.
    rest = iter(answers)
    return tuple(
        AcquisitionResult(acquisition=number, problem=UNKNOWN) if code is None else next(rest)
        for number, code in zip(acquisitions, codes, strict=True)
    )
