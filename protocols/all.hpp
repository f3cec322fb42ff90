#pragma once
// The list of engines: what an experiment may name as its "protocol". Adding an engine is one
// folder and one row in all.cpp.

#include <any>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sim/base/config/tagged.hpp"
#include "sim/dsm/engine.hpp"
#include "sim/dsm/world.hpp"

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
  /// Throws Misfit or Error for what the options ask of the cluster and it has not. Cheap: nothing
  /// is made that grows with the servers' memory, unless it was held against host_memory().
  std::function<std::unique_ptr<Engine>(EngineContext, const std::any& options)> make;
  /// The same options for an engine that takes no time, and whose origin nobody asks for.
  std::function<std::any(const std::any& options)> timeless;
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
  /// Servers that hold the memory of one that runs threads, where the others run none.
  std::function<std::size_t(const std::any& options)> memory_servers_each = {};
};

std::vector<ProtocolRow> all_protocols();

}  // namespace dsmsim
