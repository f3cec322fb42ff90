#pragma once
// The cache-line log to one memory node: what has been evicted and is not known to be in its place
// (Calciu et al., ASPLOS 2021: the Eviction Handler copies dirty lines into a ring buffer that is
// registered with the NIC, writes it to the memory node in large pieces, and reuses it when the
// node's Cache-line Log Receiver has acknowledged).
//
// Entries are numbered in order of appending. They go through four stages, always in that order and
// batch by batch: unsent, sent, arrived, applied; the acknowledgement removes them. The ring's
// space is taken by reserve(), before the lines are copied, and free again with the
// acknowledgement. The memory node's copy of the ring is not kept twice: its receiver reads the
// entries here, which are there as long as it may.

#include <boost/circular_buffer.hpp>

#include "protocols/kona/messages.hpp"
#include "protocols/kona/state.hpp"
#include "protocols/paging/page_map.hpp"

namespace dsmsim::kona {

struct LogEntry {
  PageNumber block;
  DirtyLines lines;
  Contents contents;  ///< of these lines; the others' mean nothing
  Bytes size;         ///< with its header
  DataBytes data = {};
};

/// How far an entry has come.
enum class Place : std::uint8_t { unsent, sent, arrived, applied };

struct LogBatch {
  std::uint64_t end = 0;  ///< entries before this one
  Bytes size;
  DataBytes data;
  std::uint64_t lines = 0;
  Place place = Place::unsent;
};

/// Lines since the beginning, for the count at any time: appended = applied + those in the log.
struct LogTotals {
  std::uint64_t appended = 0;
  std::uint64_t applied = 0;
  std::uint64_t lost = 0;  ///< with the memory node
};

class CacheLineLog {
 public:
  CacheLineLog(NodeId node, Bytes capacity) : node_(node), capacity_(capacity) {}
  CacheLineLog(const CacheLineLog&) = delete;
  CacheLineLog& operator=(const CacheLineLog&) = delete;

  NodeId node() const { return node_; }
  Bytes capacity() const { return capacity_; }
  bool has_room(Bytes size) const { return used_ + size <= capacity_; }
  void reserve(Bytes size) { used_ += size; }
  /// Into space that has been reserved.
  void append(LogEntry entry);
  /// Size of what has not been sent.
  Bytes unsent() const { return unsent_.size; }
  /// The first entry of the batch that is being filled, or will be.
  std::uint64_t next_batch() const { return batches_.empty() ? first_ : batches_.back().end; }
  /// All that is unsent becomes a batch that is under way.
  const LogBatch& send();
  /// Which batch an end belongs to. It must be in the log.
  const LogBatch& batch(std::uint64_t end) const;
  void arrive(std::uint64_t end);
  /// Calls put(entry) for every entry of the batch, in order.
  template <class Put>
  void apply(std::uint64_t end, Put put);
  /// The batches up to that end, and their entries, leave.
  void acknowledge(std::uint64_t end);
  /// The space of a batch is used again although it is not acknowledged: a defect.
  void forget_space(const LogBatch& batch) { used_ -= batch.size; }
  /// The memory node is gone, with all that was to go there.
  void lose();
  bool is_lost() const { return lost_; }

  bool holds(PageNumber block) const { return of_block_.find(block) > 0; }
  /// What the log has of the block, put on top of each other: the fetch takes it along.
  void overlay(Fetch& fetch) const;
  /// Where the youngest entry of a block is; it must be held.
  Place place_of(PageNumber block) const;
  /// Whether an entry of that batch is about the block.
  bool concerns(std::uint64_t end, PageNumber block) const;

  /// Whether the receiver has a batch that it has not applied.
  bool works() const;
  /// The number of the oldest entry.
  std::uint64_t first() const { return first_; }
  Bytes used() const { return used_; }
  /// What the entries, sent or not, take.
  Bytes size() const;
  bool empty() const { return entries_.empty(); }
  const LogTotals& totals() const { return totals_; }
  /// Lines of entries that have not been applied.
  std::uint64_t lines_left() const;
  void fingerprint(Fingerprint& into) const;  // in fingerprint.cpp

  Waiters room;     ///< evictors that wait for space
  Waiters settled;  ///< threads that wait until a block has left the log
  // The timeout of the batch that is being filled; the business of Logs.
  bool timer_armed = false;
  std::uint64_t timed = 0;  ///< next_batch() when it was armed
  Time filling_since;

 private:
  const LogEntry& entry(std::uint64_t number) const { return entries_[number - first_]; }
  std::uint64_t start_of(std::size_t batch) const {
    return batch == 0 ? first_ : batches_[batch - 1].end;
  }
  std::size_t index_of(std::uint64_t end) const;

  NodeId node_;
  Bytes capacity_;
  Bytes used_;
  boost::circular_buffer<LogEntry> entries_;
  boost::circular_buffer<LogBatch> batches_;
  std::uint64_t first_ = 0;  ///< number of the first entry
  LogBatch unsent_;
  paging::PageMap<std::uint32_t> of_block_;  ///< entries
  LogTotals totals_;
  bool lost_ = false;
};

template <class Put>
void CacheLineLog::apply(std::uint64_t end, Put put) {
  const std::size_t index = index_of(end);
  LogBatch& batch = batches_[index];
  for (std::uint64_t number = start_of(index); number < end; ++number) {
    put(entry(number));
  }
  batch.place = Place::applied;
  totals_.applied += batch.lines;
}

}  // namespace dsmsim::kona
