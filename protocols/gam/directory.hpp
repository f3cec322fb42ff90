#pragma once
// The directory of one home: who has copies of its blocks (section 4.1 of Cai et al.;
// gam/include/directory.h).
//
// An entry exists only while its block is not unshared, or is locked at home (directory.h:57-78,
// directory.cc:130-148). The home itself is never among the sharers: it uses its own memory under
// the entry. A sharer is known by its server and by which of that server's lines holds the copy, so
// that news of an evicted line does not strike out the line that replaced it.

#include <boost/container/small_vector.hpp>

#include "protocols/gam/addresses.hpp"
#include "protocols/gam/lock_table.hpp"
#include "sim/dsm/kit/slots.hpp"
#include "sim/fabric/traffic.hpp"

namespace dsmsim::gam {

enum class DirectoryState : std::uint8_t {
  unshared,
  shared,
  dirty,
  to_dirty,     ///< a remote write is in progress
  to_shared,    ///< a read of a dirty block is in progress
  to_unshared,  ///< a write or lock by the home itself is in progress
};
constexpr bool is_transient(DirectoryState s) { return s >= DirectoryState::to_dirty; }

struct Sharer {
  NodeId server;
  BufferId buffer;
  bool operator==(const Sharer&) const = default;
};

struct DirectoryEntry {
  GlobalAddress block;
  std::uint32_t slot = 0;
  std::uint32_t transaction = 0;  ///< in progress, in a transient state
  DirectoryState state = DirectoryState::unshared;
  CachedData data;  ///< that a lock of the home has brought, for amplification
  LockTable locks;
  boost::container::small_vector<Sharer, 2> sharers;  ///< the owner alone if dirty

  Sharer owner() const { return sharers.front(); }
  bool shared_by(NodeId server) const;
  /// Strikes out a server (directory.cc:80-101).
  void remove(NodeId server);
  /// Strikes out one copy; false if it is not listed (directory.cc:432-461).
  bool clear(Sharer sharer);
};

class Directory {
 public:
  DirectoryEntry* find(GlobalAddress block) {
    const auto found = entries_.find(block);
    return found == entries_.end() ? nullptr : found->second;
  }
  const DirectoryEntry* find(GlobalAddress block) const {
    const auto found = entries_.find(block);
    return found == entries_.end() ? nullptr : found->second;
  }
  DirectoryEntry& find_or_make(GlobalAddress block);
  /// Forgets the entry if nothing is left to be known.
  void drop_if_idle(DirectoryEntry& entry);

  std::size_t size() const { return entries_.size(); }
  /// In no particular but a reproducible order.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const auto& [block, entry] : entries_) {
      visit(*entry);
    }
  }

 private:
  Slots<DirectoryEntry, 16> pool_;
  BlockMap<DirectoryEntry> entries_;
};

/// The versions of the blocks in one partition: how many writes each has seen. They stand for the
/// bytes.
class HomeMemory {
 public:
  explicit HomeMemory(Bytes block_size) : block_size_(block_size) {}
  std::uint64_t version(GlobalAddress block) const;
  void store(GlobalAddress block, std::uint64_t version);
  /// Calls visit(number of the block, version) for every block that was written, in order.
  template <class Visit>
  void for_each(Visit visit) const {
    for (std::size_t chunk = 0; chunk < chunks_.size(); ++chunk) {
      for (std::size_t i = 0; i < chunks_[chunk].end; ++i) {
        if (const std::uint64_t version = chunks_[chunk].versions[i]) {
          visit(chunk * kChunk + i, version);
        }
      }
    }
  }

 private:
  static constexpr std::size_t kChunk = 64;
  struct Chunk {
    std::unique_ptr<std::uint64_t[]> versions;  // allocated with the first store
    std::size_t end = 0;                        // behind the last that was stored
  };
  Bytes block_size_;
  std::vector<Chunk> chunks_;
};

}  // namespace dsmsim::gam
