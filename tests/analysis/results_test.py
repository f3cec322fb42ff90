"""What the binary has written is found again, and what it has not is refused with its place."""

import dataclasses
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import dsmsim
import example
from dsmsim.results import ResultsError


def in_fresh_python(script: str) -> None:
    """Runs the script in an interpreter of its own, where nobody has chosen a backend of matplotlib."""
    environment = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    subprocess.run([sys.executable, "-c", script], check=True, env=environment)


class Results(unittest.TestCase):
    def test_results_are_loaded_without_matplotlib(self) -> None:
        in_fresh_python("import sys; sys.modules['matplotlib'] = None\n"
                        f"import dsmsim; dsmsim.load({str(example.run())!r}).runs[0].throughput")

    def test_neither_the_import_nor_a_plot_selects_a_backend(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            in_fresh_python("import sys, dsmsim; assert 'matplotlib' not in sys.modules\n"
                            f"dsmsim.plot({str(example.run())!r}, {folder!r})\n"
                            "assert 'matplotlib.pyplot' not in sys.modules")

    def test_a_comparison_has_all_runs_with_their_axes(self) -> None:
        comparison = dsmsim.load(example.comparison())
        self.assertEqual([(run.axes["protocol"], run.axes["servers"]) for run in comparison.runs],
                         [("drust", "1"), ("drust", "2"), ("gam", "1"), ("gam", "2"), ("local", "1")])
        self.assertEqual(comparison.axis("protocol"), ["drust", "gam", "local"])
        for run in comparison.runs:
            self.assertEqual(run.protocol, run.axes["protocol"])
            self.assertEqual(run.servers, int(run.axes["servers"]))
            self.assertEqual(run.summary["operations"]["total"], 400)

    def test_speedups_are_over_the_run_that_the_file_names(self) -> None:
        comparison = dsmsim.load(example.comparison())
        self.assertEqual(comparison.baseline, {"protocol": "local", "servers": "1"})
        speedups = {run.label(): comparison.speedup(run) for run in comparison.runs}
        self.assertEqual(speedups["local, 1 server"], 1.0)
        self.assertGreater(speedups["drust, 2 servers"] or 0, 0)

    def test_axes_that_the_baseline_does_not_name_keep_their_value(self) -> None:
        comparison = dataclasses.replace(dsmsim.load(example.comparison()), baseline={"protocol": "drust"})
        self.assertEqual([comparison.speedup(run) for run in comparison.runs if run.protocol == "drust"], [1.0, 1.0])

    def test_a_single_run_is_a_comparison_of_one(self) -> None:
        comparison = dsmsim.load(example.run())
        self.assertEqual(len(comparison.runs), 1)
        self.assertIsNone(comparison.speedup(comparison.runs[0]))

    def test_a_histogram_counts_every_operation_between_its_extremes(self) -> None:
        run = dsmsim.load(example.run()).runs[0]
        self.assertEqual(run.program_kinds, ["get", "put"])
        for kind in run.program_kinds:
            latency = run.summary["latency"][kind]
            low, high, count = run.histogram(kind)
            self.assertEqual(count.sum(), latency["count"])
            self.assertLessEqual(low[0], latency["min_ns"])
            self.assertGreaterEqual(high[-1], latency["max_ns"])
            self.assertTrue((low[1:] >= high[:-1]).all())
        self.assertEqual(run.histogram("none")[2].size, 0)

    def test_a_folder_without_results_is_refused(self) -> None:
        with tempfile.TemporaryDirectory() as name, self.assertRaisesRegex(ResultsError, "folder of results"):
            dsmsim.load(name)

    def test_a_broken_file_is_named(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name) / "run"
            shutil.copytree(example.run(), folder)
            (folder / "result.json").write_text('{"schema": ')
            with self.assertRaisesRegex(ResultsError, "run/result.json: Expecting value: line 1"):
                _ = dsmsim.load(folder).runs[0].summary
            (folder / "result.json").write_text(json.dumps({"schema": "dsmsim-result-0"}))
            with self.assertRaisesRegex(ResultsError, "not a result of this version"):
                _ = dsmsim.load(folder).runs[0].summary


if __name__ == "__main__":
    unittest.main()
