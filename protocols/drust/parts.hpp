#pragma once
// Mutable references to a part of a remote object: the part is copied and written back, the object
// stays where it is (OSDI'24, Appendix D.1). A local object is borrowed as a whole.

#include "protocols/drust/no_room.hpp"

namespace dsmsim::drust {

class Parts {
 public:
  /// `survival` may be null.
  Parts(Runtime& runtime, Objects& objects, Heap& heap, Memory& memory, Borrows& borrows,
        NoRoom& no_room, Survival* survival)
      : runtime_(runtime),
        objects_(objects),
        heap_(heap),
        memory_(memory),
        borrows_(borrows),
        no_room_(no_room),
        survival_(survival) {}

  bool is_remote(const Reference& reference) const;
  // A read or write through such a reference; try_access answers as Engine::try_local does.
  MaybeDuration try_access(Op& op, Reference& part);
  Task<> access(Thread& thread, Op& op);
  /// Neither the copied part nor what was written to it is here any more.
  Task<> leave(Thread& thread, BorrowId borrow);
  Task<> drop(Thread& thread, BorrowId borrow);

 private:
  void use(Op& op, Reference& part);
  Task<bool> fetch(Thread& thread, BorrowId borrow);
  Task<> write_back(Thread& thread, BorrowId borrow);
  Task<> recolour_box(Thread& thread, ObjectId object);

  Runtime& runtime_;
  Objects& objects_;
  Heap& heap_;
  Memory& memory_;
  Borrows& borrows_;
  NoRoom& no_room_;
  Survival* survival_;
};

}  // namespace dsmsim::drust
