#pragma once
// What the home cores hold: the objects of the global heap, block by block, and their locks.
//
// Only a delegate that runs at a block's home core may call what reads or changes one, or a
// task of that core (Home and OwnCore do). There are no bytes: a block carries the name of its
// contents, the number of writes it has had or, while a witness watches, the last one's token
// (sim/dsm/contract/witness.hpp). The words of atomic operations, and of those with a full/empty
// bit, are kept beside the contents and do not change their name.
//
// A lock is a mutex at the home of its object's first block. Delegates that find it taken are
// parked there and run when it is given back, the newest first (uwsampa/grappa system/
// Delegate.hpp:159-197, ConditionVariableLocal.hpp). Grappa has no reader lock: rlock is the same
// mutex with a count of readers beside the owner.

#include <vector>

#include "protocols/grappa/addresses.hpp"
#include "protocols/grappa/buddy.hpp"
#include "protocols/grappa/messages.hpp"
#include "sim/dsm/contract/objects.hpp"
#include "sim/dsm/contract/op.hpp"
#include "sim/dsm/contract/witness.hpp"

namespace dsmsim::grappa {

/// The full/empty bit of one word (uwsampa/grappa system/FullEmptyLocal.hpp).
struct WordBit {
  bool full = false;
  std::uint32_t parked = kNone;  ///< delegates that wait for a change, by Message::next
};

/// The lock of one object.
struct Mutex {
  ThreadId owner;                 ///< of the exclusive lock
  std::vector<ThreadId> readers;  ///< of shared ones
  std::uint32_t parked = kNone;   ///< delegates that wait, by Message::next
  bool free() const { return !owner.valid() && readers.empty(); }
  bool admits(bool shared) const { return !owner.valid() && (shared || readers.empty()); }
  bool holds(ThreadId thread) const;
  void take(ThreadId thread, bool shared);
  /// Ends what the thread holds.
  void give_back(ThreadId thread);
};

struct Placed {
  LinearAddress address;  ///< invalid: never allocated, or released
  Bytes size;
  std::uint32_t first_unit = kNone;  ///< of its blocks: units of coherence
  std::uint32_t words = kNone;       ///< of its atomic operations, if there were any
  std::uint32_t bits = kNone;        ///< of these words, if they were ever used
  std::uint32_t mutex = kNone;       ///< if it was ever locked
};

class Memory {
 public:
  Memory(const Layout& layout, Bytes heap, bool align, Witness* witness)
      : layout_(layout), buddy_(heap), align_(align), witness_(witness) {}

  /// A chunk for an object; `overlapping`: a defect (mutants.cpp). Whether there was one.
  bool allocate(ObjectId object, Bytes size, OpToken token, bool overlapping);
  void release(ObjectId object);

  bool live(ObjectId object) const {
    return object.index() < objects_.size() && objects_[object.index()].address.valid();
  }
  const Placed& at(ObjectId object) const { return objects_[object.index()]; }
  const std::vector<Placed>& objects() const { return objects_; }
  const Buddy& buddy() const { return buddy_; }
  /// The block in which a byte of the object lies, counted from the object's first.
  std::uint32_t block_of(Bytes offset) const {
    return static_cast<std::uint32_t>(offset.count() / layout_.block().count());
  }
  /// Where one of its blocks begins.
  Bytes start_of(std::uint32_t block) const { return layout_.block() * block; }
  std::uint32_t blocks(Bytes size) const {
    return size <= layout_.block() ? 1 : block_of(size - Bytes(1)) + 1;
  }
  CoreId home(ObjectId object, std::uint32_t block) const {
    return layout_.home(at(object).address + layout_.block() * block);
  }

  // At the home of the block. The name that was found or made.
  std::uint64_t read(ObjectId object, std::uint32_t block, Bytes offset, Bytes length,
                     OpToken token) const;
  std::uint64_t write(ObjectId object, std::uint32_t block, Bytes offset, Bytes length,
                      OpToken token);
  /// The old value.
  std::uint64_t atomic(OpKind kind, ObjectId object, Bytes offset, std::uint64_t operand,
                       std::uint64_t expected);
  /// The word that operations with a full/empty bit and atomics share.
  std::uint64_t& word(ObjectId object, Bytes offset);
  WordBit& bit(ObjectId object, Bytes offset);
  bool is_full(ObjectId object, Bytes offset) const {
    const std::uint32_t bits = at(object).bits;
    return bits != kNone && bits_[bits][offset.count() / 8].full;
  }
  const std::vector<WordBit>& bits_of(const Placed& placed) const { return bits_[placed.bits]; }
  Witness* witness() const { return witness_; }
  void prefetch_word(ObjectId object, Bytes offset) const {
    const std::uint32_t words = at(object).words;
    if (words != kNone) {
      __builtin_prefetch(words_[words].data() + offset.count() / 8);
    }
  }
  Mutex& mutex(ObjectId object);
  /// Null if it was never locked.
  const Mutex* find_mutex(ObjectId object) const;
  const Mutex& mutex_of(const Placed& placed) const { return mutexes_[placed.mutex]; }

  /// All but what messages say (fingerprint.cpp).
  void fingerprint(Fingerprint& into) const;
  /// Throws Error(ExitCode::incoherent) if objects overlap or the allocator is in disorder.
  void check() const;

 private:
  std::uint32_t take_units(std::uint32_t count);
  static std::size_t unit_class(std::uint32_t count);

  const Layout& layout_;
  Buddy buddy_;
  bool align_;
  Witness* witness_;
  std::vector<Placed> objects_;
  std::vector<std::uint64_t> names_;  // by unit
  std::vector<std::vector<std::uint32_t>>
      free_units_;  // first units, by the logarithm of their count
  std::vector<std::vector<std::uint64_t>> words_;
  std::vector<std::vector<WordBit>> bits_;
  std::vector<Mutex> mutexes_;
};

}  // namespace dsmsim::grappa
