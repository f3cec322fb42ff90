#pragma once
// Where the time of one operation went, and for what kind of operation it moves data.
//
// A Tally tiles the life of an operation: every charge() covers the time from the last charge to
// the given moment, so the categories always sum to the latency. It travels along the critical path
// as a pointer (thread, work request, handler, reply); work that goes on beside the critical path
// carries none, and the wait for it is charged as one piece (acks).

#include <array>
#include <cstddef>
#include <string_view>

#include "sim/base/enumeration.hpp"
#include "sim/base/units.hpp"
#include "sim/fabric/traffic.hpp"

namespace dsmsim {

enum class Category : unsigned char {
  cpu,            ///< the thread itself: local accesses, posting work requests, context switches
  run_queue,      ///< ready, but no core is free
  nic_queue,      ///< behind other work in a NIC: queue pair, engines, transmit port, read window
  pcie,           ///< DMA and MMIO between NIC and memory
  wire,           ///< NIC pipelines, cables, switches, serialisation
  switch_queue,   ///< behind other packets at a switch port; of a flow, what sharing costs it
  handler_queue,  ///< delivered, but every worker is busy
  handler,        ///< software at another server (or completion handling at one's own)
  acks,           ///< a home or a requester waits for answers of several parties
  lock_wait,  ///< a lock, a borrow or a busy block held by somebody else; a message not yet sent
  fault,      ///< page faults
  copy,       ///< copying bytes in memory
};
inline constexpr std::size_t kCategories = kEnumerators<Category>;

std::string_view to_string(Category);

class Tally {
 public:
  void start(Time now, Cause cause = Cause::none) {
    as_of_ = now;
    cause_ = cause;
    spent_.fill(Duration{});
  }
  /// All time since the last charge, up to `until`, went to `category`. A time already covered is
  /// ignored.
  void charge(Category category, Time until) {
    if (until > as_of_) {
      spent_[static_cast<std::size_t>(category)] += until - as_of_;
      as_of_ = until;
    }
  }
  Duration spent(Category category) const { return spent_[static_cast<std::size_t>(category)]; }
  Time as_of() const { return as_of_; }
  /// Of the data that move for the operation. Work beside its critical path has it by value.
  Cause cause() const { return cause_; }

 private:
  Time as_of_;
  Cause cause_ = Cause::none;
  std::array<Duration, kCategories> spent_{};
};

inline Cause cause_of(const Tally* tally) {
  return tally == nullptr ? Cause::none : tally->cause();
}

inline void charge(Tally* tally, Category category, Time until) {
  if (tally != nullptr) {
    tally->charge(category, until);
  }
}

}  // namespace dsmsim
