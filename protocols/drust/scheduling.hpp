#pragma once
// Threads start, move and end (OSDI'24, sections 4.1.2, 4.2.1 and 4.2.2).
//
// A thread that moves takes its stack, saved registers and function pointer along: one WRITE of its
// stack to the same addresses on the other server, and a message that it may go on. The paper does
// not say what becomes of its references. What they know of their server stays behind: a Ref
// forgets its copy, which loses a user; a borrowed part is written back. A Box on its stack moves
// with it, as if its ownership were transferred, and MutRefs that others hold find it where it is
// then.

#include "protocols/drust/lifetime.hpp"
#include "sim/dsm/contract/thread_system.hpp"

namespace dsmsim::drust {

/// What decides about threads, and what they take along.
struct Scheduled {
  Runtime& runtime;
  Objects& objects;
  Heap& heap;
  Controller& controller;
  Mutexes& mutexes;
  Borrows& borrows;
  Parts& parts;
  Returns& returns;
  Ties& ties;
  Lifetime& lifetime;
  Survival* survival;  ///< may be null
  EventLog& log;
};

class Scheduling final : public ThreadSystem {
 public:
  explicit Scheduling(const Scheduled& all);

  /// Where the object lies.
  NodeId host(ObjectId object) const { return heap_.host(objects_[object].box.target.address()); }

  Task<NodeId> place(Thread& parent, const Launch& launch) override;
  void begins(Thread& thread) override;
  bool has_put_off(const Thread& thread) const override {
    return mutexes_.uses_leases(thread.id());
  }
  Task<> end_phase(Thread& thread) override { return mutexes_.end_phase(thread); }
  Task<bool> migrate(Thread& thread, NodeId to) override;
  Task<> give(Thread& from, ObjectId object) override;
  void take(Thread& by, ObjectId object) override;

 private:
  /// In artifact.cpp.
  NodeId first_slot();
  Task<> ship(Thread& thread, NodeId to);
  Task<> leave_references(Thread& thread);
  Task<> rename(Thread& thread, BorrowId mut);
  void become_whole(Reference& part) const;
  void renew_part(Reference& part);
  void move_boxes(ThreadId thread, NodeId to);
  void note_migration(const Thread& thread, NodeId from, NodeId to);

  Runtime& runtime_;
  Objects& objects_;
  Heap& heap_;
  Controller& controller_;
  Mutexes& mutexes_;
  Borrows& borrows_;
  Parts& parts_;
  Returns& returns_;
  Ties& ties_;
  Lifetime& lifetime_;
  Survival* survival_;
  EventLog& log_;
};

}  // namespace dsmsim::drust
