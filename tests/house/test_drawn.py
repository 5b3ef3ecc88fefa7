"""What is drawn or listed from the code is as the code has it now."""

import subprocess
import sys

import pytest

from tests.house.tree import ROOT


@pytest.mark.parametrize("script", ["draw_states.py", "list_limits.py"])
def test_a_page_made_from_the_code_is_up_to_date(script: str) -> None:
    command = [sys.executable, f"scripts/{script}", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
