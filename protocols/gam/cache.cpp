#include "protocols/gam/cache.hpp"

#include <algorithm>

namespace dsmsim::gam {

Line& Cache::make(GlobalAddress block, LineState state) {
  const std::uint32_t slot = pool_.take();
  Line& line = pool_[slot];
  line.slot = slot;
  line.block = block;
  ++line.generation;
  line.version = 0;  // the code zeroes the buffer
  line.state = state;
  line.early = false;
  line.lost = false;
  line.data.forget();
  lines_.emplace(block, &line);
  peak_ = std::max<std::uint64_t>(peak_, lines_.size());
  return line;
}

void Cache::drop(Line& line) {
  line.unlink();
  lines_.erase(line.block);
  pool_.give_back(line.slot);
}

Line* Cache::victim() {
  LruList& list = lists_[random_.below(lists_.size())];
  if (list.empty()) {
    return nullptr;
  }
  Line& last = list.back();
  const bool may_go =
      last.locks.empty() && (last.state == LineState::shared || last.state == LineState::dirty);
  return may_go ? &last : nullptr;
}

void Cache::fingerprint(Fingerprint& into) const {
  for (const LruList& list : lists_) {
    into.add(list.size());
    for (const Line& line : list) {
      into.add(line.block.value());
    }
  }
  if (lists_.size() > 1) {
    RandomStream draws = random_;
    for (int i = 0; i < 4; ++i) {  // as many as the stream has words of state
      into.add(draws.next());
    }
  }
}

}  // namespace dsmsim::gam
