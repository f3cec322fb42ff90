#pragma once
// Atomics: 8-byte words on the global heap, worked on at the server that hosts them (Ma et al.,
// OSDI'24: section 4.1.2 forwards each operation to the host as a message, sections 5 and 7.2 use
// one-sided verbs; DrustOptions::atomics chooses). The NIC's atomics and the host's own are taken
// to be atomic to each other.
//
// An atomic has no cached copies and no colour, and its object does not move while an operation is
// under way: callers hold the object's borrow shared. A plain read of the object does not see it.

#include <tsl/robin_map.h>

#include "protocols/drust/runtime.hpp"

namespace dsmsim::drust {

class Atomics {
 public:
  explicit Atomics(Runtime& runtime, Objects& objects, Heap& heap)
      : runtime_(runtime), objects_(objects), heap_(heap) {}

  // atomic_add and atomic_cas; try_here answers as Engine::try_local does.
  MaybeDuration try_here(Thread& thread, Op& op);
  Task<> perform(Thread& thread, Op& op);
  /// A request at the host.
  void handle(const Delivery& message, Sender& host);
  /// Whether that server has any word that has been worked on.
  bool any_at(NodeId server) const;
  /// Adds all words.
  void fingerprint(Fingerprint& into) const;

 private:
  struct Place {
    ObjectId object;
    Bytes offset;
    bool operator==(const Place&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Place& place) const {
      return ((place.object.value() * 0x9E3779B97F4A7C15ULL) ^
              (place.offset.count() * 0xC2B2AE3D27D4EB4FULL)) >>
             16;
    }
  };

  std::uint64_t apply(const AtomicBody& request);

  Runtime& runtime_;
  Objects& objects_;
  Heap& heap_;
  tsl::robin_map<Place, std::uint64_t, Hash> words_;  // absent: 0
};

}  // namespace dsmsim::drust
