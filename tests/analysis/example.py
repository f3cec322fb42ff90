"""A small comparison, run once for all tests by the binary that DSMSIM_BINARY names."""

import functools
import os
import subprocess
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
EXPERIMENT = PROJECT / "configs/experiments/demo.json"
SETTINGS = ["program.operations=400", "program.keys=50"]

_scratch = tempfile.TemporaryDirectory()


def dsmsim(*arguments: str) -> None:
    """Runs the command line and insists that it succeeds."""
    subprocess.run([os.environ["DSMSIM_BINARY"], *arguments], check=True, capture_output=True, text=True)


def settings(*more: str) -> list[str]:
    """As --set options."""
    return [argument for setting in [*SETTINGS, *more] for argument in ("--set", setting)]


@functools.cache
def comparison() -> Path:
    """The demo with few operations: drust and gam on 1 and 2 servers, local on 1."""
    folder = Path(_scratch.name) / "comparison"
    dsmsim("compare", str(EXPERIMENT), *settings("axes.servers=[1,2]"), "--out", str(folder))
    return folder


@functools.cache
def sweep() -> Path:
    """GAM and IVY with three sizes of values, on 2 servers."""
    folder = Path(_scratch.name) / "sweep"
    axes = 'axes={"protocol": ["gam", "ivy"], "program.value_size": ["8B", "64B", "1KiB"]}'
    more = settings("servers=2", axes, 'baseline={"protocol": "gam"}')
    dsmsim("compare", str(EXPERIMENT), *more, "--out", str(folder))
    return folder


@functools.cache
def crowd() -> Path:
    """Too many threads on one of three servers, under DRust's controller: a comparison of one run."""
    folder = Path(_scratch.name) / "crowd"
    more = ["servers=3", "cores=4", "program.threads=8", "program.steps=1500", "program.objects=2",
            'axes={"protocol.controller.migration": [true]}', 'baseline={"protocol.controller.migration": true}']
    dsmsim("compare", str(PROJECT / "configs/experiments/drust-pressure.json"),
           *[argument for setting in more for argument in ("--set", setting)], "--out", str(folder))
    return folder


@functools.cache
def run() -> Path:
    """One of them alone."""
    folder = Path(_scratch.name) / "run"
    dsmsim("run", str(EXPERIMENT), *settings("protocol=gam", "servers=2"), "--out", str(folder))
    return folder
