"""Fuzz one target guided by coverage: `python -m tests.fuzz TARGET [SECONDS]`; without a target: the list of them.

Needs atheris (`scripts/fuzz.sh` brings it). What is worth keeping of the inputs stays in build/fuzz/TARGET and is where
the next run begins; an input that crashes stands in build/fuzz/TARGET-crash-*, and `--again FILE` runs it alone.
"""

import importlib
import sys
from pathlib import Path

BUILD = Path(__file__).parents[2] / "build" / "fuzz"
MOST_BYTES = 8_192


def main(arguments: list[str]) -> None:
    """Run; ends with exit code 0 when the time is over, 77 with the input where something was found."""
    if len(arguments) == 3 and arguments[0] == "--again":
        sys.exit(0 if _attempt(arguments[1], Path(arguments[2]).read_bytes()) else 1)
    if not arguments:
        from tests.fuzz.targets import TARGETS

        sys.stdout.write("\n".join([*TARGETS, ""]))
        return
    name, seconds = arguments[0], int(arguments[1]) if len(arguments) > 1 else 60
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["renkei"]):
        from tests.fuzz.targets import TARGETS

    corpus = BUILD / name
    corpus.mkdir(parents=True, exist_ok=True)
    for place, seed in enumerate(TARGETS[name].seeds()):
        (corpus / f"seed-{place}").write_bytes(seed)
    options = [
        f"-max_total_time={seconds}",
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
