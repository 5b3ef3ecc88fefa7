"""Every message type of the project, a valid value for each, and every limit in it: found by looking, not by a list."""

import base64
import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec
from msgspec import inspect

import renkei.messages
from renkei.messages.codec import Message, Part
from renkei.terms.codes import AcquisitionNumber
from renkei.terms.numbers import IndividualNumber, ResidentCode
from renkei.terms.secrets import SecretText

type_info = cache(inspect.type_info)
Place = tuple[str | int, ...]

SECRETS: dict[type, str] = {
    IndividualNumber: "123456789018",
    ResidentCode: "24727059608",
    AcquisitionNumber: "0f" * 16,
    SecretText: "番号以外の値",
}
TEXTS = ("a", "1", "0f" * 16, "0f" * 32, "2026-04-01", "https://127.0.0.1:8443", "ord-141003-1", "lim-141003-1")
STRETCHED = {"a": "{}", "1": "{}", "https://127.0.0.1:8443": "https://{}"}


def modules() -> list[str]:
    return sorted(found.name for found in pkgutil.iter_modules(renkei.messages.__path__))


def parts() -> list[type[Part]]:
    """Every part and message, in the order of their modules."""
    loaded = [importlib.import_module(f"renkei.messages.{name}") for name in modules()]
    values = [(module, value) for module in loaded for value in vars(module).values() if isinstance(value, type)]
    own = [value for module, value in values if issubclass(value, Part) and value.__module__ == module.__name__]
    return [kind for kind in own if kind not in (Part, Message)]


def messages() -> list[type[Part]]:
    return [kind for kind in parts() if issubclass(kind, Message)]


def fields(kind: type) -> list[inspect.Field]:
    info = type_info(kind)
    assert isinstance(info, inspect.StructType)
    return list(info.fields)


def plain(node: inspect.Type) -> inspect.Type:
    """The type without what only describes it."""
    return plain(node.type) if isinstance(node, inspect.Metadata) else node


def solid(node: inspect.Type) -> inspect.Type:
    """The type without descriptions and without `| None`."""
    node = plain(node)
    if isinstance(node, inspect.UnionType):
        return solid(next(part for part in node.types if not isinstance(part, inspect.NoneType)))
    return node


def value_of(node: inspect.Type) -> Any:
    """A valid JSON value; every optional field is filled, every list has one entry or as many as it must."""
    node = solid(node)
    return VALUES[type(node)](node)


def text_of(node: inspect.StrType) -> str:
    if node.pattern is None:
        return "字" * (node.min_length or 1)
    return next(text for text in TEXTS if re.search(node.pattern, text))


VALUES: dict[type[inspect.Type], Callable[[Any], Any]] = {
    inspect.StructType: lambda node: {field.encode_name: value_of(field.type) for field in node.fields},
    inspect.CustomType: lambda node: SECRETS[node.cls],
    inspect.EnumType: lambda node: next(iter(node.cls)).value,
    inspect.LiteralType: lambda node: node.values[0],
    inspect.BoolType: lambda _: False,
    inspect.IntType: lambda node: max(node.ge or 0, 1),
    inspect.BytesType: lambda node: base64.b64encode(bytes(node.min_length or 0)).decode(),
    inspect.StrType: text_of,
    inspect.RawType: lambda _: {"an": "envelope"},
    inspect.DictType: lambda node: {value_of(node.key_type): value_of(node.value_type)},
    inspect.VarTupleType: lambda node: [value_of(node.item_type)] * max(node.min_length or 0, 1),
}


def example(kind: type) -> dict[str, Any]:
    return value_of(type_info(kind))  # type: ignore[no-any-return]


def replaced(value: Any, place: Place, new: Any) -> Any:
    """A copy of the JSON value with another value at that place."""
    if not place:
        return new
    head, rest = place[0], place[1:]
    if isinstance(value, list):
        copy = list(value)
        copy[int(head)] = replaced(value[int(head)], rest, new)
        return copy
    return {**value, head: replaced(value[head], rest, new)}


