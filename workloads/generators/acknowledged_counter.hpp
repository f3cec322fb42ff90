#pragma once
// Numbers handed out in order and acknowledged in any order (YCSB
// core/.../AcknowledgedCounterGenerator.java): the keys of inserts, of which others may use only
// those that are certainly there.

#include <cstdint>
#include <deque>

namespace dsmsim {

class AcknowledgedCounter {
 public:
  /// The numbers before `first` count as acknowledged.
  explicit AcknowledgedCounter(std::uint64_t first) : acknowledged_(first), next_(first) {}

  std::uint64_t take() {
    outstanding_.push_back(false);
    return next_++;
  }
  void acknowledge(std::uint64_t number) {
    outstanding_[number - acknowledged_] = true;
    while (!outstanding_.empty() && outstanding_.front()) {
      outstanding_.pop_front();
      ++acknowledged_;
    }
  }
  /// All numbers below have been acknowledged.
  std::uint64_t acknowledged() const { return acknowledged_; }

 private:
  std::uint64_t acknowledged_;
  std::uint64_t next_;
  std::deque<bool> outstanding_;  // from acknowledged_ on: whether it has come back
};

}  // namespace dsmsim
