// This server makes room in its cache (section 4.2 of Cai et al.; gam/src/cache.cc:693-790), and
// lines that were given away die.

#include <algorithm>

#include "protocols/gam/cache_side.hpp"

namespace dsmsim::gam {

void CacheSide::arm_timer(const Step& step) {
  if (step.new_lines > 0) {
    arm_timer();
  }
}

/// The line that goes because the cache is too full, or null.
Line* CacheSide::victim_for_new(const Step& step) {
  const bool may = cache_.excess() > 0 && step.evicted < system_.options.evictions;
  return may ? cache_.victim() : nullptr;
}

void CacheSide::evict(Line& line, Step& step) {
  const GlobalAddress block = line.block;
  const NodeId home = block.home();
  if (line.state == LineState::shared || mutated("gam.evict_dirty_as_clean")) {
    ++counters_.evicted_clean;
    send(home, {.kind = MessageKind::active_invalidate, .buffer = line.buffer(), .block = block},
         nullptr, step);
    cache_.drop(line);
    return;
  }
  ++counters_.evicted_dirty;
  Transaction& transaction = begin(Transaction::Role::write_back, MessageKind::write_back, block);
  line.unlink();
  line.state = LineState::to_invalid;
  cache_.begin_leaving();
  const Message notice{.kind = MessageKind::write_back,
                       .id = transaction.slot,
                       .buffer = line.buffer(),
                       .block = block};
  const bool notice_first = mutated("gam.late_write_back");
  if (notice_first) {
    send(home, notice, nullptr, step);
  }
  send_block(home, {.kind = MessageKind::write_back_data, .block = block}, line.version,
             line.data.leave(*system_.traffic, system_.options.block), nullptr, step);
  if (!notice_first) {
    send(home, notice, nullptr, step);
  }
}

/// Without caching a line goes when it has served who waited for it, unless somebody holds a lock
/// of it.
void CacheSide::forget(GlobalAddress block, Step& step) {
  Line* const line = cache_.find(block);
  if (line != nullptr && line->locks.empty() && !underway_.queues().has(block) &&
      (line->state == LineState::shared || line->state == LineState::dirty)) {
    step.spent += line->state == LineState::dirty ? costs().evict_dirty : Duration{};
    evict(*line, step);
  }
}

void CacheSide::on_written_back(Transaction& transaction, Step& step) {
  const GlobalAddress block = transaction.block;
  end(transaction);
  cache_.end_leaving();
  cache_.drop(*cache_.find(block));
  drain(block, step);
}

/// The block that was given to a new owner, or back to its home, has left.
void CacheSide::on_shipped(Shipped shipped, Step& step) {
  Line& line = cache_.buffer(shipments_[shipped.shipment].buffer);
  shipments_.give_back(shipped.shipment);
  const GlobalAddress block = line.block;
  if (!system_.options.leak_shipped_lines) {
    cache_.end_leaving();
  }
  cache_.drop(line);
  drain(block, step);
}

/// The timer runs only while the cache is too full, so that a run can end.
void CacheSide::arm_timer() {
  if (timer_armed_ || cache_.excess() == 0) {
    return;
  }
  timer_armed_ = true;
  const Duration period = system_.options.eviction_period;
  const std::int64_t next = now().since_start() / period + 1;
  system_.simulation.queue().schedule(Time::at(period * next), &CacheSide::on_timer, this);
}

void CacheSide::on_timer(void* argument) {
  CacheSide& side = *static_cast<CacheSide*>(argument);
  side.timer_armed_ = false;
  Step step;  // of a thread of its own
  const std::uint64_t tries =
      std::min<std::uint64_t>(side.cache_.excess(), side.system_.options.evictions);
  for (std::uint64_t i = 0; i < tries; ++i) {
    if (Line* const line = side.cache_.victim()) {
      ++step.evicted;
      side.evict(*line, step);
    }
  }
  if (step.evicted > 0) {
    side.arm_timer();
  }
}

}  // namespace dsmsim::gam
