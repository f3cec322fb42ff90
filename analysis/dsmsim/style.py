"""How every picture looks: the Okabe-Ito palette (safe for colour-blind readers), and markers and hatches that survive
a black-and-white printer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from typing import Any

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442", "#000000"]
MARKERS = ["o", "s", "^", "D", "v", "P", "X", "*"]
HATCHES = ["", "///", "...", "xxx", "\\\\\\", "++", "ooo", "--", "**", "||", "OO", "//.."]
LINES = ["-", "--", "-.", ":"]

SETTINGS = {
    "figure.figsize": (6.0, 3.8),
    "figure.dpi": 150,
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.alpha": 0.3,
    "legend.frameon": False,
    "hatch.linewidth": 0.5,
    "svg.hashsalt": "dsmsim",
    "svg.fonttype": "none",
}


@contextmanager
def styled() -> Iterator[None]:
    """Everything drawn inside looks alike, and leaves matplotlib's settings as they were."""
    with matplotlib.rc_context(SETTINGS):
        yield


def subplots(rows: int = 1, columns: int = 1, *, figsize: tuple[float, float] | None = None,
             **more: Any) -> tuple[Figure, Any]:
    """As pyplot's, but the figure is none of pyplot's: no backend is selected, and nothing to close."""
    figure = Figure(figsize=figsize)
    FigureCanvasAgg(figure)
    return figure, figure.subplots(rows, columns, **more)


def colour(index: int) -> str:
    """The colour of the index-th series."""
    return COLOURS[index % len(COLOURS)]


def fill(index: int) -> dict[str, object]:
    """Colour and hatch of the index-th part of a bar: sixteen and more can be told apart."""
    return {"facecolor": COLOURS[index % len(COLOURS)], "hatch": HATCHES[index % len(HATCHES)],
            "edgecolor": "white", "linewidth": 0.4}
