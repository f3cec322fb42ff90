#pragma once
// Objects on their way between servers: copied to be read, moved to be written (Ma et al., OSDI'24,
// section 4.1.1; Appendix B, Alg. 4, 6, 8).
//
// A full partition takes no object: copy() and move() then do nothing but say so.
//
// Every function is part of a thread's operation, charges it, and starts with `cpu` of CPU time
// that the caller has still to pay. Callers hold the object's borrow: shared to copy, exclusive to
// move.

#include <optional>

#include "protocols/drust/memory.hpp"
#include "protocols/drust/survival.hpp"

namespace dsmsim::drust {

/// An object has come to a new home. The pointer that it is reached through has to be set at once:
/// the old home has been given up.
struct Moved {
  ColouredAddress home;
  Duration cpu;  ///< CPU time that the caller has still to pay
};

/// One object of a group that moves.
struct Passenger {
  ObjectId object;
  ColouredAddress from;
  ColouredAddress home = {};  ///< where it has come to
  GlobalAddress to = {};
  CopyId copy = {};  ///< that becomes the object; invalid: it is READ
  std::uint64_t stamp = 0;
};

/// What becomes of copies that nobody uses where a group comes to: read again, or the objects.
enum class UnusedCopies { left, promoted };

class Mover {
 public:
  /// `survival` may be null.
  Mover(Runtime& runtime, Objects& objects, Heap& heap, Memory& memory, Survival* survival,
        BorrowTable& borrows)
      : runtime_(runtime),
        objects_(objects),
        heap_(heap),
        memory_(memory),
        survival_(survival),
        borrows_(borrows) {}

  /// The copy under `key` at the thread's server, with one more user: found there, waited for if
  /// another thread is fetching it, or fetched by one READ of the whole object, and of what else of
  /// its group is not here. Invalid: there is no room for it.
  Task<CopyId> copy(Thread& thread, ObjectId object, ColouredAddress key, Duration cpu);
  /// READs the object into this server's partition and lets its old host free it: the new home;
  /// nothing if there is no room for it.
  Task<std::optional<Moved>> move(Thread& thread, ObjectId object, ColouredAddress from,
                                  Duration cpu);
  /// The same for objects of one group and one host, all at once. Gives the CPU time that the
  /// caller has still to pay.
  Task<std::optional<Duration>> move_group(Thread& thread, std::vector<Passenger>& group,
                                           UnusedCopies unused, Duration cpu);
  /// Makes a copy that nobody uses the object itself: no READ.
  Moved promote(Thread& thread, ObjectId object, ColouredAddress from, CopyId copy, Duration cpu);
  /// Gives a local object whose colours are used up another local address. Without room for that
  /// its colours are reset.
  Task<Moved> recolour(Thread& thread, ObjectId object, ColouredAddress from, Duration cpu);
  /// Has all copies of the object invalidated and begins its colours anew: what it is called now.
  Task<ColouredAddress> reset_colours(Thread& thread, ObjectId object, ColouredAddress home);

 private:
  OneSided request_of(MessageKind kind, ObjectId object, ColouredAddress home,
                      const DataBytes& data, Duration before) const;
  Task<CopyId> find_or_fetch(Thread& thread, ObjectId object, ColouredAddress key, Duration cpu);
  Task<CopyId> fetch(Thread& thread, ObjectId object, ColouredAddress key, Duration cpu);
  Task<CopyId> find_no_room(Thread& thread, Duration cpu);
  Task<CopyId> fetch_to(Thread& thread, CopyId copy, Duration cpu);
  Task<std::uint64_t> fetch_again(Thread& thread, CopyId copy, Duration cpu);
  NodeId source(const Thread& thread, CopyId copy) const;
  OneSided request_of(const Thread& thread, CopyId copy, Duration before) const;
  // mover_group.cpp
  Task<CopyId> fetch_group(Thread& thread, ObjectId object, ColouredAddress key, Duration cpu);
  bool comes_along(ObjectId object, NodeId here, NodeId host);
  bool reserve_for(NodeId here, std::vector<Passenger>& group, UnusedCopies unused, Duration& cpu);
  DataBytes data_of(const Thread& thread, const std::vector<Passenger>& group, Bytes payload);
  Moved settle(Thread& thread, ObjectId object, ColouredAddress from, GlobalAddress to,
               Duration cpu);

  Runtime& runtime_;
  Objects& objects_;
  Heap& heap_;
  Memory& memory_;
  Survival* survival_;
  BorrowTable& borrows_;
};

}  // namespace dsmsim::drust
