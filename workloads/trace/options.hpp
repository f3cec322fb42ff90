#pragma once
// The parameters of a replay (replay.hpp).

#include <optional>
#include <vector>

#include "sim/base/config/fields.hpp"
#include "workloads/trace/import.hpp"
#include "workloads/trace/lackey_reader.hpp"

namespace dsmsim {

/// Where the objects are allocated that the blocks of the traced program become.
enum class ObjectPlacement : unsigned char { first_touch, round_robin };
constexpr auto config_values(ObjectPlacement) {
  using enum ObjectPlacement;
  return std::to_array<config::Value<ObjectPlacement>>({
      {first_touch, "first_touch",
       "on the server of the thread that is the first to touch the block in the trace"},
      {round_robin, "round_robin", "block b, in order of first touch, on server b mod N"},
  });
}

struct TraceOptions {
  config::Sources sources;
  config::File file;
  ImportOptions import;
  LackeyOptions lackey;
  std::vector<std::uint32_t> thread_servers;
  ObjectPlacement placement = ObjectPlacement::first_touch;
  double instructions_per_cycle = 1;
  std::optional<double> clock_ghz;
  double assumed_instructions = 2.3;
};
void describe(config::Fields& fields, TraceOptions& options);

}  // namespace dsmsim
