"""Persons for the rows that need many fresh ones: right check digits, no other meaning, never twice."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

from renkei.messages import addressee, line
from renkei.messages.residents import Resident
from renkei.sandbox.bodies import KAWASAKI, YOKOHAMA
from renkei.terms.bodies import AddresseeNumber, BodyId
from renkei.terms.numbers import IndividualNumber, ResidentCode
from renkei.terms.secrets import SecretText

T = TypeVar("T")
BODIES: Final = (YOKOHAMA.id, KAWASAKI.id)
"""One on each intermediate server."""
AT_ONCE: Final = 4
"""Lists under way for each body."""


def base() -> int:
    """A number from which the next millions are free: it grows with the clock of the machine."""
    return time.time_ns() // 1_000_000 * 1_000 % 10**10


def resident(number: int) -> Resident:
    return Resident(
        resident=ResidentCode.parse(ResidentCode.complete(f"{number % 10**10:010d}")),
        number=_individual(number),
        name=SecretText("負荷 試験"),
        kana=SecretText("フカ シケン"),
        address=SecretText("神奈川県"),
        born_on="1980-01-01",
        sex="f",
        card=None,
    )


def person(number: int) -> addressee.Person:
    return addressee.Person(addressee=addressee_of(number), number=_individual(number), lines={})


def addressee_of(number: int) -> AddresseeNumber:
    return AddresseeNumber(f"9{number % 10**14:014d}")


def _individual(number: int) -> IndividualNumber:
    return IndividualNumber.parse(IndividualNumber.complete(f"9{number % 10**10:010d}"))


async def abreast(entries: Sequence[T], size: int, call: Callable[[Sequence[T]], Awaitable[object]]) -> None:
    """Lists of that size, `AT_ONCE` at a time."""
    lists = iter([entries[first : first + size] for first in range(0, len(entries), size)])

    async def caller() -> None:
        for each in lists:
            await call(each)

    await asyncio.gather(*(caller() for _ in range(AT_ONCE)))


def halves(numbers: Sequence[int]) -> dict[BodyId, Sequence[int]]:
    """Half of them to each body."""
    middle = len(numbers) // 2
    return dict(zip(BODIES, (numbers[:middle], numbers[middle:]), strict=True))


def failed(found: Sequence[line.CodeStatus]) -> list[line.CodeStatus]:
    return [each for each in found if each.state is not line.CodeState.ACQUIRED]
