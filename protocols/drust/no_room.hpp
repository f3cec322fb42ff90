#pragma once
// Remote objects that there is no room for in this server's partition. The paper does not say what
// becomes of their readers and writers; here they use the bytes asked for where these lie, as
// Appendix D.1 does with a borrowed part (OSDI'24; README.md, deviation 9). Their messages and
// counters are called in_place.

#include "protocols/drust/borrows.hpp"
#include "protocols/drust/mover.hpp"

namespace dsmsim::drust {

class NoRoom {
 public:
  /// `survival` may be null.
  NoRoom(Runtime& runtime, Objects& objects, Heap& heap, Mover& mover, Borrows& borrows,
         Survival* survival)
      : runtime_(runtime),
        objects_(objects),
        heap_(heap),
        mover_(mover),
        borrows_(borrows),
        survival_(survival) {}

  /// Gives the stamp of what was seen.
  Task<std::uint64_t> read(Thread& thread, Op& op);
  /// `borrow` is a MutRef, whose Box hears of the new name when it is dropped; invalid: the Box
  /// itself.
  Task<> write(Thread& thread, Op& op, BorrowId borrow);
  /// The Box's colour changes when the reference to the part is dropped.
  Task<> access_part(Thread& thread, Op& op);

 private:
  Task<std::uint64_t> use_far(Thread& thread, Op& op, ColouredAddress name);
  std::uint64_t use(const Op& op);
  Task<> rename(Thread& thread, ObjectId object, BorrowId borrow);

  Runtime& runtime_;
  Objects& objects_;
  Heap& heap_;
  Mover& mover_;
  Borrows& borrows_;
  Survival* survival_;
};

}  // namespace dsmsim::drust
