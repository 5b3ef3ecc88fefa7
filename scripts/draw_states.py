"""Draw docs/states/ from the state tables in the code, so that no drawing can grow stale.

    python scripts/draw_states.py           write the pages
    python scripts/draw_states.py --check   only compare; exit code 1 names what differs

A room's `states.py` holds either `TABLES: Mapping[str, Mapping[State, Mapping[Event, State]]]`, a name for each table,
or a single `NEXT: Mapping[State, Mapping[Event, State]]`. States and events are enums. The string under a member of an
enum, where there is one, becomes its line in the page.
"""

import ast
import importlib
import pkgutil
import sys
from collections.abc import Iterator, Mapping
from enum import Enum
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import renkei.systems

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs" / "states"
Table = Mapping[Enum, Mapping[Enum, Enum]]


def rooms() -> Iterator[tuple[str, ModuleType]]:
    """Every system that keeps states, with the module that holds them."""
    for found in sorted(pkgutil.iter_modules(renkei.systems.__path__), key=lambda found: found.name):
        package = importlib.import_module(f"renkei.systems.{found.name}")
        if any(inner.name == "states" for inner in pkgutil.iter_modules(package.__path__)):
            yield found.name, importlib.import_module(f"renkei.systems.{found.name}.states")


def tables(room: str, module: ModuleType) -> dict[str, Table]:
    if hasattr(module, "TABLES"):
        return dict(module.TABLES)
    if hasattr(module, "NEXT"):
        return {room: module.NEXT}
    sys.exit(f"{module.__name__}: neither TABLES nor NEXT, so there is nothing to draw from")


def page(room: str, module: ModuleType) -> str:
    parts = [f"# {room}: states", f"Drawn from `src/renkei/systems/{room}/states.py` by `make states`; do not edit."]
    for name, table in tables(room, module).items():
        parts += [f"## {name}", drawing(table), legend(table)]
    return "\n\n".join(part for part in parts if part) + "\n"


def drawing(table: Table) -> str:
    """A life begins with the first row of its table and ends in every row without moves."""
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {identifier(next(iter(table)))}"]
    lines += [f"    {identifier(state)}: {state.value}" for state in table if identifier(state) != state.value]
    for state, moves in table.items():
        lines += [f"    {identifier(state)} --> {identifier(target)}: {event.value}" for event, target in moves.items()]
    lines += [f"    {identifier(state)} --> [*]" for state, moves in table.items() if not moves]
    return "\n".join([*lines, "```"])


def legend(table: Table) -> str:
    """What the enums' own words add about states and events."""
    first = next(iter(table))
    events = [event for moves in table.values() for event in moves]
    enums = [type(first), *({type(event) for event in events} - {type(first)})]
    shown = {*table, *events}
    lines = [f"- `{member.value}`: {text}" for enum in enums for member, text in notes(enum).items() if member in shown]
    return "\n".join(lines)


def notes(enum: type[Enum]) -> dict[Enum, str]:
    """The string literals that stand under members in the source."""
    module = sys.modules[enum.__module__]
    assert module.__file__ is not None
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    body = next(node.body for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name == enum.__name__)
    found: dict[Enum, str] = {}
    for member, text in pairwise(body):
        match member, text:
            case ast.Assign(targets=[ast.Name(id=name)]), ast.Expr(value=ast.Constant(value=str(words))):
                found[enum[name]] = " ".join(words.split())
            case _:
                pass
    return found


def identifier(state: Enum) -> str:
    return str(state.value).replace("-", "_")


def index(names: list[str]) -> str:
    lines = "\n".join(f"- [{name}]({name}.md)" for name in names)
    return f"# States\n\nEach life is one table in its system's `states.py`; nothing else changes a state.\n\n{lines}\n"


def main() -> None:
    drawn = {room: page(room, module) for room, module in rooms()}
    pages = {PAGES / "README.md": index(list(drawn))} | {PAGES / f"{room}.md": text for room, text in drawn.items()}
    if "--check" not in sys.argv[1:]:
        PAGES.mkdir(parents=True, exist_ok=True)
        for path, text in pages.items():
            path.write_text(text, encoding="utf-8")
        return
    stale = [path for path, text in pages.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    stale += sorted(set(PAGES.glob("*.md")) - set(pages))
    for path in stale:
        print(f"{path.relative_to(ROOT)}: not as the code has it; run `make states`", file=sys.stderr)
    sys.exit(1 if stale else 0)


if __name__ == "__main__":
    main()
