#include "protocols/drust/copies.hpp"

namespace dsmsim::drust {

CopyId CopyTable::insert(const Copy& copy) {
  const CopyId id(copies_.take());
  copies_[id.value()] = copy;
  const auto [at, first] = newest_.try_emplace(copy.key.address().value(), id);
  if (!first) {
    copies_[id.value()].older = at->second;
    copies_[at->second.value()].newer = id;
    at.value() = id;
  }
  if (copy.count == 0) {
    link(id);
  }
  return id;
}

void CopyTable::remove(CopyId id) {
  unlink(id);
  Copy& copy = copies_[id.value()];
  if (copy.older.valid()) {
    copies_[copy.older.value()].newer = copy.newer;
  }
  if (copy.newer.valid()) {
    copies_[copy.newer.value()].older = copy.older;
  } else if (copy.older.valid()) {
    newest_[copy.key.address().value()] = copy.older;
  } else {
    newest_.erase(copy.key.address().value());
  }
  copy = Copy{};
  copies_.give_back(id.value());
}

void CopyTable::link(CopyId id) {
  copies_[id.value()].left_before = newest_left_;
  (newest_left_.valid() ? copies_[newest_left_.value()].left_after : oldest_left_) = id;
  newest_left_ = id;
}

void CopyTable::unlink(CopyId id) {
  Copy& copy = copies_[id.value()];
  (copy.left_before.valid() ? copies_[copy.left_before.value()].left_after : oldest_left_) =
      copy.left_after;
  (copy.left_after.valid() ? copies_[copy.left_after.value()].left_before : newest_left_) =
      copy.left_before;
  copy.left_before = copy.left_after = CopyId();
}

}  // namespace dsmsim::drust
