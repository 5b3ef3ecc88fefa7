"""`renkei bench`: hands its arguments to the benchmarks of the source tree."""

import importlib.util
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import click

from renkei.sandbox.plain import PlainError

_TREE: Final = Path(__file__).parents[3]
"""The checkout, where this package was installed from one in place."""
_NEEDED: Final = ("casbin", "cedarpy", "fastapi", "httpx", "jwt", "psycopg", "pymerkle", "sqlalchemy")


def tree(root: Path) -> Path:
    """The folder that holds `bench/`; raises BAD_CONFIGURATION where there is none."""
    if not (root / "bench" / "__main__.py").exists():
        raise PlainError(
            "ベンチマークはソースツリーにあります。チェックアウトした場所で renkei bench を使ってください。",
            "benchmarks come with the source tree, not with the installed package: run `renkei bench` in a checkout",
        )
    return root


def prepared(needed: Iterable[str] = _NEEDED) -> None:
    """Refuse where something that every run loads, or a peer, is not installed."""
    missing = [name for name in needed if importlib.util.find_spec(name) is None]
    if missing:
        raise PlainError(
            f"ベンチマークに必要なもの（{'、'.join(missing)}）がありません。ソースツリーで scripts/setup.sh bench を"
            "実行してください（docs/operate/benchmark.md）。",
            f"The benchmarks need {', '.join(missing)}: run `scripts/setup.sh bench` in the source tree"
            " (docs/operate/benchmark.md).",
        )


@click.command()
@click.argument("rows", nargs=-1, metavar="[ROW]...")
@click.option("--quick", is_flag=True, help="Small sizes, one run each: two minutes on two cores.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of tables.")
@click.option("--runs", type=click.IntRange(1, 100), help="Runs of each figure; the median and the spread are shown.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for JSON and drawings.")
@click.option("--store", help="PostgreSQL for the sandbox: a URL with {system} in it; its databases must exist.")
@click.option(
    "--write-docs",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Measure nothing: put that result into docs/operate/benchmark.md.",
)
def bench(*, rows: tuple[str, ...], quick: bool, as_json: bool, **more: object) -> None:
    """Measure speed and size beside floors and peers.

    Own processes, mutual TLS, durable commits. ROW chooses: convert, decide, log, proofs, issue, register, singles,
    bulk, growth, memory, start. A full run takes an hour or more and writes bench/results/. What it needs beside is
    installed by `scripts/setup.sh bench`.

    \b
    Example:
      renkei bench --quick
      renkei bench singles bulk --runs 5 --out /tmp/results
      renkei bench --json > result.json
    """
    where = tree(_TREE)
    prepared()
    command = [sys.executable, "-m", "bench", *rows]
    command += ["--quick"] if quick else []
    command += ["--json"] if as_json else []
    for name, value in more.items():
        if value is not None:
            command += [f"--{name.replace('_', '-')}", str(value.resolve() if isinstance(value, Path) else value)]
    sys.exit(_run(command, where))


def _run(command: list[str], where: Path) -> int:
    """Its exit code. It is told of Ctrl-C once, by us alone, and we wait until it has stopped what it started."""
    with subprocess.Popen(command, cwd=where, start_new_session=True) as running:  # noqa: S603 - own program
        told = False
        while True:
            try:
                return running.wait()
            except KeyboardInterrupt:
                if not told:
                    running.send_signal(signal.SIGINT)
                told = True
