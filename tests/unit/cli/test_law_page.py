"""docs/law/questions.md shows what the commands really answer."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import page

BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
RENKEI = f'renkei() {{ {shlex.quote(sys.executable)} -m renkei.cli "$@"; }}'


def blocks() -> list[list[tuple[str, str]]]:
    """Commands of each block with what they print."""
    found = []
    for block in BLOCK.findall(page("docs/law/questions.md")):
        pieces = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)[1:]
        found.append(list(zip(pieces[::2], pieces[1::2], strict=True)))
    return found


def printed(text: str) -> list[str]:
    """Lines without blanks at their ends; the list's version changes with every change of the facts."""
    return [re.sub(r"[0-9a-f]{16}…", "…", line.rstrip()) for line in text.rstrip("\n").split("\n")]


def test_every_question_has_an_example() -> None:
    shown = " ".join(command for block in blocks() for command, _ in block)
    for name in ("decide", "may-ask", "explain", "who-holds", "find", "diff"):
        assert f"renkei law {name}" in shown


@pytest.mark.parametrize("block", blocks(), ids=lambda block: block[0][0])
def test_an_example_prints_what_the_page_shows(block: list[tuple[str, str]], tmp_path: Path) -> None:
    settings = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    for command, expected in block:
        script = f"set -o pipefail; {RENKEI}; {command}"
        done = subprocess.run(  # noqa: PLW1510 - a refusal is an answer too
            ["/bin/bash", "-c", script], cwd=tmp_path, env=settings, capture_output=True, text=True
        )
        assert done.stderr == ""
        assert printed(done.stdout) == printed(expected)
