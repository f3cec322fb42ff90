#pragma once
// Who watches the data. An engine that keeps names of contents tells a witness of every read and
// write of plain data at the moment at which it takes effect.
//
// The name of a unit's contents (the unit of coherence: a block, a page, an object) is a 64-bit
// number that travels with every copy of it, through messages, caches and memories. While nobody
// watches, an engine names contents as it likes (a count of writes). Under a witness the name is
// the token of the operation that made the contents, the last write or the allocation, and 0 is
// what was there before anybody wrote. So the witness knows, byte for byte, what each read has got.
// Without one all of this costs a branch.

#include <cstdint>

#include "sim/dsm/contract/op.hpp"

namespace dsmsim {

class Thread;

/// Names one operation of one thread: given by the witness when the operation begins, and carried
/// in Op::operand of allocate, read and write. Less than 2^62, so that an engine has bits to spare.
using OpToken = std::uint64_t;

/// The part of a unit of coherence that an operation touches. `unit` as the engine numbers them.
struct Extent {
  std::uint64_t unit;
  Bytes offset;
  Bytes length;
};

class Witness {
 public:
  virtual ~Witness() = default;

  // Called by the boundary (Thread), for every operation. The token goes into the operation if it
  // allocates, reads or writes.
  virtual OpToken begin(const Thread& thread, const Op& op) = 0;
  virtual void end(const Thread& thread, const Op& op) = 0;

  // Called by the engine.
  /// The unit has come into being with the contents `name`; nothing is known of what was there.
  virtual void created(std::uint64_t unit, OpToken name) = 0;
  /// The write has taken effect for everybody, on top of contents `base`; the new ones are called
  /// `write`.
  virtual void wrote(OpToken write, const Extent& extent, OpToken base) = 0;
  /// The read has found contents `found`.
  virtual void read(OpToken read, const Extent& extent, OpToken found) = 0;
  /// The read has found, in the copy of its server, a write that has not taken effect for others.
  virtual void read_early(OpToken read, const Extent& extent, OpToken write) = 0;
  /// From now on threads of other servers may rely on what the unit holds, whether they have read
  /// it or not: its ownership has come to another server, or its lock is free.
  virtual void left(std::uint64_t /*unit*/) {}
  /// A server is lost, and the unit holds `name` once more, which it has held before: what has been
  /// written since is gone.
  virtual void rolled_back(std::uint64_t /*unit*/, OpToken /*name*/, NodeId /*lost*/) {}
  /// The thread's operation on a word with a full/empty bit has taken effect; the word holds
  /// `value`, as it may have done before.
  virtual void used_word(ThreadId, std::uint64_t /*value*/) {}
};

}  // namespace dsmsim
