"""What all messages have in common, checked for each of them."""

import json
from typing import Any

import pytest
from msgspec import inspect

from renkei.messages.codec import Part, decode, encode
from renkei.messages.envelope import EnvelopeReplies, EnvelopeReply, Envelopes
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from tests.unit.messages.shapes import (
    Limit,
    example,
    fields,
    json_bytes,
    limits,
    messages,
    parts,
    plain,
    replaced,
    type_info,
    value_of,
)

PARTS = parts()
MESSAGES = messages()
CODEC_PROBLEMS = (
    Problem.MALFORMED,
    Problem.WRONG_VERSION,
    Problem.UNKNOWN_FIELD,
    Problem.WRONG_TYPE,
    Problem.TOO_MANY,
    Problem.BAD_NUMBER,
    Problem.BAD_CODE,
)
ODD_VALUES: tuple[object, ...] = (1.5, "１" * 200, [[]], {"x": {"y": 1}}, True, None)
CARRIERS = (Envelopes, EnvelopeReply, EnvelopeReplies)
"""They hand on what they carry byte for byte, and are never signed."""
LIMITS = [limit for kind in PARTS for limit in limits(kind)]


def name(kind: type) -> str:
    return kind.__name__


def refused(kind: type[Part], value: object) -> RenkeiError:
    with pytest.raises(RenkeiError) as caught:
        decode(kind, json_bytes(value))
    return caught.value


def test_every_module_of_messages_is_looked_at() -> None:
    assert len(PARTS) > 60
    assert {kind.__module__.rsplit(".", 1)[1] for kind in PARTS} >= {
        "inquiry",
        "provision",
        "receipt",
        "line",
        "records",
    }


@pytest.mark.parametrize("kind", PARTS, ids=name)
def test_a_message_comes_back_from_its_bytes_and_they_are_canonical(kind: type[Part]) -> None:
    message = decode(kind, json_bytes(example(kind)))
    assert decode(kind, encode(message)) == message
    assert encode(decode(kind, encode(message))) == encode(message)


@pytest.mark.parametrize("kind", [kind for kind in PARTS if kind not in CARRIERS], ids=name)
def test_the_canonical_bytes_do_not_depend_on_the_order_or_spacing_of_what_came(kind: type[Part]) -> None:
    value = example(kind)
    untidy = json.dumps(dict(reversed(value.items())), ensure_ascii=True, indent=3).encode()
    assert encode(decode(kind, untidy)) == encode(decode(kind, json_bytes(value)))
    assert b" " not in encode(decode(kind, untidy)).replace(b"\\u0020", b"")


@pytest.mark.parametrize("kind", PARTS, ids=name)
def test_an_unknown_field_is_refused(kind: type[Part]) -> None:
    assert refused(kind, {**example(kind), "unknown": 1}).problem is Problem.UNKNOWN_FIELD


@pytest.mark.parametrize("kind", PARTS, ids=name)
def test_an_unknown_field_is_refused_in_every_part_however_deep(kind: type[Part]) -> None:
    for place, part in nested(example(kind), type_info(kind)):
        error = refused(kind, replaced(example(kind), place, {**part, "unknown": 1}))
        assert error.problem is Problem.UNKNOWN_FIELD
        assert error.detail == shown(place)


@pytest.mark.parametrize("kind", PARTS, ids=name)
def test_a_field_that_must_be_there_is_missed(kind: type[Part]) -> None:
    for field in fields(kind):
        if field.required:
            value = {key: part for key, part in example(kind).items() if key != field.encode_name}
            assert refused(kind, value).problem is Problem.WRONG_TYPE


@pytest.mark.parametrize("kind", PARTS, ids=name)
def test_no_field_takes_a_value_of_another_type(kind: type[Part]) -> None:
    for field in fields(kind):
        for other in ODD_VALUES:
            if fits(field.type, other) or field.encode_name == "v":
                continue
            error = refused(kind, {**example(kind), field.encode_name: other})
            assert error.problem in {*CODEC_PROBLEMS} - {Problem.MALFORMED, Problem.WRONG_VERSION}
            assert error.detail.startswith(f"$.{field.encode_name}") or "key" in error.detail


@pytest.mark.parametrize("kind", MESSAGES, ids=name)
@pytest.mark.parametrize("version", [0, 2, 10, -1, "1", None, 1.5, [1]])
def test_another_version_is_refused_and_named_so(kind: type[Part], version: object) -> None:
    error = refused(kind, {**example(kind), "v": version})
    assert error.problem is Problem.WRONG_VERSION


