"""The standard pictures of a run or a comparison, each as PNG and SVG:

speedup    operations per second against servers, over the baseline
latency    distribution of the program's operations
messages   messages and wire bytes per operation, by type
breakdown  where the time of DSM operations went, per program operation
sweep      mean access time and amplification against the axis that has numbers, if there is one
timeline   CPU and memory of every server over time, with the threads that move, if a controller tells
figure-N   if the experiment names a reference: its figure N with the simulated curves, and, for all of them, the ledger
           of every point as ledger.csv and ledger.md
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dsmsim import references, style
from dsmsim.results import Comparison, ResultsError, Run, load, quantity


def plot(folder: str | Path, out: str | Path | None = None) -> list[Path]:
    """Draws the results in `folder` into `out` (default: the same folder). Returns the files written."""
    comparison = load(folder)
    target = Path(out) if out is not None else comparison.folder
    target.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    with style.styled():
        for name, draw in (("speedup", draw_speedup), ("latency", draw_latency), ("messages", draw_messages),
                           ("breakdown", draw_breakdown), ("sweep", draw_sweep), ("timeline", draw_timeline)):
            figure = draw(comparison) if comparison.grids == 1 else None  # they have one set of axes
            if figure is not None:
                written += save(figure, target / name)
        written += plot_references(comparison, target)
    return written


def plot_references(comparison: Comparison, target: Path) -> list[Path]:
    """The figures of the comparison's reference that it has runs of. Returns the files written."""
    figures = (comparison.reference or {"figures": []})["figures"]
    return draw_figures([(figure, references.curves_of(comparison, figure)) for figure in figures], target)


def draw_figures(figures: list[tuple[dict[str, Any], list[references.Curve]]], target: Path) -> list[Path]:
    """Figures of a reference that have curves, and the ledger of these. Returns the files written."""
    written: list[Path] = []
    for published, curves in figures:
        figure = references.draw_reference(curves, published)
        if figure is not None:
            if "/" in published["name"]:
                raise ResultsError(f"{target}: \"{published['name']}\" is no name of a picture")
            written += save(figure, target / f"figure-{published['name']}")
    if written:
        every = [curve for _, curves in figures for curve in curves]
        for name, text in (("ledger.csv", references.ledger_csv(every)),
                           ("ledger.md", references.ledger_table(every))):
            written.append(write_text(target / name, text))
    return written


def write_text(path: Path, text: str) -> Path:
    """Writes the file at once or not at all. Returns its path."""
    temporary = path.with_name(f".{path.name}.part")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
    return path


def save(figure: Figure, stem: Path) -> list[Path]:
    """Writes stem.png and stem.svg, without dates, so that the same results give the same files."""
    files = []
    for suffix in (".png", ".svg"):
        path = stem.with_name(stem.name + suffix)
        temporary = path.with_name(f".{path.name}.part")
        figure.savefig(temporary, format=suffix[1:], bbox_inches="tight",
                       metadata={"Date": None} if suffix == ".svg" else None)
        temporary.replace(path)
        files.append(path)
    return files


def draw_speedup(comparison: Comparison) -> Figure | None:
    """A line a series (all axes but servers) if servers vary; else a bar a run. None for a single run."""
    if len(comparison.runs) < 2:
        return None
    speedups = [comparison.speedup(run) for run in comparison.runs]
    relative = all(value is not None for value in speedups)
    heights = speedups if relative else [run.throughput / 1e6 for run in comparison.runs]
    figure, axes = style.subplots()
    if len({run.servers for run in comparison.runs}) > 1:
        draw_lines(axes, comparison, heights)
        axes.set_xlabel("servers")
    else:
        draw_bars(axes, comparison, heights)
    axes.set_ylim(bottom=0)
    axes.set_ylabel("speedup" if relative else "million operations per second (simulated)")
    if relative:
        axes.set_title(f"throughput over that of {Run(comparison.folder, comparison.baseline).label()}")
        axes.axhline(1, color="0.5", linewidth=0.8, linestyle=":")
    return figure


