#pragma once
// Allocation, transfer of ownership, and the end of an object (OSDI'24, sections 4.1.1 and 4.2.1;
// Appendix B.4 and D.2). Functions that begin with try_ answer as Engine::try_local does.

#include "protocols/drust/controller.hpp"
#include "protocols/drust/ties.hpp"

namespace dsmsim::drust {

class Lifetime {
 public:
  /// `survival` may be null.
  Lifetime(Runtime& runtime, Objects& objects, Heap& heap, Memory& memory, Controller& controller,
           Borrows& borrows, Ties& ties, Survival* survival, EventLog& log)
      : runtime_(runtime),
        objects_(objects),
        heap_(heap),
        memory_(memory),
        controller_(controller),
        borrows_(borrows),
        ties_(ties),
        survival_(survival),
        log_(log) {}

  MaybeDuration try_allocate(Thread& thread, Op& op);
  /// On another server, because the program wants it there, or because this one is full.
  Task<> allocate(Thread& thread, Op& op);
  void handle_allocate(const Delivery& message, Sender& host);

  /// The Box is this server's, nobody uses its object any more, and the backups have it.
  Task<> clear_to_leave(Thread& thread, const Op& op);
  /// The Box leaves the server, and no copy stays behind. Gives the CPU time that it takes.
  Duration give_box(NodeId server, ObjectId id);
  /// The Box is sent; the object stays. Nobody may use it until it has arrived.
  Task<> transfer(Thread& thread, Op& op);
  void handle_transfer(const Delivery& message);

  MaybeDuration try_release(Thread& thread, Op& op, ObjectState& object);
  /// drop_box.
  Task<> release(Thread& thread, Op& op);

 private:
  Task<GlobalAddress> reserve_at(Thread& thread, NodeId server, Bytes size);
  Task<GlobalAddress> reserve_somewhere(Thread& thread, Bytes size);
  void note_remote_allocation(const Thread& thread, NodeId server, Bytes size);
  void create(const Thread& thread, const Op& op, GlobalAddress address);
  void require_unlocked(const Thread& thread, const Op& op) const;

  Runtime& runtime_;
  Objects& objects_;
  Heap& heap_;
  Memory& memory_;
  Controller& controller_;
  Borrows& borrows_;
  Ties& ties_;
  Survival* survival_;
  EventLog& log_;
};

}  // namespace dsmsim::drust
