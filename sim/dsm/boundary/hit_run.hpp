#pragma once
// Many local accesses at once, for programs that have many at hand (a trace): what
// Thread::run_hits asks of an engine.
//
// One after the other they cost what they would if each was awaited, to the last event and to the
// last bucket of a histogram; but nobody else is asked in between whether the clock may move on.

#include "sim/dsm/boundary/meter.hpp"
#include "sim/time/event_queue.hpp"

namespace dsmsim {

/// A read or write of plain data, after some work of the thread's own.
struct PlainAccess {
  ObjectId object;
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
  Duration before;
  bool writes = false;
};

/// The accesses of one run that have hit. An engine works on a copy, which its compiler can keep in
/// registers, and gives it back.
class HitRun {
 public:
  /// The program counts its reads and writes as operations of these kinds.
  HitRun(const EventQueue& queue, Meter& meter, KindId read, KindId write)
      : meter_(&meter),
        window_(queue.window()),
        now_(queue.now()),
        reads_{.kind = OpKind::read, .operation = read},
        writes_{.kind = OpKind::write, .operation = write} {}

  /// Whether one more ends before anything else is due.
  bool admits(Duration before, Duration cost) const {
    return now_ + before + cost < window_.until && events_ + 2 <= window_.events;
  }
  /// It has hit; `cost` is its CPU time.
  void add(bool writes, Duration before, Duration cost) {
    now_ = now_ + before + cost;
    events_ += std::uint64_t{before > Duration()} + std::uint64_t{cost > Duration()};
    Same& same = writes ? writes_ : reads_;
    if (same.cost != cost) {
      record(*meter_, same);
      same.cost = cost;
      same.count = 0;
    }
    ++same.count;
  }
  /// The clock has come so far, and the meter knows everything.
  void end(EventQueue& queue) const {
    record(*meter_, reads_);
    record(*meter_, writes_);
    queue.advance(now_, events_);
  }

 private:
  /// Accesses in a row that cost the same.
  struct Same {
    OpKind kind;
    KindId operation;
    Duration cost = {};
    std::uint64_t count = 0;
  };
  static void record(Meter& meter, Same same) {
    if (same.count > 0) {
      meter.record_hits(same.kind, same.operation, same.cost, same.count);
    }
  }

  Meter* meter_;
  EventQueue::Window window_;
  Time now_;
  std::uint64_t events_ = 0;
  Same reads_;
  Same writes_;
};

}  // namespace dsmsim
