"""Every message type, with values made by hypothesis: round trips, canonical bytes, and no crash on altered bytes."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st
from msgspec import inspect

from renkei.messages.codec import Part, decode, encode
from renkei.messages.fields import Period
from renkei.terms.codes import AcquisitionNumber
from renkei.terms.errors import RenkeiError
from renkei.terms.numbers import IndividualNumber, ResidentCode
from renkei.terms.problems import Problem
from renkei.terms.secrets import SecretText
from tests.unit.messages.shapes import example, parts, plain, type_info

PARTS = parts()
SAID_BY_THE_CODEC = {
    Problem.MALFORMED,
    Problem.WRONG_VERSION,
    Problem.UNKNOWN_FIELD,
    Problem.WRONG_TYPE,
    Problem.TOO_MANY,
    Problem.BAD_NUMBER,
    Problem.BAD_CODE,
}
LONGEST_LIST = 4
# Texts for the fields that have a pattern; making them from the patterns is a hundred times slower.
FORMS = ["a", "1", "z9", "48", "12-2", "36-2-1", "local-tax", "141003-mayor", "wrong-type", "2026-04-01", "2024-02-29"]
FORMS += [
    "0f" * 16,
    "a0" * 16,
    "0f" * 32,
    "9c" * 32,
    "https://127.0.0.1:8443",
    "https://interface-a.example",
    "A-1",
    "Zz.9_",
    "ord-141003-1",
    "ord-140007-12",
    "lim-141003-1",
    "lim-140007-12",
]


def read(kind: type[Part], data: bytes) -> Part | Problem:
    try:
        return decode(kind, data)
    except RenkeiError as error:
        return error.problem


def digits(length: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=length, max_size=length)


SECRETS: dict[type, st.SearchStrategy[Any]] = {
    IndividualNumber: digits(11).map(IndividualNumber.complete).map(IndividualNumber),
    ResidentCode: digits(10).map(ResidentCode.complete).map(ResidentCode),
    AcquisitionNumber: st.binary(min_size=16, max_size=16).map(bytes.hex).map(AcquisitionNumber),
    SecretText: st.text(st.characters(codec="utf-8"), max_size=20).map(SecretText),
}
periods = st.tuples(st.dates(), st.dates()).map(
    lambda days: Period(first=min(days).isoformat(), last=max(days).isoformat())
)


@cache
def messages(kind: type[Part]) -> st.SearchStrategy[Any]:
    return values(type_info(kind))


def values(node: inspect.Type) -> st.SearchStrategy[Any]:
    node = plain(node)
    return BUILDERS[type(node)](node)


def texts(node: inspect.StrType) -> st.SearchStrategy[str]:
    if node.pattern is None:
        longest = min(node.max_length or 20, 20)
        return st.text(st.characters(codec="utf-8"), min_size=node.min_length or 0, max_size=longest)
    fitting = [text for text in FORMS if re.search(node.pattern, text)]
    assert len(fitting) > 1, f"no texts known for {node.pattern}"
    return st.sampled_from(fitting)


def numbers(node: inspect.IntType) -> st.SearchStrategy[int]:
    highest = node.le if node.le is not None else (node.lt or 2**53) - 1
    return st.integers(int(node.ge or 0), int(highest))


def lists(node: inspect.VarTupleType) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(values(node.item_type), min_size=node.min_length or 0, max_size=LONGEST_LIST).map(tuple)


def structs(node: inspect.StructType) -> st.SearchStrategy[Any]:
    if node.cls is Period:
        return periods
    return st.builds(coherent, st.just(node.cls), **{field.name: values(field.type) for field in node.fields})


def coherent(kind: type[Part], /, **fields: Any) -> Part:
    """Some parts refuse fields that do not go together, such as days out of order: then another value is made."""
    try:
        return kind(**fields)
    except ValueError:
        reject()


BUILDERS: dict[type[inspect.Type], Callable[[Any], st.SearchStrategy[Any]]] = {
    inspect.StructType: structs,
    inspect.CustomType: lambda node: SECRETS[node.cls],
    inspect.EnumType: lambda node: st.sampled_from(node.cls),
    inspect.LiteralType: lambda node: st.sampled_from(node.values),
    inspect.BoolType: lambda _: st.booleans(),
    inspect.NoneType: lambda _: st.none(),
    inspect.IntType: numbers,
    inspect.BytesType: lambda node: st.binary(min_size=node.min_length or 0, max_size=node.max_length or 40),
    inspect.StrType: texts,
    inspect.DictType: lambda node: st.dictionaries(
        values(node.key_type), values(node.value_type), min_size=node.min_length or 0, max_size=3
    ),
    inspect.RawType: lambda _: st.sampled_from([msgspec.Raw(text) for text in (b"null", b'"1"', b"48")]),
    inspect.VarTupleType: lists,
    inspect.UnionType: lambda node: st.one_of(*(values(part) for part in node.types)),
}


@pytest.mark.parametrize("kind", PARTS, ids=lambda kind: kind.__name__)
@settings(max_examples=10)
@given(data=st.data())
def test_every_message_comes_back_from_its_canonical_bytes(kind: type[Part], data: st.DataObject) -> None:
    message = data.draw(messages(kind))
    sent = encode(message)
    assert decode(kind, sent) == message
    assert encode(decode(kind, sent)) == sent
    assert encode(decode(kind, msgspec.json.format(sent, indent=2))) == sent


@pytest.mark.parametrize("kind", PARTS, ids=lambda kind: kind.__name__)
@settings(max_examples=15)
@given(data=st.data())
def test_altered_bytes_are_refused_or_are_another_message(kind: type[Part], data: st.DataObject) -> None:
    sent = msgspec.json.encode(example(kind))
    altered = data.draw(alterations(sent))
    assume(altered != sent)
    message = read(kind, altered)
    if isinstance(message, Part):
        assert decode(kind, encode(message)) == message
    else:
        assert message in SAID_BY_THE_CODEC


@st.composite
def alterations(draw: st.DrawFn, sent: bytes) -> bytes:
    """One byte flipped, cut out, put in or doubled; or the end cut off."""
    place = draw(st.integers(0, len(sent) - 1))
    byte = draw(st.binary(min_size=1, max_size=1))
    return draw(
        st.sampled_from(
            [
                sent[:place] + byte + sent[place + 1 :],
                sent[:place] + sent[place + 1 :],
                sent[:place] + byte + sent[place:],
                sent[: place + 1] + sent[place:],
                sent[:place],
            ]
        )
    )


@given(st.sampled_from(PARTS), st.binary(max_size=200))
def test_no_bytes_make_the_reader_crash(kind: type[Part], data: bytes) -> None:
    found = read(kind, data)
    assert isinstance(found, Part) or found in SAID_BY_THE_CODEC


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("kind", PARTS, ids=lambda kind: kind.__name__)
@settings(max_examples=10)
@given(data=st.data())
def test_any_json_in_any_field_is_read_or_refused(kind: type[Part], data: st.DataObject) -> None:
    value = example(kind)
    field = data.draw(st.sampled_from(sorted(value)))
    found = read(kind, msgspec.json.encode({**value, field: data.draw(json_values)}))
    assert isinstance(found, Part) or found in SAID_BY_THE_CODEC
