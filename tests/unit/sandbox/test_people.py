"""The synthetic residents: the same for the same seed, with right numbers, each known to somebody."""

from collections import Counter

import pytest

from renkei.sandbox.bodies import BODIES, KAWASAKI, YOKOHAMA
from renkei.sandbox.people import SyntheticResident, make_residents
from renkei.terms.bodies import addressee_number
from renkei.terms.numbers import IndividualNumber, ResidentCode

COUNT = 400
CARDS = 3


@pytest.fixture(scope="module")
def people() -> list[SyntheticResident]:
    return make_residents(COUNT, CARDS)


def test_the_same_seed_makes_the_same_people_and_another_seed_others(people: list[SyntheticResident]) -> None:
    again, others = make_residents(COUNT, CARDS), make_residents(COUNT, CARDS, seed=1)
    assert [(p.number.reveal(), p.name, p.addressees) for p in again] == [
        (p.number.reveal(), p.name, p.addressees) for p in people
    ]
    assert {p.number.reveal() for p in others}.isdisjoint(p.number.reveal() for p in people)


def test_a_smaller_network_has_the_first_people_of_a_larger_one(people: list[SyntheticResident]) -> None:
    assert [p.addressees for p in make_residents(20, CARDS)] == [p.addressees for p in people[:20]]


def test_every_number_has_its_check_digit_and_is_given_once(people: list[SyntheticResident]) -> None:
    numbers = [p.number.reveal() for p in people]
    codes = [p.resident.reveal() for p in people]
    assert [IndividualNumber.parse(text).reveal() for text in numbers] == numbers
    assert [ResidentCode.parse(text).reveal() for text in codes] == codes
    assert len(set(numbers)) == len(set(codes)) == len(people) == COUNT


def test_addressee_numbers_are_well_formed_and_unique_within_a_body(people: list[SyntheticResident]) -> None:
    for body in BODIES:
        given = [p.addressees[body.id] for p in people if body.id in p.addressees]
        assert [addressee_number(number) for number in given] == given
        assert len(set(given)) == len(given) > 0


def test_everybody_is_known_to_the_city_they_live_in(people: list[SyntheticResident]) -> None:
    assert {p.city for p in people} == {YOKOHAMA.id, KAWASAKI.id}
    assert all(p.city in p.addressees for p in people)


def test_no_body_but_some_pairs_know_the_same_person(people: list[SyntheticResident]) -> None:
    counts = Counter(body for p in people for body in p.addressees)
    assert set(counts) == {body.id for body in BODIES}
    assert all(0 < count < COUNT for count in counts.values())


def test_cards_go_to_the_first_grown_up_people(people: list[SyntheticResident]) -> None:
    carded = [p for p in people if p.card]
    assert [p.card for p in carded] == [f"card-{n:04d}" for n in range(1, CARDS + 1)]
    assert all(int(p.born_on[:4]) <= 2026 - 20 for p in carded)
    assert all({YOKOHAMA.id, KAWASAKI.id} <= p.addressees.keys() for p in carded)
    assert [p for p in make_residents(50, 0) if p.card] == []


def test_a_printed_resident_shows_no_number(people: list[SyntheticResident]) -> None:
    assert people[0].number.reveal() not in repr(people[0])
    assert people[0].resident.reveal() not in repr(people[0])
