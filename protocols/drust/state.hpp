#pragma once
// What the DRust engine keeps: per object, per live reference, per server. Plain data; the rules
// are in the engine's .cpp files.

#include <memory>
#include <vector>

#include "protocols/drust/copies.hpp"
#include "protocols/drust/counters.hpp"
#include "sim/time/sync.hpp"

namespace dsmsim::drust {

/// Servers that have had a copy of an object since it came to its address; some may have evicted
/// it.
class SharerLists {
 public:
  using Index = std::uint32_t;
  static constexpr Index kNone = kNoSlot;

  /// Adds to the list, which is made if it is kNone.
  void add(Index& list, NodeId server) {
    if (list == kNone) {
      list = lists_.take();
    }
    lists_[list].push_back(server);
    if (lists_[list].size() == lists_[list].capacity()) {
      tidy(lists_[list]);
    }
  }
  /// Empties the list: each server once, in order.
  std::vector<NodeId> take(Index& list);
  /// Adds the servers in the list.
  void fingerprint(Fingerprint& into, Index list) const;

 private:
  static void tidy(std::vector<NodeId>& list);
  Slots<std::vector<NodeId>> lists_;
};

/// Of a mutex that a server has instead of its home (leases.cpp).
enum class Lease : std::uint8_t {
  settled,
  fresh,   ///< its value has not been fetched yet
  ending,  ///< it is on its way home
};

/// One object with its owner Box. Kept small: runs have millions.
struct ObjectState {
  Pointer box;
  std::uint64_t stamp = 0;  ///< of the last write of the home copy: unique in the run
  std::uint64_t lock = 0;   ///< the lock word (mutexes.hpp)
  NodeId owner;             ///< where the Box is
  NodeId lock_home;         ///< where the lock word is; invalid: nobody has locked it yet
  NodeId lessee;            ///< the server that has it instead (leases.cpp); invalid: none
  SharerLists::Index sharers = SharerLists::kNone;
  bool live = false;
  bool guarded = false;
  bool raw = false;            ///< of unsafe code: nobody owns it, and it never moves
  bool tied = false;           ///< another object has an affinity pointer to it
  bool late = false;           ///< it has moved, and the Box has not heard (Policy::awaits_owner)
  bool pointer_known = false;  ///< who has the lock alone has read the Box behind it
  Lease lease = Lease::settled;
  bool tracked = false;  ///< for amplification: accesses are to be told to Runtime::use()
};
static_assert(sizeof(ObjectState) <= 56);

/// One server's share of the runtime.
struct ServerState {
  explicit ServerState(EventQueue& queue) : map_lock(queue) {}
  CopyTable copies;
  FifoLock map_lock;              ///< of the whole map, if copies are fetched under one
  std::vector<ThreadId> waiting;  ///< for that lock or for copies to arrive, in order
  Bytes cached;                   ///< memory in copies
};

}  // namespace dsmsim::drust
