#pragma once
// The log of a secondary: the last pages that were written back to other memory servers, in order
// (managers/memory/replica/memory_core.c).
//
// As released, an append that finds the log full lets it be flushed, and is dropped, as is every
// append until the flush has ended. As in the paper, the log is flushed in the background from when
// it is half full, and an append is dropped only if it is full meanwhile.

#include <set>
#include <vector>

#include "protocols/legoos/options.hpp"
#include "protocols/paging/page.hpp"
#include "sim/dsm/contract/fingerprint.hpp"

namespace dsmsim::legoos {

class ReplicaLog {
 public:
  struct Entry {
    paging::PageNumber page;
    std::uint64_t contents;
  };

  explicit ReplicaLog(const LegoosOptions& options)
      : capacity_(options.log_entries),
        released_(options.replication == LegoosReplication::released) {}

  const std::vector<Entry>& entries() const { return entries_; }
  /// Pages of which the last write was dropped.
  const std::set<paging::PageNumber>& missing() const { return missing_; }
  std::uint64_t appended() const { return appended_; }
  std::uint64_t dropped() const { return dropped_; }
  void reset_counters() { appended_ = dropped_ = 0; }

  void append(const Entry& entry) {
    const bool full = entries_.size() == capacity_;
    if (full || (released_ && flushing_ > 0)) {
      wants_flush_ = wants_flush_ || full;
      ++dropped_;
      missing_.insert(entry.page);
      return;
    }
    ++appended_;
    missing_.erase(entry.page);
    entries_.push_back(entry);
    wants_flush_ = wants_flush_ || (!released_ && 2 * entries_.size() >= capacity_);
  }
  /// Whether a flush is to be started now.
  bool wants_flush() const { return wants_flush_ && flushing_ == 0; }
  bool is_flushing() const { return flushing_ > 0; }
  /// Gives how many entries, the oldest, are in it.
  std::uint64_t begin_flush() {
    wants_flush_ = false;
    return flushing_ = entries_.size();
  }
  void end_flush() {
    entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(flushing_));
    flushing_ = 0;
  }

  /// What it has appended and dropped counts.
  void fingerprint(Fingerprint& into) const {
    const auto& [capacity, released, entries, missing, flushing, wants, appended, dropped] = *this;
    for (const auto& [page, contents] : entries) {
      into.add(page, contents);
    }
    into.add(entries.size());
    for (const paging::PageNumber page : missing) {
      into.add(page.value());
    }
    into.add(missing.size());
    into.add(flushing, wants);
  }

 private:
  std::uint64_t capacity_;
  bool released_;
  std::vector<Entry> entries_;
  std::set<paging::PageNumber> missing_;
  std::uint64_t flushing_ = 0;  ///< entries under way to storage
  bool wants_flush_ = false;
  std::uint64_t appended_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace dsmsim::legoos
