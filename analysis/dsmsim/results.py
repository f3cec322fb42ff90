"""Results on disk: what `dsmsim run` and `dsmsim compare` have written."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

RESULT_SCHEMA = "dsmsim-result-1"


class ResultsError(Exception):
    """A folder that does not hold results as they should be."""


def read_json(path: Path) -> Any:
    """The content of a JSON file. Raises ResultsError naming the file."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ResultsError(f"{path}: {error}") from error


def quantity(text: str) -> float | None:
    """A number with or without a unit ("0.5", "4MiB", "1.9us"), the unit turned into bytes or seconds."""
    match = re.fullmatch(r"([0-9.]+(?:e[-+]?[0-9]+)?) *([A-Za-z]*)", text)
    units = {"": 1.0, "B": 1.0, "KiB": 2.0**10, "MiB": 2.0**20, "GiB": 2.0**30, "TiB": 2.0**40, "kB": 1e3, "MB": 1e6,
             "GB": 1e9, "ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
    return float(match[1]) * units[match[2]] if match and match[2] in units else None


@dataclass(frozen=True)
class Run:
    """One run: where it is, and the value of each axis that was varied (texts)."""

    folder: Path
    axes: dict[str, str]

    @cached_property
    def summary(self) -> dict[str, Any]:
        """result.json. docs/metrics.md defines every number."""
        summary = read_json(self.folder / "result.json")
        if not isinstance(summary, dict) or summary.get("schema") != RESULT_SCHEMA:
            raise ResultsError(f"{self.folder / 'result.json'}: not a result of this version ({RESULT_SCHEMA})")
        return summary

    @property
    def protocol(self) -> str:
        """The engine's name."""
        return str(self.summary["config"]["protocol"]["name"])

    @property
    def servers(self) -> int:
        """How many servers the cluster has."""
        return int(self.summary["config"]["cluster"]["servers"])

    @property
    def throughput(self) -> float:
        """Program operations per simulated second."""
        return float(self.summary["operations"]["per_second"])

    def metric(self, path: str) -> float | None:
        """A number of result.json, its keys joined by dots. None: this run has no such number."""
        value: Any = self.summary
        for key in path.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        return float(value) if isinstance(value, (int, float)) else None

    def label(self, leave_out: tuple[str, ...] = ()) -> str:
        """The axis values in one line ("drust, 4 servers"), without the axes named."""
        return ", ".join(f"{value} server{'s' if value != '1' else ''}" if axis == "servers" else value
                         for axis, value in self.axes.items() if axis not in leave_out)

    def histogram(self, kind: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Latency buckets of a kind: from_ns, to_ns (float64, shape (n,)) and count (int64, shape (n,))."""
        buckets = read_json(self.folder / "histograms.json")["latency"].get(kind, [])
        table = np.asarray(buckets, dtype=np.float64).reshape(-1, 3)
        return table[:, 0], table[:, 1], table[:, 2].astype(np.int64)

    @cached_property
    def events(self) -> list[dict[str, Any]]:
        """events.jsonl: what the engine's runtime has told, in order of time; [] if it tells nothing."""
        path = self.folder / "events.jsonl"
        if not path.exists():
            return []
        try:
            return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
            raise ResultsError(f"{path}: {error}") from error

    @property
    def program_kinds(self) -> list[str]:
        """Kinds of latency that the program defines itself ("get", "put"), in order."""
        dsm = {"allocate", "release", "read", "write", "borrow", "borrow_mut", "give_back", "transfer", "tie",
               "lock", "rlock", "try_lock", "try_rlock", "unlock", "atomic_add", "atomic_cas", "fence", "file_read",
               "file_write", "file_sync", "write_ef", "write_xf", "read_fe", "read_ff", "call_read", "call_write",
               "send", "receive", "start", "join", "migrate", "end_phase"}
        return [kind for kind in self.summary["latency"] if kind not in dsm]


@dataclass(frozen=True)
class Comparison:
    """All runs below a folder, in the order of their axes; `baseline`: axis values that speedups are over."""

    folder: Path
    runs: list[Run]
    baseline: dict[str, str]
    name: str = ""
    reference: dict[str, Any] | None = None  # what others have measured of these runs: sim/experiment/reference.hpp
    grids: int = 1  # how many sets of axes the runs come from

    def axis(self, name: str) -> list[str]:
        """The values of an axis, in order of appearance."""
        return list(dict.fromkeys(run.axes[name] for run in self.runs if name in run.axes))

    def baseline_of(self, run: Run) -> Run | None:
        """The run that it is compared with: axes that the baseline does not name keep the run's value."""
        wanted = run.axes | self.baseline
        return next((each for each in self.runs if each.axes == wanted), None) if self.baseline else None

    def speedup(self, run: Run) -> float | None:
        """Operations per second over the baseline's. None: there is no such run."""
        base = self.baseline_of(run)
        return run.throughput / base.throughput if base is not None and base.throughput else None


def load(folder: str | Path) -> Comparison:
    """Loads a run's folder, or a comparison's with a folder a run. Raises ResultsError if there is nothing."""
    folder = Path(folder)
    if (folder / "result.json").is_file():
        run = Run(folder, {})
        return Comparison(folder, [run], {})
    manifest_file = folder / "manifest.json"
    if not manifest_file.is_file():
        raise ResultsError(f"{folder}: neither result.json nor manifest.json; is this a folder of results?")
    manifest = read_json(manifest_file)
    runs = [Run(folder / entry["folder"], entry["axes"]) for entry in manifest["runs"]
            if (folder / entry["folder"] / "result.json").is_file()]
    if not runs:
        raise ResultsError(f"{folder}: no run of this comparison has a result")
    grids = 1 + max((axis.get("grid", 0) for axis in manifest["axes"]), default=0)
    return Comparison(folder, runs, manifest.get("baseline") or {}, manifest.get("name") or "",
                      manifest.get("reference"), grids)