@pytest.mark.parametrize("kind", MESSAGES, ids=name)
def test_a_message_of_another_version_may_have_other_fields(kind: type[Part]) -> None:
    assert refused(kind, {"new_in_two": [1, 2], "v": 2}).problem is Problem.WRONG_VERSION


@pytest.mark.parametrize("kind", PARTS, ids=name)
def test_a_message_does_not_change(kind: type[Part]) -> None:
    message = decode(kind, json_bytes(example(kind)))
    for field in fields(kind):
        with pytest.raises(AttributeError):
            setattr(message, field.name, None)


@pytest.mark.parametrize("kind", PARTS, ids=name)
def test_a_message_says_what_it_is_for(kind: type[Part]) -> None:
    assert (kind.__doc__ or "").strip().endswith((".", ")", "`"))


@pytest.mark.parametrize("limit", LIMITS, ids=str)
def test_a_limit_admits_what_is_just_inside(limit: Limit) -> None:
    decode(limit.kind, json_bytes(replaced(example(limit.kind), limit.place, limit.inside)))


@pytest.mark.parametrize("limit", LIMITS, ids=str)
def test_a_limit_refuses_what_is_just_outside(limit: Limit) -> None:
    error = refused(limit.kind, replaced(example(limit.kind), limit.place, limit.outside))
    too_many = isinstance(limit.outside, list | dict) and len(limit.outside) > len(limit.inside)
    assert error.problem is (Problem.TOO_MANY if too_many else Problem.WRONG_TYPE)


@pytest.mark.parametrize("kind", PARTS, ids=name)
def test_no_message_carries_a_code_as_a_dataclass_which_would_be_written_field_by_field(kind: type[Part]) -> None:
    assert not [
        field.name for field in fields(kind) if any(isinstance(n, inspect.DataclassType) for n in leaves(field.type))
    ]


@pytest.mark.parametrize("kind", MESSAGES, ids=name)
def test_a_message_without_a_version_speaks_the_first(kind: type[Part]) -> None:
    value = example(kind)
    assert decode(kind, json_bytes({key: part for key, part in value.items() if key != "v"})) == decode(
        kind, json_bytes(value)
    )


def nested(
    value: Any, node: inspect.Type, place: tuple[str | int, ...] = ()
) -> list[tuple[tuple[str | int, ...], Any]]:
    """All the objects with fixed fields inside a JSON value, with their places."""
    found: list[tuple[tuple[str | int, ...], Any]] = []
    node = plain(node)
    match node:
        case inspect.UnionType():
            for part in node.types:
                found += nested(value, part, place)
        case inspect.StructType():
            found.append((place, value))
            for field in node.fields:
                found += nested(value[field.encode_name], field.type, (*place, field.encode_name))
        case inspect.VarTupleType():
            for index, entry in enumerate(value):
                found += nested(entry, node.item_type, (*place, index))
        case _:
            pass
    return found


def shown(place: tuple[str | int, ...]) -> str:
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)


def leaves(node: inspect.Type) -> list[inspect.Type]:
    node = plain(node)
    match node:
        case inspect.UnionType():
            return [leaf for part in node.types for leaf in leaves(part)]
        case inspect.VarTupleType():
            return leaves(node.item_type)
        case inspect.DictType():
            return [*leaves(node.key_type), *leaves(node.value_type)]
        case _:
            return [node]


def fits(node: inspect.Type, other: object) -> bool:
    """Whether that odd value happens to be right for the type."""
    node = plain(node)
    match node:
        case inspect.UnionType():
            return any(fits(part, other) for part in node.types)
        case inspect.NoneType():
            return other is None
        case inspect.BoolType():
            return isinstance(other, bool)
        case inspect.RawType():
            return True
        case inspect.VarTupleType():
            return isinstance(node.item_type, inspect.RawType) and isinstance(other, list)
        case inspect.StrType():
            return isinstance(other, str) and node.pattern is None and len(other) <= (node.max_length or len(other))
        case inspect.CustomType():
            return isinstance(other, str) and node.cls.__name__ == "SecretText"
        case _:
            return False


def test_the_examples_are_complete() -> None:
    for kind in PARTS:
        assert set(example(kind)) == {field.encode_name for field in fields(kind)}
        assert value_of(type_info(kind)) == example(kind)
