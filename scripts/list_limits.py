"""Keep docs/operate/limits.md true: the limits of every message field are written from the code, the others compared.

A list, a mapping or a whole number without a limit, in anything that comes in at a door, is a difference too.

python scripts/list_limits.py           write the list of fields
python scripts/list_limits.py --check   only compare; exit code 1 says what differs
"""

import dataclasses
import importlib
import pkgutil
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import inspect

import renkei.messages
from renkei.messages.acquisition import CodeDeliveries
from renkei.messages.codec import Message, Part
from renkei.messages.envelope import Envelope
from renkei.messages.provision import Answers, Notices
from renkei.platform.peers.doors import Door
from renkei.systems.addressee import api as addressee
from renkei.systems.certification import api as certification
from renkei.systems.core import api as core
from renkei.systems.disclosure.api.doors import MachineDoors
from renkei.systems.interface import api as interface
from renkei.systems.intermediate import api as intermediate
from renkei.systems.residents import api as residents
from renkei.systems.supervision import api as supervision

PAGE = Path(__file__).resolve().parent.parent / "docs" / "operate" / "limits.md"
BEGIN, END = "<!-- written by scripts/list_limits.py: begin -->", "<!-- end -->"
LAST_MOMENT = 253_402_268_399_999  # every moment is bounded by the calendar alone
NAMED = re.compile(r"^\| `(renkei\.[\w.]+)` \| ([0-9,]+)", re.MULTILINE)


def message_types() -> Iterator[type[Part]]:
    for found in sorted(pkgutil.iter_modules(renkei.messages.__path__), key=lambda found: found.name):
        module = importlib.import_module(f"renkei.messages.{found.name}")
        types = [value for value in vars(module).values() if isinstance(value, type) and issubclass(value, Part)]
        yield from (value for value in types if value.__module__ == module.__name__ and value not in (Part, Message))


def rows() -> Iterator[str]:
    for kind in message_types():
        info = inspect.type_info(kind)
        assert isinstance(info, inspect.StructType)
        for field in info.fields:
            for what, limit in limits(field.type):
                where = kind.__module__.removeprefix("renkei.messages.")
                yield f"| {where} | `{kind.__name__}.{field.name}`{what} | {limit} |"


def limits(node: inspect.Type) -> Iterator[tuple[str, str]]:
    """What the type limits: (suffix of the field's name, words). Parts inside it have lines of their own."""
    match node:
        case inspect.Metadata():
            yield from limits(node.type)
        case inspect.UnionType():
            yield from (found for part in node.types for found in limits(part))
        case inspect.VarTupleType():
            yield from bounded("entries", node.min_length, node.max_length)
            yield from ((f"[]{what}", limit) for what, limit in limits(node.item_type))
        case inspect.DictType():
            yield from bounded("keys", node.min_length, node.max_length)
            yield from ((f" (key){what}", limit) for what, limit in limits(node.key_type))
        case inspect.StrType() | inspect.BytesType():
            unit = "characters" if isinstance(node, inspect.StrType) else "bytes"
            yield from bounded(unit, node.min_length, node.max_length)
        case inspect.IntType() if node.le != LAST_MOMENT:
            yield from bounded("", node.ge, node.le if node.lt is None else node.lt - 1)
        case _:
            return


def bounded(unit: str, least: float | None, most: float | None) -> Iterator[tuple[str, str]]:
    if most is not None:
        numbers = f"{most:,}" if least == most else f"{least or 0:,} to {most:,}"
        yield "", f"{numbers} {unit}".strip()
    elif least:
        yield "", f"at least {least:,} {unit}".strip()


def doors() -> list[Door]:
    """Of all systems, with nothing behind them."""
    nothing: Any = None
    return [
        *addressee.doors(nothing, nothing, nothing),
        *certification.doors(nothing, nothing),
        *core.doors(nothing, nothing),
        *MachineDoors(nothing, nothing, nothing, nothing).doors(nothing),
        *interface.doors(nothing, nothing, nothing),
        *intermediate.doors(nothing, nothing),
        *residents.doors(nothing, nothing),
        *supervision.doors(nothing, nothing, nothing),
    ]


_LETTERS: Final = tuple(kind for kind, _, _ in core.LETTERS.values())
SEALED: Final[tuple[type[Part], ...]] = (Envelope, *_LETTERS, CodeDeliveries, Notices, Answers)
"""What comes in inside an envelope, and the envelope itself, which a list of them does not look into."""


def unlimited() -> list[str]:
    """Lists, mappings and whole numbers without a limit, in what comes in at doors."""
    asked = {door.request for door in doors() if isinstance(door.request, type) and issubclass(door.request, Part)}
    seen: set[type] = set()
    found = [line for kind in (*asked, *SEALED) for line in open_ends(inspect.type_info(kind), kind.__name__, seen)]
    return sorted(found)


def open_ends(node: inspect.Type, where: str, seen: set[type]) -> Iterator[str]:
    match node:
        case inspect.Metadata():
            yield from open_ends(node.type, where, seen)
        case inspect.UnionType():
            yield from (line for part in node.types for line in open_ends(part, where, seen))
        case inspect.StructType() if node.cls not in seen:
            seen.add(node.cls)
            for field in node.fields:
                yield from open_ends(field.type, f"{node.cls.__name__}.{field.name}", seen)
        case inspect.VarTupleType():
            yield from () if node.max_length is not None else (f"{where}: a list without a limit",)
            yield from open_ends(node.item_type, f"{where}[]", seen)
        case inspect.DictType():
            yield from () if node.max_length is not None else (f"{where}: a mapping without a limit",)
            yield from open_ends(node.key_type, f"{where} (key)", seen)
            yield from open_ends(node.value_type, where, seen)
        case inspect.IntType() if node.le is None and node.lt is None:
            yield f"{where}: a number without a limit"
        case _:
            return


def resolve(name: str) -> object:
    """The value behind a dotted name: a module's constant, or the default of a settings field."""
    module, _, attribute = name.rpartition(".")
    try:
        return getattr(importlib.import_module(module), attribute)
    except ModuleNotFoundError:
        return default(resolve(module), attribute)


def default(owner: object, field: str) -> object:
    if dataclasses.is_dataclass(owner):
        return next(each.default for each in dataclasses.fields(owner) if each.name == field)
    assert isinstance(owner, type)
    assert issubclass(owner, msgspec.Struct)
    return next(each.default for each in msgspec.structs.fields(owner) if each.name == field)


def differing(text: str) -> list[str]:
    """The constants on the page that the code has otherwise."""
    said = {name: int(number.replace(",", "")) for name, number in NAMED.findall(text)}
    return [
        f"{name}: {number} on the page, {resolve(name)} in the code"
        for name, number in said.items()
        if resolve(name) != number
    ]


def renewed(text: str) -> str:
    before, rest = text.split(BEGIN)
    table = "\n".join(["| file | field | limit |", "| --- | --- | --- |", *rows()])
    return f"{before}{BEGIN}\n\n{table}\n\n{END}{rest.split(END)[1]}"


def main() -> None:
    text = PAGE.read_text(encoding="utf-8")
    wrong = differing(text) + unlimited()
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(renewed(text), encoding="utf-8")
    elif renewed(text) != text:
        wrong.append("the list of fields: run `make limits`")
    for line in wrong:
        print(f"docs/operate/limits.md: {line}", file=sys.stderr)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
