"""The capacity plan: from measured costs to a nation.

python -m bench.capacity                        the plan for 300 million inquiries a year
python -m bench.capacity --inquiries 20e9 --json
python -m bench.capacity --measure --write-docs   measure anew (minutes), then renew docs/operate/capacity.md
python -m bench.capacity --measure-storage        weigh the stores anew; the other costs stay
"""

import argparse
import json
import sys
from pathlib import Path

from bench.capacity import page
from bench.capacity.costs import FILE, Costs, load, save
from bench.capacity.plan import USUAL, Load, make


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--costs", type=Path, default=FILE, help="the measured costs, read and written")
    parser.add_argument("--inquiries", type=float, default=300e6, help="a year; for example 300e6 or 20e9")
    parser.add_argument("--singles", type=float, help="share of them that is asked one by one")
    parser.add_argument("--measure", action="store_true", help="measure all costs first, and write them")
    parser.add_argument("--measure-storage", action="store_true", help="only the bytes")
    parser.add_argument("--postgresql", metavar="URL", help="a PostgreSQL database to weigh the same rows in")
    parser.add_argument("--seconds", type=float, default=15.0, help="of each measured load")
    parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON object")
    parser.add_argument("--write-docs", action="store_true", help="put the tables on the page")
    options = parser.parse_args()
    if not options.inquiries > 0 or (options.singles is not None and not 0 <= options.singles <= 1):
        parser.error("--inquiries above 0, --singles from 0 to 1")
    return options


def costs_of(options: argparse.Namespace) -> Costs:
    if not (options.measure or options.measure_storage):
        return load(options.costs)
    from bench.capacity import measure  # noqa: PLC0415 - all systems come with it

    costs = (
        measure.measure(options.seconds, options.postgresql)
        if options.measure
        else measure.measure_storage(load(options.costs), options.postgresql)
    )
    save(costs, options.costs)
    print(f"wrote {options.costs}", file=sys.stderr)
    return costs


def main() -> None:
    options = arguments()
    costs = costs_of(options)
    if options.write_docs:
        page.DOCUMENT.write_text(page.renewed(page.DOCUMENT.read_text(encoding="utf-8"), costs), encoding="utf-8")
        print(f"wrote {page.DOCUMENT}", file=sys.stderr)
        return
    wanted = Load.of(options.inquiries) if options.singles is None else Load(options.inquiries, options.singles)
    plan = make(costs, wanted)
    if options.as_json:
        print(json.dumps({"v": 1, "costs": costs.at, "provisional": costs.provisional, **plan.told()}))
    else:
        print(page.report(plan, costs, USUAL))


if __name__ == "__main__":
    main()
