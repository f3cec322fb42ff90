"""dsmsim: run simulations of distributed shared memory in process, load results, draw them.

    import dsmsim
    result = dsmsim.run("configs/experiments/demo.json", {"protocol": "drust", "servers": 4})
    result.summary["operations"]["per_second"]
    result.histogram("get")          # NumPy arrays: from_ns, to_ns, count
    runs = dsmsim.load("results/demo")
    dsmsim.plot("results/demo")

Quantities keep the units of docs/metrics.md: nanoseconds, bytes, operations per simulated second.
"""

from dsmsim.results import Comparison, Run, load

__all__ = ["Comparison", "Error", "Result", "Run", "load", "plot", "run"]


def __getattr__(name: str) -> object:
    """Loads what few need only when it is asked for: matplotlib to plot, the compiled simulator to run."""
    if name == "plot":
        from dsmsim.plots import plot

        return plot
    if name == "run":
        from dsmsim.simulate import run

        return run
    if name in ("Error", "Result"):
        from dsmsim import _core

        return getattr(_core, name)
    raise AttributeError(f"module 'dsmsim' has no attribute {name!r}")
