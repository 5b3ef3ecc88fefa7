"""The four numbers with check digits: published samples, strictness, and what a wrong one may say."""

import pytest

from renkei.terms.errors import RenkeiError
from renkei.terms.numbers import CorporateNumber, IndividualNumber, LocalGovernmentCode, Number, ResidentCode
from renkei.terms.problems import Problem

# 個人番号: the sample of 命令5条's formula worked by hand; 住民票コード and 法人番号: published samples;
# 団体コード: Hokkaido, Tokyo, Yokohama, Okinawa as the ministry lists them.
SAMPLES: list[tuple[type[Number], str]] = [
    (IndividualNumber, "123456789018"),
    (IndividualNumber, "000000000000"),
    (ResidentCode, "24727059608"),
    (ResidentCode, "24846016224"),
    (ResidentCode, "25208017643"),
    (CorporateNumber, "7000012050002"),
    (LocalGovernmentCode, "010006"),
    (LocalGovernmentCode, "130001"),
    (LocalGovernmentCode, "141003"),
    (LocalGovernmentCode, "470007"),
]
KINDS = [IndividualNumber, ResidentCode, CorporateNumber, LocalGovernmentCode]


@pytest.mark.parametrize(("kind", "text"), SAMPLES)
def test_a_published_number_is_read_and_given_back(kind: type[Number], text: str) -> None:
    assert kind.parse(text).reveal() == text


@pytest.mark.parametrize(("kind", "text"), SAMPLES)
def test_the_check_digit_is_computed_from_the_other_digits(kind: type[Number], text: str) -> None:
    assert kind.complete(kind.payload(text)) == text


@pytest.mark.parametrize(("kind", "text"), SAMPLES)
def test_no_other_check_digit_passes(kind: type[Number], text: str) -> None:
    place = 0 if kind is CorporateNumber else len(text) - 1
    for digit in set("0123456789") - {text[place]}:
        with pytest.raises(RenkeiError) as refused:
            kind.parse(text[:place] + digit + text[place + 1 :])
        assert refused.value.problem is Problem.BAD_NUMBER


@pytest.mark.parametrize(("kind", "text"), SAMPLES)
def test_what_only_looks_like_digits_is_refused(kind: type[Number], text: str) -> None:
    full_width = text.translate({ord("0") + n: ord("０") + n for n in range(10)})
    arabic = text.translate({ord("0") + n: ord("٠") + n for n in range(10)})
    wrong = [
        full_width,
        arabic,
        f" {text}",
        f"{text} ",
        f"{text}\n",
        f"{text[:4]}-{text[4:]}",
        f"{text[:3]} {text[3:]}",
    ]
    wrong += [text[1:], text + "0", "", f"+{text[1:]}", f"²{text[1:]}", f"{text[:-1]}x", f"{text}\0"]
    for other in wrong:
        with pytest.raises(RenkeiError) as refused:
            kind.parse(other)
        assert refused.value.problem is Problem.BAD_NUMBER


@pytest.mark.parametrize(("kind", "text"), SAMPLES)
def test_a_refusal_names_the_kind_and_never_the_digits(kind: type[Number], text: str) -> None:
    place = 0 if kind is CorporateNumber else len(text) - 1
    wrong = text[:place] + str((int(text[place]) + 1) % 10) + text[place + 1 :]
    with pytest.raises(RenkeiError) as refused:
        kind.parse(wrong)
    assert kind.NAME in str(refused.value)
    assert wrong not in f"{refused.value!s} {refused.value!r} {refused.value.args}"


def test_a_resident_code_is_no_individual_number_even_with_the_same_digits() -> None:
    assert IndividualNumber("24727059608") != ResidentCode("24727059608")
    assert hash(IndividualNumber("24727059608")) != hash(ResidentCode("24727059608"))


def test_equal_numbers_are_one_key() -> None:
    assert {IndividualNumber.parse("123456789018"), IndividualNumber.parse("123456789018")} == {
        IndividualNumber.parse("123456789018")
    }


@pytest.mark.parametrize("kind", [CorporateNumber, LocalGovernmentCode])
def test_public_numbers_print(kind: type[Number]) -> None:
    text = next(sample for of, sample in SAMPLES if of is kind)
    assert f"{kind.parse(text)}" == text


@pytest.mark.parametrize("kind", KINDS)
def test_every_number_states_its_article_or_its_order(kind: type[Number]) -> None:
    assert kind.NAME in (kind.__doc__ or "")


def test_a_number_of_no_kind_has_no_check_digit() -> None:
    with pytest.raises(NotImplementedError):
        Number.complete("1")
