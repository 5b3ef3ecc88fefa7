"""What processes cost, from /proc: CPU seconds and resident memory, a system with everything that it started."""

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_KIB: Final = 1024


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds since the start, resident bytes now, and the most that were ever resident."""

    cpu_s: float
    rss: int
    peak: int
    processes: int = 1

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.cpu_s + other.cpu_s, self.rss + other.rss, self.peak + other.peak, self.processes + other.processes
        )


NOTHING: Final = Usage(0.0, 0, 0, 0)


def usage(pid: int) -> Usage:
    """One process; nothing where it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return NOTHING
    sizes = dict(line.split(":", 1) for line in status.splitlines() if line.startswith("Vm"))
    rss, peak = (int(sizes.get(name, "0 kB").split()[0]) * _KIB for name in ("VmRSS", "VmHWM"))
    return Usage((int(stat[11]) + int(stat[12])) / _TICKS, rss, peak)


def family(pid: int, named: Collection[int] = ()) -> list[int]:
    """A process and everything below it, without those that are named and what is below them."""
    found = [pid]
    for one in found:
        try:
            children = Path(f"/proc/{one}/task/{one}/children").read_text()
        except OSError:
            continue
        found += [child for child in map(int, children.split()) if child not in named]
    return found


def together(pids: Iterable[int]) -> Usage:
    return sum((usage(pid) for pid in pids), NOTHING)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one system used between two looks."""

    cpu_s: float
    rss: int
    peak: int
    processes: int


class Watch:
    """Named processes between `start` and `stop`."""

    def __init__(self, roots: Mapping[str, Iterable[int]]) -> None:
        self._roots = {name: list(pids) for name, pids in roots.items()}
        self._before: dict[str, Usage] = {}
        self.costs: dict[str, Cost] = {}

    def _look(self) -> dict[str, Usage]:
        # Children of one that are named themselves, as systems that the generator started, count once.
        named = {pid for pids in self._roots.values() for pid in pids}
        return {name: together(one for pid in pids for one in family(pid, named)) for name, pids in self._roots.items()}

    def start(self) -> None:
        self._before = self._look()

    def stop(self) -> None:
        for name, after in self._look().items():
            used = max(0.0, after.cpu_s - self._before[name].cpu_s)
            self.costs[name] = Cost(used, after.rss, after.peak, after.processes)
