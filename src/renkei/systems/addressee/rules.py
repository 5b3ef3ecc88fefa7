"""Who may use this body's register, how a person is kept in it, and what goes on to the resident registry."""

from collections.abc import Sequence
from typing import Final

from renkei.crypto.columns import ColumnSealer
from renkei.crypto.keystore import KeyPurpose, KeyStore
from renkei.messages.acquisition import AcquisitionResult, AddresseeRequest, NumberRequest
from renkei.messages.addressee import Person
from renkei.messages.codec import encode
from renkei.messages.directory import Directory
from renkei.systems.addressee.ports import Entry, SealedNumber
from renkei.terms.bodies import AddresseeNumber, BodyId, SystemName
from renkei.terms.errors import RenkeiError
from renkei.terms.numbers import IndividualNumber
from renkei.terms.problems import Problem

INDEX_KEY: Final = "index"
COLUMN_KEY: Final = "column"
KEYS: Final = {INDEX_KEY: KeyPurpose.INDEX, COLUMN_KEY: KeyPurpose.COLUMN}
"""The keys that this system's key store must hold."""
TABLE: Final = "person"
UNKNOWN: Final = Problem.UNKNOWN_ADDRESSEE.value
# A tag says of which column it is, so that equal digits in two columns have nothing in common.
_ADDRESSEE: Final = b"renkei/addressee/addressee\0"
_NUMBER: Final = b"renkei/addressee/number\0"


def admit_line(own: BodyId, peer_body: BodyId | None) -> None:
    """Line systems of this body alone; raises WRONG_ROLE."""
    if peer_body != own:
        raise RenkeiError(Problem.WRONG_ROLE, "a line system of another body")


def admit_intermediate(own: BodyId, system: SystemName, directory: Directory) -> None:
    """The intermediate server that the directory names for this body, and no other; raises WRONG_ROLE."""
    if all((entry.id, entry.system) != (own, system) for entry in directory.bodies):
        raise RenkeiError(Problem.WRONG_ROLE, "not the intermediate server of this body")


class Keeper:
    """Makes the stored form of persons and reads it; holds operations on keys, never a key."""

    def __init__(self, keys: KeyStore, sealer: ColumnSealer) -> None:
        self._keys = keys
        self._sealer = sealer

    def entries(self, persons: Sequence[Person]) -> list[Entry]:
        """The rows of these persons."""
        addressees = self.addressee_tags([one.addressee for one in persons])
        numbers = self._tags(_NUMBER, [one.number.reveal() for one in persons])
        sealed_numbers = self._sealed("sealed_number", addressees, [one.number.reveal().encode() for one in persons])
        sealed_lines = self._sealed("sealed_lines", addressees, [encode(one) for one in persons])
        return list(map(Entry, addressees, numbers, sealed_numbers, sealed_lines))

    def addressee_tags(self, addressees: Sequence[AddresseeNumber]) -> list[bytes]:
        """What stands for each 団体内統合宛名番号 in the store, 32 bytes."""
        return self._tags(_ADDRESSEE, addressees)

    def number(self, found: SealedNumber) -> IndividualNumber:
        """Open one 個人番号, and nothing else of the row, for the call that needs it."""
        return IndividualNumber(self._sealer.open(TABLE, "sealed_number", found.addressee_tag, found.sealed).decode())

    def _sealed(self, column: str, rows: Sequence[bytes], texts: Sequence[bytes]) -> list[bytes]:
        return self._sealer.seal_all(TABLE, column, list(zip(rows, texts, strict=True)))

    def _tags(self, domain: bytes, values: Sequence[str]) -> list[bytes]:
        return self._keys.mac(INDEX_KEY, [domain + value.encode() for value in values])


def passed_on(
    requests: Sequence[AddresseeRequest], numbers: Sequence[IndividualNumber | None]
) -> tuple[NumberRequest, ...]:
    """What the registry is asked: those whom we know, in order; the addressee number stays here."""
    pairs = zip(requests, numbers, strict=True)
    return tuple(
        NumberRequest(acquisition=one.acquisition, number=number) for one, number in pairs if number is not None
    )


def merged(
    requests: Sequence[AddresseeRequest],
    numbers: Sequence[IndividualNumber | None],
    answers: Sequence[AcquisitionResult],
) -> tuple[AcquisitionResult, ...]:
    """One result per request, in order: the registry's for those passed on, unknown-addressee for the rest.

    Raises:
        RenkeiError: UNREACHABLE if the reply is not one result per request passed on: nothing is known then, and the
            whole call may be repeated.
    """
    pairs = list(zip(requests, numbers, strict=True))
    if [one.acquisition for one in answers] != [one.acquisition for one, number in pairs if number is not None]:
        raise RenkeiError(Problem.UNREACHABLE, "the registry's reply does not fit what was asked")
    # By place, not by number: a number that was used twice must not let one result stand for two persons.
    rest = iter(answers)
    return tuple(
        AcquisitionResult(acquisition=one.acquisition, problem=UNKNOWN) if number is None else next(rest)
        for one, number in pairs
    )
