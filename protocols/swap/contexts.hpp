#pragma once
// Requests that write pages to one server, with the buffer of each (SymbioticLab/Infiniswap
// da7c14b, infiniswap_bd/is_main.c:184-265, is_mq.c:78). Two things end a request, the NIC's
// completion and the disk's; the released code gives the context back at the latter alone, so a
// disk that is first lets the next page into the buffer from which the NIC still writes.
//
// Contexts are used in turn: those that have never been, then the one that came back first.

#include <cstdint>
#include <deque>
#include <vector>

#include "sim/dsm/contract/fingerprint.hpp"

namespace dsmsim::swap {

class Contexts {
 public:
  using Number = std::uint32_t;
  Contexts(std::uint32_t count, bool early) : count_(count), early_(early) {}

  bool has_free() const { return all_.size() < count_ || !free_.empty(); }
  /// Puts the page into a buffer. There must be a free one.
  Number take(std::uint64_t contents) {
    Number context = 0;
    if (all_.size() < count_) {
      context = static_cast<Number>(all_.size());
      all_.emplace_back();
    } else {
      context = free_.front();
      free_.pop_front();
    }
    all_[context] = {contents, early_ ? 1U : 2U};
    return context;
  }
  /// What the NIC would write.
  std::uint64_t buffer(Number context) const { return all_[context].contents; }
  void end_at_server(Number context) {
    if (!early_) {
      end(context);
    }
  }
  void end_at_disk(Number context) { end(context); }
  std::size_t in_use() const { return all_.size() - free_.size(); }
  /// Which contexts are whose matters only where they can be shared.
  void fingerprint(Fingerprint& into) const {
    const auto& [count, early, all, free] = *this;
    into.add(in_use());
    if (!early) {
      return;
    }
    for (const auto& [contents, awaited] : all) {
      into.add(contents, awaited);
    }
    for (const Number context : free) {
      into.add(context);
    }
  }

 private:
  struct Context {
    std::uint64_t contents = 0;
    std::uint32_t awaited = 0;  ///< completions
  };
  void end(Number context) {
    if (--all_[context].awaited == 0) {
      free_.push_back(context);
    }
  }

  std::uint32_t count_;
  bool early_;
  std::vector<Context> all_;
  std::deque<Number> free_;
};

}  // namespace dsmsim::swap
