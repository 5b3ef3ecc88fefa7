"""The formulas against a second reading of the orders, written here in the manner of their text."""

import pytest

from renkei.terms import checkdigits

PAYLOADS = ["00000000000", "12345678901", "99999999999", "10000000000", "00000000001", "31415926535", "27182818284"]


def by_the_text_of_order_5(digits: str) -> int:
    """P(n): the n-th digit from the right; Q(n) = n + 1 for n up to 6, n - 5 beyond."""
    total = sum(int(p) * (n + 1 if n <= 6 else n - 5) for n, p in enumerate(reversed(digits), start=1))
    return 0 if total % 11 <= 1 else 11 - total % 11


@pytest.mark.parametrize("payload", PAYLOADS)
def test_order_5_individual_number(payload: str) -> None:
    assert checkdigits.mod11(payload, checkdigits.INDIVIDUAL_WEIGHTS) == by_the_text_of_order_5(payload)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_the_resident_record_code_uses_the_same_formula_over_ten_digits(payload: str) -> None:
    assert checkdigits.mod11(payload[1:], checkdigits.RESIDENT_WEIGHTS) == by_the_text_of_order_5(payload[1:])


@pytest.mark.parametrize("remainder", [0, 1])
def test_order_5_gives_zero_where_the_remainder_is_zero_or_one(remainder: int) -> None:
    found = [
        text
        for text in (f"{n:011d}" for n in range(100))
        if sum(int(d) * w for d, w in zip(text, checkdigits.INDIVIDUAL_WEIGHTS, strict=True)) % 11 == remainder
    ]
    assert found
    assert {checkdigits.mod11(text, checkdigits.INDIVIDUAL_WEIGHTS) for text in found} == {0}


@pytest.mark.parametrize(("payload", "check"), [("000012050002", 7), ("000000000000", 9), ("000000000001", 8)])
def test_cabinet_order_35_corporate_number(payload: str, check: int) -> None:
    assert checkdigits.mod9(payload) == check


def test_cabinet_order_35_doubles_every_second_digit_from_the_right() -> None:
    assert checkdigits.mod9("000000000010") == 9 - 2
    assert checkdigits.mod9("000000000100") == 9 - 1


@pytest.mark.parametrize(("payload", "check"), [("01000", 6), ("13000", 1), ("14100", 3), ("01100", 2)])
def test_local_government_code(payload: str, check: int) -> None:
    assert checkdigits.last_of_eleven(payload) == check


def test_a_payload_of_the_wrong_length_is_our_own_mistake_and_crashes() -> None:
    with pytest.raises(ValueError, match="zip"):
        checkdigits.mod11("1", checkdigits.INDIVIDUAL_WEIGHTS)
