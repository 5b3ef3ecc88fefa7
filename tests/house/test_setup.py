"""Set-up: what is missing is named exactly, what is there is left alone, and no lock trusts a host."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.house.tree import ROOT, page

SETUP = ROOT / "scripts/setup.sh"
# What the script itself runs. A path with these and nothing else is a machine without browser, apt rights or Python.
TOOLS = [
    "bash",
    "cat",
    "cut",
    "date",
    "dirname",
    "dpkg-query",
    "echo",
    "fc-list",
    "flock",
    "grep",
    "head",
    "mkdir",
    "rm",
    "sed",
    "sha256sum",
    "sleep",
    "tail",
    "xargs",
]


def machine(folder: Path, *, python: bool, root: bool = False) -> dict[str, str]:
    """An environment in which only a few programs can be found."""
    found = {name: shutil.which(name) for name in (*TOOLS, *(["python3.11", "git"] if python else []))}
    for name, path in found.items():
        if path:
            (folder / name).symlink_to(path)
    user = folder / "id"
    user.write_text(f"#!/bin/sh\necho {0 if root else 1000}\n", encoding="ascii")
    apt = folder / "apt-get"
    apt.write_text('#!/bin/sh\necho "apt-get $*" >&2\nexit 100\n', encoding="ascii")
    for script in (user, apt):
        script.chmod(0o755)
    return {**os.environ, "PATH": str(folder)}


def setup(env: dict[str, str], *arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    bash = shutil.which("bash")
    assert bash is not None
    return subprocess.run(
        [bash, str(cwd / "scripts/setup.sh"), *arguments], env=env, capture_output=True, text=True, check=False
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What set-up needs of the project, elsewhere, with nothing installed."""
    place = tmp_path / "checkout"
    for name in ("scripts/setup.sh", "requirements/run.lock", "requirements/dev.lock", "pyproject.toml"):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, place / name)
    return place


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "path"
    folder.mkdir()
    return folder


def test_without_rights_the_exact_command_is_said_and_nothing_is_done(checkout: Path, path: Path) -> None:
    done = setup(machine(path, python=True), "dev", cwd=checkout)
    assert done.returncode == 1
    command = re.search(r"sudo apt-get update && sudo apt-get install -y --no-install-recommends (.+)", done.stderr)
    assert command is not None
    assert "chromium" in command[1].split()
    assert not (checkout / ".venv").exists()


def test_a_machine_without_python_is_told_so(checkout: Path, path: Path) -> None:
    done = setup(machine(path, python=False), "run", cwd=checkout)
    assert done.returncode == 1
    assert "python3 python3-venv" in done.stderr


def test_a_failed_installation_ends_with_what_it_said(checkout: Path, path: Path) -> None:
    done = setup(machine(path, python=True, root=True), "dev", cwd=checkout)
    assert done.returncode != 0
    assert "apt-get update" in done.stderr
    assert "build/setup.log" in done.stderr


def test_the_plan_says_what_is_missing_and_does_nothing(checkout: Path, path: Path) -> None:
    done = setup(machine(path, python=True), "--plan", "dev", cwd=checkout)
    assert done.returncode == 0
    assert re.search(r"system packages to install: .*chromium", done.stdout)
    assert re.search(r"Python packages to install into \.venv: \d+", done.stdout)
    assert not (checkout / "build").exists()
    assert not (checkout / ".venv").exists()


@pytest.mark.parametrize("arguments", [[], ["both"], ["--plan"]])
def test_a_wrong_word_is_answered_with_the_usage(arguments: list[str]) -> None:
    done = setup(dict(os.environ), *arguments)
    assert done.returncode == 2
    assert "setup.sh run" in done.stderr


def packages(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==([^\s;]+)", page(lock), re.MULTILINE))


@pytest.mark.parametrize("lock", ["requirements/run.lock", "requirements/dev.lock"])
def test_a_lock_pins_versions_and_hashes_and_names_no_host(lock: str) -> None:
    text = page(lock)
    assert not re.search(r"://|--(?:extra-)?index|--find-links|--trusted-host", text)
    entries = re.split(r"^(?=[a-z])", text, flags=re.MULTILINE)[1:]
    assert len(entries) > 20
    assert [entry for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []


def test_what_runs_is_part_of_what_is_tested() -> None:
    assert packages("requirements/run.lock").items() <= packages("requirements/dev.lock").items()


def test_the_locks_hold_everything_that_the_project_asks_for() -> None:
    text = page("pyproject.toml")
    run = re.search(r"^dependencies = \[(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    dev = re.search(r"^dev = \[(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    assert run is not None
    assert dev is not None
    asked = {lock: set(re.findall(r'"([A-Za-z0-9-]+)', part[1])) for lock, part in (("run", run), ("dev", dev))}
    assert asked["run"] <= set(packages("requirements/run.lock"))
    assert asked["dev"] <= set(packages("requirements/dev.lock"))
