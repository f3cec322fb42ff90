"""Random crashes of DRust with backups, as a user would run them: `dsmsim run --check`, and what came of it.

    backup_campaign.py DSMSIM            2,000 runs and 200 tries; `./dev test --long` calls it
    backup_campaign.py DSMSIM --sample   30 and 10; ctest calls it

Runs: YCSB, kvstore or table on 3 to 5 servers with 1 or 2 backups, one or two crashes at random times, with restarts,
cables and NICs that fail besides. Each must end with a result (0) or as a loss (6), the checker silent.

Tries: YCSB and kvstore in turn with one backup, and one crash of any server but the controller's, at any time from the
start of the run to its end. 95 of 100 must finish; the others are named, with what the run says.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = dict[str, Any]

PROGRAMS = ("ycsb", "kvstore", "table")
SURVIVORS = ("ycsb", "kvstore")
FINISH = 0.95  # of the tries


@dataclass(frozen=True)
class Outcome:
    seed: int
    program: str
    exit_code: int
    simulated_s: float  # 0 without a result
    said: str  # the first lines of the report

    def line(self) -> str:
        return f"seed {self.seed}, {self.program}: exit code {self.exit_code}: {self.said}"


def program(draw: random.Random, name: str) -> Json:
    """Its options are small, so that threads meet."""
    if name == "table":
        return {"name": name, "columns": 8, "chunks": 8, "chunk_size": "1KiB", "keys": 2,
                "queries": draw.choice([8, 32])}
    threads = {"name": name, "threads_per_server": draw.choice([1, 2, 3])}
    if name == "ycsb":
        return threads | {"workload": draw.choice("ABCDEF"), "recordcount": draw.choice([2, 10, 40]),
                          "operationcount": draw.choice([100, 500, 1500]), "fieldcount": draw.choice([1, 4]),
                          "fieldlength": "64B", "locking": draw.choice(["borrow", "mutex", "rwlock"])}
    return threads | {"operations": draw.choice([300, 1500]), "populate_operations": draw.choice([100, 500]),
                      "keys": draw.choice([20, 200]), "buckets": draw.choice([8, 128]), "bucket_shift": 0,
                      "get_lock": draw.choice(["exclusive", "shared"])}


def experiment(draw: random.Random, name: str, servers: int, backups: int) -> Json:
    """Without faults."""
    protocol = {"extends": "protocols/drust.json", "mutex_value": draw.choice(["in_place", "in_place", "borrow"]),
                "replication": {"backups": backups, "write_back": draw.choice(["on_transfer", "every_borrow"])}}
    return {"cluster": {"extends": "clusters/drust8.json", "servers": servers}, "protocol": protocol,
            "program": program(draw, name), "failure_detection": draw.choice(["1us", "10us", "100us", "1ms"]),
            "limits": {"wall": "60s"}, "seed": draw.randrange(1 << 30)}


def crash(server: int, seconds: float) -> Json:
    return {"name": "crash", "server": server, "at": f"{max(1, round(seconds * 1e12))}ps"}


def some_time(draw: random.Random) -> float:
    """In seconds; runs take some tens to hundreds of microseconds."""
    return 10 ** draw.uniform(-6, -3)


def faults(draw: random.Random, servers: int) -> list[Json]:
    first = crash(draw.randrange(servers) if draw.random() < 0.1 else draw.randrange(1, servers), some_time(draw))
    if draw.random() < 0.3:
        first["restart_after"] = draw.choice(["5us", "50us", "500us"])
    others = [{"name": "nic_stall", "server": draw.randrange(servers), "at": f"{draw.randrange(1, 300)}us",
               "for": "100us"},
              {"name": "link_down", "link": f"server{draw.randrange(servers)}-switch0",
               "at": f"{draw.randrange(1, 300)}us", "for": "50us"},
              {"name": "delay", "rate": 0.05, "by": "5us"},
              crash((first["server"] + 1) % servers, some_time(draw))]
    return [first] + [fault for fault in others if draw.random() < 0.2]


class Campaign:
    """Runs, on one binary. Each follows from its seed alone."""

    def __init__(self, dsmsim: Path) -> None:
        self._dsmsim = dsmsim

    def run(self, seed: int) -> Outcome:
        draw = random.Random(seed)
        servers = draw.choice([3, 4, 5])
        name = draw.choice(PROGRAMS)
        planned = experiment(draw, name, servers, draw.choice([1, 2]))
        return self._outcome(seed, planned | {"faults": faults(draw, servers)})

    def attempt(self, seed: int) -> Outcome:
        draw = random.Random(seed)
        servers = draw.choice([3, 4, 5])
        planned = experiment(draw, SURVIVORS[seed % len(SURVIVORS)], servers, 1)
        whole = self._outcome(seed, planned)
        at = draw.uniform(0, whole.simulated_s)
        return self._outcome(seed, planned | {"faults": [crash(draw.randrange(1, servers), at)]})

    def _outcome(self, seed: int, planned: Json) -> Outcome:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "run.json").write_text(json.dumps(planned))
            done = subprocess.run([self._dsmsim, "run", "run.json", "--check", "--out", "out"], cwd=folder, text=True,
                                  capture_output=True, check=False)
            result = Path(folder, "out", "result.json")
            simulated = json.loads(result.read_text())["simulated_s"] if result.exists() else 0
        said = " / ".join(done.stderr.strip().splitlines()[1:4])
        return Outcome(seed, planned["program"]["name"], done.returncode, simulated, said)


def table(outcomes: list[Outcome]) -> str:
    counts = Counter((outcome.program, outcome.exit_code) for outcome in outcomes)
    return "\n".join(f"{name:10}exit code {code}{count:6}" for (name, code), count in sorted(counts.items()))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dsmsim", type=Path, help="the binary")
    parser.add_argument("--sample", action="store_true", help="30 runs and 10 tries")
    arguments = parser.parse_args()
    runs, tries = (30, 10) if arguments.sample else (2000, 200)
    campaign = Campaign(arguments.dsmsim.resolve())
    with ThreadPoolExecutor(1 if arguments.sample else os.cpu_count()) as pool:
        outcomes = list(pool.map(campaign.run, range(runs)))
        attempts = list(pool.map(campaign.attempt, range(tries)))
    wrong = [outcome for outcome in outcomes + attempts if outcome.exit_code not in (0, 6)]
    lost = [outcome for outcome in attempts if outcome.exit_code == 6]
    print(f"{runs} runs with random faults\n{table(outcomes)}\n{tries} tries with one crash\n{table(attempts)}")
    for title, group in (("lost with one crash", lost), ("wrong", wrong)):
        print("\n".join([f"{title}: {len(group)}"] + ["  " + outcome.line() for outcome in group]))
    return 1 if wrong or len(lost) > (1 - FINISH) * tries else 0


if __name__ == "__main__":
    sys.exit(main())
