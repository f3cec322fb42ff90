#pragma once
// What the runtime knows of the program's threads: where they are, which objects are theirs, and
// whose memory they use. The table of the global controller (Ma et al., OSDI'24, section 4.2.2),
// and what each server's scheduler counts for it.

#include <limits>
#include <span>
#include <vector>

#include "sim/base/ids.hpp"
#include "sim/base/units.hpp"

namespace dsmsim {
class Thread;
}

namespace dsmsim::drust {

struct ThreadEntry {
  Thread* thread = nullptr;  ///< null: it has ended
  Time settled;              ///< from then on it may be moved
  NodeId server;             ///< as the controller knows it
  bool ordered = false;      ///< it has been told to move, and has not come yet
};

class Threads {
 public:
  explicit Threads(std::size_t servers) : servers_(servers) {}

  void begin(Thread& thread, ThreadId id, NodeId server, Time now) {
    if (id.index() >= entries_.size()) {
      entries_.resize(id.index() + 1);
    }
    entries_[id.index()] = {&thread, now, server, false};
  }
  void end(ThreadId id) { entries_[id.index()].thread = nullptr; }

  ThreadEntry& operator[](ThreadId id) { return entries_[id.index()]; }
  const ThreadEntry& operator[](ThreadId id) const { return entries_[id.index()]; }
  /// Calls tell(id, entry) for every thread that has not ended, in order of number.
  template <class Tell>
  void for_each(Tell tell) {
    for (std::uint32_t i = 0; i < entries_.size(); ++i) {
      if (entries_[i].thread != nullptr) {
        tell(ThreadId(i), entries_[i]);
      }
    }
  }

  // Requests of each thread to each server, counted while the controller wants to know.
  bool counts_requests() const { return counts_; }
  void count_requests(bool on) {
    counts_ = on;
    requests_.assign(on ? entries_.size() * servers_ : 0, 0);
  }
  void count_request(ThreadId id, NodeId to) {
    const std::size_t place = id.index() * servers_ + to.index();
    if (counts_ && place < requests_.size() &&
        requests_[place] < std::numeric_limits<std::uint16_t>::max()) {
      ++requests_[place];
    }
  }
  /// By server; empty: the thread is younger than the counting.
  std::span<const std::uint16_t> requests(ThreadId id) const {
    const std::size_t first = id.index() * servers_;
    return first < requests_.size() ? std::span(requests_).subspan(first, servers_)
                                    : std::span<const std::uint16_t>();
  }

  /// The thread that owns the object; invalid: nobody in particular.
  ThreadId owner(ObjectId object) const {
    return object.index() < owners_.size() ? owners_[object.index()] : ThreadId();
  }
  void set_owner(ObjectId object, ThreadId thread) {
    if (object.index() >= owners_.size()) {
      owners_.resize(object.index() + 1);
    }
    owners_[object.index()] = thread;
  }
  /// Calls tell(object, owner) for every object that a thread owns, in order of number.
  template <class Tell>
  void for_each_owned(Tell tell) const {
    for (std::size_t i = 0; i < owners_.size(); ++i) {
      if (owners_[i].valid()) {
        tell(ObjectId(i), owners_[i]);
      }
    }
  }

 private:
  std::size_t servers_;
  bool counts_ = false;
  std::vector<std::uint16_t> requests_;  ///< by thread and server
  std::vector<ThreadEntry> entries_;
  std::vector<ThreadId> owners_;  ///< by object
};

}  // namespace dsmsim::drust
