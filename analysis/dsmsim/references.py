"""Results beside what others have measured: one picture for each published figure, and its errors as a table."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dsmsim import style
from dsmsim.results import Comparison, Run


@dataclass(frozen=True)
class Curve:
    """A published curve and the simulated one. Both: (x, y) in order of x, y in the unit of the figure."""

    figure: str
    panel: str
    label: str
    published: list[tuple[float, float]]
    simulated: list[tuple[float, float]]

    def errors(self) -> list[tuple[float, float, float, float]]:
        """x, published y, simulated y and its relative error, where both have a point."""
        found = dict(self.simulated)
        return [(x, y, found[x], found[x] / y - 1) for x, y in self.published if x in found and y]

    def mean_error(self) -> float | None:
        """Mean of the sizes of the relative errors. None: there is no common point."""
        errors = [abs(error) for *_, error in self.errors()]
        return sum(errors) / len(errors) if errors else None


def curves_of(comparison: Comparison, figure: dict[str, Any]) -> list[Curve]:
    """The curves of a published figure that this comparison has runs of."""
    curves = []
    for curve in figure["curves"]:
        runs = [run for run in comparison.runs if figure["x"] in run.axes
                and all(run.axes.get(axis) == label for axis, label in curve["where"].items())]
        points = [(float(run.axes[figure["x"]]), value_of(run, figure)) for run in runs]
        simulated = sorted((x, y) for x, y in points if y is not None)
        if simulated:
            published = [(float(x), float(y)) for x, y in curve["points"]]
            curves.append(Curve(figure["name"], curve["panel"], curve["label"], published, simulated))
    return curves


def value_of(run: Run, figure: dict[str, Any]) -> float | None:
    """The figure's y of a run."""
    value = run.metric(figure["metric"])
    return value / figure["unit"] / (run.servers if figure["per_server"] else 1) if value is not None else None


def draw_reference(comparison: Comparison, figure: dict[str, Any]) -> Figure | None:
    """A panel for each group of curves: lines are simulated, hollow markers published. None: there are no runs."""
    curves = curves_of(comparison, figure)
    if not curves:
        return None
    panels = list(dict.fromkeys(curve.panel for curve in curves))
    labels = list(dict.fromkeys(curve.label for curve in curves))
    drawing, row = style.subplots(1, len(panels), figsize=(1.2 + 3.6 * len(panels), 3.6), squeeze=False)
    for axes, panel in zip(row[0], panels):
        for curve in curves:
            if curve.panel == panel:
                draw_curve(axes, curve, labels.index(curve.label))
        axes.set_title(panel)
        places = sorted({x for curve in curves for x, _ in curve.published + curve.simulated})
        if all(x.is_integer() for x in places):
            axes.set_xticks(places)
        axes.set_xlabel(figure["x_label"])
        axes.set_ylim(bottom=0)
        axes.legend(fontsize=7)
    row[0][0].set_ylabel(figure["label"])
    drawing.text(0.5, -0.02, "lines: dsmsim; hollow markers: published; in brackets: mean error", ha="center", va="top")
    return drawing


def draw_curve(axes: Axes, curve: Curve, place: int) -> None:
    """Both kinds of points of a curve, in the place-th colour."""
    look = {"color": style.colour(place), "marker": style.MARKERS[place % len(style.MARKERS)]}
    error = curve.mean_error()
    axes.plot(*zip(*curve.simulated), label=curve.label + (f" ({100 * error:.1f} %)" if error is not None else ""),
              markersize=2.5, linestyle=style.LINES[0], **look)
    axes.plot(*zip(*curve.published), markersize=6, markerfacecolor="none", linestyle="none", **look)


def errors_csv(comparison: Comparison) -> str:
    """Every point that is published and simulated, a line each."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["figure", "panel", "curve", "x", "published", "simulated", "error"])
    for figure in (comparison.reference or {})["figures"]:
        for curve in curves_of(comparison, figure):
            for x, published, simulated, error in curve.errors():
                writer.writerow([curve.figure, curve.panel, curve.label, f"{x:g}", f"{published:g}",
                                 f"{simulated:.4g}", f"{error:.4f}"])
    return text.getvalue()


def errors_table(comparison: Comparison) -> str:
    """The mean error of each curve as a table in Markdown, with that of all points in the last line."""
    lines = ["| figure | panel | curve | mean error, % | largest, % |", "|---|---|---|---|---|"]
    every: list[float] = []
    for figure in (comparison.reference or {})["figures"]:
        for curve in curves_of(comparison, figure):
            errors = [error for *_, error in curve.errors()]
            if errors:
                every += [abs(error) for error in errors]
                mean = sum(map(abs, errors)) / len(errors)
                lines.append(f"| {curve.figure} | {curve.panel} | {curve.label} | {100 * mean:.1f} | "
                             f"{100 * max(errors, key=abs):+.1f} |")
    if every:
        lines.append(f"| all | | {len(every)} points | {100 * sum(every) / len(every):.1f} | |")
    return "\n".join(lines) + "\n"
