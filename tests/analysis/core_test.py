"""The simulator in process gives what the command line writes."""

import json
import os
import signal
import threading
import time
import unittest

import dsmsim
import example
from dsmsim import _core


class Core(unittest.TestCase):
    def test_a_run_in_process_is_the_run_of_the_command_line(self) -> None:
        result = dsmsim.run(str(example.EXPERIMENT), [*example.SETTINGS, "protocol=gam", "servers=2"])
        written = dsmsim.load(example.run()).runs[0]
        self.assertEqual(result.summary, json.loads((written.folder / "result.json").read_text()))
        self.assertLessEqual({"get", "put", "lock"}, set(result.kinds))
        for one, other in zip(result.histogram("get"), written.histogram("get")):
            self.assertEqual(list(one), list(other))

    def test_an_operation_that_did_not_occur_has_an_empty_histogram(self) -> None:
        result = dsmsim.run(str(example.EXPERIMENT), [*example.SETTINGS, "protocol=local", "servers=1"])
        self.assertEqual([column.size for column in result.histogram("none")], [0, 0, 0])

    def test_bad_input_is_an_exception_with_every_place(self) -> None:
        with self.assertRaisesRegex(_core.Error, "(?s)program.keys.*program.operations"):
            dsmsim.run(str(example.EXPERIMENT), ["program.keys=none", "program.operations=-1", "protocol=gam"])
        with self.assertRaisesRegex(ValueError, "choose one by settings"):
            dsmsim.run(str(example.EXPERIMENT), example.SETTINGS)

    def test_what_does_not_fit_the_cluster_is_an_exception_with_its_place(self) -> None:
        with self.assertRaisesRegex(_core.Error, "/protocol  legoos: one server computes"):
            dsmsim.run(str(example.EXPERIMENT), ["protocol=legoos", "servers=1"])
        with self.assertRaisesRegex(_core.Error, "^--set protocol.controller.server=2  /protocol/controller/server"):
            dsmsim.run(str(example.EXPERIMENT), ["protocol=drust", "servers=2", "protocol.controller.server=2"])
        with self.assertRaisesRegex(_core.Error, "/faults/0/link  there is no link"):
            fault = 'faults=[{"name": "link_down", "link": "none", "at": "1us", "for": "1us"}]'
            dsmsim.run(str(example.EXPERIMENT), ["protocol=gam", "servers=2", fault])

    def test_an_experiment_may_be_a_path_or_a_dict_or_the_name_of_a_shipped_one_and_settings_a_dict(self) -> None:
        settings = {"protocol": "gam", "servers": 2, "program.operations": 400, "program.keys": 50}
        expected = dsmsim.run(str(example.EXPERIMENT), [*example.SETTINGS, "protocol=gam", "servers=2"]).summary
        self.assertEqual(dsmsim.run(example.EXPERIMENT, settings).summary, expected)
        self.assertEqual(dsmsim.run("demo", settings).summary, expected)
        content = json.loads(example.EXPERIMENT.read_text())
        self.assertEqual(dsmsim.run(content, settings).summary, expected)
        nested = {"cluster": {"name": "drust8", "servers": 2}, "protocol": "gam", "program": content["program"]}
        result = dsmsim.run(nested, {"program.operations": 400, "program.keys": 50})
        self.assertEqual(result.summary["operations"], expected["operations"])
        with self.assertRaises(TypeError):
            dsmsim.run(example.EXPERIMENT, "protocol=gam")

    def test_an_error_has_the_code_that_the_command_line_would_end_with(self) -> None:
        with self.assertRaises(dsmsim.Error) as bad:
            dsmsim.run({"protocol": "gamm"})
        self.assertEqual(bad.exception.code, 2)
        with self.assertRaises(dsmsim.Error) as limit:
            dsmsim.run(example.EXPERIMENT, {"protocol": "gam", "servers": 2, "limits.events": 10})
        self.assertEqual(limit.exception.code, 5)

    def test_an_interrupt_is_raised_at_once(self) -> None:
        after = 0.3
        for setting in (
            "program.operations=100000000",  # while it runs
            'axes={"program.operations": [' + ", ".join(map(str, range(1, 9000))) + "]}",  # and is planned
        ):
            timer = threading.Timer(after, os.kill, (os.getpid(), signal.SIGINT))
            start = time.monotonic()
            timer.start()
            with self.assertRaises(KeyboardInterrupt):
                dsmsim.run(str(example.EXPERIMENT), ["protocol=gam", "servers=2", setting])
            self.assertLess(time.monotonic() - start - after, 1.5)


if __name__ == "__main__":
    unittest.main()
