"""Ids of bodies and systems, a body's own numbers for people, roles."""

from collections.abc import Callable

import pytest

from renkei.terms.bodies import CORE, DISCLOSURE, Role, addressee_number, body_id, system_name
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

WRONG_IDS = ["", "-a", "a-", "A", "a_b", "a.b", "a b", "a\n", "a" * 65, "横浜市", "a/b", "../a"]


@pytest.mark.parametrize("check", [body_id, system_name])
@pytest.mark.parametrize("text", ["a", "141003-mayor", "a--b", "a" * 64, "0"])
def test_an_id_is_lower_case_letters_digits_and_hyphens(check: Callable[[str], str], text: str) -> None:
    assert check(text) == text


@pytest.mark.parametrize("check", [body_id, system_name])
@pytest.mark.parametrize("text", WRONG_IDS)
def test_any_other_text_is_no_id(check: Callable[[str], str], text: str) -> None:
    with pytest.raises(RenkeiError) as caught:
        check(text)
    assert caught.value.problem is Problem.WRONG_TYPE
    assert not text.strip() or text not in str(caught.value)


@pytest.mark.parametrize("text", ["1", "A-1", "z" * 32])
def test_an_addressee_number_is_up_to_32_letters_digits_and_hyphens(text: str) -> None:
    assert addressee_number(text) == text


@pytest.mark.parametrize("text", ["", "a" * 33, "１", "1 2", "1\n", "a_b", "a/b"])
def test_any_other_text_is_no_addressee_number(text: str) -> None:
    with pytest.raises(RenkeiError) as caught:
        addressee_number(text)
    assert caught.value.problem is Problem.WRONG_TYPE


def test_the_names_of_the_networks_own_parties_are_ids_too() -> None:
    assert body_id(CORE) == CORE
    assert body_id(DISCLOSURE) == DISCLOSURE


def test_a_role_is_part_of_an_address_and_so_has_the_form_of_an_id() -> None:
    assert [system_name(role.value) for role in Role] == [role.value for role in Role]
