#pragma once
// Who gets which memory (section 3.1 of Cai et al.; gam/src/local_request.cc:51-149).
//
// An object goes where the program wants it; else to its thread's own server while that has room
// beside its cache, and then to the server that is thought to have the most free memory. What a
// server thinks of the others is as of their last report, which they make whenever their free
// memory has changed by `ghost_th`; the reports go through a master over TCP and cost nothing here.
// Freeing an object does not invalidate cached copies of it (as released: local_request.cc:151).

#include <string>
#include <vector>

#include "protocols/gam/addresses.hpp"
#include "protocols/gam/options.hpp"
#include "sim/base/random.hpp"
#include "sim/dsm/contract/fingerprint.hpp"

namespace dsmsim::gam {

class Placement {
 public:
  Placement(const GamOptions& options, std::size_t servers, Bytes memory, Bytes cache,
            RandomStream random);

  /// The servers to try one after another for an object of a thread on `here` that the program
  /// wants on `wanted` (invalid: anywhere). `cached` is the size of the cache in use on `here`.
  std::vector<NodeId> candidates(NodeId here, NodeId wanted, Bytes cached);
  /// An invalid address if the server has no room.
  GlobalAddress allocate_at(NodeId server, Bytes size);
  void release(GlobalAddress object, Bytes size);

  /// Of all servers' memory what objects can have.
  Bytes capacity() const { return classes_.usable(memory_) * slabs_.size(); }
  /// That a server has no room, for people.
  std::string want_text(Bytes size) const;
  /// Adds what later allocations depend on.
  void fingerprint(Fingerprint& into) const;
  Bytes used(NodeId server) const { return slabs_[server.index()].used(); }

 private:
  void report(NodeId server);
  bool leaves_room_for_cache(NodeId server, Bytes cached) const;

  const GamOptions& options_;
  Bytes memory_;
  Bytes cache_;
  RandomStream random_;
  SlabClasses classes_;
  std::vector<SlabAllocator> slabs_;
  std::vector<Bytes> reported_;  // free memory, as the others know it
  Fingerprint history_;          // of all allocations and releases
};

}  // namespace dsmsim::gam
