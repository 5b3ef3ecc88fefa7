"""What must not stand in the tree, and what must."""

import ast
import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT, files, texts

ALLOWED_HOSTS = re.compile(
    r"(127\.0\.0\.1|localhost|\[::1\]|[a-z0-9.-]+\.(example|test|invalid)|spec\.openapis\.org|www\.w3\.org|www\.apache\.org"
    r"|keepachangelog\.com|c2sp\.org|www\.rfc-editor\.org|laws\.e-gov\.go\.jp)"
)
HOST = re.compile(r"https?://([A-Za-z0-9][A-Za-z0-9.-]*\.[A-Za-z0-9-]+|localhost)")
# Paths of one machine. Split so that this file does not hold what it looks for.
MACHINE_PATH = re.compile(
    "/(?:" + "|".join(["ro" + "ot", "ho" + "me", "wo" + "rk", "Us" + "ers", "op" + "t"]) + r")/[\w.]"
)
OPEN_END = re.compile(r"\b(?:TO" + "DO|FIX" + r"ME|XX" + r"X)\b(?!\(#\d+\))")
CONFLICT = re.compile("^(?:<{7} |>{7} )", re.MULTILINE)
TEXTS = texts()
PURE = ("terms", "messages", "crypto", "translog", "law")


def found(pattern: re.Pattern[str]) -> list[str]:
    return [f"{name}: {match[0]}" for name, text in TEXTS for match in pattern.finditer(text)]


def test_the_tree_is_looked_at() -> None:
    assert {"README.md", "pyproject.toml", "src/renkei/terms/codes.py"} <= {name for name, _ in TEXTS}


def test_no_path_of_a_machine() -> None:
    assert found(MACHINE_PATH) == []


def test_no_host_but_those_that_documents_cite() -> None:
    hosts = {(name, match[1]) for name, text in TEXTS for match in HOST.finditer(text)}
    assert sorted((name, host) for name, host in hosts if not ALLOWED_HOSTS.fullmatch(host)) == []


def test_no_open_end_without_a_number() -> None:
    assert found(OPEN_END) == []


def test_no_merge_left_half_done() -> None:
    assert found(CONFLICT) == []


def test_no_private_key_is_committed() -> None:
    assert found(re.compile("-----BEGIN [A-Z ]*PRIVATE" + " KEY-----\n")) == []


def test_every_text_ends_with_a_newline() -> None:
    assert [name for name, text in TEXTS if text and not text.endswith("\n")] == []


def test_no_file_is_larger_than_its_reason() -> None:
    assert [str(path) for path in files() if path.stat().st_size > 1_000_000] == []


def test_scripts_can_be_run() -> None:
    scripts = [path for path in files() if path.suffix == ".sh" or path.parent.name in {".ci", "hooks"}]
    assert scripts
    assert [path.name for path in scripts if not path.stat().st_mode & 0o100] == []


def undocumented(path: Path) -> list[str]:
    """The module and its public classes and functions, where they have no docstring."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = [node for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)]
    public = [node for node in named if not node.name.startswith("_")]
    missing = [node.name for node in public if not ast.get_docstring(node)]
    place = str(path.relative_to(ROOT))
    return [f"{place}: {name}" for name in missing] + ([] if ast.get_docstring(tree) else [place])


@pytest.mark.parametrize("floor", PURE)
def test_public_functions_of_floors_0_to_2_say_what_they_do(floor: str) -> None:
    modules = sorted((ROOT / "src/renkei" / floor).rglob("*.py"))
    assert modules
    assert [name for path in modules for name in undocumented(path)] == []


def test_every_module_says_what_it_is() -> None:
    modules = [path for path in files() if path.suffix == ".py" and path.read_text(encoding="utf-8").strip()]
    without = [path for path in modules if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]
    assert [str(path.relative_to(ROOT)) for path in without] == []


def test_no_lint_exception_without_a_rule_and_none_for_types_without_a_code() -> None:
    bare = re.compile(r"#\s*(?:noqa(?!: [A-Z])|type:\s*ignore(?!\[))")
    assert [
        f"{name}: {match[0]}" for name, text in texts(".py") for match in bare.finditer(text) if "test_tree" not in name
    ] == []
