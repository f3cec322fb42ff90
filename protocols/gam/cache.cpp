#include "protocols/gam/cache.hpp"

#include <algorithm>

namespace dsmsim::gam {

Line& Cache::make(GlobalAddress block, LineState state) {
  Line& line = pool_.take();
  line.block = block;
  ++line.generation;
  line.version = 0;  // the code zeroes the buffer
  line.state = state;
  line.early = false;
  line.lost = false;
  lines_.emplace(block, &line);
  peak_ = std::max<std::uint64_t>(peak_, lines_.size());
  return line;
}

void Cache::drop(Line& line) {
  unlink(line);
  lines_.erase(line.block);
  pool_.give_back(line);
}

void Cache::touch(Line& line) {
  unlink(line);
  line.list = static_cast<std::uint8_t>(random_.below(ends_.size()));
  Ends& ends = ends_[line.list];
  line.newer = nullptr;
  line.older = ends.newest;
  (ends.newest == nullptr ? ends.oldest : ends.newest->newer) = &line;
  ends.newest = &line;
}

void Cache::unlink(Line& line) {
  if (line.list == Line::kNoList) {
    return;
  }
  Ends& ends = ends_[line.list];
  (line.newer == nullptr ? ends.newest : line.newer->older) = line.older;
  (line.older == nullptr ? ends.oldest : line.older->newer) = line.newer;
  line.list = Line::kNoList;
}

Line* Cache::victim() {
  Line* const last = ends_[random_.below(ends_.size())].oldest;
  const bool may_go = last != nullptr && last->locks.empty() &&
                      (last->state == LineState::shared || last->state == LineState::dirty);
  return may_go ? last : nullptr;
}

}  // namespace dsmsim::gam
