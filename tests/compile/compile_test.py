"""Half of an addition does not compile, and the compiler says which half is missing.

Each case is a worked example of docs/architecture.md with one half left out: files of the project are compiled with a
change, which is put before them in the include path.
"""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
COMPILER = os.environ.get("DSMSIM_CXX", "c++")


def errors(source: str, changed: dict[str, str]) -> str:
    """What the compiler says about `source` of the project: "" if it compiles. `changed` has the text of other files
    that it is to see instead of the project's, by their path in the project."""
    with tempfile.TemporaryDirectory() as name:
        for path, text in changed.items():
            file = Path(name, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        file = Path(name, source) if source in changed else PROJECT / source
        command = [COMPILER, "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-DFMT_SHARED"]
        done = subprocess.run(
            [*command, f"-I{name}", f"-I{PROJECT}", str(file)], capture_output=True, text=True, check=False,
            env={**os.environ, "LC_ALL": "C"}
        )
        return done.stderr if done.returncode != 0 else ""


def changed(path: str, old: str, new: str) -> dict[str, str]:
    text = (PROJECT / path).read_text()
    assert text.count(old) == 1, f"{path}: {old}"
    return {path: text.replace(old, new)}


class AnOperation(unittest.TestCase):
    OP = "sim/dsm/contract/op_kind.hpp"

    def test_without_a_row_in_the_table(self) -> None:
        kinds = changed(self.OP, "  end_phase,  ///<", "  end_phase, teleport,  ///<")
        self.assertIn("an operation without a row in kOps", errors("sim/dsm/contract/op.cpp", kinds))

    def test_of_a_family_to_which_an_engine_has_no_answer(self) -> None:
        families = changed(self.OP, "  runtime,  ///<", "  runtime, magic,  ///<")
        self.assertIn("enumeration value 'magic' not handled in switch", errors("sim/dsm/contract/op.cpp", families))

    def test_of_a_family_whose_answerers_do_not_know_it(self) -> None:
        kinds = changed(self.OP, "  end_phase,  ///<", "  end_phase, atomic_max,  ///<")
        row = "    {.kind = OpKind::end_phase, .family = OpFamily::runtime},\n"
        more = row.replace("end_phase", "atomic_max").replace("runtime", "atomic")
        kinds[self.OP] = kinds[self.OP].replace(row, row + more)
        self.assertIn("a kind more in a family", errors("sim/dsm/contract/op.cpp", kinds))

    def test_to_which_an_engine_has_no_answer(self) -> None:
        kinds = changed(self.OP, "  end_phase,  ///<", "  end_phase, teleport,  ///<")
        row = "    {.kind = OpKind::end_phase, .family = OpFamily::runtime},\n"
        kinds[self.OP] = kinds[self.OP].replace(row, row + row.replace("end_phase", "teleport"))
        self.assertEqual("", errors("sim/dsm/contract/op.cpp", kinds))
        self.assertIn(
            "enumeration value 'teleport' not handled in switch", errors("protocols/grappa/messages.cpp", kinds)
        )


class AnOption(unittest.TestCase):
    OPTIONS = "protocols/grappa/options.hpp"

    def errors_with(self, old: str, new: str) -> str:
        return errors("protocols/grappa/options.cpp", changed(self.OPTIONS, old, new))

    def test_whose_value_has_no_row(self) -> None:
        added = self.errors_with("{ timeout, timeout_size }", "{ timeout, timeout_size, never }")
        self.assertIn("an enumerator without a row in config_values", added)

    def test_whose_values_have_no_table(self) -> None:
        self.assertIn(
            "no matching function for call to 'config_values(dsmsim::GrappaFlush)'",
            self.errors_with("config_values(GrappaFlush)", "other_values(GrappaFlush)"),
        )

    def test_of_a_value_that_nobody_explains(self) -> None:
        unexplained = self.errors_with(', "as in the paper: also when enough is waiting"', "")
        self.assertRegex(unexplained, "missing initializer for member '.*help'")

    def test_of_a_type_that_files_do_not_have(self) -> None:
        self.assertIn(
            "a field of a type that files do not have", self.errors_with("bool aggregation", "void* aggregation")
        )


MESSAGE = """
#include "sim/dsm/kit/messages.hpp"
namespace dsmsim {
struct Row : MessageRow { unsigned bytes; };
#define PING_MESSAGES(MESSAGE) \\
  MESSAGE(ping, "PING", Verb::send, Purpose::control, 16) \\
  MESSAGE(pong, "PONG", Verb::send, Purpose::control, 16)
DSMSIM_MESSAGES(MessageKind, Row, PING_MESSAGES);
inline int handle(MessageKind kind) {
  switch (kind) {
    case MessageKind::ping:
      return 1;
    case MessageKind::pong:
      return 2;
  }
  return 0;
}
}  // namespace dsmsim
"""

FIELD = """
#include "sim/dsm/contract/fingerprint.hpp"
namespace dsmsim {
struct Line { unsigned block; bool dirty; };
inline void add(Fingerprint& into, const Line& line) {
  const auto& [block, dirty] = line;
  into.add(block, dirty);
}
}  // namespace dsmsim
"""


class AMessage(unittest.TestCase):
    def errors_without(self, old: str, new: str = "") -> str:
        assert MESSAGE.count(old) == 1, old
        return errors("ping.cpp", {"ping.cpp": MESSAGE.replace(old, new)})

    def test_of_which_all_is_said(self) -> None:
        self.assertEqual("", errors("ping.cpp", {"ping.cpp": MESSAGE}))

    def test_that_nobody_works_on(self) -> None:
        self.assertIn(
            "enumeration value 'pong' not handled in switch",
            self.errors_without("    case MessageKind::pong:\n      return 2;\n"),
        )

    def test_without_a_column_of_its_row(self) -> None:
        row = '"PONG", Verb::send, Purpose::control'
        self.assertRegex(self.errors_without(row + ", 16", row), "missing initializer for member '.*bytes'")

    def test_with_the_name_of_another(self) -> None:
        self.assertIn("have_names_of_their_own", self.errors_without('"PONG"', '"PING"'))


class AFieldOfTheState(unittest.TestCase):
    def test_that_the_fingerprint_knows(self) -> None:
        self.assertEqual("", errors("line.cpp", {"line.cpp": FIELD}))

    def test_that_it_does_not_know(self) -> None:
        added = FIELD.replace("bool dirty; }", "bool dirty; bool lost; }")
        self.assertIn("only 2 names provided for structured binding", errors("line.cpp", {"line.cpp": added}))


class ACounter(unittest.TestCase):
    HEAD = """
#include "sim/dsm/contract/counters.hpp"
namespace dsmsim {
#define PING_COUNTERS(COUNTER) ROW
DSMSIM_COUNTERS(PingCounters, PING_COUNTERS)
void count(PingCounters& counters) { ++counters.pings; }
}
"""

    def errors(self, row: str) -> str:
        return errors("ping.cpp", {"ping.cpp": self.HEAD.replace("ROW", row)})

    def test_with_a_row(self) -> None:
        self.assertEqual("", self.errors('COUNTER(Count, pings, "pings", "that were sent")'))

    def test_without_a_line_of_help(self) -> None:
        self.assertIn("requires 4 arguments, but only 3 given", self.errors('COUNTER(Count, pings, "pings")'))

    def test_with_the_name_of_another_one(self) -> None:
        rows = 'COUNTER(Count, pings, "pings", "sent") COUNTER(Count, pongs, "pings", "that came back")'
        self.assertIn("two counters of one name", self.errors(rows))

    def test_that_is_bumped_and_has_no_row(self) -> None:
        row = 'COUNTER(Count, pongs, "pongs", "that came back")'
        self.assertIn("has no member named 'pings'", self.errors(row))


if __name__ == "__main__":
    unittest.main()
