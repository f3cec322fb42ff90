"""Results beside what others have measured: one picture for each published figure, and its points as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dsmsim import style
from dsmsim.results import Comparison, Run, quantity

Points = list[tuple[float, float]]


@dataclass(frozen=True)
class Curve:
    """A curve as published, if it is, and as simulated: (x, y) in order of x, y in the unit of the figure.

    `calibrated`: x of published points that have set a parameter; `rests_on`: what else the simulated ones rest on;
    `band`: the curve at either end of what is assumed, or none; `names`: of x that are categories.
    """

    figure: str
    panel: str
    label: str
    published: Points
    simulated: Points
    calibrated: list[float] = field(default_factory=list)
    rests_on: str = ""
    band: tuple[Points, Points] | None = None
    names: dict[float, str] = field(default_factory=dict)

    def errors(self) -> list[tuple[float, float, float, float]]:
        """x, published y, simulated y and its relative error, where both have a point."""
        found = dict(self.simulated)
        return [(x, y, found[x], found[x] / y - 1) for x, y in self.published if x in found and y]

    def mean_error(self) -> float | None:
        """Mean of the sizes of the relative errors. None: there is no common point."""
        return mean_error([self])

    def spread(self) -> dict[float, tuple[float, float]]:
        """By x, the least and the most of the curve and the ends of its band, where all three have a point."""
        if self.band is None:
            return {}
        one, other = (dict(end) for end in self.band)
        return {x: (min(y, one[x], other[x]), max(y, one[x], other[x])) for x, y in self.simulated
                if x in one and x in other}


def curves_of(comparisons: Comparison | Sequence[Comparison], figure: dict[str, Any]) -> list[Curve]:
    """The curves of a figure that these comparisons have runs of, in the order of the figure."""
    many = [comparisons] if isinstance(comparisons, Comparison) else comparisons
    curves = []
    for curve in figure["curves"]:
        for comparison in many:
            if not is_about(figure, curve, comparison):
                continue
            names = categories(comparison, figure)
            simulated = simulated_points(comparison, figure, curve["where"], names)
            if simulated:
                ends = [simulated_points(comparison, figure, where, names) for where in curve.get("band") or []]
                curves.append(Curve(figure["name"], curve.get("panel", ""), curve["label"],
                                    [(float(x), float(y)) for x, y in curve.get("points") or []], simulated,
                                    [float(x) for x in curve.get("calibrated") or []], curve.get("rests_on") or "",
                                    (ends[0], ends[1]) if len(ends) == 2 and all(ends) else None, names))
    return curves


def is_about(figure: dict[str, Any], curve: dict[str, Any], comparison: Comparison) -> bool:
    """As is_about() of sim/experiment/reference.hpp."""
    if curve.get("experiment"):
        return bool(curve["experiment"] == comparison.name)
    names = [Path(runs["experiment"]).stem for runs in figure.get("experiments") or []]
    return not names or comparison.name in names


def simulated_points(comparison: Comparison, figure: dict[str, Any], where: dict[str, str],
                     names: dict[float, str]) -> Points:
    """x and y of the runs that have these labels, in order of x; `names`: of x that are categories."""
    place = {name: x for x, name in names.items()}
    runs = [run for run in comparison.runs if figure["x"] in run.axes
            and all(run.axes.get(axis) == label for axis, label in where.items())]
    points = [(place[run.axes[figure["x"]]] if names else quantity(run.axes[figure["x"]]) or 0.0,
               value_of(comparison, run, figure)) for run in runs]
    return sorted((x, y) for x, y in points if y is not None)


def categories(comparison: Comparison, figure: dict[str, Any]) -> dict[float, str]:
    """The values of x by number, if they are not numbers or quantities themselves; else none."""
    labels = comparison.axis(figure["x"])
    return {} if all(quantity(label) is not None for label in labels) else dict(enumerate(labels, 1))


def value_of(comparison: Comparison, run: Run, figure: dict[str, Any]) -> float | None:
    """The figure's y of a run."""
    value = run.metric(figure["metric"])
    if value is None:
        return None
    if figure.get("scale") == "speedup":
        base = comparison.baseline_of(run)
        least = base.metric(figure["metric"]) if base is not None else None
        return value / least if least else None
    return value / figure["unit"] / (run.servers if figure["per_server"] else 1)


