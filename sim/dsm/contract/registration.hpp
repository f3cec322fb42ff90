#pragma once
// What an engine or a program says of itself to be chosen by name. An engine's row is in its
// row.cpp, a program's in workloads/all.cpp; who starts hands the lists in
// (sim/experiment/registries.hpp).

#include <any>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sim/base/config/tagged.hpp"
#include "sim/dsm/contract/engine.hpp"
#include "sim/dsm/contract/program.hpp"

namespace dsmsim {

/// A configuration in configs/protocols that is listed, and explored, beside the engines.
struct ProtocolPreset {
  std::string name;  ///< of the file
  std::string help;
  std::string citation;
  std::vector<std::string> scarce;  ///< as ProtocolRow::scarce
};

struct ProtocolRow {
  config::Variant variant;  ///< its name, one line about it, its options
  std::string citation;
  /// Keeps all memory on one server: comparisons run it there only.
  bool single_server = false;
  /// Settings ("cache=512B", or "memory=16KiB" of a server) under which everything is scarce, so
  /// that random programs meet evictions and full tables.
  std::vector<std::string> scarce = {};
  /// Settings of which random runs with faults take some each: little memory, copies elsewhere.
  std::vector<std::string> strains = {};
  /// Each leads random programs, on top of `scarce`, another way through the engine.
  std::vector<std::string> detours = {};
  /// Settings of which each repairs a defect of the published protocol (docs/findings.md).
  std::vector<std::string> repairs = {};
  std::vector<ProtocolPreset> presets = {};
  /// Of all its configurations: `engine` in result.json has some of them.
  std::vector<CounterRow> counters = {};

  /// Throws Misfit or Error for what the options ask of the cluster and it has not. Cheap: nothing
  /// is made that grows with the servers' memory, unless it was held against host_memory().
  std::function<std::unique_ptr<Engine>(EngineContext, const std::any& options)> make = {};
  /// The same options for an engine that takes no time, and whose origin nobody asks for.
  std::function<std::any(const std::any& options)> timeless = {};
  /// Servers that hold the memory of one that runs threads, where the others run none.
  std::function<std::size_t(const std::any& options)> memory_servers_each = {};
};

struct ProgramRow {
  config::Variant variant;  ///< its name, one line about it, its options
  std::string citation;
  std::function<std::unique_ptr<Program>(const std::any& options)> make = {};
  /// A file of YCSB's properties can take the place of its options.
  bool reads_properties = false;
};

/// The row with what E and its Options say; name and help are those of the variant.
template <class E, class Options>
ProtocolRow protocol_row_of(std::string name, std::string help, ProtocolRow row) {
  row.variant = config::variant<Options>(std::move(name), std::move(help));
  row.make = [](EngineContext context, const std::any& options) -> std::unique_ptr<Engine> {
    return std::make_unique<E>(context, std::any_cast<const Options&>(options));
  };
  row.timeless = [](const std::any& options) -> std::any {
    return timeless(std::any_cast<const Options&>(options));
  };
  return row;
}

template <class P, class Options>
ProgramRow program_row_of(std::string name, std::string help, std::string citation,
                          bool reads_properties = false) {
  return {config::variant<Options>(std::move(name), std::move(help)), std::move(citation),
          [](const std::any& options) -> std::unique_ptr<Program> {
            return std::make_unique<P>(std::any_cast<const Options&>(options));
          },
          reads_properties};
}

}  // namespace dsmsim
