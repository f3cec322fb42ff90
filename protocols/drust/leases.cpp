// The mutex of the released code (drust/src/drust_std/sync/dmutex.rs; mode: artifact): the first
// lock on a server takes the word at its home and brings mutex and value there; from then on all
// is local to that server, until its handle of the mutex is dropped at the end of a phase of the
// program, which WRITEs the mutex home. The value stays. Whoever finds the word taken meanwhile
// tries again at once, and again.
//
// Programs say nothing of handles. A phase of a thread ends when it comes to a barrier, joins
// another one, or ends (Thread::end_phase); what is leased to a server goes home when the last of
// the server's threads that have locked anything ends its phase. Servers whose threads wait for
// each other's leases would do so for ever, and do in the released code; here whoever closes such
// a circle gives the mutex back that is waited for (Counters::lease_circles).

#include <set>

#include "protocols/drust/mutexes.hpp"

namespace dsmsim::drust {
namespace {

/// What others find at the home of a leased mutex: nobody's word, which admits nobody. No request
/// that has failed gives it.
constexpr std::uint64_t kLeased = Mutexes::kWriter | ThreadId().value();
static_assert(kLeased != Fabric::kFailed);

}  // namespace

/// The server that may lock without asking anybody; invalid: none, the mutex is on its way home.
NodeId Mutexes::place(ObjectId object) {
  const ObjectState& state = mutex(object);
  if (!state.lessee.valid()) {
    return state.lock_home;
  }
  return state.lease == Lease::ending ? NodeId() : state.lessee;
}

/// A lock that is given has to fetch its value.
bool Mutexes::value_is_away(const Thread& thread, ObjectId object) const {
  const ObjectState& state = objects_[object];
  return runtime_.policy().leases_mutexes && state.guarded &&
         !heap_.is_local(state.box.target.address(), thread.node());
}

bool Mutexes::has_come(ObjectId object) {
  ObjectState& state = objects_[object];
  if (state.lease != Lease::fresh) {
    return false;
  }
  state.lease = Lease::settled;
  return true;
}

/// At its home. Who succeeds from another server takes the mutex along.
std::uint64_t Mutexes::swap_at_home(NodeId from, ThreadId thread, const Op& op,
                                    std::uint64_t expected) {
  ObjectState& state = objects_[op.object];
  if (state.lessee.valid()) {
    return kLeased;
  }
  const std::uint64_t found = swap(thread, op, expected);
  if (runtime_.policy().leases_mutexes && found == expected && from != state.lock_home) {
    state.lessee = from;
    state.lease = Lease::fresh;
    leased_.resize(runtime_.servers());
    LeaseSet& leased = leased_[from.index()];
    leased.resize(std::max(leased.size(), objects_.count()));
    leased.set(op.object.index());
    ++runtime_.counters().leases;
  }
  return found;
}

// ---- the end of a lease

void Mutexes::use_leases(ThreadId thread) {
  uses_leases_.resize(std::max(uses_leases_.size(), thread.index() + 1));
  users_of_leases_.resize(runtime_.servers());
  if (!uses_leases_[thread.index()]) {
    uses_leases_[thread.index()] = true;
    ++users_of_leases_[runtime_.node_of(thread).index()];
  }
}

Task<> Mutexes::end_phase(Thread& thread) {
  uses_leases_[thread.id().index()] = false;
  if (--users_of_leases_[thread.node().index()] > 0) {
    co_return;  // the others go on with what is here
  }
  for (ObjectId next = unused_lease(thread.node(), ObjectId(0)); next.valid();
       next = unused_lease(thread.node(), ObjectId(next.value() + 1))) {
    co_await give_back(thread, next);
  }
}

/// It is leased to the server, nobody has locked it, and it is not on its way home.
bool Mutexes::is_unused_lease(NodeId server, ObjectId object) const {
  const ObjectState& state = objects_[object];
  return state.lessee == server && state.lock == 0 && state.lease != Lease::ending;
}

/// The first one from that number on; invalid: there is none.
ObjectId Mutexes::unused_lease(NodeId server, ObjectId from) const {
  if (server.index() >= leased_.size()) {
    return {};
  }
  const LeaseSet& leased = leased_[server.index()];
  std::size_t next = from.index() < leased.size() && leased.test(from.index())
                         ? from.index()
                         : leased.find_next(from.index());
  while (next != LeaseSet::npos && !is_unused_lease(server, ObjectId(next))) {
    next = leased.find_next(next);
  }
  return next != LeaseSet::npos ? ObjectId(next) : ObjectId();
}

/// The drop of the handle: out of the map, the local mutex freed, the mutex WRITTEN home
/// (dmutex.rs:87-106).
Task<> Mutexes::give_back(Thread& thread, ObjectId object) {
  objects_[object].lease = Lease::ending;
  const auto end = [this, object] {
    ObjectState& state = objects_[object];
    leased_[state.lessee.index()].reset(object.index());
    state.lessee = NodeId();
    state.lease = Lease::settled;
    return std::uint64_t{0};
  };
  const OneSided request{.kind = MessageKind::lease_end,
                         .object = object,
                         .to = objects_[object].lock_home,
                         .payload = kBox,
                         .before = runtime_.costs().map_operation + runtime_.costs().deallocation,
                         .effect = end};
  Fabric::Operation operation = runtime_.request(thread, request);
  co_await operation;
}

// ---- servers that wait for each other's leases

/// Whether the thread tries to lock something, and the object cannot be had before it has.
bool Mutexes::keeps_waiting(ThreadId thread, ObjectId object) const {
  const NodeId lessee = objects_[object].lessee;
  return lessee.valid() ? runtime_.node_of(thread) == lessee : holds(thread, object);
}

/// A mutex that is leased to the server and not in use, and for which those wait who would have to
/// go on before the wanted one can be had; invalid: there is none.
ObjectId Mutexes::lease_in_circle(NodeId server, ObjectId wanted) const {
  std::set<ObjectId> seen;
  std::vector<ObjectId> left = {wanted};
  while (objects_[wanted].lessee.valid() && !left.empty()) {
    const ObjectId object = left.back();
    left.pop_back();
    if (!seen.insert(object).second) {
      continue;
    }
    if (object != wanted && is_unused_lease(server, object)) {
      return object;
    }
    for (const auto& [thread, next] : spinning_) {
      if (keeps_waiting(thread, object)) {
        left.push_back(next);
      }
    }
  }
  return {};
}

}  // namespace dsmsim::drust
