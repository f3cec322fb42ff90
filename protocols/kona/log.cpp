#include "protocols/kona/log.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace dsmsim::kona {
namespace {

template <class T>
void push(boost::circular_buffer<T>& ring, T value) {
  if (ring.full()) {
    ring.set_capacity(std::max<std::size_t>(8, 2 * ring.capacity()));
  }
  ring.push_back(std::move(value));
}

}  // namespace

void CacheLineLog::append(LogEntry entry) {
  const std::uint32_t lines = entry.lines.count();
  ++of_block_[entry.block];
  unsent_.size += entry.size;
  unsent_.data.add(entry.data);
  unsent_.lines += lines;
  totals_.appended += lines;
  push(entries_, std::move(entry));
}

const LogBatch& CacheLineLog::send() {
  unsent_.end = first_ + entries_.size();
  unsent_.place = Place::sent;
  push(batches_, std::exchange(unsent_, LogBatch()));
  return batches_.back();
}

const LogBatch& CacheLineLog::batch(std::uint64_t end) const { return batches_[index_of(end)]; }

std::size_t CacheLineLog::index_of(std::uint64_t end) const {
  for (std::size_t i = 0; i < batches_.size(); ++i) {
    if (batches_[i].end == end) {
      return i;
    }
  }
  throw std::logic_error("no such batch is in the log");
}

void CacheLineLog::arrive(std::uint64_t end) { batches_[index_of(end)].place = Place::arrived; }

void CacheLineLog::acknowledge(std::uint64_t end) {
  while (!batches_.empty() && batches_.front().end <= end) {
    batches_.pop_front();
  }
  for (; first_ < end; ++first_) {
    const LogEntry& entry = entries_.front();
    used_ -= entry.size;
    --of_block_[entry.block];
    entries_.pop_front();
  }
}

void CacheLineLog::lose() {
  lost_ = true;
  totals_.lost += lines_left();
  acknowledge(first_ + entries_.size());
  unsent_ = {};
  used_ = {};
}

void CacheLineLog::overlay(Fetch& fetch) const {
  for (const LogEntry& entry : entries_) {
    if (entry.block != fetch.block) {
      continue;
    }
    if (!fetch.newer) {
      fetch.newer = entry.lines;
      fetch.newer_contents = entry.contents;
      continue;
    }
    put_lines(fetch.newer_contents, entry.lines, entry.contents);
    fetch.newer->insert(entry.lines);
  }
}

Place CacheLineLog::place_of(PageNumber block) const {
  std::uint64_t youngest = first_;
  for (std::uint64_t i = 0; i < entries_.size(); ++i) {
    youngest = entries_[i].block == block ? first_ + i : youngest;
  }
  for (const LogBatch& batch : batches_) {
    if (youngest < batch.end) {
      return batch.place;
    }
  }
  return Place::unsent;
}

bool CacheLineLog::concerns(std::uint64_t end, PageNumber block) const {
  for (std::uint64_t number = start_of(index_of(end)); number < end; ++number) {
    if (entry(number).block == block) {
      return true;
    }
  }
  return false;
}

bool CacheLineLog::works() const {
  return std::any_of(batches_.begin(), batches_.end(),
                     [](const LogBatch& batch) { return batch.place == Place::arrived; });
}

Bytes CacheLineLog::size() const {
  Bytes sum;
  for (const LogEntry& entry : entries_) {
    sum += entry.size;
  }
  return sum;
}

std::uint64_t CacheLineLog::lines_left() const {
  std::uint64_t lines = unsent_.lines;
  for (const LogBatch& batch : batches_) {
    lines += batch.place == Place::applied ? 0 : batch.lines;
  }
  return lines;
}

}  // namespace dsmsim::kona
