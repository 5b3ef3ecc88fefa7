"""`python -m bench`: what `renkei bench` runs. Tables on standard output, progress on standard error."""

import argparse
import json
import math
import signal
import sys
import tempfile
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from bench import machine, plots, report
from bench.context import QUICK, Context, Scale, say
from bench.rows import NAMES, ROWS, Row

RESULTS: Final = Path(__file__).parent / "results"
DOCUMENT: Final = Path(__file__).parents[1] / "docs" / "operate" / "benchmark.md"
BEGINS, ENDS = "<!-- figures: begin -->", "<!-- figures: end -->"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="renkei bench", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"only these: {', '.join(NAMES)}")
    parser.add_argument("--quick", action="store_true", help="small sizes, one run: two minutes on two cores")
    parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON object instead of tables")
    parser.add_argument("--runs", type=int, help="runs of each figure")
    parser.add_argument("--out", type=Path, help="folder of the result files (a full run: bench/results)")
    parser.add_argument(
        "--store", help="PostgreSQL of the sandbox: a URL with {system} in it; its databases must exist"
    )
    parser.add_argument("--write-docs", type=Path, metavar="RESULT", help="only put that result into the documentation")
    options = parser.parse_args()
    if unknown := [name for name in options.rows if name not in NAMES]:
        parser.error(f"no such row: {', '.join(unknown)}; there are {', '.join(NAMES)}")
    if options.runs is not None and options.runs < 1:
        parser.error("--runs: at least 1")
    return options


def scale_of(options: argparse.Namespace) -> Scale:
    scale = QUICK if options.quick else Scale()
    return replace(scale, runs=options.runs) if options.runs else scale


def measure(options: argparse.Namespace, console: Console) -> dict[str, Any]:
    """Every row that was asked for; one that fails is reported, and the others go on."""
    scale = scale_of(options)
    with tempfile.TemporaryDirectory(prefix="renkei-bench-") as folder:
        facts = machine.facts(Path(folder))
    if not options.as_json:
        console.print("\n".join(report.machine_lines(facts)), markup=False, highlight=False)
    result: dict[str, Any] = {"v": report.VERSION, "quick": options.quick, "machine": facts, "scale": asdict(scale)}
    result["store"] = "PostgreSQL" if options.store else "SQLite"
    result["rows"] = rows = {}
    with Context(scale, options.store) as context:
        for row in ROWS:
            if options.rows and row.name not in options.rows:
                continue
            say(f"{row.name}: {row.title} ({time.monotonic() - context.began:.0f} s so far)")
            rows[row.name] = told = one(row, context)
            if not options.as_json:
                report.show(console, row.title, told)
    return result


def one(row: Row, context: Context) -> dict[str, Any]:
    began = time.monotonic()
    try:
        found = row.run(context)
    except Exception as error:  # noqa: BLE001 - named in the result; one row must not take the others with it
        say(f"{row.name} failed: {type(error).__name__}: {error}")
        return {"title": row.title, **failure(error, time.monotonic() - began)}
    found.seconds = time.monotonic() - began
    return {"title": row.title, **found.told()}


def failure(error: Exception, seconds: float) -> dict[str, Any]:
    said = f"not measured: {type(error).__name__}: {error}"
    return {"figures": [], "curves": [], "remarks": [said], "details": {}, "seconds": seconds, "failed": said}


def clean(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Without numbers that JSON does not know."""
    if isinstance(value, dict):
        return {str(key): clean(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [clean(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def write(result: dict[str, Any], folder: Path) -> Path:
    """The result's JSON and drawings; returns the JSON file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{result['machine']['at'][:10]}-{machine.name()}{'-quick' if result['quick'] else ''}.json"
    path.write_text(json.dumps(clean(result), ensure_ascii=False, indent=1) + "\n")
    say(f"wrote {path}")
    if plots.possible():
        plots.draw(clean(result), path.with_suffix(".svg"))
        say(f"wrote {path.with_suffix('.svg')}")
    else:
        say(plots.MISSING)
    return path


def write_docs(file: Path) -> None:
    """Put the tables of a result between the marks of the documentation, and its drawing beside it."""
    result = json.loads(file.read_text())
    drawing = DOCUMENT.with_suffix(".svg")
    if plots.possible():
        plots.draw(result, drawing)
    else:
        say(plots.MISSING)
    text = DOCUMENT.read_text()
    before, _, rest = text.partition(BEGINS)
    _, _, after = rest.partition(ENDS)
    shown = report.markdown(result, [drawing.name] if drawing.exists() else [])
    DOCUMENT.write_text(f"{before}{BEGINS}\n\n{shown}\n{ENDS}{after}")
    say(f"wrote {DOCUMENT}")


def main() -> None:
    for each in (signal.SIGINT, signal.SIGTERM):  # SIGINT too: a shell's background jobs begin with it ignored
        signal.signal(each, signal.default_int_handler)
    options = arguments()
    if options.write_docs:
        write_docs(options.write_docs)
        return
    result = measure(options, Console(width=None if sys.stdout.isatty() else 160))
    folder = options.out or (None if options.quick or options.rows else RESULTS)
    if folder is not None:
        write(result, folder)
    if options.as_json:
        print(json.dumps(clean(result), ensure_ascii=False))
    if any("failed" in row for row in result["rows"].values()):
        sys.exit(1)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("stopped; everything that was started has been stopped too")
