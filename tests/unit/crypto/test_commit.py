"""Commitments bind domain, salt and value."""

import hashlib

import pytest

from renkei.crypto.commit import commitment, subsalt

SALT = bytes(range(32))


def test_a_commitment_is_the_hash_that_the_documentation_says() -> None:
    by_hand = hashlib.sha256(b"renkei/commitment/1\0person\0" + SALT + b"value").digest()
    assert commitment("person", SALT, b"value") == by_hand


def test_any_part_changed_gives_another_commitment() -> None:
    all_of_them = {
        commitment("person", SALT, b"value"),
        commitment("inquirer", SALT, b"value"),
        commitment("person", subsalt(SALT, "leaf"), b"value"),
        commitment("person", SALT, b"valu"),
        commitment("person", SALT, b""),
    }
    assert len(all_of_them) == 5


def test_sub_salts_differ_by_name_and_by_record() -> None:
    names = ("leaf", "person", "inquirer", "provider", "content")
    salts = {subsalt(SALT, name) for name in names} | {subsalt(bytes(32), name) for name in names}
    assert len(salts) == 10
    assert {len(salt) for salt in salts} == {32}


@pytest.mark.parametrize("salt", [b"", SALT[:31], SALT + b"x"])
def test_a_salt_of_another_length_is_our_own_mistake(salt: bytes) -> None:
    with pytest.raises(AssertionError):
        commitment("person", salt, b"value")
    with pytest.raises(AssertionError):
        subsalt(salt, "leaf")


def test_a_name_cannot_end_early() -> None:
    with pytest.raises(AssertionError):
        commitment("person\0", SALT, b"value")
