"""dsmsim: run simulations of distributed shared memory in process, load results, draw them.

    import dsmsim
    result = dsmsim.run("configs/experiments/demo.json", ["protocol=drust", "cluster.servers=4"])
    result.summary["operations"]["per_second"]
    result.histogram("get")          # NumPy arrays: from_ns, to_ns, count
    runs = dsmsim.load("results/demo")
    dsmsim.plot("results/demo")

Quantities keep the units of docs/metrics.md: nanoseconds, bytes, operations per simulated second.
"""

from dsmsim.plots import plot
from dsmsim.results import Comparison, Run, load

__all__ = ["Comparison", "Result", "Run", "load", "plot", "run"]


def __getattr__(name: str) -> object:
    """Loads the compiled simulator only when it is asked for: plotting does not need it."""
    if name in ("Result", "run"):
        from dsmsim import _core

        return getattr(_core, name)
    raise AttributeError(f"module 'dsmsim' has no attribute {name!r}")
