"""The kinds of input that are mutated: where they begin, what is changed, which commands read them.

A case is a beginning and a list of edits, so that a finding is made smaller by leaving edits out.
"""

import copy
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from schema import DELETE, NUMBERS, STRANGE, Json, Schema, apply, value_at

Edit = tuple[Any, Any]  # of JSON: a path and its value; of text: a span and what takes its place

SMALL = {
    "kvstore": {"operations": 300, "populate_operations": 50, "keys": 100, "buckets": 16, "bucket_shift": 0},
    "ycsb": {"recordcount": 30, "operationcount": 200, "fieldcount": 2, "maxscanlength": 5},
    "gups": {"threads_per_server": 2, "words": 512, "updates": 50, "chunk": "512B"},
    "gam_micro": {"blocks": 16, "operations": 100, "remote_ratio": 0.5, "shared_ratio": 0.5},
    "pages": {"working_set": "64KiB", "accesses": 200},
    "table": {"columns": 4, "chunks": 2, "queries": 6, "chunk_size": "1KiB"},
    "crowd": {"threads": 6, "objects": 4, "object_size": "256B", "steps": 20},
    "pipeline": {"producers": 2, "workers": 2, "rounds": 2, "items": 8},
    "files": {"file_size": "64KiB", "requests": 30},
    "trace": {"file": "fasttree.lackey.zst", "records": 500},
}
FAULTS = [
    {"name": "crash", "server": 1, "at": "30us"},
    {"name": "crash", "server": 2, "at": "50us", "restart_after": "20us"},
    {"name": "link_down", "link": "server1-switch0", "at": "40us", "for": "10us", "every": "60us"},
    {"name": "nic_stall", "server": 0, "at": "20us", "for": "15us"},
    {"name": "delay", "rate": 0.05, "by": "2us"},
]
MESSAGES = ("READ", "WRITE", "INVALIDATE", "fetch", "lock", "PACKET", "SWAP_OUT", "SWAP_IN", "ALLOCATE", "LOG")
AXES = {"protocol": ["drust", "gam", "local"], "servers": [1, 2, 3], "seed": [1, 2], "nic.mtu": ["1KiB", "2KiB"],
        "faults": [[], [FAULTS[0]]], "program.threads_per_server": [1, 2]}
STEPS = ("X = V", "R = X", "read X", "fence", "lock X", "rlock X", "unlock X", "R = trylock X", "R = tryrlock X",
         "R = add X V", "R = cas X 0 V", "lock X; unlock X", "lock X; X = V; unlock X", "write_ef X V", "R = read_fe X",
         "R = read_ff X")
LACKEY = """==7== SCHED[1]:  acquired lock (VG_(scheduler):1)
I  04001000,4
 L 1ffeffe000,8
 S 1ffeffe008,8
 M 04222000,4
==7== SCHED[1]: releasing lock (yield)
==7== SCHED[2]:  acquired lock (x)
I  04001010,2
 L 04222000,4
 S 04333000,16
"""


COMPARISON = {"cluster": {"extends": "clusters/drust8.json", "servers": 2}, "protocol": "gam",
              "program": {"name": "gups", **SMALL["gups"]}, "axes": {"protocol": ["gam", "drust"]}}


@dataclass
class Case:
    """One input: its beginning, the edits, and how it is written and read."""

    kind: str
    base: Any
    edits: list[Edit]
    file: str
    commands: list[list[str]]
    beside: dict[str, str]

    def text(self) -> str:
        """What the mutated file holds."""
        if isinstance(self.base, str):
            return splice(self.base, self.edits)
        structured = [edit for edit in self.edits if edit[0] != "text"]
        text = json.dumps(apply(copy.deepcopy(self.base), structured), indent=1)
        return splice(text, [edit[1] for edit in self.edits if edit[0] == "text"])

    def write(self, folder: Path) -> None:
        """All files of the case."""
        for name, text in {**self.beside, self.file: self.text()}.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(text.encode("utf-8", "surrogatepass"))


def splice(text: str, edits: list[Edit]) -> str:
    """The text with spans replaced, the last ones first; spans that overlap a later one are left out."""
    end = len(text)
    for (start, stop), new in sorted(edits, key=lambda edit: edit[0], reverse=True):
        if stop <= end:
            text = text[:start] + new + text[stop:]
            end = start
    return text


