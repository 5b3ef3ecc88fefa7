"""The curves of a result as one SVG, and its figures beside floors and peers as bars. Needs matplotlib."""

import importlib.util
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

MISSING: Final = "matplotlib is not installed: no drawings (scripts/setup.sh dev installs it)"


WIDTH_INCHES: Final = 10
PANEL_INCHES: Final = 4.2
BAR_INCHES: Final = 0.17


_TOLD: Final = ("Creator", "Date", "Format", "Type")
"""What a drawing would otherwise say of its own making."""


def possible() -> bool:
    return importlib.util.find_spec("matplotlib") is not None


def draw(result: Mapping[str, Any], path: Path) -> None:
    """Draw all curves, and one chart of the rates, into one file; its ending says which form."""
    import matplotlib as mpl  # noqa: PLC0415 - only those who draw need it

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "renkei"
    from matplotlib import pyplot as plt  # noqa: PLC0415 - after the choice of how to draw

    rows = result["rows"].values()
    curves = [curve for row in rows for curve in row["curves"]]
    rates = [figure for row in rows for figure in row["figures"] if figure["floor"] or figure["peers"]]
    bars = _compared(rates)
    heights = [PANEL_INCHES] * len(curves) + ([BAR_INCHES * len(bars) + 1] if bars else [])
    if not heights:
        return
    size, shares = (WIDTH_INCHES, sum(heights)), {"height_ratios": heights}
    figure, axes = plt.subplots(len(heights), 1, figsize=size, squeeze=False, layout="constrained", gridspec_kw=shares)
    for axis, curve in zip(axes[:, 0], curves, strict=False):
        _curve(axis, curve)
    if bars:
        _bars(axes[-1, 0], bars)
    figure.savefig(path, metadata=dict.fromkeys(_TOLD) if path.suffix == ".svg" else None)
    plt.close(figure)


def _curve(axis: Any, curve: Mapping[str, Any]) -> None:  # noqa: ANN401 - matplotlib's axes
    for name, points in curve["lines"].items():
        axis.plot([x for x, _ in points], [math.nan if y is None else y for _, y in points], marker="o", label=name)
    if curve["log_x"]:
        axis.set_xscale("log")
    if curve["log_y"]:
        axis.set_yscale("log")
    else:
        axis.set_ylim(bottom=0)
    axis.set(title=curve["title"], xlabel=curve["x"], ylabel=curve["y"])
    axis.grid(visible=True, alpha=0.3)
    axis.legend(fontsize="small")


def _compared(figures: list[Any]) -> list[tuple[str, float]]:
    """What stands beside floor or peer, and how many times as good it is; where nothing could be measured, nothing."""
    compared = [
        (f"{figure['what']} against {other['name']}", other.get("ratio", other.get("share")))
        for figure in figures
        for other in [*([figure["floor"]] if figure["floor"] else []), *figure["peers"]]
    ]
    return [(name, ratio) for name, ratio in compared if ratio is not None]


def _bars(axis: Any, named: list[tuple[str, float]]) -> None:  # noqa: ANN401 - matplotlib's axes
    """1 is alike, further right is better."""
    axis.barh(range(len(named)), [ratio for _, ratio in named], color="lightsteelblue")
    axis.set_yticks([])
    for place, (name, ratio) in enumerate(named):
        # Beside the bars there is no room for names so long.
        text = f"{ratio:,.2g} ×  {name}" if ratio < 100 else f"{ratio:,.0f} ×  {name}"
        axis.text(0.005, place, text, fontsize=7, va="center", transform=axis.get_yaxis_transform())
    axis.invert_yaxis()
    axis.set_xscale("log")
    axis.axvline(1, color="black", linewidth=1)
    axis.set(title="Renkei against floors and peers (1: alike, to the right: better)", xlabel="times")
