// The mutex of the released code (drust/src/drust_std/sync/dmutex.rs; mode: artifact): the first
// lock on a server takes the word at its home and brings mutex and value there; from then on all
// is local to that server, until its handle of the mutex is dropped, which WRITEs the mutex home.
//
// Programs say nothing of handles. Here a server gives a mutex back that it has not used for
// DrustArtifactOptions::lease, when another server finds it taken.

#include "protocols/drust/mutexes.hpp"

namespace dsmsim::drust {
namespace {

/// What others find at the home of a leased mutex: nobody's word, which admits nobody.
constexpr std::uint64_t kLeased = ~std::uint64_t{0};

}  // namespace

/// The server that may lock without asking anybody; invalid: none, the mutex is on its way home.
NodeId Mutexes::place(ObjectId object) {
  const ObjectState& state = mutex(object);
  if (!state.lessee.valid()) {
    return state.lock_home;
  }
  return leases_.at(object).ending ? NodeId() : state.lessee;
}

/// A lock that is given has to fetch its value.
bool Mutexes::value_is_away(const Thread& thread, ObjectId object) const {
  const ObjectState& state = runtime_.object(object);
  return runtime_.is_artifact() && state.guarded &&
         !runtime_.heap().is_local(state.box.target.address(), thread.node());
}

bool Mutexes::has_come(ObjectId object) {
  const auto lease = leases_.find(object);
  return lease != leases_.end() && std::exchange(lease->second.fresh, false);
}

/// At its home. Who succeeds from another server takes the mutex along.
std::uint64_t Mutexes::swap_at_home(NodeId from, ThreadId thread, const Op& op,
                                    std::uint64_t expected) {
  ObjectState& state = runtime_.object(op.object);
  if (state.lessee.valid()) {
    give_back_unused(op.object);
    return kLeased;
  }
  const std::uint64_t found = swap(thread, op, expected);
  if (runtime_.is_artifact() && found == expected && from != state.lock_home) {
    state.lessee = from;
    leases_[op.object] = {runtime_.queue().now()};
    ++runtime_.counters().leases;
  }
  return found;
}

void Mutexes::give_back_unused(ObjectId object) {
  Lease& lease = leases_.at(object);
  const ObjectState& state = runtime_.object(object);
  const Duration unused = runtime_.queue().now() - lease.used;
  if (lease.ending || state.lock != 0 || unused < runtime_.options().artifact.lease) {
    return;
  }
  lease.ending = true;
  const auto end = [this, object] {
    runtime_.object(object).lessee = NodeId();
    leases_.erase(object);
  };
  runtime_.post(state.lessee, {.type = runtime_.types().lease_end,
                               .object = object,
                               .to = state.lock_home,
                               .payload = kBox,
                               .effect = end});
}

}  // namespace dsmsim::drust
