"""What a row of the benchmark says: figures, each with its budget, its floor and its peers; and curves to draw."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from bench.stats import Spread


@dataclass(frozen=True, slots=True)
class Named:
    """One contender: what it is, and what came of each of its runs."""

    name: str
    spread: Spread

    @classmethod
    def of(cls, name: str, *runs: float) -> "Named":
        return cls(name, Spread(tuple(runs)))

    @property
    def median(self) -> float:
        return self.spread.median

    def told(self) -> dict[str, Any]:
        return {"name": self.name, "median": self.median, "runs": self.spread.runs, "spread": self.spread.share}


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `more_is_better`: a rate; otherwise a time or a size, of which less is better."""

    what: str
    unit: str
    ours: Spread
    budget: float | None = None
    more_is_better: bool = True
    floor: Named | None = None
    peers: Sequence[Named] = ()

    @property
    def met(self) -> bool | None:
        """Whether the median keeps the budget; None where there is none."""
        if self.budget is None:
            return None
        return self.ours.median >= self.budget if self.more_is_better else self.ours.median <= self.budget

    def against(self, other: Named) -> float:
        """How many times as good as that; 1.0: the same."""
        one, two = self.ours.median, other.median
        if not self.more_is_better:
            one, two = two, one
        return one / two if two else float("nan")

    def told(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "unit": self.unit,
            "more_is_better": self.more_is_better,
            **Named("ours", self.ours).told(),
            "budget": self.budget,
            "met": self.met,
            "floor": self.floor and self.floor.told() | {"share": self.against(self.floor)},
            "peers": [peer.told() | {"ratio": self.against(peer)} for peer in self.peers],
        }


@dataclass(frozen=True, slots=True)
class Curve:
    """Something that is drawn: `lines` are named lists of points (x, y)."""

    title: str
    x: str
    y: str
    lines: dict[str, list[tuple[float, float]]]
    log_x: bool = False
    log_y: bool = False


@dataclass(slots=True)
class Result:
    """One row. `remarks` say what is missing or how to read it; `details` go into the JSON alone."""

    figures: list[Figure] = field(default_factory=list)
    curves: list[Curve] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0

    def told(self) -> dict[str, Any]:
        return {
            "figures": [each.told() for each in self.figures],
            "curves": [asdict(each) for each in self.curves],
            "remarks": self.remarks,
            "details": self.details,
            "seconds": self.seconds,
        }
