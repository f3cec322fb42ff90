#pragma once
// What a run has measured. docs/metrics.md defines every number; result.json holds them all with
// the effective configuration, and nothing that depends on the machine: the same configuration and
// seed give the same bytes. Wall time is kept apart, in Timing.

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sim/dsm/boundary/meter.hpp"
#include "sim/dsm/boundary/world.hpp"
#include "sim/dsm/contract/event_log.hpp"

namespace dsmsim {

/// Of the form of result.json; a change that breaks readers changes the number.
inline constexpr const char* kResultSchema = "dsmsim-result-1";

/// How the simulator itself fared.
struct Timing {
  double wall_s = 0;
  double events_per_second = 0;
  double peak_memory_bytes = 0;  ///< of the whole process
};

/// Messages of one type that one server sent or received.
struct ServerMessages {
  std::string type;
  std::string verb;
  std::string purpose;
  NodeId server;
  bool sent = false;
  MessageCount count;
};

struct Result {
  nlohmann::ordered_json summary;        ///< result.json
  std::vector<KindMeter> kinds;          ///< those that occurred, with their histograms
  std::vector<ServerMessages> messages;  ///< by type and server
  EventLog log;                          ///< of the engine's runtime, if it has one
  Timing timing;
};

/// Everything but the timing, of a run that has ended. `config` is the effective configuration.
Result collect(const nlohmann::ordered_json& config, World& world, const Program& program);

}  // namespace dsmsim
