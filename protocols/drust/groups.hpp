#pragma once
// Objects that affinity pointers keep together move together (OSDI'24, section 4.1.3). Who has the
// root of a group has all of it, as in Rust a borrow of a struct is one of what it owns; so whoever
// needs several objects of a group takes the root first, and the others in the group's order.

#include "protocols/drust/returns.hpp"

namespace dsmsim::drust {

class Groups {
 public:
  Groups(Runtime& runtime, Objects& objects, Heap& heap, Mover& mover, Borrows& borrows,
         Returns& returns)
      : runtime_(runtime),
        objects_(objects),
        heap_(heap),
        mover_(mover),
        borrows_(borrows),
        returns_(returns) {}

  /// As Borrows::admit(), for a write or a mutable borrow of an object that another one has a TBox
  /// to. It comes here with its group; not if there is no room.
  Task<> admit_member(Thread& thread, const Op& op);
  /// Everything of the group, but what this thread has already: `mine`, and what it borrows.
  Task<std::vector<ObjectId>> take(Thread& thread, ObjectId object, ObjectId mine);
  void leave(const std::vector<ObjectId>& taken, ObjectId but = {});
  /// The object, which the thread has borrowed mutably, and its group with it; nothing if there is
  /// no room.
  Task<std::optional<Moved>> bring(Thread& thread, ObjectId object, UnusedCopies copies,
                                   Duration cpu);

 private:
  Task<std::optional<Moved>> bring_taken(Thread& thread, ObjectId object, UnusedCopies copies,
                                         Duration cpu);
  std::vector<Passenger> passengers(ObjectId object) const;

  Runtime& runtime_;
  Objects& objects_;
  Heap& heap_;
  Mover& mover_;
  Borrows& borrows_;
  Returns& returns_;
};

}  // namespace dsmsim::drust
