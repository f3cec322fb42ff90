#include "protocols/grappa/engine.hpp"

namespace dsmsim {

using grappa::TaskState;

GrappaEngine::GrappaEngine(EngineContext context, GrappaOptions options)
    : system_(grappa::system_of(context, std::move(options))),
      cores_(system_, context.cluster.simulation(), &grappa::Arrivals::poll_is_due),
      outbox_(system_, cores_),
      tasks_(system_, cores_, outbox_),
      memory_(system_.layout, grappa::heap_of(system_.options, context.cluster),
              system_.options.align_objects, context.witness),
      home_(system_, cores_, outbox_, tasks_, memory_),
      event_(system_, cores_, outbox_, tasks_),
      arrivals_(system_, cores_, outbox_, tasks_, memory_, home_, event_),
      own_core_(system_, cores_, tasks_, memory_, home_),
      delegation_(system_, outbox_, tasks_, memory_, own_core_) {}

MaybeDuration GrappaEngine::try_local(Thread& thread, Op& op) {
  if (family_of(op.kind) == OpFamily::reference) {
    op.borrow = BorrowId(0);
    return Duration();
  }
  const TaskState& task = tasks_.of(thread);
  if (!task.has_worker || must_drain(task, op)) {
    return std::nullopt;
  }
  switch (family_of(op.kind)) {
    case OpFamily::fence:
      return Duration();
    case OpFamily::lifetime:
      return std::nullopt;
    case OpFamily::lock:
    case OpFamily::unlock:
      return own_core_.try_lock(task, op);
    case OpFamily::word:
      return own_core_.try_word(task, op);
    case OpFamily::data:
    case OpFamily::atomic:
    case OpFamily::call:
      return own_core_.try_data(task, op);
    case OpFamily::reference:  // see above
    case OpFamily::file:
    case OpFamily::channel:
    case OpFamily::launch:
    case OpFamily::runtime:
      break;
  }
  not_for_engines(op.kind);
}

void GrappaEngine::ended(Thread& thread) {
  const TaskState* const task = tasks_.find(thread.id());
  if (task != nullptr) {
    tasks_.end(*task);
  }
}

}  // namespace dsmsim
