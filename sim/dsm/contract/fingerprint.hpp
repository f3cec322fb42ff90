#pragma once
// A hash of everything that decides what a system does next. Two states with the same fingerprint
// are taken for the same state, so whatever is put in must be complete, and should not depend on
// how the state came about: names that only have to differ (numbers of slots, of transactions) go
// in by rename().

#include <boost/container/small_vector.hpp>
#include <cstddef>
#include <cstdint>
#include <span>

namespace dsmsim {

class Fingerprint {
 public:
  /// One more number of the state; the order counts.
  void add(std::uint64_t value) {
    state_ = (state_ ^ value) * 0x9e3779b97f4a7c15;
    state_ ^= state_ >> 29;
    state_ *= 0xbf58476d1ce4e5b9;
    state_ ^= state_ >> 32;
  }
  /// The bytes of something that is not understood.
  void add(std::span<const std::byte> bytes) {
    for (const std::byte byte : bytes) {
      add(static_cast<std::uint64_t>(byte));
    }
  }
  /// A name that is only ever compared: replaced by the how manieth new name it is.
  void rename(std::uint64_t name) {
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (names_[i] == name) {
        add(i);
        return;
      }
    }
    add(names_.size());
    names_.push_back(name);
  }
  std::uint64_t value() const { return state_; }

 private:
  std::uint64_t state_ = 0x243f6a8885a308d3;
  boost::container::small_vector<std::uint64_t, 32> names_;
};

}  // namespace dsmsim
