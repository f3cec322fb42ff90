"""Crashes every server of every protocol at six times of three programs, as a user would: `dsmsim run`, what it left.

    crash_matrix.py DSMSIM            594 crashes, a table of protocols and outcomes; `./dev test --long` calls it
    crash_matrix.py DSMSIM --sample   two for each protocol; ctest calls it

A crash ends in one of two ways, anything else is wrong and makes the exit code 1:

    done    exit code 0, a result with all operations of a run without a crash, but for those that were lost with
            threads, in more than no time
    lost    exit code 6, a report that names the server, and no file
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

Json = dict[str, Any]

SERVERS = 3
PROTOCOLS: dict[str, str | Json] = {
    "drust": "drust",
    "drust, 1 backup": {"extends": "protocols/drust.json", "replication": {"backups": 1}},
    "gam": "gam",
    "grappa": "grappa",
    "ivy": "ivy",
    "kona": "kona",
    "kona-shared": "kona-shared",
    "legoos": "legoos",
    "legoos-shared": "legoos-shared",
    "infiniswap": "infiniswap",
    "fastswap": "fastswap",
}
PROGRAMS: dict[str, Json] = {
    "gups": {"extends": "workloads/gups.json", "threads_per_server": 4, "words": 65536, "updates": 200},
    "kvstore": {"extends": "workloads/kvstore.json", "threads_per_server": 2, "operations": 3000,
                "populate_operations": 300, "keys": 1000, "buckets": 64, "bucket_shift": 0},
    "ycsb": {"extends": "workloads/ycsb.json", "threads_per_server": 2, "operationcount": 2000, "recordcount": 200},
}
# Each by the set-up and the measured part of the same run without a crash, in seconds.
MOMENTS = {
    "during set-up": lambda setup, measured: setup / 2,
    "before the start": lambda setup, measured: setup - 1e-9,
    "after the start": lambda setup, measured: setup + 1e-9,
    "in the middle": lambda setup, measured: setup + measured / 2,
    "before the end": lambda setup, measured: setup + measured - 1e-9,
    "after the end": lambda setup, measured: setup + measured + 1e-9,
}


@dataclass(frozen=True)
class Case:
    protocol: str
    program: str
    server: int
    moment: str


@dataclass(frozen=True)
class Run:
    """What a user has of one run: `result` is result.json, or None, `left` the names of what the folder holds."""

    exit_code: int
    result: Json | None
    left: tuple[str, ...]
    err: str


class Matrix:
    """The cases, on one binary."""

    def __init__(self, dsmsim: Path) -> None:
        self._dsmsim = dsmsim
        self.whole = cache(self._whole)

    def outcome(self, case: Case) -> str:
        """Either "done" or "lost", else what is wrong."""
        whole = self.whole(case.protocol, case.program)
        if whole.result is None:
            return f"without a crash, too, exit code {whole.exit_code}: {whole.err}"
        measured = whole.result["measured_s"]
        seconds = MOMENTS[case.moment](whole.result["simulated_s"] - measured, measured)
        crash = {"name": "crash", "server": case.server, "at": f"{max(1, round(seconds * 1e12))}ps"}
        return judge(case, self._run(case.protocol, case.program, [crash]), whole.result["operations"]["total"])

    def _whole(self, protocol: str, program: str) -> Run:
        return self._run(protocol, program, [])

    def _run(self, protocol: str, program: str, faults: list[Json]) -> Run:
        experiment = {"cluster": {"extends": "clusters/drust8.json", "servers": SERVERS},
                      "protocol": PROTOCOLS[protocol], "program": PROGRAMS[program],
                      "faults": faults, "failure_detection": "1ms", "limits": {"wall": "60s"}}
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "crash.json").write_text(json.dumps(experiment))
            done = subprocess.run([self._dsmsim, "run", "crash.json", "--out", "out"], cwd=folder, text=True,
                                  capture_output=True, check=False)
            result = Path(folder, "out", "result.json")
            return Run(done.returncode, json.loads(result.read_text()) if result.exists() else None,
                       tuple(sorted(os.listdir(folder))), done.stderr)


def judge(case: Case, run: Run, operations: int) -> str:
    """Like outcome(), of a run that does so many operations without the crash."""
    if run.exit_code == 0 and run.result is not None:
        total = run.result["operations"]["total"]
        if negative := list(negatives(run.result, "")):
            return f"below 0: {', '.join(negative)}"
        if run.result["measured_s"] <= 0:
            return "measured no time"
        faults = run.result["faults"]
        lost = faults["lost_operations"] if faults["lost_threads"] > 0 else 0
        return "done" if total + lost == operations else f"{total} of {operations} operations, {lost} of them lost"
    if run.exit_code == 6:
        if run.left != ("crash.json",):
            return f"exit code 6, and left {run.left}"
        return "lost" if f"server {case.server} crashed" in run.err else f"no word of the crash: {run.err}"
    return f"exit code {run.exit_code}: {run.err}"


def negatives(value: Any, path: str) -> Iterator[str]:
    """The paths of the numbers of a result that are below 0."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from negatives(item, f"{path}/{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from negatives(item, f"{path}/{index}")
    elif isinstance(value, (int, float)) and value < 0:
        yield path


def all_cases() -> list[Case]:
    return [Case(protocol, program, server, moment) for protocol in PROTOCOLS for program in PROGRAMS
            for server in range(SERVERS) for moment in MOMENTS]


def sample() -> list[Case]:
    """For each protocol the program's server in the middle of a run, and one of the others, at one of the times."""
    cases = []
    programs, moments = list(PROGRAMS), list(MOMENTS)
    for number, protocol in enumerate(PROTOCOLS):
        program = programs[number % len(programs)]
        cases += [Case(protocol, program, 0, "in the middle"),
                  Case(protocol, program, 1 + number % 2, moments[number % len(moments)])]
    return cases


def table(cases: list[Case], outcomes: list[str]) -> str:
    """One line a protocol, and one for every case that is wrong."""
    lines = [f"{'protocol':16}{'done':>6}{'lost':>6}{'wrong':>6}"]
    for protocol in PROTOCOLS:
        counts = Counter(outcome if outcome in ("done", "lost") else "wrong"
                         for case, outcome in zip(cases, outcomes) if case.protocol == protocol)
        lines.append(f"{protocol:16}{counts['done']:6}{counts['lost']:6}{counts['wrong']:6}")
    lines += [f"{case.protocol}, {case.program}: crash of server {case.server} {case.moment}: {outcome.strip()}"
              for case, outcome in zip(cases, outcomes) if outcome not in ("done", "lost")]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dsmsim", type=Path, help="the binary")
    parser.add_argument("--sample", action="store_true", help="two crashes for each protocol")
    arguments = parser.parse_args()
    matrix = Matrix(arguments.dsmsim.resolve())
    cases = sample() if arguments.sample else all_cases()
    with ThreadPoolExecutor(1 if arguments.sample else os.cpu_count()) as pool:
        outcomes = list(pool.map(matrix.outcome, cases))
    print(table(cases, outcomes))
    return 0 if set(outcomes) <= {"done", "lost"} else 1


if __name__ == "__main__":
    sys.exit(main())
