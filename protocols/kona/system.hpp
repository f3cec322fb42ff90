#pragma once
// What all parts of the engine share: what was chosen, the network, and what is counted.

#include <memory>
#include <vector>

#include "protocols/kona/counters.hpp"
#include "protocols/kona/messages.hpp"
#include "protocols/kona/mutants.hpp"
#include "protocols/kona/options.hpp"
#include "sim/dsm/kit/worker_pool.hpp"

namespace dsmsim::kona {

/// The server that computes; the others lend it their memory.
inline constexpr NodeId kCompute = NodeId(0);

struct System {
  EventQueue& queue;
  Fabric& fabric;
  KonaOptions options;
  MessageTypes types;
  Mutant mutant;
  KonaCounters counters = {};
  std::vector<std::unique_ptr<WorkerPool>> workers = {};  ///< by server: its software, which polls

  bool mutated(std::string_view defect) const { return mutant.is(defect); }
};

}  // namespace dsmsim::kona
