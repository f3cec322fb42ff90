#include "sim/dsm/boundary/mover.hpp"

#include "sim/dsm/boundary/world.hpp"
#include "sim/dsm/contract/thread_system.hpp"

namespace dsmsim {

Task<> Mover::perform(Thread& thread, Op& op) {
  ThreadSystem& system = *world_.engine().threads();
  const bool moves = co_await system.migrate(thread, thread.destination());
  co_await thread.stop_if_lost();
  const NodeId server = moves ? thread.destination() : thread.node();
  co_await thread.relocate(server);
  world_.meter().record(Meter::kind_of(OpKind::migrate), thread.now() - thread.started_operation(),
                        thread.tally());
  thread.restart_operation(op);

  OpHandler& engine = world_.engine();
  if (const MaybeDuration local = engine.try_local(thread, op)) {
    co_await world_.simulation().delay(*local);
    thread.tally().charge(Category::cpu, thread.now());
  } else {
    Task<> operation = engine.perform(thread, op);
    co_await operation;
  }
}

}  // namespace dsmsim
