#pragma once
// Condition variable: threads give up a mutex until another one tells them to look again.
//
// One word at its home: the high half counts the threads that have ever waited, the low half those
// that have been notified, so each waiter has a number, and they are notified in that order. All
// of it is the contract's atomics and locks, the same under every engine; Ma et al. (DRust,
// OSDI'24) adapt the standard library (section 4.1.2) and do not say how they wait.
//
//   wait        one atomic, an unlock, one atomic for each look (a pause between two doubles), a
//   lock notify_*    one atomic if nobody waits; else two, and one more for each thread that was
//   faster
//
// Nobody is woken but by a notification; the condition may be another's by then, so programs look
// again. 2^32 waits in all. A notification that never comes is an Error(ExitCode::deadlock).

#include "sim/dsm/library/backoff.hpp"

namespace dsmsim::library {

class Condition {
 public:
  /// The word is on `node`; invalid: where allocate puts it.
  static Task<Condition> make(Thread& thread, NodeId node = NodeId(), Patience patience = {});

  /// The thread holds the lock of `mutex` alone, and does so again when it has been notified.
  Task<> wait(Thread& thread, ObjectId mutex) const;
  /// Notifies who has waited longest, if anybody waits.
  Task<> notify_one(Thread& thread) const { return notify(thread, false); }
  Task<> notify_all(Thread& thread) const { return notify(thread, true); }
  /// Its end: nobody waits any more.
  Task<> drop(Thread& thread) const;

 private:
  Condition(ObjectId word, const Patience& patience) : word_(word), patience_(patience) {}
  Task<> notify(Thread& thread, bool all) const;

  ObjectId word_;
  Patience patience_;
};

}  // namespace dsmsim::library
