#pragma once
// Objects that are always read and written where they lie: only the bytes asked for, one READ or
// WRITE on another server, without copy, colour or reference.
//
// Two kinds of objects are used so. Values behind a mutex (mutex_value: in_place), by who holds its
// lock (Mutexes::require_lock): with mutexes DRust "degenerates into a traditional DSM" (Ma et al.,
// OSDI'24, section 6). And objects of unsafe code (Op::raw; section 4.1.2: dalloc, dread and dwrite
// bypass the cache), by anybody at any time: what is read while it is written is the program's
// business. Neither kind ever moves.

#include "protocols/drust/survival.hpp"

namespace dsmsim::drust {

class Uncached {
 public:
  /// `survival` may be null.
  Uncached(Runtime& runtime, Objects& objects, Heap& heap, Survival* survival)
      : runtime_(runtime), objects_(objects), heap_(heap), survival_(survival) {}

  // Reads and writes; try_here answers as Engine::try_local does.
  MaybeDuration try_here(Thread& thread, Op& op);
  Task<> perform(Thread& thread, Op& op);

 private:
  std::uint64_t use(const Op& op);
  std::uint64_t use_once(const Op& op);
  bool writes_through(const Op& op) const;
  MessageKind kind_of(const Op& op) const;
  void count(const Op& op);

  Runtime& runtime_;
  Objects& objects_;
  Heap& heap_;
  Survival* survival_;
};

}  // namespace dsmsim::drust
