"""法21条の2: the codes, and the text form that knows its owner."""

import base64
from dataclasses import FrozenInstanceError

import pytest

from renkei.terms.bodies import BodyId
from renkei.terms.codes import AcquisitionNumber, BodyCode, LinkCode, RecordCode, read_code_text
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

MAYOR, BOARD = BodyId("141003-mayor"), BodyId("141003-board")
VALUE = bytes(range(16))
CODE = BodyCode(MAYOR, 1, VALUE)


def refused(text: str, owner: BodyId = MAYOR) -> RenkeiError:
    with pytest.raises(RenkeiError) as caught:
        BodyCode.parse(text, owner)
    return caught.value


def test_the_text_form_is_39_characters_of_version_epoch_value_and_check() -> None:
    version, value, check = CODE.text().split("-")
    assert len(CODE.text()) == 39
    assert (version, len(value), len(check)) == ("101", 26, 8)
    assert CODE.text() == CODE.text().lower()
    assert base64.b32decode(value.upper() + "======") == VALUE


def test_the_text_form_stays_as_it_is_for_codes_already_handed_out() -> None:
    assert CODE.text() == "101-aaaqeayeaudaocajbifqydiob4-" + CODE.text()[-8:]
    assert BodyCode.parse(CODE.text(), MAYOR) == CODE


@pytest.mark.parametrize("epoch", [0, 1, 9, 10, 255])
def test_a_code_comes_back_from_its_text(epoch: int) -> None:
    code = BodyCode(MAYOR, epoch, VALUE)
    assert BodyCode.parse(code.text(), MAYOR) == code


@pytest.mark.parametrize("epoch", [-1, 256, 300, 4_095])
def test_an_epoch_that_the_text_cannot_carry_is_refused(epoch: int) -> None:
    with pytest.raises(RenkeiError) as caught:
        BodyCode(MAYOR, epoch, VALUE)
    assert caught.value.problem is Problem.BAD_CODE


def test_a_code_of_another_body_is_refused_before_any_lookup() -> None:
    assert refused(CODE.text(), BOARD).problem is Problem.BAD_CODE


def test_a_code_of_another_epoch_is_another_text() -> None:
    text = CODE.text()
    assert refused("102" + text[3:]).problem is Problem.BAD_CODE


def test_every_single_wrong_character_is_refused() -> None:
    text = CODE.text()
    for place, old in enumerate(text):
        for new in "0a2z7-":
            if new != old:
                assert refused(text[:place] + new + text[place + 1 :]).problem is Problem.BAD_CODE


@pytest.mark.parametrize(
    "text",
    [
        "",
        "101",
        "--",
        CODE.text().upper(),
        CODE.text() + "\n",
        " " + CODE.text(),
        CODE.text()[:-1],
        CODE.text() + "a",
        CODE.text().replace("-", "_"),
        CODE.text().replace("1", "１", 1),
        "1fff-" + CODE.text()[4:-1],
        "1" + CODE.text()[1:].replace("01-", "+1-", 1),
        "2" + CODE.text()[1:],
        "101-" + "é" * 26 + "-" + "a" * 8,
    ],
)
def test_any_other_form_is_refused_as_a_bad_code(text: str) -> None:
    assert refused(text).problem is Problem.BAD_CODE


def test_spare_bits_cannot_make_a_second_text_of_the_same_code() -> None:
    version, value, check = CODE.text().split("-")
    alphabet = "abcdefghijklmnopqrstuvwxyz234567"
    others = [value[:-1] + alphabet[alphabet.index(value[-1]) ^ bits] for bits in (1, 2, 3)]
    for other in others:
        assert read_code_text(f"{version}-{other}-{check}") == (1, VALUE)
        assert refused(f"{version}-{other}-{check}").problem is Problem.BAD_CODE


def test_a_refusal_does_not_repeat_the_code() -> None:
    error = refused(CODE.text(), BOARD)
    assert CODE.text()[4:30] not in f"{error} {error!r} {error.detail}"


def test_a_code_shows_its_owner_and_epoch_but_not_its_value() -> None:
    assert "141003-mayor" in repr(CODE)
    assert "epoch=1" in repr(CODE)


@pytest.mark.parametrize("kind", [LinkCode, RecordCode])
@pytest.mark.parametrize("size", [0, 15, 17, 32])
def test_a_code_is_one_block_of_16_bytes(kind: type[LinkCode] | type[RecordCode], size: int) -> None:
    with pytest.raises(RenkeiError) as caught:
        kind(bytes(size))
    assert caught.value.problem is Problem.BAD_CODE
    with pytest.raises(RenkeiError):
        BodyCode(MAYOR, 1, bytes(size))


def test_codes_are_compared_by_owner_epoch_and_value() -> None:
    assert BodyCode(MAYOR, 1, VALUE) == CODE
    assert BodyCode(BOARD, 1, VALUE) != CODE
    assert BodyCode(MAYOR, 2, VALUE) != CODE
    link: object = LinkCode(VALUE)
    assert link != RecordCode(VALUE)


def test_a_code_does_not_change_its_owner() -> None:
    with pytest.raises(FrozenInstanceError):
        CODE.owner = BOARD  # type: ignore[misc]


def test_reveal_gives_the_block() -> None:
    assert (LinkCode(VALUE).reveal(), RecordCode(VALUE).reveal(), CODE.reveal()) == (VALUE, VALUE, VALUE)


@pytest.mark.parametrize("text", ["", "ab" * 15, "ab" * 17, "AB" * 16, "zz" * 16, "ab" * 15 + "a\n", "１" * 32])
def test_an_acquisition_number_is_32_lower_case_hex_digits(text: str) -> None:
    with pytest.raises(RenkeiError) as caught:
        AcquisitionNumber.parse(text)
    assert caught.value.problem is Problem.BAD_CODE
    assert AcquisitionNumber.parse("0f" * 16).reveal() == "0f" * 16


@pytest.mark.parametrize("shape", ["123456789018", "24727059608"])
def test_an_acquisition_number_can_be_neither_of_the_two_personal_numbers(shape: str) -> None:
    with pytest.raises(RenkeiError):
        AcquisitionNumber.parse(shape)
