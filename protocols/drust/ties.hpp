#pragma once
// Affinity pointers: what they tie together, until it is dropped (OSDI'24, section 4.1.3). How it
// moves is in groups.hpp.

#include "protocols/drust/access.hpp"

namespace dsmsim::drust {

class Ties {
 public:
  /// `survival` may be null.
  Ties(Runtime& runtime, Objects& objects, Memory& memory, Borrows& borrows, Groups& groups,
       Access& access, Survival* survival)
      : runtime_(runtime),
        objects_(objects),
        memory_(memory),
        borrows_(borrows),
        groups_(groups),
        access_(access),
        survival_(survival) {}

  /// Throws unless the operation may tie its object.
  void check(const Thread& thread, const Op& op) const;
  /// The pointer is stored in its owner, as by a write of it; both are here then.
  Task<> tie(Thread& thread, Op& op);
  /// Throws if another object has an affinity pointer to the operation's.
  void require_root(const Thread& thread, const Op& op) const;
  /// What the object has affinity pointers to is dropped with it.
  Task<> release(Thread& thread, Op& op);
  /// The stack of the thread keeps an object where it is, and so the thread stays.
  bool has_pinned(ThreadId thread) const;

 private:
  void require_whole(const Thread& thread, const Op& op, ObjectId id) const;
  Task<> bring_owned(Thread& thread, ObjectId object);

  Runtime& runtime_;
  Objects& objects_;
  Memory& memory_;
  Borrows& borrows_;
  Groups& groups_;
  Access& access_;
  Survival* survival_;
};

}  // namespace dsmsim::drust
