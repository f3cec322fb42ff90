"""Run the benchmarks, print one table with the goals and the ratios to plain SimGrid, write JSON.

report.py FOLDER OUT: FOLDER holds the programs dsmsim_bench and plain_simgrid, OUT is the JSON
file: `context` (Google Benchmark's: machine, load, caches), `plain_simgrid` (requests/s by servers),
`benchmarks`, one object a row of the table, and `bytes_of_a_waiting_thread`. Rates are items per
second of processor time, which on an idle machine is wall time: every benchmark runs on one thread.
"""

import json
import re
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Optional

# Requests that plain SimGrid is timed with, by servers: a second or two each.
PLAIN_REQUESTS = {8: 200_000, 64: 200_000, 256: 100_000}


@dataclass(frozen=True)
class Goal:
    """What a benchmark has to reach; None where it does not matter."""

    rate: Optional[float] = None  # items per second
    ratio: Optional[float] = None  # to plain SimGrid with as many servers


# By the benchmark's name without its units.
GOALS = {
    "events/4096": Goal(rate=10e6),
    "remote_reads/8": Goal(rate=1.5e6, ratio=5),
    "remote_reads/256": Goal(ratio=10),
    "drust_cached_hits": Goal(rate=20e6),
    "gam_cached_hits": Goal(rate=20e6),
    "kona_replayed_hits": Goal(rate=50e6),
    "legoos_replayed_hits": Goal(rate=50e6),
    "grappa_delegations": Goal(rate=1e6),
}


# Bytes of the host's memory that a thread takes which waits, by the benchmark's name.
BYTES_GOALS = {"drust_waiting_threads": 2048, "gam_waiting_threads": 2048}


@dataclass(frozen=True)
class Row:
    """One benchmark: items per second, and how that compares."""

    name: str
    rate: float
    goal: Optional[float]
    ratio: Optional[float]
    ratio_goal: Optional[float]
    met: bool


def run_plain_simgrid(program: Path) -> dict[int, float]:
    """Requests per second of plain SimGrid, by servers."""
    rates = {}
    for servers, requests in PLAIN_REQUESTS.items():
        command = [str(program), str(servers), str(requests), "--log=root.threshold:warning"]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        rates[servers] = float(done.stdout)
        print(f"plain SimGrid, {servers} servers: {rates[servers]:,.0f} requests/s", flush=True)
    return rates


def run_benchmarks(program: Path) -> dict[str, Any]:
    """Google Benchmark's JSON; its console table is shown while it runs."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "benchmarks.json"
        options = [f"--benchmark_out={out}", "--benchmark_out_format=json"]
        subprocess.run([program, *options], check=True)
        return json.loads(out.read_text(encoding="utf-8"))


def make_row(benchmark: dict[str, Any], plain: dict[int, float]) -> Row:
    """Compare one benchmark with its goal, and remote reads with plain SimGrid."""
    name, rate = benchmark["name"], benchmark["items_per_second"]
    goal = GOALS.get(name, Goal())
    reads = re.fullmatch(r"remote_reads/(\d+)", name)
    base = plain.get(int(reads.group(1))) if reads else None
    ratio = rate / base if base else None
    met = (goal.rate is None or rate >= goal.rate) and (
        goal.ratio is None or (ratio is not None and ratio >= goal.ratio)
    )
    return Row(name, rate, goal.rate, ratio, goal.ratio, met)


def millions(rate: Optional[float]) -> str:
    return "" if rate is None else f"{rate / 1e6:.2f}"


def times(ratio: Optional[float]) -> str:
    return "" if ratio is None else f"{ratio:.1f}x"


def print_table(rows: list[Row]) -> None:
    """Rates in millions a second, ratios to plain SimGrid."""
    layout = "{:<34}{:>10}{:>10}{:>12}{:>10}  {}"
    print("\n" + layout.format("benchmark", "M/s", "goal", "plain S4U", "goal", "").rstrip())
    for row in rows:
        has_goal = row.goal is not None or row.ratio_goal is not None
        verdict = ("ok" if row.met else "BELOW") if has_goal else ""
        print(
            layout.format(
                row.name,
                millions(row.rate),
                millions(row.goal),
                times(row.ratio),
                times(row.ratio_goal),
                verdict,
            ).rstrip()
        )


def print_memory(bytes_each: dict[str, float]) -> None:
    """A line for every kind of waiting thread."""
    print()
    for name, count in bytes_each.items():
        goal = BYTES_GOALS[name]
        print(f"{name:<34}{count:>10,.0f} bytes each, goal {goal:,}  {'ok' if count < goal else 'ABOVE'}")


def main() -> None:
    folder, out = Path(sys.argv[1]), Path(sys.argv[2])
    plain = run_plain_simgrid(folder / "plain_simgrid")
    measured = run_benchmarks(folder / "dsmsim_bench")
    rows = [make_row(b, plain) for b in measured["benchmarks"] if "items_per_second" in b]
    print_table(rows)
    bytes_each = {b["name"].split("/")[0]: b["bytes_each"] for b in measured["benchmarks"] if "bytes_each" in b}
    print_memory(bytes_each)
    document = {
        "context": measured["context"],
        "plain_simgrid": {str(servers): rate for servers, rate in plain.items()},
        "benchmarks": [asdict(row) for row in rows],
        "bytes_of_a_waiting_thread": bytes_each,
    }
    out.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    print(f"\nwritten to {out}")


if __name__ == "__main__":
    main()
