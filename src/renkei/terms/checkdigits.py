"""The check digits that the Act and its orders define, as functions on digit strings."""

from itertools import starmap
from operator import mul
from typing import Final

INDIVIDUAL_WEIGHTS: Final = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
"""Weights for the 11 digits from the left; 命令5条 counts n from the right: Q = n+1 (n <= 6), n-5 (n >= 7)."""
RESIDENT_WEIGHTS: Final = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
LOCAL_GOVERNMENT_WEIGHTS: Final = (6, 5, 4, 3, 2)


def mod11(digits: str, weights: tuple[int, ...]) -> int:
    """The check digit of 個人番号 and 住民票コード: 11 - (sum mod 11), 0 where the remainder is 0 or 1 (命令5条)."""
    # By the bytes of the digits, each 48 more than its value: this stands in the way of every number that is read.
    total = sum(starmap(mul, zip(digits.encode(), weights, strict=True)))
    remainder = (total - ord("0") * sum(weights)) % 11
    return 0 if remainder <= 1 else 11 - remainder


def mod9(digits: str) -> int:
    """The check digit of 法人番号 over its 12 digits: 9 - (sum mod 9), weights 1 and 2 from the right (令35条)."""
    total = sum(int(d) * (1 + i % 2) for i, d in enumerate(reversed(digits)))
    return 9 - total % 9


def last_of_eleven(digits: str) -> int:
    """The check digit of 全国地方公共団体コード over its 5 digits: the last digit of 11 - (sum mod 11)."""
    total = sum(int(d) * w for d, w in zip(digits, LOCAL_GOVERNMENT_WEIGHTS, strict=True))
    return (11 - total % 11) % 10
