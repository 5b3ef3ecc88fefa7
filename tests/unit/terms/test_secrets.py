"""What must not be seen is not seen: printing, formatting, logging, copying out, pickling."""

import copy
import io
import json
import logging
import pickle
import traceback
from collections.abc import Callable

import pytest

from renkei.terms.bodies import BodyId
from renkei.terms.codes import AcquisitionNumber, BodyCode, LinkCode, RecordCode
from renkei.terms.numbers import IndividualNumber, ResidentCode
from renkei.terms.secrets import Secret, SecretText

CANARY = "123456789018"
BLOCK = bytes.fromhex("c0ffee00c0ffee11c0ffee22c0ffee33")

HIDDEN: dict[str, tuple[object, list[str]]] = {
    "IndividualNumber": (IndividualNumber.parse(CANARY), [CANARY]),
    "ResidentCode": (ResidentCode.parse("24727059608"), ["24727059608"]),
    "AcquisitionNumber": (AcquisitionNumber.parse("ab" * 16), ["ab" * 16]),
    "SecretText": (SecretText("課税所得 4,200,000"), ["4,200,000", "課税所得"]),
    "LinkCode": (LinkCode(BLOCK), ["c0ffee", "\\xc0\\xff"]),
    "RecordCode": (RecordCode(BLOCK), ["c0ffee", "\\xc0\\xff"]),
    "BodyCode": (BodyCode(BodyId("141003-mayor"), 1, BLOCK), ["c0ffee", "\\xc0\\xff", "yd764"]),
}


def logged(value: object) -> str:
    stream = io.StringIO()
    logger = logging.getLogger("renkei.test.canary")
    handler = logging.StreamHandler(stream)
    logger.addHandler(handler)
    logger.warning("%s %r %s", value, value, {"value": value})
    logger.removeHandler(handler)
    return stream.getvalue()


def raised(value: object) -> str:
    with pytest.raises(ValueError) as caught:
        fail_with(value)
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    return "".join(shown.format())


def fail_with(value: object) -> None:
    raise ValueError(value)


WAYS: dict[str, Callable[[object], str]] = {
    "repr": repr,
    "str": str,
    "format": lambda value: f"{value}",
    "padded format": lambda value: f"{value!s:>80}",
    "percent": lambda value: "%s %r" % (value, value),  # noqa: UP031 - the way under test
    "inside a list": lambda value: str([value, (value,), {value: value}]),
    "log": logged,
    "traceback with locals": raised,
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", HIDDEN)
def test_a_secret_does_not_print(name: str, way: str) -> None:
    value, canaries = HIDDEN[name]
    shown = WAYS[way](value)
    assert type(value).__name__ in shown
    assert not [canary for canary in canaries if canary in shown]


@pytest.mark.parametrize("name", HIDDEN)
def test_a_secret_is_not_pickled(name: str) -> None:
    value, _ = HIDDEN[name]
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError):
            pickle.dumps(value, protocol)


@pytest.mark.parametrize("name", HIDDEN)
def test_a_secret_is_not_json(name: str) -> None:
    with pytest.raises(TypeError):
        json.dumps(HIDDEN[name][0])


@pytest.mark.parametrize("name", HIDDEN)
def test_a_secret_does_not_change(name: str) -> None:
    value, _ = HIDDEN[name]
    with pytest.raises((AttributeError, TypeError)):
        value._text = "other"  # type: ignore[attr-defined]
    with pytest.raises((AttributeError, TypeError)):
        value.anything = 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", HIDDEN)
def test_a_secret_has_no_dictionary_to_look_into(name: str) -> None:
    assert not hasattr(HIDDEN[name][0], "__dict__")


def test_a_secret_is_not_copied_behind_our_back() -> None:
    with pytest.raises(TypeError):
        copy.deepcopy(SecretText("x"))


def test_reveal_is_the_way_to_the_text() -> None:
    assert SecretText("課税所得").reveal() == "課税所得"


def test_secrets_of_different_kinds_are_never_equal() -> None:
    assert Secret("1") != SecretText("1")
    assert SecretText("1") != "1"
    assert SecretText("1") == SecretText("1")
    assert SecretText("1") != SecretText("2")
