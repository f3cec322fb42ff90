#include "protocols/legoos/process_heap.hpp"

#include <algorithm>

namespace dsmsim::legoos {

void ProcessHeap::release(paging::VirtualAddress address, Bytes size) {
  const std::uint64_t grant = granted_[address.count() / grant_.count()];
  heap_.release(grant_ * grant + Bytes(address.count() % grant_.count()), size);
}

Bytes ProcessHeap::missing() const {
  const Bytes mapped = grant_ * grants_.size();
  if (heap_.end() <= mapped) {
    return {};
  }
  const std::uint64_t missing = (heap_.end() - mapped).count();
  return grant_ * ((missing + grant_.count() - 1) / grant_.count());
}

void ProcessHeap::map(paging::VirtualAddress address, Bytes length) {
  for (Bytes done; done < length; done += grant_) {
    const std::size_t place = (address + done).count() / grant_.count();
    granted_.resize(std::max(granted_.size(), place + 1));
    granted_[place] = static_cast<std::uint32_t>(grants_.size());
    grants_.push_back(address + done);
  }
}

void ProcessHeap::fingerprint(Fingerprint& into) const {
  const auto& [grant, classes, heap, grants, granted] = *this;  // the last is its inverse
  heap.fingerprint(into);
  for (const paging::VirtualAddress address : grants) {
    into.add(address.count());
  }
  into.add(grants.size());
}

}  // namespace dsmsim::legoos
