// What is asked of a run at its end: who waits for whom, and whether the state is that of a system
// at rest.

#include "protocols/drust/engine.hpp"
#include "sim/base/error.hpp"
#include "sim/time/wait_for_graph.hpp"

namespace dsmsim {

// ---- waits

void DrustEngine::describe_waits(WaitForGraph& graph) const {
  describe_references(graph);
  mutexes_.describe_holders(graph, object_name);
}

void DrustEngine::describe_borrows(WaitForGraph& graph) const {
  borrows_.for_each_wait([&](ThreadId thread, ObjectId object) {
    graph.waits(runtime_.name_of(thread), object_name(object));
  });
  describe_references(graph);
}

void DrustEngine::describe_references(WaitForGraph& graph) const {
  references_.for_each([&](const Reference& reference) {
    graph.held(object_name(reference.object), thread_name(reference.thread, reference.node));
  });
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