def draw_reference(curves: list[Curve], figure: dict[str, Any]) -> Figure | None:
    """A panel for each group of curves: lines are simulated, hollow markers published. None: there are no curves."""
    if not curves:
        return None
    panels = list(dict.fromkeys(curve.panel for curve in curves))
    labels = list(dict.fromkeys(curve.label for curve in curves))
    rows = 2 if len(panels) > 4 else 1
    columns = -(-len(panels) // rows)
    drawing, grid = style.subplots(rows, columns, figsize=(0.8 + 2.9 * columns, 3.0 * rows), squeeze=False,
                                   gridspec_kw={"wspace": 0.3, "hspace": 0.5})
    places = [axes for row in grid for axes in row]
    for axes, panel in zip(places, panels):
        drawn = [curve for curve in curves if curve.panel == panel]
        for curve in drawn:
            draw_curve(axes, curve, labels.index(curve.label))
        finish_panel(axes, drawn, figure, panel)
    for axes in places[len(panels):]:
        axes.remove()
    for row in grid:
        row[0].set_ylabel(figure["label"])
    add_legend(drawing, places[:len(panels)], labels)
    return drawing


def finish_panel(axes: Axes, curves: list[Curve], figure: dict[str, Any], panel: str) -> None:
    """Title, axes and, of speedups, the ideal line as far as it can be seen."""
    axes.set_title(panel, fontsize=9)
    ticks = sorted({x for curve in curves for x, _ in curve.published + curve.simulated})
    names = {x: name for curve in curves for x, name in curve.names.items()}
    if ticks[0] > 0 and ticks[-1] >= 16 * ticks[0]:
        axes.set_xscale("log", base=2)
    if names:
        axes.set_xticks(ticks, [names.get(x, "") for x in ticks], rotation=20, ha="right")
    elif all(x.is_integer() for x in ticks):
        axes.set_xticks(ticks, [short(x) for x in ticks])
        axes.minorticks_off()
    axes.set_xlabel(figure["x_label"])
    if figure.get("scale") == "speedup" and not names:
        top = 1.1 * max(y for curve in curves for _, y in curve.published + curve.simulated)
        axes.plot([0, max(ticks)], [0, max(ticks)], color="0.6", linewidth=0.8, linestyle=":", zorder=0)
        axes.set_ylim(0, top)
        axes.set_xlim(0, max(ticks) + 0.3)
    else:
        axes.set_ylim(bottom=0)
    error = mean_error(curves)
    if error is not None:
        axes.text(0.02, 0.98, f"mean error {100 * error:.1f} %", transform=axes.transAxes, fontsize=7, va="top")


def short(number: float) -> str:
    """"8", "64 Ki", "4 Mi"."""
    for size, prefix in ((2.0**30, "Gi"), (2.0**20, "Mi"), (2.0**10, "Ki")):
        if number >= size and (number / size).is_integer():
            return f"{number / size:g} {prefix}"
    return f"{number:g}"


def mean_error(curves: list[Curve]) -> float | None:
    """Mean of the sizes of all relative errors. None: no point is published."""
    errors = [abs(error) for curve in curves for *_, error in curve.errors()]
    return sum(errors) / len(errors) if errors else None


def draw_curve(axes: Axes, curve: Curve, place: int) -> None:
    """Both kinds of points of a curve, in the place-th colour, and what it may be otherwise."""
    look = {"color": style.colour(place), "marker": style.MARKERS[place % len(style.MARKERS)]}
    spread = curve.spread()
    if spread:
        axes.fill_between(list(spread), *zip(*spread.values()), color=style.colour(place), alpha=0.2, linewidth=0)
    axes.plot(*zip(*curve.simulated), label=curve.label, markersize=6 if curve.names else 3,
              linestyle="none" if curve.names else style.LINES[place // len(style.COLOURS) % len(style.LINES)], **look)
    if curve.published:
        axes.plot(*zip(*curve.published), markersize=7, markerfacecolor="none", linestyle="none", **look)


def add_legend(drawing: Figure, places: Sequence[Axes], labels: list[str]) -> None:
    """Every label once, below the panels."""
    handles = {label: handle for axes in places for handle, label in zip(*axes.get_legend_handles_labels())}
    drawing.legend([handles[label] for label in labels], labels, loc="upper center", bbox_to_anchor=(0.5, -0.04),
                   ncol=min(len(labels), 4), fontsize=8, title_fontsize=7,
                   title="lines: dsmsim (shaded: its band); hollow markers: published")


@dataclass(frozen=True)
class Entry:
    """A line of the ledger: a point, published or not, and what it is worth."""

    curve: Curve
    x: float
    published: float | None
    simulated: float

    @property
    def error(self) -> float | None:
        """Of the simulated value, relative to the published one."""
        return self.simulated / self.published - 1 if self.published else None

    @property
    def kind(self) -> str:
        """Whether the published value has set a parameter."""
        return "calibrated" if self.x in self.curve.calibrated else "predicted"


def ledger_of(curves: list[Curve]) -> Iterator[Entry]:
    """Every simulated point, in order."""
    for curve in curves:
        published = dict(curve.published)
        for x, y in curve.simulated:
            yield Entry(curve, x, published.get(x), y)


def ledger_csv(curves: list[Curve]) -> str:
    """The ledger, a line each; the curve at the ends of the band beside it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["figure", "panel", "curve", "x", "published", "simulated", "error", "kind", "low", "high",
                     "rests_on"])
    for entry in ledger_of(curves):
        curve = entry.curve
        band = curve.spread().get(entry.x)
        writer.writerow([curve.figure, curve.panel, curve.label, curve.names.get(entry.x) or f"{entry.x:g}",
                         f"{entry.published:g}" if entry.published is not None else "", f"{entry.simulated:.4g}",
                         f"{entry.error:.4f}" if entry.error is not None else "", entry.kind,
                         *([f"{end:.4g}" for end in band] if band is not None else ["", ""]), curve.rests_on])
    return text.getvalue()


def ledger_table(curves: list[Curve]) -> str:
    """Of every curve: its points, which of them are published, how far off, and what it rests on; in Markdown."""
    lines = ["| figure | panel | curve | x: simulated (published, error) | mean error, % | rests on |",
             "|---|---|---|---|---|---|"]
    for curve in curves:
        points = ", ".join(point_text(entry) for entry in ledger_of([curve]))
        error = curve.mean_error()
        lines.append(f"| {curve.figure} | {curve.panel} | {curve.label} | {points} | "
                     f"{'' if error is None else f'{100 * error:.1f}'} | {curve.rests_on} |")
    error = mean_error(curves)
    if error is not None:
        number = sum(len(curve.errors()) for curve in curves)
        lines.append(f"| all | | | {number} published points | {100 * error:.1f} | |")
    return "\n".join(lines) + "\n"


def point_text(entry: Entry) -> str:
    """"8: 3.21" or "1: 0.97 (0.995, -2.5 %, calibrated)"."""
    text = f"{entry.curve.names.get(entry.x) or f'{entry.x:g}'}: {entry.simulated:.3g}"
    if entry.error is None:
        return text
    calibrated = ", calibrated" if entry.kind == "calibrated" else ""
    return f"{text} ({entry.published:g}, {100 * entry.error:+.1f} %{calibrated})"
