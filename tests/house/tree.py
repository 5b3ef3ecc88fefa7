"""The project's own files, as git has them."""

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAMED_FILE = re.compile(r"`((?:src|tests|docs|etc|scripts|requirements|bench)/[^`\s]*)`")


@cache
def files() -> tuple[Path, ...]:
    """Every file that is, or would be, committed."""
    git = shutil.which("git")
    assert git is not None
    listed = subprocess.run(
        [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True
    )
    found = [ROOT / name.decode() for name in listed.stdout.split(b"\0") if name]
    return tuple(path for path in found if path.is_file())


def texts(*suffixes: str) -> list[tuple[str, str]]:
    """(name, text) of every text file, or of those with these suffixes."""
    found = []
    for path in files():
        if not suffixes or path.suffix in suffixes:
            try:
                found.append((str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")))
            except UnicodeDecodeError:
                continue
    return found


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def missing_files(text: str) -> list[str]:
    """The project's files that a text names in backquotes and that do not exist."""
    return [name for name in NAMED_FILE.findall(text) if not any(ROOT.glob(name.rstrip("/")))]
