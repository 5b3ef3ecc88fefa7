"""Synthetic residents: valid numbers, Japanese names with kana, households, and which bodies know whom.

The numbers have right check digits and no other meaning; names and addresses come from Faker with a fixed seed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from faker import Faker

from renkei.sandbox.bodies import KANAGAWA, KAWASAKI, KENPO, MINISTER, YOKOHAMA, YOKOHAMA_BOARD
from renkei.terms.bodies import AddresseeNumber, BodyId
from renkei.terms.numbers import IndividualNumber, ResidentCode

SEED: Final = 20_261_123
_HOUSEHOLD: Final = (1, 1, 2, 2, 3, 3, 4, 5)
_ADULT: Final = 20
_SCHOOL: Final = range(6, 15)
_YEAR: Final = 2026


@dataclass(frozen=True, slots=True)
class SyntheticResident:
    """One resident; `addressees` holds the number by which each body knows them."""

    index: int
    number: IndividualNumber
    resident: ResidentCode
    name: str
    kana: str
    address: str
    born_on: str
    sex: Literal["m", "f"]
    city: BodyId
    card: str | None
    addressees: dict[BodyId, AddresseeNumber]


def make_residents(count: int, cards: int, seed: int = SEED) -> list[SyntheticResident]:
    """`count` residents of two cities, the first `cards` adults of them with a sandbox card; same seed, same people."""
    faker = Faker("ja_JP")
    faker.seed_instance(seed)
    numbers = _unique(faker, 11)
    codes = _unique(faker, 10)
    people: list[SyntheticResident] = []
    carded = 0
    for index, (household, member) in zip(range(count), _households(faker), strict=False):
        age = _age(faker, member)
        card = None
        if age >= _ADULT and carded < cards:
            carded += 1
            card = f"card-{carded:04d}"
        people.append(_resident(faker, index, household, (age, card), (next(numbers), next(codes))))
    return people


@dataclass(frozen=True, slots=True)
class _Household:
    family: str
    family_kana: str
    city: BodyId
    address: str


def _households(faker: Faker) -> Iterator[tuple[_Household, int]]:
    while True:
        family, kana, _ = faker.last_name_pair()
        city, name = faker.random_element(((YOKOHAMA.id, "横浜市"), (KAWASAKI.id, "川崎市")))
        address = f"神奈川県{name}{faker.town()}{faker.chome()}{faker.ban()}{faker.gou()}"
        for member in range(faker.random_element(_HOUSEHOLD)):
            yield _Household(family, kana, city, address), member


def _age(faker: Faker, member: int) -> int:
    return int(faker.random_int(_ADULT, 95) if member < 2 else faker.random_int(0, _ADULT - 1))


def _resident(
    faker: Faker, index: int, household: _Household, life: tuple[int, str | None], digits: tuple[str, str]
) -> SyntheticResident:
    age, card = life
    sex: Literal["m", "f"] = faker.random_element(("m", "f"))
    given, given_kana, _ = faker.first_name_male_pair() if sex == "m" else faker.first_name_female_pair()
    return SyntheticResident(
        index=index,
        number=IndividualNumber.parse(IndividualNumber.complete(digits[0])),
        resident=ResidentCode.parse(ResidentCode.complete(digits[1])),
        name=f"{household.family} {given}",
        kana=f"{household.family_kana} {given_kana}",
        address=household.address,
        born_on=f"{_YEAR - age - 1}-{faker.random_int(1, 12):02d}-{faker.random_int(1, 28):02d}",
        sex=sex,
        city=household.city,
        card=card,
        addressees=_known_to(faker, household.city, age, certain=card is not None),
    )


def _known_to(faker: Faker, city: BodyId, age: int, *, certain: bool) -> dict[BodyId, AddresseeNumber]:
    """Bodies that know a person: the city, sometimes the one lived in before, and others by the affairs of an age."""
    other = KAWASAKI.id if city == YOKOHAMA.id else YOKOHAMA.id
    chances = {
        city: 100,
        other: 40,
        YOKOHAMA_BOARD.id: 100 if city == YOKOHAMA.id and age in _SCHOOL else 0,
        KENPO.id: 60,
        KANAGAWA.id: 35,
        MINISTER.id: 80,
    }
    known = [b for b, chance in chances.items() if chance and (certain or faker.random_int(1, 100) <= chance)]
    return {body: AddresseeNumber(faker.numerify("##########%####")) for body in known}


def _unique(faker: Faker, length: int) -> Iterator[str]:
    seen: set[str] = set()
    while True:
        text = faker.numerify("#" * length)
        if text not in seen:
            seen.add(text)
            yield text