@dataclass(frozen=True)
class Limit:
    """One limit of one field: what is just inside it and what is just outside."""

    kind: type[Part]
    place: Place
    rule: str
    inside: Any
    outside: Any

    def __str__(self) -> str:
        dotted = ".".join(str(step) for step in self.place if step != 0)
        return f"{self.kind.__name__}.{dotted} {self.rule}"


def limits(kind: type[Part]) -> Iterator[Limit]:
    """Every limit of the fields of this type itself; parts inside it are types of their own."""
    for field in fields(kind):
        for place, rule, inside, outside in _limits(field.type, (field.encode_name,)):
            yield Limit(kind, place, rule, inside, outside)


def _limits(node: inspect.Type, place: Place) -> Iterator[tuple[Place, str, Any, Any]]:
    node = solid(node)
    match node:
        case inspect.IntType():
            yield from ((place, *bound) for bound in _of_int(node))
        case inspect.StrType():
            yield from ((place, *bound) for bound in _of_text(node))
        case inspect.BytesType():
            yield from ((place, *bound) for bound in _of_bytes(node))
        case inspect.VarTupleType():
            yield from ((place, *bound) for bound in _of_list(node))
            if not isinstance(solid(node.item_type), inspect.StructType):
                yield from _limits(node.item_type, (*place, 0))
        case inspect.DictType():
            yield from ((place, *bound) for bound in _of_mapping(node))
        case _:
            return


def _of_list(node: inspect.VarTupleType) -> Iterator[tuple[str, Any, Any]]:
    one = value_of(node.item_type)
    if node.max_length is not None:
        yield f"<= {node.max_length} entries", [one] * node.max_length, [one] * (node.max_length + 1)
    if node.min_length:
        yield f">= {node.min_length} entries", [one] * node.min_length, [one] * (node.min_length - 1)


def _of_mapping(node: inspect.DictType) -> Iterator[tuple[str, Any, Any]]:
    one = value_of(node.value_type)
    for _, rule, inside, outside in _limits(node.key_type, ()):
        yield f"key {rule}", {inside: one}, {outside: one}
    many = [{str(number): one for number in range(size)} for size in range((node.max_length or 0) + 2)]
    if node.max_length is not None:
        yield f"<= {node.max_length} keys", many[node.max_length], many[node.max_length + 1]
    if node.min_length:
        yield f">= {node.min_length} keys", many[node.min_length], many[node.min_length - 1]


def _of_int(node: inspect.IntType) -> Iterator[tuple[str, Any, Any]]:
    if node.ge is not None:
        yield f">= {node.ge}", node.ge, node.ge - 1
    if node.le is not None:
        yield f"<= {node.le}", node.le, node.le + 1
    if node.lt is not None:
        yield f"< {node.lt}", node.lt - 1, node.lt


def _of_text(node: inspect.StrType) -> Iterator[tuple[str, Any, Any]]:
    if node.pattern is not None:
        yield f"matches {node.pattern}", text_of(node), text_of(node) + "\n"
    if node.max_length is not None:
        yield f"<= {node.max_length} characters", stretched(node, node.max_length), stretched(node, node.max_length + 1)
    if node.min_length:
        yield f">= {node.min_length} characters", stretched(node, node.min_length), stretched(node, node.min_length - 1)


def stretched(node: inspect.StrType, length: int) -> str:
    if node.pattern is None:
        return "字" * length
    frame = STRETCHED[text_of(node)]
    return frame.format("a" * (length - len(frame) + 2))


def _of_bytes(node: inspect.BytesType) -> Iterator[tuple[str, Any, Any]]:
    for rule, edge, beyond in (
        ("<=", node.max_length, (node.max_length or 0) + 1),
        (">=", node.min_length, (node.min_length or 0) - 1),
    ):
        if edge:
            inside, outside = (base64.b64encode(bytes(size)).decode() for size in (edge, beyond))
            yield f"{rule} {edge} bytes", inside, outside


def json_bytes(value: object) -> bytes:
    return msgspec.json.encode(value)
