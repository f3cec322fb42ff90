"""The layering check finds what it is for, and the project passes it."""

import tempfile
import unittest
from pathlib import Path

from coroutines import mistakes, mixed_statements
from layering import complaint, unsafe_test_names, violations

PROJECT = Path(__file__).resolve().parents[2]


class Layering(unittest.TestCase):
    def test_a_room_may_include_itself_and_what_stands_below(self) -> None:
        self.assertIsNone(complaint("sim/fabric/nic.cpp", "sim/fabric/nic.hpp"))
        self.assertIsNone(complaint("sim/fabric/nic.cpp", "sim/base/units.hpp"))
        self.assertIsNone(complaint("protocols/gam/engine.cpp", "sim/dsm/contract/engine.hpp"))
        self.assertIsNone(complaint("sim/main.cpp", "sim/experiment/run.hpp"))
        self.assertIsNone(complaint("sim/base/units.cpp", "vector"))

    def test_a_room_may_not_include_what_stands_above_or_beside(self) -> None:
        self.assertIsNotNone(complaint("sim/time/task.hpp", "sim/fabric/nic.hpp"))
        self.assertIsNotNone(complaint("sim/dsm/boundary/world.cpp", "protocols/all.hpp"))
        self.assertIsNotNone(complaint("protocols/gam/engine.cpp", "workloads/all.hpp"))
        self.assertIsNotNone(complaint("workloads/ycsb/ycsb.cpp", "protocols/all.hpp"))

    def test_only_main_knows_an_engine_or_a_program(self) -> None:
        for source in ("sim/commands/progress.cpp", "sim/experiment/run.cpp", "sim/perftest/perftest.cpp"):
            self.assertIsNotNone(complaint(source, "protocols/all.hpp"))
            self.assertIsNotNone(complaint(source, "workloads/generators/zipf.hpp"))
        self.assertIsNone(complaint("sim/main.cpp", "protocols/all.hpp"))

    def test_only_the_fabric_sees_simgrid(self) -> None:
        self.assertIsNone(complaint("sim/fabric/flow.cpp", "simgrid/s4u.hpp"))
        self.assertIsNotNone(complaint("sim/dsm/boundary/world.cpp", "simgrid/s4u.hpp"))

    def test_an_engine_sees_no_other_engine_but_the_list_sees_all(self) -> None:
        self.assertIsNone(complaint("protocols/gam/engine.cpp", "protocols/gam/engine.hpp"))
        self.assertIsNone(complaint("protocols/all.cpp", "protocols/gam/engine.hpp"))
        self.assertIsNotNone(complaint("protocols/gam/engine.cpp", "protocols/drust/engine.hpp"))
        self.assertIsNotNone(complaint("workloads/ycsb/ycsb.cpp", "workloads/kvstore/kvstore.hpp"))

    def test_programs_share_the_generators_which_see_no_program(self) -> None:
        zipf = "workloads/generators/zipf.hpp"
        self.assertIsNone(complaint("workloads/ycsb/ycsb.cpp", zipf))
        self.assertIsNotNone(complaint(zipf, "workloads/ycsb/ycsb.hpp"))

    def test_engines_share_the_pages_which_see_no_engine(self) -> None:
        page = "protocols/paging/page.hpp"
        self.assertIsNone(complaint("protocols/kona/engine.cpp", page))
        self.assertIsNotNone(complaint(page, "protocols/kona/engine.hpp"))

    def test_a_relative_include_does_not_escape(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            root = Path(name).resolve()
            for folder in ("sim/base", "sim/time"):
                (root / folder).mkdir(parents=True)
            (root / "sim/time/task.hpp").touch()
            (root / "sim/base/units.hpp").write_text('#include "../time/task.hpp"\n')
            self.assertEqual(
                list(violations(root)),
                [
                    "sim/base/units.hpp:1: includes sim/time/task.hpp, "
                    "but sim/time does not stand below sim/base"
                ],
            )

    def test_a_test_name_that_breaks_the_list_of_ctest_is_found(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            (Path(name) / "tests").mkdir()
            (Path(name) / "tests/a.cpp").write_text('\nTEST_CASE(\n    "half " "of [0, 1)") {}\n')
            self.assertEqual(
                list(unsafe_test_names(Path(name))),
                ["tests/a.cpp:2: a test's name may not hold any of [ ] ; \\"],
            )

    def test_what_gcc_compiles_wrongly_in_coroutines_is_found(self) -> None:
        conditional = "a conditional operator and co_await in one statement; name the value first"
        braced = "co_await in a braced list; name the value first"
        wrong = {
            "co_await f(c ? a() : b());": conditional,
            "const int x = c ? co_await f(1) : 2;": conditional,
            "co_await f({.kind = c ? 1 : 2});": conditional,
            "co_await f({.k = {c ? T(1) : T(2)}});": conditional,
            "co_await f([](int a) { return a; }, c ? T(1) : T(2));": conditional,
            "co_await f([&] { return 1; }, c ? T(1) : T(2));": conditional,
            "co_await f(T{1}, c ? T(1) : T(2));": conditional,
            "co_await f(1);  /* it's \"quoted */\n  co_await f(c ? a() : b());": conditional,
            "if ((c ? co_await f(1) : co_await f(2)) == 3) {\n  return;\n}": conditional,
            "for (int i = c ? 1 : 2; i < co_await f(3); ++i) {\n}": conditional,
            "co_return Moved{co_await f(1), 2};": braced,
            "f({co_await g(1), co_await g(2)});": braced,
        }
        right = [
            "const int x = c ? 1 : 2;\nco_await f(x);",
            'co_await f("really?");  // really?',
            "while (c ? a() : b()) {\n  co_await f(1);\n}",
            "co_await f([&](int a) { return a == 1 ? 2 : 3; });",
            "if (c) {\n  co_await f({.kind = 1});\n}",
            "if (c) [[unlikely]] {\n  co_await f(1);\n}",
        ]
        for code, reason in wrong.items():
            line = 3 if "\n  co_await" in code else 2
            self.assertEqual(list(mistakes("Task<> t() {\n  " + code + "\n}\n")), [(line, reason)], code)
        for code in right:
            self.assertEqual(list(mistakes("Task<> t() {\n  " + code + "\n}\n")), [], code)

    def test_the_project_keeps_the_layering(self) -> None:
        found = [*violations(PROJECT), *mixed_statements(PROJECT), *unsafe_test_names(PROJECT)]
        self.assertEqual(found, [])


if __name__ == "__main__":
    unittest.main()
