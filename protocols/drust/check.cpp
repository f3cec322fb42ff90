// What is asked of a run at its end: who waits for whom, and whether the state is that of a system
// at rest.

#include "protocols/drust/engine.hpp"
#include "sim/base/error.hpp"
#include "sim/time/wait_for_graph.hpp"

namespace dsmsim {

// ---- waits

void DrustEngine::describe_waits(WaitForGraph& graph) const {
  borrows_.describe_holders(graph);
  mutexes_.describe_holders(graph, object_name);
}

// ---- invariants

void DrustEngine::check_quiescent() const {
  if (memory_.disposals().count() != 0) {
    throw Error(ExitCode::incoherent, "drust: " + std::to_string(memory_.disposals().count()) +
                                          " addresses were given up and never became free");
  }
  check_invariants();
}

void DrustEngine::check_invariants() const { inspector_.check_at_rest(); }

}  // namespace dsmsim
