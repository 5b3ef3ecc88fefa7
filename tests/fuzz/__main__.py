"""Fuzz one target guided by coverage: `python -m tests.fuzz TARGET [SECONDS]`; without a target: the list of them.

Needs atheris (`scripts/fuzz.sh` brings it). What is worth keeping of the inputs stays in build/fuzz/TARGET and is where
the next run begins; an input that crashes stands in build/fuzz/TARGET-crash-*, and `--again FILE` runs it alone.
`--runs NUMBER` runs every target so many times from its good examples alone, and keeps nothing but what crashes.
"""

import importlib
import os
import sys
import tempfile
from pathlib import Path

BUILD = Path(__file__).parents[2] / "build" / "fuzz"
MOST_BYTES = 8_192


def main(arguments: list[str]) -> None:
    """Run; ends with exit code 0 when the time is over, 77 with the input where something was found."""
    match arguments:
        case []:
            from tests.fuzz.targets import TARGETS

            sys.stdout.write("\n".join([*TARGETS, ""]))
        case ["--again", name, file]:
            sys.exit(0 if _attempt(name, Path(file).read_bytes()) else 1)
        case ["--runs", number]:
            sys.exit(_each(int(number)))
        case [name, *seconds]:
            corpus = BUILD / name
            corpus.mkdir(parents=True, exist_ok=True)
            _instrument()
            _fuzz(name, corpus, f"-max_total_time={int(seconds[0]) if seconds else 60}")


def _each(runs: int) -> int:
    """Every target in a process of its own; the worst exit code. What is instrumented once serves them all."""
    BUILD.mkdir(parents=True, exist_ok=True)
    _instrument()
    from tests.fuzz.targets import TARGETS

    worst = 0
    for name in TARGETS:
        sys.stdout.flush()
        with tempfile.TemporaryDirectory(prefix="renkei-fuzz-") as folder:
            child = os.fork()
            if child == 0:
                tempfile.tempdir = folder
                _fuzz(name, Path(tempfile.mkdtemp()), f"-runs={runs}")
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        sys.stdout.write(f"{name}: exit code {code}\n")
        worst = max(worst, abs(code))
    return worst


def _instrument() -> None:
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["renkei"]):
        importlib.import_module("tests.fuzz.targets")


def _fuzz(name: str, corpus: Path, until: str) -> None:
    """Does not return: libFuzzer ends the process."""
    from tests.fuzz.targets import TARGETS

    atheris = importlib.import_module("atheris")
    for place, seed in enumerate(TARGETS[name].seeds()):
        (corpus / f"seed-{place}").write_bytes(seed)
    options = [
        until,
        f"-max_len={MOST_BYTES}",
        f"-artifact_prefix={BUILD}/{name}-",
        "-timeout=20",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], *options, str(corpus)], lambda data: _attempt(name, data) and None)
    atheris.Fuzz()


def _attempt(name: str, data: bytes) -> bool:
    from tests.fuzz.targets import attempt

    return attempt(name, data)


if __name__ == "__main__":
    main(sys.argv[1:])
