// dsmsim._core: one run in process, its numbers as NumPy-ready buffers.

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>

#include "protocols/all.hpp"
#include "sim/base/error.hpp"
#include "sim/base/stop.hpp"
#include "sim/experiment/plan.hpp"
#include "sim/experiment/registries.hpp"
#include "sim/experiment/run.hpp"
#include "sim/experiment/search_path.hpp"
#include "workloads/all.hpp"

namespace py = pybind11;

namespace dsmsim {
namespace {

py::object parse_json(const std::string& text) {
  return py::module_::import("json").attr("loads")(text);
}

/// dsmsim::Error as an exception with a `code`.
void register_error(py::module_& module) {
  static py::exception<Error> type(module, "Error", PyExc_ValueError);
  type.doc() =
      "Bad input, a deadlock of the simulated program or a limit reached; the text has one line a "
      "mistake, `code` is the exit code that the command line would have.";
  py::register_exception_translator([](std::exception_ptr thrown) {
    try {
      std::rethrow_exception(std::move(thrown));
    } catch (const Error& error) {
      const std::string text = error.what();
      const auto message = py::reinterpret_steal<py::object>(
          PyUnicode_DecodeUTF8(text.data(), static_cast<py::ssize_t>(text.size()), "replace"));
      const py::object raised = py::reinterpret_borrow<py::object>(type)(message);
      raised.attr("code") = static_cast<int>(error.code());
      PyErr_SetObject(type.ptr(), raised.ptr());
    }
  });
}

/// Ctrl-C raises KeyboardInterrupt at once, whatever is at work. Python notes signals in its main
/// thread only, and nobody is asked in the others.
void raise_what_python_noticed() {
  const py::gil_scoped_acquire acquire;
  if (PyErr_CheckSignals() != 0) {
    throw py::error_already_set();
  }
}

/// `text` is the content of `file`, or null.
Result run(const std::string& file, const std::string* text,
           const std::vector<std::string>& settings, const std::vector<std::string>& configs) {
  const StopQuestion question(raise_what_python_noticed);
  const py::gil_scoped_release release;
  const std::vector<std::string> search_path = config_search_path(configs);
  const Plan plan = text != nullptr ? read_plan_text(*text, file, settings, search_path)
                                    : read_plan(file, settings, search_path);
  if (plan.runs.size() != 1) {
    throw Error(file + ": compares " + std::to_string(plan.runs.size()) +
                " runs; choose one by settings, such as \"protocol=drust\"");
  }
  return run_experiment(plan.runs.front().experiment, {}, plan.runs.front().program);
}

template <class T>
py::array_t<T> column(const std::vector<Histogram::Bucket>& buckets,
                      T (*value)(const Histogram::Bucket&)) {
  py::array_t<T> array(static_cast<py::ssize_t>(buckets.size()));
  std::transform(buckets.begin(), buckets.end(), array.mutable_data(), value);
  return array;
}

py::tuple histogram(const Result& result, const std::string& kind) {
  std::vector<Histogram::Bucket> buckets;
  for (const KindMeter& meter : result.kinds) {
    if (meter.name == kind) {
      buckets = meter.latency.buckets();
    }
  }
  return py::make_tuple(
      column<double>(buckets,
                     [](const Histogram::Bucket& b) { return Duration::picoseconds(b.low).ns(); }),
      column<double>(
          buckets,
          [](const Histogram::Bucket& b) { return Duration::picoseconds(b.high + 1).ns(); }),
      column<std::int64_t>(
          buckets, [](const Histogram::Bucket& b) { return static_cast<std::int64_t>(b.count); }));
}

}  // namespace
}  // namespace dsmsim

PYBIND11_MODULE(_core, module) {
  using namespace dsmsim;
  hand_in(all_protocols(), all_programs());
  module.doc() = "The simulator in process.";
  register_error(module);
  py::class_<Result>(module, "Result", "What one run has measured.")
      .def_property_readonly(
          "summary", [](const Result& r) { return parse_json(r.summary.dump()); },
          "The content of result.json as a dict; docs/metrics.md defines every number.")
      .def_property_readonly(
          "kinds",
          [](const Result& r) {
            std::vector<std::string> names;
            for (const KindMeter& meter : r.kinds) {
              names.push_back(meter.name);
            }
            return names;
          },
          "Names of the kinds of operations that occurred.")
      .def("histogram", &histogram, py::arg("kind"),
           "Latency buckets of a kind of operation: from_ns, to_ns (float64, shape (n,)) and count "
           "(int64, shape "
           "(n,)). Empty arrays if the kind did not occur.");
  module.def(
      "run",
      [](const std::string& file, const std::vector<std::string>& settings,
         const std::vector<std::string>& configs) { return run(file, nullptr, settings, configs); },
      py::arg("file"), py::arg("settings"), py::arg("configs"), "See dsmsim.run.");
  module.def(
      "run_text",
      [](const std::string& text, const std::string& name, const std::vector<std::string>& settings,
         const std::vector<std::string>& configs) { return run(name, &text, settings, configs); },
      py::arg("text"), py::arg("name"), py::arg("settings"), py::arg("configs"),
      "The same with the text of a file that is called `name`.");
}
