"""Every target under atheris, which lets coverage choose the bytes: a fixed number of runs, from a fresh seed each time.

atheris stands beside the environment (`scripts/fuzz.sh` brings it to build/fuzz/tools); without it there is nothing to
run, and the targets are tried by hypothesis alone (test_targets.py). An input that breaks a target is kept.
"""

import os
import subprocess
import sys

import pytest

from tests.fuzz.__main__ import BUILD
from tests.fuzz.targets import ROOT, TARGETS

RUNS = 400
"""For each target. What is wanted here is that all of them work; a night's run finds more (`scripts/fuzz.sh all`)."""
ENVIRONMENT = {**os.environ, "PYTHONPATH": f"{BUILD / 'tools'}:{os.environ.get('PYTHONPATH', '')}"}


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )


@pytest.mark.skipif(python("-c", "import atheris").returncode != 0, reason="no atheris: scripts/fuzz.sh brings it")
def test_every_target_stands_when_coverage_chooses_the_bytes() -> None:
    done = python("-m", "tests.fuzz", "--runs", str(RUNS))
    told = done.stdout + done.stderr
    assert [name for name in TARGETS if f"{name}: exit code 0\n" not in done.stdout] == [], told[-8_000:]
    assert done.stderr.count(f"stat::number_of_executed_units: {RUNS}\n") == len(TARGETS)
    assert done.returncode == 0
