#pragma once
// Memory that can be put back to what it was, with everything that is in it.
//
// While an Arena::Use lives, whatever the calling thread allocates (operator new and the frames of
// coroutines) comes from the arena, in addresses that never change. A snapshot is therefore a copy
// of its bytes, and to restore one is to copy them back: objects, coroutines in the middle of their
// work and all pointers between them are again what they were. What is allocated outside may point
// into the arena and the other way round, but must not own what a snapshot brings back.
//
// Most bytes never change after the first snapshot: a small block of memory is copied only from the
// time on when it was first found to differ from that one.
//
// operator new and delete of the program are replaced by those of arena.cpp, which pass on to
// malloc and free what is not the arena's. One arena can exist at a time, used by one thread.

#include <cstddef>
#include <vector>

#include "sim/time/frame_pool.hpp"

namespace dsmsim {

class Arena {
 public:
  /// Throws std::logic_error if there is another one.
  Arena();
  /// What was allocated in the arena is gone, undestroyed.
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  class Use;
  class Snapshot;

  /// Into `snapshot`, whose memory is used again.
  void save(Snapshot& snapshot);
  /// What was allocated since is gone, undestroyed.
  void restore(const Snapshot& snapshot);

 private:
  /// Blocks in a row that have not been found to differ from the first snapshot.
  struct Run {
    std::size_t begin;
    std::size_t end;
  };
  void find_changes();

  std::vector<std::byte> first_;      ///< whole blocks: the arena at the first snapshot
  std::vector<std::size_t> changed_;  ///< blocks of the first snapshot that differed once
  std::vector<Run> unchanged_;
};

/// Must not be nested.
class Arena::Use {
 public:
  explicit Use(Arena& arena);
  ~Use();
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;

 private:
  frame_pool::Lists* before_;
};

/// Never allocated in the arena.
class Arena::Snapshot {
 private:
  friend class Arena;
  std::vector<std::byte>
      blocks_;               ///< that had changed by then, and what follows the first snapshot
  std::size_t changed_ = 0;  ///< number of them
  std::size_t used_ = 0;
};

}  // namespace dsmsim
