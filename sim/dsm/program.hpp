#pragma once
// A program: a workload or a replayed trace. A program never knows which engine runs it.

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>

#include "sim/dsm/op.hpp"
#include "sim/time/task.hpp"

namespace dsmsim {

class Thread;

class Program {
 public:
  virtual ~Program() = default;
  /// The first thread, on server 0; it spawns the others and joins them. Calls
  /// World::start_measuring() when set-up and warm-up are over.
  virtual Task<> main(Thread& thread) = 0;
  /// The extra operations (is_extra) that it will ask for: an engine without them refuses the run.
  virtual std::span<const OpKind> needs() const { return {}; }
  /// Operations that it will count in the measured part, if it knows: a progress line tells from
  /// them when a run will end.
  virtual std::optional<std::uint64_t> planned_operations() const { return std::nullopt; }
  /// Numbers of its own for `program` in result.json.
  virtual void report(nlohmann::ordered_json& numbers) const { (void)numbers; }
};

}  // namespace dsmsim
