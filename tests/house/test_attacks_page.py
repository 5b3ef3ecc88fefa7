"""The pages of attacks, limits and promises name tests that exist."""

import re

import pytest

from tests.house.tree import ROOT, page

NAMED = re.compile(r"`(tests/[\w/]+\.py)` › `(test_\w+)`")


@pytest.mark.parametrize("name", ["docs/security/attacks.md", "docs/operate/limits.md", "docs/operate/promises.md"])
def test_every_test_that_a_page_names_is_there(name: str) -> None:
    found = NAMED.findall(page(name))
    assert len(found) >= 8
    missing = [test for file, test in found if f"def {test}(" not in (ROOT / file).read_text(encoding="utf-8")]
    assert missing == []


def test_every_promise_has_a_test_behind_it() -> None:
    heads = ("| promise", "| while this is away", "| ---")
    text = page("docs/operate/promises.md")
    lines = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith(heads)]
    assert len(lines) > 25
    assert [line for line in lines if "`tests/" not in line and "](" not in line] == []


def test_every_test_of_an_attack_stands_on_the_page() -> None:
    text = page("docs/security/attacks.md")
    files = [
        path for path in (ROOT / "tests" / "attacks").glob("test_*.py") if f"tests/attacks/{path.name}" not in text
    ]
    assert files == []


def test_every_constant_on_the_page_of_limits_has_a_test() -> None:
    lines = [line for line in page("docs/operate/limits.md").splitlines() if line.startswith("| `renkei.")]
    assert [line for line in lines if not NAMED.search(line)] == []
