#pragma once
// The partitions at work: who gets an address, which copies go when memory is short, and when an
// address that was given up may be used again.
//
// Allocation is local; copies are evicted lazily, when a partition is under pressure and only those
// that no reference uses (Ma et al., OSDI'24, section 4.2.1). Giving up the address of a home is an
// asynchronous deallocation at its host, which also invalidates the copies on all servers (Appendix
// B.4); what makes that safe against reuse of the address is DrustOptions::reuse. The functions
// spend no time themselves: they say how much CPU time the caller has to spend.

#include <tsl/robin_map.h>

#include <memory>
#include <span>
#include <vector>

#include "protocols/drust/disposals.hpp"
#include "protocols/drust/runtime.hpp"
#include "sim/dsm/contract/event_log.hpp"

namespace dsmsim::drust {

/// An object that leaves its home.
struct Given {
  ObjectId object;
  ColouredAddress home;
};

class Memory {
 public:
  /// Evictions become lines of the log.
  Memory(Runtime& runtime, Objects& objects, Heap& heap, EventLog& log);

  ServerState& server(NodeId id) { return *servers_[id.index()]; }
  const ServerState& server(NodeId id) const { return *servers_[id.index()]; }
  Bytes cached() const { return cached_; }
  /// Addresses that were given up and are not free yet.
  const Disposals& disposals() const { return disposals_; }

  /// An address in the server's partition, evicting copies if need be; nothing if it is full.
  std::optional<GlobalAddress> try_reserve(NodeId server, Bytes size, Duration& cpu);
  [[noreturn]] void out_of_memory(NodeId server, Bytes size) const;
  /// In artifact.cpp.
  [[noreturn]] void panic(NodeId server, Bytes size) const;

  /// The server's copy of that name, or an invalid id.
  CopyId find(NodeId id, ColouredAddress key) const {
    const CopyTable& copies = server(id).copies;
    return runtime_.mutated("drust.copies_without_colours") ? copies.newest(key.address())
                                                            : copies.find(key);
  }
  /// A new copy with one user, still on its way.
  CopyId add_copy(NodeId id, ObjectId object, ColouredAddress key, GlobalAddress local);
  /// One less uses the copy. Without users it stays, or is freed at once
  /// (Policy::keeps_unused_copies): gives the CPU time of that.
  Duration drop_use(NodeId id, CopyId copy);
  /// Forgets a copy that nothing uses; its memory stays allocated (it has become the object).
  void forget_copy(NodeId id, CopyId copy);
  /// Frees the copies of the address that nothing uses, under any colour; how many they were.
  std::size_t drop_unused(NodeId id, GlobalAddress address);

  /// The address becomes the object's home: the pointer to it.
  ColouredAddress become_home(ObjectId object, GlobalAddress address);
  /// The sender has no more use for the home of the object: frees it if it is local, else tells its
  /// host. The sender's own copies go at once.
  void give_up(Sender& sender, ObjectId object, ColouredAddress home);
  /// The same for objects of one host, with one message for all.
  void give_up(Sender& sender, std::span<const Given> all);
  /// The same for a home that the object has not any more, with a list of who may have copies.
  void give_up(Sender& sender, Bytes size, ColouredAddress home, SharerLists::Index sharers);
  /// That home is forgotten: nobody frees it (Policy::frees_left_value).
  void leak(ObjectId object, ColouredAddress home);
  Bytes leaked(NodeId partition) const { return leaked_[partition.index()]; }
  /// Whether giving up that home would send nothing.
  bool gives_up_silently(NodeId by, ObjectId object, ColouredAddress home);

  /// The object keeps its home, and all copies of it have to go: the number to reset() with. The
  /// sender's own go at once.
  std::uint32_t begin_reset(Sender& sender, ObjectId object, ColouredAddress home);
  /// At the object's host: answers `call` once they have gone.
  void reset(Sender& host, const ResetBody& body);

  // When a server is lost.
  /// Its copies, and what it has promised about the copies of others.
  void forget_server(NodeId lost);
  /// Addresses that it has given up, was to free, or was to answer about: their hosts go on.
  void settle_disposals(NodeId lost);

  /// Adds copies, addresses given up, and what freed ones have seen.
  void fingerprint(Fingerprint& into) const;
  void fingerprint(Fingerprint& into, SharerLists::Index sharers) const {
    sharers_.fingerprint(into, sharers);
  }

  void handle_deallocate(const Delivery& message, Sender& host);
  void handle_invalidate(const Delivery& message, Sender& holder);
  void handle_invalidated(const Delivery& message, Sender& host);

 private:
  /// What an address has seen (reuse: fresh_colour).
  struct Past {
    Colour next;
    SharerLists::Index sharers;
  };

  void add_disposals(Fingerprint& into) const;
  Duration evict(NodeId id, const char* reason);
  std::uint32_t retire(Sender& sender, const Disposal& what);
  void send_away(Sender& sender, GlobalAddress address, std::uint32_t first);
  void free_copy(NodeId id, CopyId copy);
  void dispose_all(Sender& host, std::uint32_t first);
  void dispose(Sender& host, std::uint32_t number);
  void end_disposal(Sender& host, std::uint32_t number);
  void acknowledge(Sender& host, std::uint32_t number, NodeId holder);
  std::vector<NodeId> to_be_told(Disposal& disposal);

  Runtime& runtime_;
  Objects& objects_;
  Heap& heap_;
  EventLog& log_;
  std::vector<std::unique_ptr<ServerState>> servers_;
  SharerLists sharers_;
  Disposals disposals_;
  tsl::robin_map<std::uint64_t, Past> pasts_;
  Bytes cached_;
  std::vector<Bytes> leaked_;  ///< by partition
};

}  // namespace dsmsim::drust
