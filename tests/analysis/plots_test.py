"""The pictures show the numbers of the results."""

import dataclasses
import tempfile
import unittest
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import dsmsim
import example
from dsmsim import plots, references
from dsmsim.__main__ import main


class Plots(unittest.TestCase):
    def test_the_speedup_is_throughput_over_the_baseline_of_each_series(self) -> None:
        comparison = dsmsim.load(example.comparison())
        throughput = {(run.protocol, run.servers): run.throughput for run in comparison.runs}
        figure = plots.draw_speedup(comparison)
        assert figure is not None
        lines = {line.get_label(): line for line in figure.axes[0].get_lines()}
        for protocol in ("drust", "gam"):
            self.assertEqual(list(lines[protocol].get_xdata()), [1, 2])
            for servers, drawn in zip((1, 2), lines[protocol].get_ydata()):
                self.assertAlmostEqual(drawn, throughput[protocol, servers] / throughput["local", 1])
        self.assertEqual(list(lines["local"].get_ydata()), [1.0])

    def test_where_servers_do_not_vary_every_group_of_bars_has_its_own_baseline(self) -> None:
        comparison = dsmsim.load(example.comparison())
        runs = [dataclasses.replace(run, axes={"size": size, "protocol": run.protocol})
                for size in ("small", "large") for run in comparison.runs if run.servers == 1]
        figure = plots.draw_speedup(dataclasses.replace(comparison, runs=runs, baseline={"protocol": "local"}))
        assert figure is not None
        bars = {str(bars.get_label()): [bar.get_height() for bar in bars] for bars in figure.axes[0].containers}
        self.assertEqual(bars["local"], [1.0, 1.0])
        self.assertEqual(len(bars), 3)

    def test_the_bars_of_messages_add_up_to_the_ledger(self) -> None:
        comparison = dsmsim.load(example.comparison())
        figure = plots.draw_messages(comparison)
        assert figure is not None
        runs = [run for run in plots.representatives(comparison) if run.summary["messages"]]
        for axes, key in zip(figure.axes, ("count", "wire_bytes")):
            expected = sum(message[key] / run.summary["operations"]["total"]
                           for run in runs for message in run.summary["messages"])
            self.assertAlmostEqual(sum(bar.get_width() for bar in axes.patches), expected)

    def test_the_bars_of_the_breakdown_add_up_to_the_time_in_operations(self) -> None:
        comparison = dsmsim.load(example.run())
        figure = plots.draw_breakdown(comparison)
        assert figure is not None
        summary = comparison.runs[0].summary
        expected = sum(summary["breakdown"].values()) / summary["operations"]["total"] / 1e3
        self.assertAlmostEqual(sum(bar.get_width() for bar in figure.axes[0].patches), expected)

    def test_a_latency_curve_ends_at_all_operations(self) -> None:
        figure = plots.draw_latency(dsmsim.load(example.comparison()))
        assert figure is not None
        self.assertEqual([axes.get_xlabel() for axes in figure.axes], ["latency of get (us)", "latency of put (us)"])
        for axes in figure.axes:
            for line in axes.get_lines():
                self.assertAlmostEqual(line.get_ydata()[-1], 1.0)

    def test_a_sweep_is_drawn_along_the_axis_that_has_numbers(self) -> None:
        comparison = dsmsim.load(example.sweep())
        self.assertEqual(plots.swept_axis(comparison), "value_size")
        figure = plots.draw_sweep(comparison)
        assert figure is not None
        lines = {line.get_label(): line for line in figure.axes[0].get_lines()}
        self.assertEqual(list(lines), ["gam", "ivy"])
        self.assertEqual(list(lines["ivy"].get_xdata()), [8, 64, 1024])
        runs = [run for run in comparison.runs if run.protocol == "ivy"]
        for run, drawn in zip(runs, lines["ivy"].get_ydata()):
            self.assertAlmostEqual(drawn, plots.access_time(run))
        self.assertIsNone(plots.draw_sweep(dsmsim.load(example.comparison())))

    def test_a_timeline_has_a_line_for_every_server_and_a_dot_for_every_thread_that_moves(self) -> None:
        comparison = dsmsim.load(example.crowd())
        figure = plots.draw_timeline(comparison)
        assert figure is not None
        events = comparison.runs[0].events
        for axes, key in zip(figure.axes, ("cpu", "memory")):
            self.assertEqual(len(axes.get_lines()), 3)
            samples = [event[key] for event in events if event["event"] == "sample" and event["server"] == 0]
            self.assertEqual(list(axes.get_lines()[0].get_ydata()), samples)
        moves = [event for event in events if event["event"] == "migrated"]
        self.assertGreater(len(moves), 0)
        self.assertEqual(len(figure.axes[0].collections[0].get_offsets()), len(moves))
        self.assertIsNone(plots.draw_timeline(dsmsim.load(example.run())))

    def test_a_published_figure_is_drawn_with_the_runs_that_it_is_about(self) -> None:
        comparison = dsmsim.load(example.comparison())
        rates = {run.servers: run.throughput for run in comparison.runs if run.protocol == "gam"}
        figure = {"name": "5", "x": "servers", "x_label": "servers", "metric": "operations.per_second", "unit": 1e6,
                  "per_server": True, "label": "M/s",
                  "curves": [{"panel": "", "label": "gam", "where": {"protocol": "gam"},
                              "points": [[1, rates[1] / 1e6], [2, rates[2] / 4e6], [3, 7.0]]},
                             {"panel": "", "label": "nobody", "where": {"protocol": "none"}, "points": [[1, 1]]}]}
        comparison = dataclasses.replace(comparison, reference={"figures": [figure]})
        curve, = references.curves_of(comparison, figure)
        self.assertEqual([x for x, *_ in curve.errors()], [1, 2])
        self.assertAlmostEqual(curve.errors()[0][3], 0.0)
        self.assertAlmostEqual(curve.errors()[1][3], 1.0)
        self.assertAlmostEqual(curve.mean_error(), 0.5)
        drawn = references.draw_reference([curve], figure)
        assert drawn is not None
        simulated, published = drawn.axes[0].get_lines()
        self.assertEqual(list(simulated.get_ydata()), [rates[1] / 1e6, rates[2] / 2e6])
        self.assertEqual(list(published.get_xdata()), [1, 2, 3])
        curves = references.curves_of(comparison, figure)
        self.assertEqual(len(references.ledger_csv(curves).splitlines()), 3)
        self.assertIn("| all | | | 2 published points | 50.0 | |", references.ledger_table(curves))

    def test_a_speedup_is_over_the_baseline_and_its_band_lies_between_two_runs(self) -> None:
        comparison = dsmsim.load(example.comparison())
        figure = {"name": "5", "x": "servers", "x_label": "servers", "metric": "operations.per_second", "unit": 1,
                  "per_server": False, "scale": "speedup", "label": "speedup",
                  "curves": [{"panel": "a", "label": "gam", "where": {"protocol": "gam"}, "points": [[1, 0.5]],
                              "calibrated": [1], "rests_on": "a guess",
                              "band": [{"protocol": "gam"}, {"protocol": "drust"}]},
                             {"panel": "a", "label": "of others", "experiment": "another", "where": {}}]}
        curve, = references.curves_of(comparison, figure)
        for x, y in curve.simulated:
            run = next(run for run in comparison.runs if run.protocol == "gam" and run.servers == x)
            self.assertAlmostEqual(y, comparison.speedup(run))
        assert curve.band is not None
        self.assertEqual(curve.band[0], curve.simulated)
        self.assertNotEqual(curve.band[1], curve.simulated)
        first, second = references.ledger_of([curve])
        self.assertEqual((first.kind, second.kind), ("calibrated", "predicted"))
        self.assertIsNone(second.error)
        self.assertIn("1: ", references.ledger_table([curve]))
        self.assertIn("calibrated), 2: ", references.ledger_table([curve]))
        self.assertIn("a guess", references.ledger_csv([curve]))

    def test_a_quantity_is_a_number_with_its_unit(self) -> None:
        self.assertEqual([plots.quantity(text) for text in ("0.5", "4KiB", "2us", "gam", "3 apples")],
                         [0.5, 4096.0, 2e-6, None, None])

    def test_the_same_results_give_the_same_files(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            first = dsmsim.plot(example.comparison(), Path(name) / "first")
            second = dsmsim.plot(example.comparison(), Path(name) / "second")
            self.assertEqual([path.name for path in first],
                             [f"{stem}.{suffix}" for stem in ("speedup", "latency", "messages", "breakdown", "timeline")
                              for suffix in ("png", "svg")])
            for one, other in zip(first, second):
                self.assertEqual(one.read_bytes(), other.read_bytes(), one.name)

    def test_results_that_somebody_has_changed_are_bad_input(self) -> None:
        for manifest in ('{"runs": "x"}', '{"runs": [3]}', '{"runs": [{"folder": [], "axes": 1}]}', "[]", "{}"):
            with tempfile.TemporaryDirectory() as folder, redirect_stderr(StringIO()) as said:
                Path(folder, "manifest.json").write_text(manifest)
                self.assertEqual(main(["plot", folder]), 2)
                self.assertIn(folder, said.getvalue())

    def test_the_command_names_its_files_and_refuses_what_holds_no_results(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            with redirect_stdout(StringIO()) as out:
                self.assertEqual(main(["plot", str(example.run()), "--out", name]), 0)
            self.assertEqual(set(out.getvalue().splitlines()), {str(path) for path in Path(name).iterdir()})
        with tempfile.TemporaryDirectory() as name, redirect_stderr(StringIO()) as err:
            self.assertEqual(main(["plot", name]), 2)
            self.assertIn(f"dsmsim: {name}: neither result.json nor manifest.json", err.getvalue())


if __name__ == "__main__":
    unittest.main()
