// The verb fuzz with --faults: random programs in which something breaks, until time is up.

#include <fmt/format.h>

#include <chrono>
#include <cstdio>

#include "sim/base/atomic_file.hpp"
#include "sim/commands/commands.hpp"
#include "sim/experiment/experiment.hpp"
#include "sim/experiment/fault_fuzz.hpp"
#include "sim/experiment/registries.hpp"
#include "sim/experiment/search_path.hpp"
#include "sim/experiment/specimen.hpp"
#include "sim/experiment/text_table.hpp"

namespace dsmsim {
namespace {

/// The part of an experiment that says which engine it is.
struct ProtocolSection {
  config::Tagged protocol;
};

void describe(config::Fields& f, ProtocolSection& section) {
  f.tagged("protocol", section.protocol, protocol_registry(), "the coherence engine");
}

/// Throws InputErrors for a protocol, or a setting, that there is not.
const ProtocolRow& row_of(const std::string& name, const std::vector<std::string>& settings,
                          const std::vector<std::string>& paths) {
  std::vector<std::string> overrides;
  for (const std::string& setting : settings) {
    overrides.push_back("protocol." + setting);
  }
  const nlohmann::ordered_json text = {{"protocol", name}};
  config::Document document = config::parse(text.dump(), "dsmsim", overrides, paths);
  return protocol_row(config::read<ProtocolSection>(document).protocol.name());
}

/// The one that is asked for, or all that can be explored: those have a network.
std::vector<CaseProtocol> protocols(const FuzzOptions& options,
                                    const std::vector<std::string>& paths) {
  std::vector<std::string> names = {options.protocol};
  if (options.protocol == "all") {
    names = explorable_protocols();
  }
  std::vector<CaseProtocol> all;
  for (const std::string& name : names) {
    all.push_back({name, options.settings, row_of(name, options.settings, paths).strains});
  }
  return all;
}

void report(const FaultFinding& finding, const std::string& save) {
  const std::string text = finding.experiment.dump(2) + "\n";
  std::printf("failed, exit code %d: %s\nthe smallest experiment:\n%s",
              static_cast<int>(finding.code), finding.what.c_str(), text.c_str());
  if (!save.empty()) {
    write_file(save, text);
  }
}

/// A defect of the simulator, or a result that cannot be, has no exit code of its own.
ExitCode verdict(const FaultFinding& finding) {
  switch (finding.code) {
    case ExitCode::ok:
    case ExitCode::internal:
    case ExitCode::lost:
      return ExitCode::incoherent;
    case ExitCode::bad_input:
    case ExitCode::incoherent:
    case ExitCode::deadlock:
    case ExitCode::limit:
    case ExitCode::interrupted:
      break;
  }
  return finding.code;
}

}  // namespace

int fuzz_faults_command(const FuzzOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  const auto seconds = [start] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  const std::vector<std::string> paths = config_search_path(options.configs);
  const std::vector<CaseProtocol> all = protocols(options, paths);
  FaultTotals totals;
  std::optional<FaultFinding> found;
  while (!found && (options.programs != 0 ? totals.programs < options.programs
                                          : seconds() < options.minutes * 60)) {
    const CaseProtocol& protocol = all[totals.programs % all.size()];
    found = try_program(options.seed, totals.programs, protocol, paths, totals);
  }
  if (found) {
    report(*found, options.save);
  }
  std::printf("%s",
              fmt::format("{}, seed {}: {} programs, {} refused, {} runs with faults survived, "
                          "{} lost, {:.1f} s; {}\n",
                          options.protocol, options.seed, grouped(totals.programs),
                          grouped(totals.misfits), grouped(totals.survived), grouped(totals.lost),
                          seconds(), found ? "the last program fails" : "nothing found")
                  .c_str());
  return static_cast<int>(found ? verdict(*found) : ExitCode::ok);
}

}  // namespace dsmsim
