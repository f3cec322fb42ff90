"""Runs dsmsim on a mutant and says what is wrong with how it ends."""

import json
import os
import re
import resource
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MEMORY = 4 << 30  # bytes of address space, but for sanitizers, which reserve more
RUN_FOR = "1s"    # limits.wall of a run
PATIENCE = 20     # seconds until a command is interrupted
HEARING = 20      # seconds until it must have heard that: a loaded machine, a sanitized binary

# By docs/architecture.md; 1 is an internal error, and what is below 0 a signal.
DOCUMENTED = {0, 2, 3, 4, 5, 6, 130}


@dataclass
class Ended:
    """How one command has ended."""

    code: int
    out: str
    err: str
    hangs: bool = False


@dataclass
class Limits:
    """What commands may take, as far as this binary can bear it."""

    memory: int | None = MEMORY
    environment: dict[str, str] = field(default_factory=dict)

    def set(self) -> None:
        """In the child."""
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if self.memory is not None:
            resource.setrlimit(resource.RLIMIT_AS, (self.memory, self.memory))


class Runner:
    """One binary."""

    def __init__(self, dsmsim: Path, configs: Path) -> None:
        self._dsmsim = dsmsim
        self._limits = Limits(environment={**os.environ, "DSMSIM_CONFIGS": str(configs)})
        if self.run(["--version"], Path.cwd()).code != 0:
            self._limits.memory = None

    def run(self, arguments: list[str], folder: Path) -> Ended:
        """Carries out a command; interrupts it when it takes long, and puts an end to it that does not hear."""
        with subprocess.Popen([self._dsmsim, *arguments], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              stdin=subprocess.DEVNULL, preexec_fn=self._limits.set,
                              env=self._limits.environment) as process:
            hangs = False
            try:
                out, err = process.communicate(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGINT)
                try:
                    out, err = process.communicate(timeout=HEARING)
                except subprocess.TimeoutExpired:
                    hangs = True
                    process.kill()
                    out, err = process.communicate()
        return Ended(process.returncode, out.decode(errors="replace"), err.decode(errors="replace"), hangs)


def complaint(ended: Ended) -> str:
    """What is wrong with any command's end, or ""."""
    if ended.hangs:
        return "hangs: an interrupt is not heard"
    if ended.code == -signal.SIGINT:
        return ""  # as Python ends when it is interrupted: 130 for a shell
    if ended.code < 0:
        return f"ended by {signal.Signals(-ended.code).name}"
    if ended.code not in DOCUMENTED:
        return f"exit code {ended.code}: {first_line(ended.err)}"
    if "internal error" in ended.err or "runtime error:" in ended.err:
        return f"exit code {ended.code}, and: {first_line(ended.err)}"
    if ended.code not in (0, 130) and not ended.err.strip() and not ended.out.strip():
        return f"exit code {ended.code} without a word"
    if control := next((c for c in ended.err if ord(c) < 0x20 and c not in "\n\r\t"), None):
        return f"a control character in its message: {control!r}"
    return ""


def first_line(text: str) -> str:
    """What to show of a message."""
    return text.strip().split("\n")[0][:300]


def results(folder: Path, made: set[str], ended: Ended) -> str:
    """What is wrong with what a run has left in the folder, which held `made` before; or ""."""
    left = {entry.name for entry in folder.iterdir()} - made
    if ended.code != 0:
        partly = {"out"} if (folder / "out" / "manifest.json").exists() else set()  # some runs of a comparison
        return f"exit code {ended.code}, and left {sorted(left - partly)}" if left - partly else ""
    if left - {"out"}:
        return f"left {sorted(left - {'out'})}"
    for path in sorted((folder / "out").rglob("result.json")):
        try:
            result = json.loads(path.read_text())
        except ValueError as error:
            return f"{path.relative_to(folder)} is no JSON: {error}"
        result.pop("config")
        if below := next(negatives(result, ""), None):
            return f"{path.relative_to(folder)} has a number below 0: {below}"
    return "" if any((folder / "out").iterdir()) else "exit code 0 and no result"


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


def disagree(validated: Ended, ran: Ended) -> str:
    """Whether validate and run differ on what is bad input. What a run finds out under way has its time."""
    under_way = re.match(r"dsmsim: |(\w+: )?.*\bat [\d.]+(ps|ns|us|ms|s): ", ran.err)  # dsmsim: options only run has
    if validated.code == 0 and ran.code == 2 and not under_way:
        return f"validate says that it is fine, and run: {first_line(ran.err)}"
    if validated.code == 2 and ran.code not in (2, 5, 130):  # 5: out of time before that was read
        return f"validate refuses it ({first_line(validated.err)}), and run ends with {ran.code}"
    return ""


def elapsed(start: float) -> float:
    """Seconds."""
    return time.monotonic() - start
