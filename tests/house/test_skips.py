"""What is skipped for want of a tool is skipped on a developer's machine only (tests/conftest.py)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ALLOWED
from tests.house.tree import ROOT, page

TESTS = """
import pytest

@pytest.fixture
def server():
    pytest.skip("PostgreSQL is not installed")

def test_of_a_fixture(server): ...

def test_of_its_own():
    pytest.skip("libfaketime is not installed")

@pytest.mark.skipif(True, reason="pgbench is not installed")
def test_of_a_mark(): ...

@pytest.mark.skipif(True, reason={allowed!r})
def test_of_the_law(): ...

@pytest.mark.xfail(strict=True)
def test_known():
    assert False
"""
MODULE = 'import pytest\npytest.skip("chromium is not installed", allow_module_level=True)\n'
MISSING = ("PostgreSQL", "libfaketime", "pgbench", "chromium")


def run(folder: Path, ci: str) -> tuple[int, str]:
    """Those tests under our conftest: the exit code, and what was told."""
    (folder / "conftest.py").write_text(page("tests/conftest.py"))
    (folder / "test_skips.py").write_text(TESTS.format(allowed=next(iter(ALLOWED))))
    (folder / "test_whole.py").write_text(MODULE)
    command = [sys.executable, "-m", "pytest", "-ra", "--color=no", "--rootdir", str(folder)]
    command += ["-p", "no:cacheprovider", "-p", "no:schemathesis", "--continue-on-collection-errors", str(folder)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder, env=os.environ | {"CI": ci})
    return done.returncode, done.stdout


def test_without_a_tool_a_developer_is_told_what_was_skipped(tmp_path: Path) -> None:
    code, told = run(tmp_path, "")
    assert code == 0, told
    assert "5 skipped, 1 xfailed" in told
    assert all(f"{tool} is not installed" in told for tool in MISSING)


def test_without_a_tool_the_build_server_fails_and_names_it(tmp_path: Path) -> None:
    code, told = run(tmp_path, "true")
    assert code == 1, told
    assert "1 failed, 1 skipped, 1 xfailed, 3 errors" in told
    assert all(f"{tool} is not installed" in told.partition("short test summary")[0] for tool in MISSING)


def test_the_build_server_says_that_it_is_one() -> None:
    assert "export CI=true\n" in page(".ci/run")


@pytest.mark.parametrize("reason", ALLOWED)
def test_a_reason_that_is_allowed_is_one_that_a_test_has(reason: str) -> None:
    tests = (path.read_text(encoding="utf-8") for path in (ROOT / "tests").glob("*/test_*.py"))
    assert any(f'"{reason}"' in text for text in tests), reason
