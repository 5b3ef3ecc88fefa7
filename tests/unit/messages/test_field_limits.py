"""Every limit of docs/operate/limits.md that a message's own type sets: met, it is read; passed by one, it is refused."""

import base64
import importlib.util
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from msgspec import inspect

from renkei.messages.codec import Part, decode
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from tests.house.tree import ROOT
from tests.unit.messages.shapes import example, parts, solid, type_info, value_of

_SPEC = importlib.util.spec_from_file_location("list_limits", ROOT / "scripts" / "list_limits.py")
assert _SPEC is not None
assert _SPEC.loader is not None
list_limits = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(list_limits)


class Limit(NamedTuple):
    """One bound of one field: what stands there to meet it, and what passes it by one."""

    kind: type[Part]
    field: str
    what: str
    met: Any
    passed: Any


def limits() -> Iterator[Limit]:
    for kind in parts():
        info = type_info(kind)
        assert isinstance(info, inspect.StructType)
        for field in info.fields:
            for what, met, passed in bounds(solid(field.type)):
                yield Limit(kind, field.encode_name, what, met, passed)


def bounds(node: Any) -> Iterator[tuple[str, Any, Any]]:
    match node:
        case inspect.VarTupleType():
            item = value_of(node.item_type)
            yield from sized(node, lambda size: [item] * size)
            yield from ((f"[]{what}", [met], [passed]) for what, met, passed in bounds(solid(node.item_type)))
        case inspect.DictType():
            value = value_of(node.value_type)
            yield from sized(node, lambda size: {f"k{place}": value for place in range(size)})
            if isinstance(solid(node.key_type), inspect.StrType):
                keys = bounds(solid(node.key_type))
                yield from ((f" (key){what}", {met: value}, {passed: value}) for what, met, passed in keys)
        case inspect.StrType():
            yield from sized(node, lambda size: long_text(node, size))
        case inspect.BytesType():
            yield from sized(node, lambda size: base64.b64encode(bytes(size)).decode())
        case inspect.IntType():
            yield from numbers(node)


def numbers(node: inspect.IntType) -> Iterator[tuple[str, Any, Any]]:
    if node.ge is not None:
        yield "least", node.ge, node.ge - 1
    most = node.le if node.lt is None else node.lt - 1
    if most is not None:
        yield "most", most, most + 1


def sized(node: Any, make: Any) -> Iterator[tuple[str, Any, Any]]:
    if node.max_length is not None:
        yield "most", make(node.max_length), make(node.max_length + 1)
    if node.min_length:
        yield "least", make(node.min_length), make(node.min_length - 1)


def long_text(node: inspect.StrType, size: int) -> str:
    """A text of that length, fitting the pattern if there is one."""
    if node.pattern is None:
        return "字" * size
    start = str(value_of(node))
    return start[:size].ljust(size, start[-1] if start[-1:].isalnum() else "a")


LIMITS = list(limits())


def test_every_line_of_the_list_is_tried() -> None:
    listed = {tuple(line.split(" | ")[:2]) for line in list_limits.rows()}
    tried = {
        (f"| {each.kind.__module__.rpartition('.')[2]}", f"`{each.kind.__name__}.{each.field}`{spelled(each.what)}")
        for each in LIMITS
    }
    assert {(file, field) for file, field in listed} <= tried, listed - tried


def spelled(what: str) -> str:
    return what.removesuffix("least").removesuffix("most")


@pytest.mark.parametrize("limit", LIMITS, ids=lambda each: f"{each.kind.__name__}.{each.field}{each.what}")
def test_a_field_at_its_limit_is_read_and_one_past_it_is_refused(limit: Limit) -> None:
    whole = example(limit.kind)
    assert problem(limit.kind, whole | {limit.field: limit.passed}) in {Problem.WRONG_TYPE, Problem.TOO_MANY}
    assert problem(limit.kind, whole | {limit.field: limit.met}) is None


def problem(kind: type[Part], value: Any) -> Problem | None:
    try:
        decode(kind, json.dumps(value))
    except RenkeiError as error:
        return error.problem
    return None
