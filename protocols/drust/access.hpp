#pragma once
// Reads and writes: through the owner Box, through a held reference, or through one that is made,
// used once and dropped (OSDI'24, Appendix B: Alg. 4 deref, Alg. 6 deref_mut, Alg. 7 and 8 for the
// owner). Functions that begin with try_ answer as Engine::try_local does.

#include "protocols/drust/groups.hpp"
#include "protocols/drust/mutexes.hpp"
#include "protocols/drust/parts.hpp"
#include "protocols/drust/uncached.hpp"

namespace dsmsim::drust {

/// What an access has to do with.
struct Accessed {
  Runtime& runtime;
  Objects& objects;
  Heap& heap;
  Memory& memory;
  Mover& mover;
  Mutexes& mutexes;
  Uncached& uncached;
  Borrows& borrows;
  NoRoom& no_room;
  Parts& parts;
  Groups& groups;
  Returns& returns;
  Survival* survival;  ///< may be null
};

class Access {
 public:
  explicit Access(const Accessed& all);

  MaybeDuration try_read(Thread& thread, Op& op, ObjectState& object);
  MaybeDuration try_write(Thread& thread, Op& op, ObjectState& object);
  Task<> read(Thread& thread, Op& op);
  Task<> write(Thread& thread, Op& op);
  /// For a write or a mutable borrow: Borrows::admit(), and the group of the object is here.
  Task<> admit_to_write(Thread& thread, const Op& op);
  /// deref_mut, or the owner's write: when this ends, the object is local and its coloured address
  /// differs from any that was shared. False: there is no room for it here, or it is kept
  /// elsewhere.
  Task<bool> make_writable(Thread& thread, ObjectId object, BorrowId borrow);

 private:
  /// What a read or write has come to, before its bytes are touched.
  struct Found {
    Duration cpu;
    std::uint64_t stamp = 0;
  };

  Task<> admit_to_read(Thread& thread, const Op& op);
  Task<> read_admitted(Thread& thread, Op& op);
  Found read_copy(const Op& op, NodeId here, CopyId copy);
  void end_read(Op& op, const ObjectState& object, std::uint64_t stamp);
  bool keeps(const ObjectState& object, const Op& op, NodeId here) const;
  bool try_read_through(const Op& op, NodeId here, ObjectState& object, Found& found);
  bool try_dereference(NodeId here, const ObjectState& object, Pointer& pointer, bool keep,
                       Found& found);
  Task<> write_unborrowed(Thread& thread, Op& op);
  Task<> write_admitted(Thread& thread, Op& op, BorrowId borrow);
  bool try_make_writable(NodeId here, ObjectState& object, Pointer& pointer, bool owner);
  Task<std::optional<Moved>> bring_to_owner(Thread& thread, ObjectId object, ColouredAddress from);

  Runtime& runtime_;
  Objects& objects_;
  Heap& heap_;
  Memory& memory_;
  Mover& mover_;
  Mutexes& mutexes_;
  Uncached& uncached_;
  Borrows& borrows_;
  NoRoom& no_room_;
  Parts& parts_;
  Groups& groups_;
  Returns& returns_;
  Survival* survival_;
};

}  // namespace dsmsim::drust
