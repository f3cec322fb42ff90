"""docs/counters.md is what the engines say of their counters.

    counters_test.py DSMSIM            compares
    counters_test.py DSMSIM --write    writes it
"""

import re
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PAGE = PROJECT / "docs/counters.md"
HEAD = """# Counters of the engines

What `engine` in `result.json` has, of each engine and of all its configurations: [metrics.md](metrics.md) defines the
rest. `tests/docs/counters_test.py` has written this page from the rows beside the engines; `dsmsim describe ENGINE`
prints them, too.
"""
ROW = re.compile(r"^(\S+) +(.*) \[([^\]]+)\]$")


def said(dsmsim: str, *words: str) -> str:
    command = [dsmsim, *words, "--configs", str(PROJECT / "configs")]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def engines(dsmsim: str) -> list[tuple[str, str]]:
    """The name of each, and what `describe` says of it; configurations of an engine are none."""
    names = [line.split()[0] for line in said(dsmsim, "list", "protocols").splitlines()]
    described = [(name, said(dsmsim, "describe", name)) for name in names]
    return [(name, text) for name, text in described if text.startswith(f"{name}: ")]


def table(name: str, text: str) -> str:
    rows = text.split('\nCounters ("engine" in result.json):\n')[1].splitlines()
    cells = [match.groups() for match in map(ROW.match, rows) if match]
    assert len(cells) == len(rows), f"{name}: {rows}"
    lines = [f"| `{key}` | {'' if unit == '1' else unit} | {what} |" for key, what, unit in cells]
    return "\n".join([f"## {name}\n", "| counter | unit | definition |", "|---|---|---|", *lines])


def main() -> int:
    dsmsim = sys.argv[1]
    page = "\n\n".join([HEAD.rstrip(), *(table(*engine) for engine in engines(dsmsim))]) + "\n"
    if "--write" in sys.argv:
        PAGE.write_text(page, encoding="utf-8")
    elif PAGE.read_text(encoding="utf-8") != page:
        print(f"{PAGE} is not what the engines say; mend it with\n    {sys.argv[0]} {dsmsim} --write")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