class Author:
    """Makes cases from the project's files and schemas."""

    def __init__(self, root: Path, schemas: Callable[[str], Json], results: dict[str, str]) -> None:
        self._root = root
        self._results = results  # of a comparison, by the name of the file
        self._experiments = Schema(schemas("experiments"))
        folders = ("nics", "topologies", "clusters", "protocols", "workloads")
        self._files = {folder: Schema(schemas(folder)) for folder in folders}
        self._protocols = sorted(path.stem for path in (root / "configs/protocols").glob("*.json"))
        self._kinds = [(self.experiment, 40), (self.faults, 15), (self.compare, 7), (self.configuration, 14),
                       (self.schedule, 7), (self.litmus, 8), (self.trace, 4), (self.platform, 3), (self.options, 2),
                       (self.results, 1)]

    def case(self, random: Random) -> Case:
        """The next one."""
        kinds, weights = zip(*self._kinds)
        return random.choices(kinds, weights)[0](random)

    # ---- experiments

    def experiment(self, random: Random) -> Case:
        """Any part of an experiment."""
        base = self._base(random)
        return self._run("experiment", base, self._edits(self._experiments, base, random), random)

    def faults(self, random: Random) -> Case:
        """The plan of faults, and what goes with it."""
        base = self._base(random, least=3)
        base["faults"] = copy.deepcopy(random.sample(FAULTS, random.choice((1, 2, 3))))
        base["failure_detection"] = random.choice(("1us", "1ms"))
        kept = ("extends", "name", "before")
        places = [(path, of) for path, of in self._experiments.places(base)
                  if path[0] == "failure_detection" or path[0] == "faults" and path[-1] not in kept]
        edits = [self._edit(self._experiments, base, places, random) for _ in range(random.choice((1, 1, 2)))]
        if random.random() < 0.3:
            step = {"message": random.choice(MESSAGES), "number": random.choice((1, 2, 5, 40))}
            edits += [(("faults", 0, "at"), DELETE), (("faults", 0, "before"), step)]
        return self._run("faults", base, edits, random)

    def compare(self, random: Random) -> Case:
        """Axes and a baseline."""
        base = self._base(random)
        names = random.sample(sorted(AXES), random.choice((1, 2)))
        base["axes"] = {name: copy.deepcopy(AXES[name]) for name in names}
        base["baseline"] = {names[0]: AXES[names[0]][0]}
        edits = [self._axis_edit(base, random) for _ in range(random.choice((1, 2)))]
        case = self._run("compare", base, edits, random)
        case.commands[1][0] = "compare"
        case.commands[1] += ["--jobs", "1"]
        return case

    def _base(self, random: Random, least: int = 1) -> Json:
        """A small run that ends well, of at least so many servers."""
        program = random.choice(sorted(SMALL))
        protocols = [name for name in self._protocols if program != "files" or name == "legoos-files"]
        silent = ("local", "swap", "swap-ramdisk") if least > 1 else ()
        protocol = random.choice([name for name in protocols if name not in silent])
        servers = 1 if protocol == "local" else max(least, random.choice((1, 2, 3, 3, 4)))
        return {"cluster": {"extends": "clusters/drust8.json", "servers": servers},
                "protocol": {"extends": f"protocols/{protocol}.json", "name": self._engine(protocol)},
                "program": {"name": program, **SMALL[program]},
                "check": random.random() < 0.5, "limits": {"events": 2_000_000}}

    def _engine(self, protocol: str) -> str:
        """The name of the engine that a file of configs/protocols sets up."""
        file = json.loads((self._root / f"configs/protocols/{protocol}.json").read_text())
        return file.get("name") or self._engine(Path(file["extends"]).stem)

    def _run(self, kind: str, base: Json, edits: list[Edit], random: Random) -> Case:
        if random.random() < 0.06:
            edits = [*edits, ("text", text_edit(json.dumps(base, indent=1), random))]
        setting = ["--set", "limits.wall=1s"]
        return Case(kind, base, edits, "mutant.json",
                    [["validate", "mutant.json", *setting], ["run", "mutant.json", "--out", "out", *setting]], {})

    def _edits(self, schema: Schema, base: Json, random: Random) -> list[Edit]:
        places = [(path, of) for path, of in schema.places(base) if path[-1] != "extends" or random.random() < 0.02]
        return [self._edit(schema, base, places, random) for _ in range(random.choice((1, 1, 2, 3, 5)))]

    def _edit(self, schema: Schema, base: Json, places: list[tuple[Any, Json]], random: Random) -> Edit:
        path, of = random.choice(places)
        kind = random.random()
        if kind < 0.06:
            return path, DELETE
        if kind < 0.4:
            return path, schema.near(of, value_at(base, path), random)
        return path, schema.plausible(of, random) if kind < 0.8 else schema.edge(of, random)

    def _axis_edit(self, base: Json, random: Random) -> Edit:
        axis = random.choice(sorted(base["axes"]))
        path, of = random.choice(self._experiments.places(base))
        values = [self._experiments.near(of, value_at(base, path), random), self._experiments.plausible(of, random)]
        dotted = ".".join(map(str, path))
        return random.choice([
            (("axes", axis), self._experiments.edge({}, random)),
            (("axes", axis, 0), self._experiments.edge({}, random)),
            (("axes", dotted), values),
            (("axes", axis), [{"label": "ab"[i], "set": {dotted: value}} for i, value in enumerate(values)]),
            (("baseline",), random.choice(({}, None, {axis: base["axes"][axis][-1]}, {axis: "none"}))),
            (path, values[0]),
            (path, values[1]),
        ])

    # ---- what experiments name

    def configuration(self, random: Random) -> Case:
        """A file of configs/: a cluster, a NIC, a network, a protocol, a workload."""
        folder = random.choice(sorted(self._files))
        source = random.choice(sorted(path for path in (self._root / "configs" / folder).glob("*.json")
                                      if "1024" not in path.name and "1056" not in path.name))
        base = json.loads(source.read_text())
        base.pop("sources", None)
        cluster = {"extends": "clusters/drust8.json", "servers": 3}
        user = {"cluster": cluster, "protocol": "gam", "program": {"name": "gups", **SMALL["gups"]},
                "limits": {"events": 300_000}}
        if folder in ("nics", "topologies"):
            cluster["nic" if folder == "nics" else "topology"] = "mutant"
        else:
            user[{"clusters": "cluster", "protocols": "protocol", "workloads": "program"}[folder]] = "mutant"
        file = f"configs/{folder}/mutant.json"
        return Case("configuration", base, self._edits(self._files[folder], base, random), file,
                    [["validate", "user.json", "--configs", "configs"],
                     ["run", "user.json", "--configs", "configs", "--out", "out", "--set", "limits.wall=1s"],
                     ["validate", file]], {"user.json": json.dumps(user)})

    def platform(self, random: Random) -> Case:
        """A SimGrid platform file."""
        topology = {"name": "platform", "file": "mutant.xml"}
        user = {"cluster": {"extends": "clusters/drust8.json", "servers": 3, "topology": topology},
                "protocol": "gam", "program": {"name": "gups", **SMALL["gups"]}, "limits": {"events": 300_000}}
        base = (self._root / "configs/topologies/two-racks.xml").read_text()
        return Case("platform", base, text_edits(base, random), "mutant.xml",
                    [["validate", "user.json"], ["run", "user.json", "--out", "out", "--set", "limits.wall=1s"]],
                    {"user.json": json.dumps(user)})

    def trace(self, random: Random) -> Case:
        """A trace of Valgrind's lackey."""
        program = {"name": "trace", "file": "mutant.lackey", "malformed": random.choice(("reject", "drop"))}
        user = {"cluster": {"extends": "clusters/drust8.json", "servers": 2},
                "protocol": random.choice(("gam", "drust", "ivy")), "program": program}
        base = LACKEY * random.choice((1, 3))
        return Case("trace", base, text_edits(base, random), "mutant.lackey",
                    [["validate", "user.json"], ["run", "user.json", "--out", "out", "--set", "limits.wall=1s"]],
                    {"user.json": json.dumps(user)})

    # ---- the checking verbs

    def litmus(self, random: Random) -> Case:
        """A litmus test or a scenario."""
        base = random.choice(sorted((self._root / "tests").glob("*/*.litmus"))).read_text()
        protocol = random.choice(("drust", "gam", "grappa", "ivy", "kona-shared", "legoos-shared"))
        command = random.choice((["explore", protocol, "mutant.litmus", "--states", "3000"],
                                 ["crash", protocol, "mutant.litmus"], ["litmus", protocol, "mutant.litmus"]))
        edits = [litmus_edit(base, random) for _ in range(random.choice((1, 1, 2, 4)))]
        return Case("litmus", base, edits, "mutant.litmus", [command], {})

    def schedule(self, random: Random) -> Case:
        """A scenario and an order of events."""
        base = json.loads(random.choice(sorted((self._root / "tests/schedules").glob("*"))).read_text())
        edits = [self._schedule_edit(base, random) for _ in range(random.choice((1, 1, 2, 3)))]
        command = random.choice((["run", "--schedule", "mutant.json"], ["run", "--schedule", "mutant.json", "--trace"],
                                 ["crash", "--schedule", "mutant.json"]))
        return Case("schedule", base, edits, "mutant.json", [command], {})

    def results(self, random: Random) -> Case:
        """What a comparison has left."""
        name = random.choice([name for name in sorted(self._results) if name.endswith((".json", ".csv"))])
        beside = {f"results/{other}": text for other, text in self._results.items() if other != name}
        base, edits = self._results[name], text_edits(self._results[name], random)
        if name.endswith(".json"):
            base = json.loads(base)
            edits = [(random.choice(list(paths(base))), random.choice((*STRANGE, *NUMBERS, "", "x", DELETE)))]
        return Case("results", base, edits, f"results/{name}", [["plot", "results"]], beside)

    @staticmethod
    def _schedule_edit(base: Json, random: Random) -> Edit:
        key = random.choice(("choices", "choices", "choices", "scenario", "scenario", *base))
        if not isinstance(base[key], list) or not base[key]:
            return (key,), random.choice((DELETE, "", "gam", "well", 7, None, ["cache=512B"], [3]))
        index = random.randrange(len(base[key]))
        item = base[key][index]
        other = random.choice((random.choice(base[key]), "thread 0", "timer 0", "thread 99", "", DELETE, 7))
        mutated = splice(item, [(litmus_edit if key == "scenario" else text_edit)(item, random)])
        return (key, index), random.choice((other, other, mutated))

    def options(self, random: Random) -> Case:
        """Values of --set and of numbers on the command line."""
        base = self._base(random)
        path, of = random.choice(self._experiments.places(base))
        value = self._experiments.edge(of, random) if random.random() < 0.5 else self._experiments.plausible(of, random)
        text = value if isinstance(value, str) else json.dumps(value)
        setting = ["--set", f"{'.'.join(map(str, path))}={text}".replace("\0", "")]
        number = str(random.choice((0, 1, 5, -1, 2**64 - 1, 2**64, "nan", "", "1.5", "0x10", "1e3")))
        option = random.choice((["--seed", number], ["--jobs", number], []))
        return Case("options", base, [], "mutant.json",
                    [["validate", "mutant.json", *setting],
                     ["run", "mutant.json", "--out", "out", *setting, *option, "--set", "limits.wall=1s"]], {})


