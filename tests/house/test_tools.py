"""The contracts that tools hold are tests too, so that the one command of the build server covers them."""

import shutil
import subprocess

import pytest

from tests.house.tree import ROOT


@pytest.mark.parametrize("check", ["format", "lint", "types", "layers"])
def test_the_tree_passes(check: str) -> None:
    bash = shutil.which("bash")
    assert bash is not None
    done = subprocess.run([bash, "scripts/check.sh", check], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout[-6_000:]}\n{done.stderr[-2_000:]}"
