#pragma once
// What is in the hands of operations and messages, beside the references that threads hold: so that
// it can be ended when a server is lost (recovery.hpp). Plain data, kept with backups only.

#include <algorithm>
#include <map>
#include <vector>

#include "sim/base/ids.hpp"
#include "sim/dsm/kit/borrow_table.hpp"

namespace dsmsim::drust {

/// What a thread holds within an operation.
struct Held {
  ObjectId object = {};
  BorrowMode mode = BorrowMode::shared;
};

/// A Box on its way between two servers.
struct Passage {
  NodeId from;
  NodeId to;
};

class Holds {
 public:
  void hold(ThreadId thread, Held held) {
    by_thread_.resize(std::max(by_thread_.size(), thread.index() + 1));
    by_thread_[thread.index()] = held;
  }
  /// Nothing any more: it has ended, or a reference or a message holds it from now on.
  void let_go(ThreadId thread) {
    if (thread.index() < by_thread_.size()) {
      by_thread_[thread.index()] = {};
    }
  }
  /// An invalid object: nothing.
  Held of(ThreadId thread) const {
    return thread.index() < by_thread_.size() ? by_thread_[thread.index()] : Held();
  }
  std::map<ObjectId, Passage>& passages() { return passages_; }

 private:
  std::vector<Held> by_thread_;
  std::map<ObjectId, Passage> passages_;  ///< by the object of the Box
};

}  // namespace dsmsim::drust