def paths(value: Json, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Of all members, however deep."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*path, key)
        yield from paths(inner, (*path, key))


def text_edits(text: str, random: Random) -> list[Edit]:
    """A few edits of words."""
    return [text_edit(text, random) for _ in range(random.choice((1, 1, 2, 3)))]


def text_edit(text: str, random: Random) -> Edit:
    """A number or a word becomes another one; a word, a line or the rest is left out, doubled or moved."""
    numbers = [match.span() for match in re.finditer(r"(?<!\w)\d+", text)]
    if numbers and random.random() < 0.5:
        start, stop = random.choice(numbers)
        value = int(text[start:stop])
        others = (0, 1, -1, value + 1, value * 2, value * 1000, value // 2, 2**32, 10**20)
        return (start, stop), str(random.choice(others))
    words = [match.span() for match in re.finditer(r"\w+|[^\w\s]", text)]
    if not words:
        return (0, len(text)), "x"
    start, stop = random.choice(words)
    other = text[slice(*random.choice(words))]
    line = text[text.rfind("\n", 0, start) + 1:(text + "\n").index("\n", stop) + 1]
    strange = random.choice(("0", "-1", "9" * 20, "1e9", "\0", "\r\n", "\u00fc", "x" * 300, "\x1b[31m"))
    return random.choice([((start, stop), ""), ((start, stop), other), ((start, stop), other), ((start, stop), strange),
                          ((start, start), other + " "), ((start, start), line), ((start, len(text)), "")])


def litmus_edit(text: str, random: Random) -> Edit:
    """Mostly a step becomes another one, or is followed by one, of an object that there is."""
    steps = [match.span(1) for match in re.finditer(r"[:;]([^:;\n]+)", text)]
    objects = re.findall(r"object (\w+)", text) or ["x"]
    if not steps or random.random() < 0.25:
        return text_edit(text, random)
    step = random.choice(STEPS).replace("X", random.choice(objects)).replace("R", f"q{random.randrange(1000)}") \
        .replace("V", str(random.choice((1, 2, 3, 5, 7, 8, 9, 999, 1000))))
    start, stop = random.choice(steps)
    return random.choice([((start, stop), f" {step} "), ((start, stop), f" {step} "), ((stop, stop), f"; {step} "),
                          ((start, stop), " ")])
