#include "protocols/drust/copies.hpp"

namespace dsmsim::drust {

CopyId CopyTable::insert(const Copy& copy) {
  if (free_.empty()) {
    free_.emplace_back(static_cast<std::uint32_t>(copies_.size()));
    copies_.emplace_back();
  }
  const CopyId id = free_.back();
  free_.pop_back();
  copies_[id.index()] = copy;
  const auto [at, first] = newest_.try_emplace(copy.key.address().value(), id);
  if (!first) {
    copies_[id.index()].older = at->second;
    copies_[at->second.index()].newer = id;
    at.value() = id;
  }
  if (copy.count == 0) {
    link(id);
  }
  return id;
}

void CopyTable::remove(CopyId id) {
  unlink(id);
  Copy& copy = copies_[id.index()];
  if (copy.older.valid()) {
    copies_[copy.older.index()].newer = copy.newer;
  }
  if (copy.newer.valid()) {
    copies_[copy.newer.index()].older = copy.older;
  } else if (copy.older.valid()) {
    newest_[copy.key.address().value()] = copy.older;
  } else {
    newest_.erase(copy.key.address().value());
  }
  copy = Copy{};
  free_.push_back(id);
}

void CopyTable::link(CopyId id) {
  copies_[id.index()].left_before = newest_left_;
  (newest_left_.valid() ? copies_[newest_left_.index()].left_after : oldest_left_) = id;
  newest_left_ = id;
}

void CopyTable::unlink(CopyId id) {
  Copy& copy = copies_[id.index()];
  (copy.left_before.valid() ? copies_[copy.left_before.index()].left_after : oldest_left_) =
      copy.left_after;
  (copy.left_after.valid() ? copies_[copy.left_after.index()].left_before : newest_left_) =
      copy.left_before;
  copy.left_before = copy.left_after = CopyId();
}

}  // namespace dsmsim::drust
