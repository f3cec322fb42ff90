#pragma once
// What the DRust engine keeps: per object, per live reference, per server. Plain data; the rules
// are in the engine's .cpp files.

#include <memory>
#include <vector>

#include "protocols/drust/copies.hpp"
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
  bool tracked = false;        ///< for amplification: accesses are to be told to Runtime::use()
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

/// Events counted in the measured window.
struct Counters {
  std::uint64_t local = 0;       ///< accesses to objects in the own partition
  std::uint64_t hits = 0;        ///< accesses to copies that were there
  std::uint64_t copies = 0;      ///< objects fetched into a cache
  std::uint64_t moves = 0;       ///< objects fetched to be written
  std::uint64_t promotions = 0;  ///< copies that became the object
  std::uint64_t companions = 0;  ///< objects that came along with another of their group
  std::uint64_t owner_updates = 0;
  std::uint64_t part_borrows = 0;  ///< parts fetched to be written back
  std::uint64_t transfers = 0;
  std::uint64_t evictions = 0;
  std::uint64_t invalidations = 0;     ///< copies given up because of a message
  std::uint64_t colour_overflows = 0;  ///< moves because an object had used up its colours
  std::uint64_t colour_resets = 0;     ///< colours begun anew, since there was no room to move
  std::uint64_t in_place_reads = 0;    ///< of objects that there was no room for here
  std::uint64_t in_place_writes = 0;
  std::uint64_t guarded_reads = 0;  ///< remote accesses behind a mutex
  std::uint64_t guarded_writes = 0;
  std::uint64_t unsafe_reads = 0;  ///< remote accesses of unsafe code
  std::uint64_t unsafe_writes = 0;
  std::uint64_t lock_retries = 0;
  // mode artifact
  std::uint64_t leases = 0;              ///< mutexes that came to a server
  std::uint64_t lease_circles = 0;       ///< given back, for servers would have waited for ever
  Bytes leaked;                          ///< places of values behind mutexes that nobody frees
  std::uint64_t serialised_borrows = 0;  ///< waits that Rust would have rejected the program for
  std::uint64_t stale_reads = 0;         ///< reads of another write than the last
  std::uint64_t controller_questions = 0;
  std::uint64_t migration_orders = 0;  ///< of the controller
  std::uint64_t migrations = 0;
  std::uint64_t remote_allocations = 0;  ///< because this server's partition was full
  std::uint64_t write_backs = 0;         ///< WRITEs to backups
  Bytes write_back_bytes;
  std::uint64_t recoveries = 0;        ///< servers whose place another one has taken
  std::uint64_t restored_objects = 0;  ///< that their backups were asked for
  std::uint64_t undone_objects = 0;    ///< of these, without what was written last
  std::uint64_t new_backups = 0;
  Bytes backup_bytes;  ///< sent to new backups
  Bytes cached_peak;   ///< most memory in copies, all servers together
};

}  // namespace dsmsim::drust
