"""Mutates what dsmsim reads, by its own schemas and grammars, and fails on any end that is not documented.

    python3 tests/fuzz/mutator DSMSIM --inputs 200 --seed 1        as ctest
    python3 tests/fuzz/mutator DSMSIM --seconds 600 --seed 7       as `./dev fuzz`, which takes another seed each time

A finding is printed with the edits that it needs, and left in --save as a folder with its files and its command.
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

import verdict
from inputs import COMPARISON, Author, Case
from schema import DELETE, Json

ROOT = Path(__file__).resolve().parents[3]


class Campaign:
    """All cases of one seed, on one binary."""

    def __init__(self, dsmsim: Path, seed: int, save: Path) -> None:
        self._runner = verdict.Runner(dsmsim, ROOT / "configs")
        self._author = Author(ROOT, self._schema, self._results())
        self._seed = seed
        self._save = save
        self.codes: Counter[tuple[str, int]] = Counter()
        self.findings = 0

    def try_case(self, number: int) -> None:
        """The case of this number."""
        case = self._author.case(Random(f"{self._seed}/{number}"))
        wrong = self._wrong(case, self.codes)
        if wrong:
            self._report(number, self._smaller(case, wrong))

    def _schema(self, kind: str) -> Json:
        return json.loads(self._runner.run(["schema", kind], ROOT).out)

    def _results(self) -> dict[str, str]:
        """The files of a small comparison."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "two.json").write_text(json.dumps(COMPARISON))
            if (ended := self._runner.run(["compare", "two.json", "--out", "out"], folder)).code != 0:
                sys.exit(f"a comparison as it should be ends with {ended.code}: {ended.err}")
            files = (folder / "out").rglob("*.[jc]s*")
            return {str(path.relative_to(folder / "out")): path.read_text() for path in files}

    def _wrong(self, case: Case, codes: Counter[tuple[str, int]]) -> str:
        """What is wrong with how the commands end, or "". The word before ":" is its kind."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            case.write(folder)
            made = {entry.name for entry in folder.iterdir()}
            ends = []
            for command in case.commands:
                ended = self._runner.run(command, folder)
                codes[case.kind, ended.code] += 1
                ends.append(ended)
                wrong = verdict.complaint(ended)
                if not wrong and command[0] in ("run", "compare") and "--out" in command:
                    wrong = verdict.results(folder, made, ended)
                if wrong:
                    return f"{command[0]} {wrong}"
            if len(ends) > 1:
                return verdict.disagree(ends[0], ends[1])
        return ""

    def _smaller(self, case: Case, wrong: str) -> tuple[Case, str]:
        """Without the edits that the finding does not need."""
        for edit in list(case.edits):
            fewer = Case(**{**vars(case), "edits": [other for other in case.edits if other is not edit]})
            still = self._wrong(fewer, Counter())
            if still.split(":")[0] == wrong.split(":")[0]:
                case, wrong = fewer, still
        return case, wrong

    def _report(self, number: int, found: tuple[Case, str]) -> None:
        case, wrong = found
        self.findings += 1
        folder = self._save / f"{self._seed}-{number}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        case.write(folder)
        (folder / "COMMANDS").write_text("".join("dsmsim " + " ".join(command) + "\n" for command in case.commands))
        edits = ["delete" if edit[1] is DELETE else edit[1] for edit in case.edits]
        paths = [edit[0] for edit in case.edits]
        print(f"{case.kind} {number}: {wrong}\n    edits: {list(zip(paths, edits))!r:.400}\n    {folder}", flush=True)


def main() -> int:
    """The number of findings decides."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dsmsim", type=Path, help="the binary")
    parser.add_argument("--inputs", type=int, default=0, help="how many")
    parser.add_argument("--seconds", type=float, default=0, help="for how long instead")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="the number of the first input")
    parser.add_argument("--save", type=Path, default=Path("build/fuzz/mutator"), help="folder for findings")
    arguments = parser.parse_args()
    campaign = Campaign(arguments.dsmsim.resolve(), arguments.seed, arguments.save)
    start = time.monotonic()
    number = arguments.first
    while number - arguments.first < arguments.inputs or verdict.elapsed(start) < arguments.seconds:
        campaign.try_case(number)
        number += 1
    codes = ", ".join(f"{kind} {code}: {count}" for (kind, code), count in sorted(campaign.codes.items()))
    print(f"{number - arguments.first} inputs in {verdict.elapsed(start):.0f} s, {campaign.findings} findings; "
          f"exit codes: {codes}")
    return 1 if campaign.findings else 0


if __name__ == "__main__":
    sys.exit(main())
