"""The numbers that name persons and organisations. Secret ones do not print; all are parsed strictly.

Strict: ASCII digits only, exact length, right check digit. Full-width digits, spaces and hyphens are refused: a number
that was retyped by hand somewhere is better refused at the door than matched to another person.
"""

from typing import ClassVar, Self

from renkei.terms import checkdigits
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.terms.secrets import Secret


def digits(text: str, length: int, what: str) -> str:
    """Return the text if it is exactly `length` ASCII digits, else raise BAD_NUMBER naming the type, not the value."""
    if len(text) != length or not (text.isascii() and text.isdigit()):
        raise RenkeiError(Problem.BAD_NUMBER, f"{what}: {length} digits wanted")
    return text


class Number(Secret):
    """A number with a check digit. `reveal` is the only way to its digits; printing shows the type alone."""

    __slots__ = ()
    NAME: ClassVar[str] = "number"
    LENGTH: ClassVar[int] = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the number strictly.

        Raises:
            RenkeiError: BAD_NUMBER, without the value, when length, digits or check digit are wrong.
        """
        body = digits(text, cls.LENGTH, cls.NAME)
        if cls.complete(cls.payload(body)) != body:
            raise RenkeiError(Problem.BAD_NUMBER, f"{cls.NAME}: check digit")
        return cls(body)

    @classmethod
    def payload(cls, body: str) -> str:
        """The digits without the check digit; the check stands last unless a type says otherwise."""
        return body[:-1]

    @classmethod
    def complete(cls, payload: str) -> str:
        """The payload with its check digit."""
        raise NotImplementedError


class IndividualNumber(Number):
    """個人番号: 12 digits, the last is the check (法2条5項, 命令5条)."""

    __slots__ = ()
    NAME = "個人番号"
    LENGTH = 12

    @classmethod
    def complete(cls, payload: str) -> str:
        """11 digits and their check digit."""
        return payload + str(checkdigits.mod11(payload, checkdigits.INDIVIDUAL_WEIGHTS))


class ResidentCode(Number):
    """住民票コード: 11 digits, the last is the check (住民基本台帳法7条13号)."""

    __slots__ = ()
    NAME = "住民票コード"
    LENGTH = 11

    @classmethod
    def complete(cls, payload: str) -> str:
        """10 digits and their check digit."""
        return payload + str(checkdigits.mod11(payload, checkdigits.RESIDENT_WEIGHTS))


class CorporateNumber(Number):
    """法人番号: 13 digits, the first is the check (法2条16項, 令35条). Public, so it prints."""

    __slots__ = ()
    NAME = "法人番号"
    LENGTH = 13

    @classmethod
    def payload(cls, body: str) -> str:
        """The 12 digits after the check."""
        return body[1:]

    @classmethod
    def complete(cls, payload: str) -> str:
        """The check digit and the 12 digits."""
        return str(checkdigits.mod9(payload)) + payload

    def __str__(self) -> str:
        return self.reveal()


class LocalGovernmentCode(Number):
    """全国地方公共団体コード: 6 digits, the last is the check. Public, so it prints."""

    __slots__ = ()
    NAME = "全国地方公共団体コード"
    LENGTH = 6

    @classmethod
    def complete(cls, payload: str) -> str:
        """5 digits and their check digit."""
        return payload + str(checkdigits.last_of_eleven(payload))

    def __str__(self) -> str:
        return self.reveal()
