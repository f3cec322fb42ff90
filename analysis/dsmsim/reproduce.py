"""The figures of a paper from what `dsmsim reproduce` has run, and the ledger of their points."""

from __future__ import annotations

from pathlib import Path

from dsmsim import references, style
from dsmsim.plots import draw_figures
from dsmsim.results import ResultsError, load, read_json

SCHEMA = "dsmsim-reproduction-1"


def reproduce(folder: Path) -> list[Path]:
    """Draws figure-N.png and .svg and writes ledger.csv and ledger.md into the folder; prints the ledger.

    Returns the files written. Raises ResultsError if the folder holds no reproduction.
    """
    manifest = read_json(folder / "reproduction.json")
    if not isinstance(manifest, dict) or manifest.get("schema") != SCHEMA:
        raise ResultsError(f"{folder / 'reproduction.json'}: not a reproduction of this version ({SCHEMA})")
    reference = manifest["reference"]
    comparisons = [load(folder / name) for name in manifest["experiments"]]
    figures = [(figure, references.curves_of(comparisons, figure)) for figure in reference["figures"]
               if figure["name"] in manifest["figures"]]
    for figure, curves in figures:
        if not curves:
            raise ResultsError(f"{folder}: figure {figure['name']}: no run has a number {figure['metric']}")
    with style.styled():
        written = draw_figures(figures, folder)
    print(f"\n{reference.get('title') or manifest['paper']}, {manifest['size']} size")
    for figure, curves in figures:
        print(text_of(curves, figure))
    return written


def text_of(curves: list[references.Curve], figure: dict[str, object]) -> str:
    """A figure's ledger for the screen: a table of points by panel, and what each curve rests on."""
    lines = [f"\nfigure {figure['name']}: {figure.get('title') or figure['label']}"]
    width = max(len(text) for text in [str(figure["x_label"]), *(curve.label for curve in curves)])
    for panel in dict.fromkeys(curve.panel for curve in curves):
        of_panel = [curve for curve in curves if curve.panel == panel]
        places = sorted({x for curve in of_panel for x, _ in curve.simulated})
        lines.append(f"\n{panel or figure['label']}")
        any_published = any(curve.published for curve in of_panel)
        names = {x: name for curve in of_panel for x, name in curve.names.items()}
        lines += [f"  {x:>8g}: {name}" for x, name in names.items()]
        lines.append(f"  {figure['x_label']!s:<{width}}" + "".join(f"{references.short(x):>8}" for x in places)
                     + ("   mean error" if any_published else ""))
        for curve in of_panel:
            lines += rows_of(curve, places, width)
    if any(curve.calibrated for curve in curves):
        lines.append("\n* has set a parameter; every other point is predicted")
    return "\n".join(lines + notes_of(curves))


def rows_of(curve: references.Curve, places: list[float], width: int) -> list[str]:
    """The simulated values and, if there are any, the published ones: * has set a parameter."""
    simulated, published = dict(curve.simulated), dict(curve.published)
    error = curve.mean_error()
    cells = "".join(f"{number(simulated[x]) if x in simulated else '':>8}" for x in places)
    rows = [f"  {curve.label:<{width}}{cells}" + (f"   {100 * error:.1f} %" if error is not None else "")]
    if published:
        marks = [f"{number(published[x])}{'*' if x in curve.calibrated else ''}" if x in published else ""
                 for x in places]
        rows.append(f"  {'  published':<{width}}" + "".join(f"{mark:>8}" for mark in marks).rstrip())
    return rows


def number(value: float) -> str:
    """Three digits: "0.0552", "3.21", "2414"."""
    return f"{value:.0f}" if value >= 1000 else f"{value:.3g}"


def notes_of(curves: list[references.Curve]) -> list[str]:
    """What the curves rest on, each text once."""
    labels: dict[str, list[str]] = {}
    for curve in curves:
        if curve.rests_on:
            labels.setdefault(curve.rests_on, []).append(f"{curve.panel + ', ' if curve.panel else ''}{curve.label}")
    notes = [f"  {'; '.join(dict.fromkeys(names))}:\n    {text}" for text, names in labels.items()]
    return ["\nrests on", *notes] if notes else []
