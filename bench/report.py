"""The results as one JSON object, as a table for a terminal, and as a table for the documentation."""

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final

from rich.console import Console
from rich.table import Table

VERSION: Final = 1
Told = Mapping[str, Any]
COLUMNS: Final = ("what", "measured", "budget", "met", "floor", "share", "peer", "ratio")


def number(value: float | None) -> str:
    """Three digits that mean something; thousands apart."""
    if value is None or math.isnan(value):
        return "–"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def percent(value: float | None) -> str:
    """Whole per cent."""
    return "–" if value is None or math.isnan(value) else f"{value:.0%}"


def cells(figure: Told) -> list[str]:
    """One line of the table, as `COLUMNS`."""
    sign = "≥" if figure["more_is_better"] else "≤"
    spread = f" ±{figure['spread'] / 2:.0%}" if len(figure["runs"]) > 1 else ""
    floor, peers = figure["floor"], figure["peers"]
    return [
        figure["what"],
        f"{number(figure['median'])} {figure['unit']}{spread}",
        "" if figure["budget"] is None else f"{sign} {number(figure['budget'])}",
        {None: "", True: "yes", False: "NO"}[figure["met"]],
        f"{number(floor['median'])} ({floor['name']})" if floor else "",
        percent(floor["share"]) if floor else "",
        "\n".join(f"{number(peer['median'])} ({peer['name']})" for peer in peers),
        "\n".join(f"{number(peer['ratio'])} ×" for peer in peers),
    ]


def show(console: Console, title: str, row: Told) -> None:
    """One row, as soon as it is there."""
    table = Table(title=f"[bold]{title}[/bold] ({row['seconds']:.0f} s)", title_justify="left", expand=False)
    for name in COLUMNS:
        right = name in {"budget", "share", "ratio"}
        table.add_column(name, justify="right" if right else "left", no_wrap=right, overflow="fold")
    for figure in row["figures"]:
        table.add_row(*cells(figure))
    console.print(table)
    for remark in row["remarks"]:
        console.print(f"  {remark}", markup=False, highlight=False)


def machine_lines(machine: Told) -> list[str]:
    """The machine in a few lines."""
    speeds = ", ".join(f"{name} {rate:,}/s" for name, rate in machine["libraries_per_second"].items())
    return [
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB, {machine['system']}",
        f"Linux {machine['kernel']}, Python {machine['python']}, {machine['openssl']}, SQLite {machine['sqlite']}",
        f"{machine['at']}; disk {machine['syncs_per_second']:,} syncs/s; load before {machine['load_before']:.2f}",
        speeds,
    ]


def markdown(result: Told, drawings: Iterable[str]) -> str:
    """What the documentation shows, from the JSON alone."""
    lines = [*(f"{line}  " for line in machine_lines(result["machine"])), ""]
    if result["quick"]:
        lines += ["**Quick: small sizes, one run; not for comparison.**", ""]
    for row in result["rows"].values():
        lines += [f"### {row['title'][0].upper()}{row['title'][1:]}", "", f"| {' | '.join(COLUMNS)} |"]
        lines.append(f"|{' --- |' * len(COLUMNS)}")
        for figure in row["figures"]:
            lines.append(
                "| " + " | ".join(each.replace("\n", "<br>").replace("|", "/") for each in cells(figure)) + " |"
            )
        lines += ["", *(f"{remark}  " for remark in row["remarks"]), *([""] if row["remarks"] else [])]
    lines += [f"![{each}]({each})" for each in drawings]
    return "\n".join(lines).rstrip() + "\n"
