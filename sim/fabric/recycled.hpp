#pragma once
// Recycled records that are linked by a member `next` while nobody has them: the one given back
// last is taken first, as it was left. They never move. (Where numbers name records: Slots,
// sim/dsm/kit/slots.hpp.)

#include <algorithm>
#include <memory>
#include <vector>

namespace dsmsim {

template <class T>
class Recycled {
 public:
  T& take() {
    if (free_ == nullptr) {
      grow();
    }
    T& record = *free_;
    free_ = record.next;
    return record;
  }
  void give_back(T& record) {
    record.next = free_;
    free_ = &record;
  }

 private:
  void grow() {
    // Few at first, as what is explored needs few.
    const std::size_t count = std::size_t{8} << std::min<std::size_t>(chunks_.size(), 5);
    chunks_.push_back(std::make_unique<T[]>(count));
    for (std::size_t i = 0; i < count; ++i) {
      give_back(chunks_.back()[i]);
    }
  }

  std::vector<std::unique_ptr<T[]>> chunks_;
  T* free_ = nullptr;
};

}  // namespace dsmsim