def draw_lines(axes: Axes, comparison: Comparison, heights: list[float]) -> None:
    """Heights against servers, a line for every combination of the other axes."""
    series: dict[str, list[tuple[int, float]]] = {}
    for run, height in zip(comparison.runs, heights):
        series.setdefault(run.label(leave_out=("servers", "cluster.servers")), []).append((run.servers, height))
    for i, (label, points) in enumerate(series.items()):
        points.sort()
        axes.plot(*zip(*points), label=label, color=style.colour(i), marker=style.MARKERS[i % len(style.MARKERS)],
                  linestyle=style.LINES[i // len(style.COLOURS) % len(style.LINES)])
    axes.set_xticks(sorted({run.servers for run in comparison.runs}))
    axes.legend()


def draw_bars(axes: Axes, comparison: Comparison, heights: list[float]) -> None:
    """A colour for every value of the last axis, side by side for each combination of the others."""
    last = list(comparison.runs[0].axes)[-1]
    colours = comparison.axis(last)
    groups = list(dict.fromkeys(run.label(leave_out=(last,)) for run in comparison.runs))
    grouped = len(groups) > 1
    width = 0.8 / len(colours) if grouped else 0.8
    for i, value in enumerate(colours):
        bars = [(run, height) for run, height in zip(comparison.runs, heights) if run.axes[last] == value]
        places = [groups.index(run.label(leave_out=(last,))) + (i - (len(colours) - 1) / 2) * width if grouped else i
                  for run, _ in bars]
        axes.bar(places, [height for _, height in bars], width, label=value, color=style.colour(i if grouped else 0))
    names = groups if grouped else [Run(comparison.folder, {last: value}).label() for value in colours]
    axes.set_xticks(range(len(names)), names, rotation=30, ha="right")
    if grouped:
        axes.legend()


def representatives(comparison: Comparison) -> list[Run]:
    """The runs to look at closely: if servers vary, those with most of them in each series."""
    largest: dict[str, Run] = {}
    for run in comparison.runs:
        key = run.label(leave_out=("servers", "cluster.servers"))
        if key not in largest or run.servers > largest[key].servers:
            largest[key] = run
    return list(largest.values())


def name_of(run: Run) -> str:
    """A run's name in a legend."""
    return run.label() or run.protocol


def draw_latency(comparison: Comparison) -> Figure | None:
    """Cumulative distribution of each program-level kind of operation, on a logarithmic axis."""
    runs = representatives(comparison)
    kinds = list(dict.fromkeys(kind for run in runs for kind in run.program_kinds))[:4]
    if not kinds:
        kinds = [kind for kind in ("read", "write") if any(kind in run.summary["latency"] for run in runs)]
    if not kinds:
        return None
    figure, row = style.subplots(1, len(kinds), figsize=(max(6.0, 3.4 * len(kinds)), 3.6), sharey=True, squeeze=False)
    for axes, kind in zip(row[0], kinds):
        for i, run in enumerate(runs):
            _, upper, count = run.histogram(kind)
            if count.size == 0:
                continue
            share = np.cumsum(count) / count.sum()
            axes.step(np.concatenate([upper[:1], upper]) / 1e3, np.concatenate([[0.0], share]), where="post",
                      label=name_of(run), color=style.colour(i), linestyle=style.LINES[i % len(style.LINES)])
        axes.set_xscale("log")
        axes.set_xlabel(f"latency of {kind} (us)")
    row[0][0].set_ylabel("share of operations")
    row[0][0].legend(loc="lower right")
    return figure


def draw_messages(comparison: Comparison) -> Figure | None:
    """Two stacked bars a run: messages per operation and wire bytes per operation, by message type."""
    runs = [run for run in comparison.runs if run.summary["messages"]]
    if len({run.servers for run in comparison.runs}) > 1:
        chosen = representatives(comparison)
        runs = [run for run in chosen if run.summary["messages"]]
    types = list(dict.fromkeys(message["type"] for run in runs for message in run.summary["messages"]
                               if message["count"] > 0))
    if not types:
        return None
    height = max(2.6, 0.22 * len(types) + 0.45 * len(runs) + 1.0)
    figure, panels = style.subplots(1, 2, figsize=(9.0, height), sharey=True)
    for axes, key, title in ((panels[0], "count", "messages per operation"),
                             (panels[1], "wire_bytes", "wire bytes per operation")):
        draw_stacks(axes, runs, types, lambda run, kind, key=key: per_operation(run, kind, key))
        axes.set_xlabel(title)
    legend_below(figure, panels[0])
    return figure


def per_operation(run: Run, message_type: str, key: str) -> float:
    """A message type's count or bytes, divided by the program's operations."""
    total = sum(message[key] for message in run.summary["messages"] if message["type"] == message_type)
    return total / max(1, run.summary["operations"]["total"])


def draw_breakdown(comparison: Comparison) -> Figure | None:
    """A stacked bar a run: nanoseconds per program operation by category."""
    runs = comparison.runs
    categories = [key for key in runs[0].summary["breakdown"]
                  if any(run.summary["breakdown"][key] > 0 for run in runs)]
    if not categories:
        return None
    figure, axes = style.subplots(figsize=(7.0, max(2.6, 0.32 * len(runs) + 1.6)))
    draw_stacks(axes, runs, categories, lambda run, category:
                run.summary["breakdown"][category] / max(1, run.summary["operations"]["total"]) / 1e3,
                rename=lambda key: key.removesuffix("_ns"))
    axes.set_xlabel("time in DSM operations per program operation (us)")
    legend_below(figure, axes)
    return figure


def draw_sweep(comparison: Comparison) -> Figure | None:
    """A line for every combination of the other axes, in two panels. None without three numbers on an axis."""
    axis = swept_axis(comparison)
    if axis is None:
        return None
    series: dict[str, list[Run]] = {}
    for run in comparison.runs:
        series.setdefault(run.label(leave_out=(axis,)), []).append(run)
    figure, panels = style.subplots(1, 2, figsize=(9.0, 3.6))
    for panel, value, title in ((panels[0], access_time, "mean read or write (us)"),
                                (panels[1], write_amplification, "write amplification (data bytes)")):
        for i, (label, runs) in enumerate(series.items()):
            runs.sort(key=lambda run: quantity(run.axes[axis]) or 0.0)
            panel.plot([quantity(run.axes[axis]) for run in runs], [value(run) for run in runs], label=label,
                       color=style.colour(i), marker=style.MARKERS[i % len(style.MARKERS)],
                       linestyle=style.LINES[i // len(style.COLOURS) % len(style.LINES)])
        labels = sorted(comparison.axis(axis), key=lambda text: quantity(text) or 0.0)
        if all(text.endswith("B") for text in labels):
            panel.set_xscale("log", base=2)
        panel.set_xticks([quantity(text) for text in labels], labels, rotation=30, ha="right")
        panel.minorticks_off()
        panel.set_xlabel(axis)
        panel.set_ylabel(title)
        panel.set_ylim(bottom=0)
    figure.subplots_adjust(bottom=0.26)
    legend_below(figure, panels[0])
    return figure


def draw_timeline(comparison: Comparison) -> Figure | None:
    """A row a run (the first six that tell): use of cores and of memory, a line a server; dots: threads that leave."""
    runs = [run for run in representatives(comparison) if any(event["event"] == "sample" for event in run.events)][:6]
    if not runs:
        return None
    figure, panels = style.subplots(len(runs), 2, figsize=(9.0, 0.8 + 1.9 * len(runs)), sharex="row", sharey=True,
                                    squeeze=False)
    for row, run in zip(panels, runs):
        for panel, key, title in ((row[0], "cpu", "cores at work"), (row[1], "memory", "memory in use")):
            for server in range(run.servers):
                samples = [e for e in run.events if e["event"] == "sample" and e["server"] == server]
                panel.plot([e["at_ns"] / 1e6 for e in samples], [e[key] for e in samples], label=f"server {server}",
                           color=style.colour(server))
            panel.set_title(f"{name_of(run)}: {title}", fontsize="small")
            panel.set_ylim(0, 1.05)
        moves = [e for e in run.events if e["event"] == "migrated"]
        row[0].scatter([e["at_ns"] / 1e6 for e in moves], [1.02] * len(moves), s=8, zorder=3,
                       color=[style.colour(e["server"]) for e in moves])
    for panel in panels[-1]:
        panel.set_xlabel("time (ms)")
    figure.subplots_adjust(hspace=0.5, bottom=0.2)
    legend_below(figure, panels[0][0])
    return figure


def swept_axis(comparison: Comparison) -> str | None:
    """The axis with the most numbers or sizes on it, at least three; never that of the servers."""
    names = [name for name in comparison.runs[0].axes if name not in ("servers", "cluster.servers")]
    numeric = [name for name in names if len(comparison.axis(name)) > 2
               and all(quantity(text) is not None for text in comparison.axis(name))]
    return max(numeric, key=lambda name: len(comparison.axis(name)), default=None)


def access_time(run: Run) -> float:
    """Mean latency of the reads and writes of the DSM, in microseconds: AMAT if all references are its."""
    kinds = [run.summary["latency"][kind] for kind in ("read", "write") if kind in run.summary["latency"]]
    return sum(kind["count"] * kind["mean_ns"] for kind in kinds) / max(1, sum(kind["count"] for kind in kinds)) / 1e3


def write_amplification(run: Run) -> float:
    """As docs/metrics.md defines it; 0 where nothing was remote."""
    return float(run.summary["amplification"]["write"] or 0.0)


def draw_stacks(axes: Axes, runs: list[Run], parts: list[str], value: object, rename: object = str) -> None:
    """Horizontal stacked bars, the first run on top."""
    places = np.arange(len(runs))[::-1]
    left = np.zeros(len(runs))
    for i, part in enumerate(parts):
        widths = np.array([value(run, part) for run in runs])
        axes.barh(places, widths, left=left, label=rename(part), height=0.7, **style.fill(i))
        left += widths
    axes.set_yticks(places, [name_of(run) for run in runs])
    axes.grid(axis="y", visible=False)


def legend_below(figure: Figure, axes: Axes) -> None:
    """One legend for the whole figure, under it."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=4, fontsize=8)
