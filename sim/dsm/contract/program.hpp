#pragma once
// A program: a workload or a replayed trace. A program never knows which engine runs it.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/base/units.hpp"
#include "sim/dsm/contract/counters.hpp"
#include "sim/dsm/contract/op.hpp"
#include "sim/time/task.hpp"

namespace dsmsim {

class Thread;

/// What a program will have at the same time, at least. Sums stay at the largest number there is.
struct Demand {
  std::uint64_t threads = 0;
  std::uint64_t objects = 0;
  Bytes bytes;  ///< of all objects

  Demand& add(std::uint64_t count, Bytes size);
};

class Program {
 public:
  virtual ~Program() = default;
  /// The first thread, on server 0; it spawns the others and joins them. Calls
  /// World::start_measuring() when set-up and warm-up are over.
  virtual Task<> main(Thread& thread) = 0;
  /// The extra operations (is_extra) that it will ask for: an engine without them refuses the run.
  virtual std::span<const OpKind> needs() const { return {}; }
  /// Throws Misfit, for an option below "program", if it cannot run on so many servers.
  virtual void check_servers(std::size_t servers) const { (void)servers; }
  /// On so many servers that run its threads; nothing, if it cannot say.
  virtual Demand demand(std::size_t servers) const {
    (void)servers;
    return {};
  }
  /// Operations that it will count in the measured part, if it knows: a progress line tells from
  /// them when a run will end.
  virtual std::optional<std::uint64_t> planned_operations() const { return std::nullopt; }
  /// What a user should know of its input before trusting the numbers, a line each.
  virtual std::vector<std::string> warnings() const { return {}; }
  /// Numbers of its own for `program` in result.json.
  virtual void report(CounterReport& numbers) const { (void)numbers; }
};

}  // namespace dsmsim
