"""Every public name of floor 0 has its word in the glossary."""

import ast
import re

import pytest

from tests.house.tree import ROOT, page

GLOSSARY = page("GLOSSARY.md")
NAMES_OF_LINES = set(re.findall(r"^\| [^|]+ \| .*?`([A-Za-z][\w.]*)`", GLOSSARY, re.MULTILINE))


def public_names() -> list[str]:
    found = []
    for path in sorted((ROOT / "src/renkei/terms").glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            match node:
                case ast.ClassDef(name=name):
                    found.append(name)
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id="NewType"))):
                    found.append(name)
                case _:
                    pass
    return [name for name in found if not name.startswith("_")]


def test_there_are_names_to_look_for() -> None:
    assert {"BodyCode", "ItemNumber", "Role", "Problem"} <= set(public_names())


@pytest.mark.parametrize("name", public_names())
def test_a_name_of_floor_0_has_a_line(name: str) -> None:
    assert name in NAMES_OF_LINES


def test_a_line_names_something_that_exists() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src/renkei").rglob("*.py"))
    packages = {
        str(path.parent.relative_to(ROOT / "src/renkei")).replace("/", ".")
        for path in (ROOT / "src").rglob("__init__.py")
    }
    unknown = [
        name
        for name in NAMES_OF_LINES
        if not any(name.startswith(package) and name.count(".") == package.count(".") for package in packages)
        and not re.search(rf"\b{re.escape(name.rsplit('.', 1)[-1])}\b", source)
    ]
    assert unknown == []


def test_one_word_stands_on_one_line() -> None:
    official = re.findall(r"^\| ([^|(]+?) (?:\([^|]*\) )?\| ", GLOSSARY, re.MULTILINE)
    words = [word for word in official if word not in {"official term", "---"}]
    assert len(words) == len(set(words))
