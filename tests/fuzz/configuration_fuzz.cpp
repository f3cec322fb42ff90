// Any text as an experiment: planned as `dsmsim run` and `dsmsim validate` do, without running it.
// The file stands in a folder of its own, and may name and extend what configs/ holds. Lines
// `--set path=value` before the JSON are arguments of the command line. The effective configuration
// of every run must be readable and mean the same.

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "protocols/all.hpp"
#include "sim/experiment/plan.hpp"
#include "sim/experiment/registries.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "workloads/all.hpp"

namespace dsmsim {
namespace {

const bool kHandedIn = (hand_in(all_protocols(), all_programs()), true);
const std::vector<std::string> kSearchPath = {DSMSIM_SOURCE_DIR "/configs"};

/// Takes the lines "--set path=value" off the beginning.
std::vector<std::string> take_settings(std::string_view& text) {
  constexpr std::string_view mark = "--set ";
  std::vector<std::string> settings;
  while (text.starts_with(mark)) {
    const std::string_view line = text.substr(0, text.find('\n'));
    settings.emplace_back(line.substr(mark.size()));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return settings;
}

/// A comparison takes a run's time for every run: a hundred are enough.
bool is_slow(const std::string& path) {
  constexpr std::size_t most = 10'000;  // more are refused
  std::size_t runs = 0;
  fuzz::is_refused([&] {
    config::Document document = config::load(path, {}, kSearchPath);
    for (const std::vector<Axis>& axes : read_axes(document)) {
      runs += count_combinations(axes);
    }
  });
  return runs > 100 && runs <= most;
}

void check_effective(const Experiment& experiment, const std::string& path) {
  const std::string effective = effective_config(experiment).dump();
  config::Document document = config::parse(effective, path, {}, kSearchPath);
  fuzz::expect(effective_config(config::read<Experiment>(document)).dump() == effective,
               "the effective configuration means something else: " + effective);
}

}  // namespace
}  // namespace dsmsim

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dsmsim;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::vector<std::string> settings = take_settings(text);
  const std::string path = fuzz::input_file("experiment.json", text);
  if (is_slow(path)) {
    return 0;
  }
  Plan plan;
  if (!fuzz::is_refused([&] { plan = read_plan(path, settings, kSearchPath); })) {
    for (const PlannedRun& run : plan.runs) {
      if (!run.skipped) {
        check_effective(run.experiment, path);
      }
    }
  }
  return 0;
}
