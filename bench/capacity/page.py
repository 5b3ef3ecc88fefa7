"""The plan as tables in Markdown, and the documentation page that they stand in."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from bench.capacity.costs import GROUPS, Costs
from bench.capacity.plan import LEAVES, PROOF_HASH_BYTES, USUAL, Assumed, Load, Plan, make

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "operate" / "capacity.md"
BEGINS, ENDS = "<!-- plan: begin -->", "<!-- plan: end -->"
SCENARIOS: Final = (30.29e6, 300e6, 20e9)
"""What local governments asked in a year (会計検査院, fiscal 2022), ten times that, and 160 for each person."""
_UNITS: Final = ((1e15, "PB"), (1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


def number(value: float) -> str:
    """Three digits that mean something; thousands apart."""
    if value == 0:
        return "0"
    if abs(value) >= 1_000:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:.3g}"


def size(value: float) -> str:
    """Bytes in the unit that reads best, decimal."""
    factor, unit = next(((factor, unit) for factor, unit in _UNITS if value >= factor), (1, "B"))
    return f"{value / factor:.3g} {unit}"


def percent(value: float) -> str:
    return f"{number(value * 100)} %"


def seconds(value: float) -> str:
    if value >= 5_400:
        return f"{value / 3_600:.2g} h"
    return f"{value / 60:.2g} min" if value >= 90 else f"{value:.2g} s"


def big(value: float) -> str:
    """Inquiries in words."""
    return f"{value / 1e9:g} billion" if value >= 1e9 else f"{value / 1e6:g} million"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(row)} |" for row in (head, *rows)]
    return [lines[0], f"|{' --- |' * len(head)}", *lines[1:], ""]


def written(costs: Costs, assumed: Assumed = USUAL) -> str:
    """Everything between the marks."""
    plans = [make(costs, Load.of(each), assumed) for each in SCENARIOS]
    parts = (_costs(costs), _load(plans), _cores(costs, plans, assumed), _storage(costs, plans, assumed))
    rest = (_partitions(plans, assumed), _log(costs, plans, assumed), _nights(plans), _town(costs, plans[0], assumed))
    return "\n".join(line for part in (*parts, *rest) for line in part).rstrip() + "\n"


def renewed(text: str, costs: Costs) -> str:
    """The page with the tables of today."""
    before, _, rest = text.partition(BEGINS)
    _, _, after = rest.partition(ENDS)
    return f"{before}{BEGINS}\n\n{written(costs)}\n{ENDS}{after}"


def remark(costs: Costs) -> str:
    """What to know of the costs before believing the plan."""
    return f"**Provisional: {costs.remark}.**" if costs.provisional else "Measured on a quiet machine."


def report(plan: Plan, costs: Costs, assumed: Assumed) -> str:
    """One scenario for a terminal."""
    plans = [plan]
    parts = (_load(plans), _cores(costs, plans, assumed), _storage(costs, plans, assumed), _partitions(plans, assumed))
    rest = (_log(costs, plans, assumed), _nights(plans), _town(costs, plan, assumed))
    return "\n".join(
        [f"Costs of {costs.at}. {remark(costs)}", "", *(line for part in (*parts, *rest) for line in part)]
    )


_WEIGHED: Final = (
    ("record", "record of the core", "inquiry"),
    ("leaf", "leaf of the log, entry and tiles", f"leaf; {LEAVES} an inquiry"),
    ("inquiry", "inquirer's record, with receipt and content", "inquiry"),
    ("provision", "provider's record, with receipt", "inquiry"),
    ("person", "issuance file: person", "person"),
    ("issued", "issuance file: code issued", "person and body"),
    ("code", "code at a body", "person and body"),
    ("replica", "replica", "replica"),
    ("addressee", "addressee system", "person and body"),
    ("resident", "residents", "person"),
)


def _costs(costs: Costs) -> list[str]:
    machine = costs.machine
    where = f"{costs.at}, {machine['processor']}, {machine['cores']} cores, Python {machine['python']}"
    each = [(group, number(costs.single.cpu_us[group]), number(costs.bulk.cpu_us[group])) for group in GROUPS]
    modes = (("singles", costs.single), ("bulk", costs.bulk))
    sums = [sum(mode.cpu_us[group] for group in GROUPS) for _, mode in modes]
    others = [number(mode.cpu_us.get("other", 0.0)) for _, mode in modes]
    rows = [*each, ("all three", number(sums[0]), number(sums[1])), ("the others, not planned here", *others)]
    weights = [("SQLite", costs.bytes), *([("PostgreSQL", costs.postgresql.bytes)] if costs.postgresql else [])]
    stored = [[what, *(number(getattr(weight, name)) for _, weight in weights), of] for name, what, of in _WEIGHED]
    bytes_head = ["bytes on the disk, with indexes", *(name for name, _ in weights), "of each"]
    ones = [("SQLite", costs.sequencer), *([("PostgreSQL", costs.postgresql.sequencer)] if costs.postgresql else [])]
    writers = [
        (
            "inquiries through the core's store: recorded, noticed, ended, settled",
            *(number(one.inquiries_per_s) for _, one in ones),
        ),
        ("leaves into a log alone, each with its receipt", *(number(one.leaves_per_s) for _, one in ones)),
    ]
    return [
        "### What was measured",
        "",
        f"{where}; load of the machine before: {machine['load_before']:.2g}. {remark(costs)}",
        "",
        *table(
            ["CPU, µs an inquiry", *(f"{name}, at {number(mode.rate)}/s" for name, mode in modes)],
            rows,
        ),
        *table(bytes_head, stored),
        *table(["one writer, lists of 500; per second", *(name for name, _ in ones)], writers),
    ]


def _head(plans: Sequence[Plan]) -> list[str]:
    return ["inquiries a year", *(big(plan.load.inquiries) for plan in plans)]


def _load(plans: Sequence[Plan]) -> list[str]:
    rows = [
        ["asked one by one, by day", *(percent(plan.load.singles_share) for plan in plans)],
        ["singles a second, mean of the year",
         *(number(plan.load.inquiries * plan.load.singles_share / 31_536_000) for plan in plans)],
        ["singles a second in the busiest minute", *(number(plan.rates[0]) for plan in plans)],
        ["bulk inquiries of the busiest night", *(number(plan.peak_night) for plan in plans)],
        ["bulk a second, done in 8 hours", *(number(plan.rates[1]) for plan in plans)],
    ]  # fmt: skip
    return ["### The load", "", *table(_head(plans), rows)]


def _cores(costs: Costs, plans: Sequence[Plan], assumed: Assumed) -> list[str]:
    rows: list[list[str]] = []
    for group in GROUPS:
        needs = [plan.needs[group] for plan in plans]
        rows += [
            [f"{group}, by day", *(number(each.day) for each in needs)],
            [f"{group}, by night", *(number(each.night) for each in needs)],
            [f"**{group}**, cores (and MiB of memory for its processes)",
             *(f"**{number(each.cores)}** ({number(each.processes * costs.rss_mib[group])})" for each in needs)],
            [f"{group}, servers, both sites, with the reserve",
             *(f"{each.servers} of {each.server_cores} cores" for each in needs)],
        ]  # fmt: skip
    rows += [
        ["**all**, cores", *(f"**{number(plan.cores)}**" for plan in plans)],
        ["all, cores, were the costs those of design 11",
         *(number(max(plan.at_design["day"], plan.at_design["night"])) for plan in plans)],
    ]  # fmt: skip
    one = plans[-1]
    core_us = (costs.single.cpu_us["core"], costs.bulk.cpu_us["core"])
    shown = (
        f"Arithmetic, {big(one.load.inquiries)}, core: by day {number(one.rates[0])}/s × {number(core_us[0])} µs ×"
        f" {assumed.growth} ÷ {assumed.by_day} = {number(one.needs['core'].day)} cores; by night"
        f" {number(one.rates[1])}/s × {number(core_us[1])} µs × {assumed.growth} ÷ {assumed.by_night} ="
        f" {number(one.needs['core'].night)} cores. Servers: 2 sites × (cores ÷ cores of a server, rounded up, + 1)."
    )
    return ["### Cores", "", *table(_head(plans), rows), shown, ""]


def _storage(costs: Costs, plans: Sequence[Plan], assumed: Assumed) -> list[str]:
    stored = [plan.stored for plan in plans]
    years = assumed.keep_years

    def row(what: str, *values: float) -> list[str]:
        return [what, *(size(each) for each in values)]

    rows = [
        row("record file, a year", *(each.record_year for each in stored)),
        row(f"**record file after {years} years**", *(each.record_kept for each in stored)),
        row("log, a year", *(each.log_year for each in stored)),
        row(f"log after {years} years (it is never cut)", *(each.log_kept for each in stored)),
        row("issuance file", *(each.issuance for each in stored)),
        row("**core, all**", *(each.core for each in stored)),
        row("bodies' records, a year", *(each.bodies_year for each in stored)),
        row(f"bodies' records after {years} years", *(each.bodies_kept for each in stored)),
        row("bodies' codes", *(each.codes for each in stored)),
        row("bodies' replicas", *(each.replicas for each in stored)),
        row("**intermediate servers, all**", *(each.intermediate for each in stored)),
        row(f"of one body, mean of {assumed.bodies:,}", *(each.intermediate / assumed.bodies for each in stored)),
        row("addressee systems and residents", *(each.numbers for each in stored)),
        row(
            f"**everything, {assumed.copies} copies**",
            *((each.core + each.intermediate + each.numbers) * assumed.copies for each in stored),
        ),
    ]
    last = plans[-1]
    longer = last.stored.receipt_hashes - costs.hashes
    shown = (
        f"Arithmetic: a record {number(costs.rows.record)} B × inquiries × {years}; the log {LEAVES} leaves ×"
        f" {number(costs.rows.leaf)} B × inquiries; a body's receipt grows with the log, at"
        f" {big(last.load.inquiries)} to {last.stored.receipt_hashes} hashes: {number(longer)} more than weighed,"
        f" × {PROOF_HASH_BYTES} B × 2 bodies."
    )
    return ["### Storage, one copy", "", *table(_head(plans), rows), shown, ""]


def _partitions(plans: Sequence[Plan], assumed: Assumed) -> list[str]:
    cut = [plan.partitions for plan in plans]
    rows = [
        [f"partitions a year, {assumed.partition_leaves:,} leaves each", *(number(each.a_year) for each in cut)],
        ["partitions kept", *(f"{each.kept:,}" for each in cut)],
        ["one partition", *(size(each.bytes_each) for each in cut)],
        ["issuance file: rows in each of 16", *(number(each.issued_rows_each) for each in cut)],
        ["issuance file: one of 16", *(size(each.issued_bytes_each) for each in cut)],
        [f"nodes of {size(assumed.node_bytes)} for the core's files", *(str(each.by_bytes) for each in cut)],
        ["nodes whose writers are half busy at most", *(str(each.by_writer) for each in cut)],
        ["**nodes of the record file**, the larger of both", *(f"**{each.nodes}**" for each in cut)],
        ["a month of records on each node", *(size(each.month_bytes_node) for each in cut)],
    ]
    return ["### Partitions and nodes", "", *table(_head(plans), rows)]


def _log(costs: Costs, plans: Sequence[Plan], assumed: Assumed) -> list[str]:
    found = [plan.sequencing for plan in plans]
    rows = [
        ["inquiries a second, worst minute or night", *(number(each.peak_inquiries) for each in found)],
        [f"of what one writer of the core's store can ({number(costs.one.inquiries_per_s)}/s)",
         *(percent(each.writer_share) for each in found)],
        ["of what the writers of all nodes can, rows apart from leaves",
         *(percent(plan.sequencing.writer_share / plan.partitions.nodes) for plan in plans)],
        ["inquiries a year, of this shape, that keep one writer half busy",
         *(big(float(f"{plan.load.inquiries * assumed.by_day / plan.sequencing.writer_share:.2g}")) for plan in plans)],
        ["leaves a second", *(number(each.peak_leaves) for each in found)],
        [f"of what one log can ({number(costs.one.leaves_per_s)}/s)",
         *(percent(each.log_share) for each in found)],
        ["hashes of a proof after 7 years", *(str(plan.stored.receipt_hashes) for plan in plans)],
        ["witness, one look a second: tiles", *(str(each.witness_tiles) for each in found)],
        ["witness, traffic", *(f"{size(each.witness_bytes_s)}/s" for each in found)],
        ["who copies the whole log, traffic", *(f"{size(each.reader_bytes_s)}/s" for each in found)],
    ]  # fmt: skip
    return ["### The log: is one enough?", "", *table(_head(plans), rows)]


def _nights(plans: Sequence[Plan]) -> list[str]:
    rows = [
        ["most that waits", *(number(plan.nights.most_waiting) for plan in plans)],
        ["longest time with something waiting", *(f"{plan.nights.longest_h:.1f} h" for plan in plans)],
        ["mornings with something left at eight", *(str(plan.nights.late_mornings) for plan in plans)],
    ]
    return ["### Bulk in the simulated year, with these cores", "", *table(_head(plans), rows)]


def _town(costs: Costs, plan: Plan, assumed: Assumed) -> list[str]:
    each = sum(costs.bulk.cpu_us[group] for group in GROUPS)
    return [
        f"### A whole town: {assumed.town:,} persons, one question each",
        "",
        *table(
            ("where", "time"),
            [
                ("everything on two cores", seconds(plan.town.two_cores_s)),
                ("one process for the narrowest system, the rest as wide as needed", seconds(plan.town.one_process_s)),
            ],
        ),
        f"Arithmetic: {assumed.town:,} × {number(each)} µs × {assumed.growth} ÷ 2 cores.",
        "",
    ]
