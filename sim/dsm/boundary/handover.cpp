#include "sim/dsm/boundary/handover.hpp"

#include "sim/dsm/boundary/thread.hpp"
#include "sim/dsm/boundary/world.hpp"
#include "sim/dsm/contract/engine.hpp"
#include "sim/dsm/contract/thread_system.hpp"

namespace dsmsim {

Task<> give_all(Engine& engine, Thread& from, const std::vector<ObjectId>& objects) {
  if (ThreadSystem* const system = engine.threads()) {
    for (const ObjectId object : objects) {
      co_await system->give(from, object);
    }
  } else if (!objects.empty()) {
    Op fence = Op::fence();
    if (const MaybeDuration at_once = engine.try_local(from, fence)) {
      co_await from.world().simulation().delay(*at_once);
      from.tally().charge(Category::cpu, from.now());
    } else {
      co_await engine.perform(from, fence);
    }
  }
}

}  // namespace dsmsim
