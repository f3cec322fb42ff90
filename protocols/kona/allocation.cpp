// Memory for objects.

#include "protocols/kona/engine.hpp"
#include "sim/base/error.hpp"

namespace dsmsim {

Task<> KonaEngine::allocate(Thread& thread, Op& op) {
  co_await spend(thread, system_.options.costs.allocation);
  const std::optional<paging::VirtualAddress> address = slabs_.allocate(op.length);
  if (!address) {
    refuse(thread, op);
  }
  while (!slabs_.are_granted()) {
    slabs_.ask();
    co_await slabs_.answer(thread.id());
    thread.tally().charge(Category::acks, queue().now());
  }
  slabs_.ask();
  place(op.object, *address);
}

void KonaEngine::refuse(const Thread& thread, const Op& op) const {
  const std::uint32_t copies = system_.options.slabs.replicas;
  const paging::Heap& heap = slabs_.heap();
  reject(thread, op,
         "out of memory: " + to_string(op.length) + " wanted; " +
             std::to_string(cluster().servers() - 1) + " memory nodes of " +
             to_string(cluster().profile().memory) + " hold " + to_string(heap.capacity()) +
             (copies > 1 ? " in " + std::to_string(copies) + " copies" : "") + ", of which " +
             to_string(heap.used()) + " is in use");
}

Task<> KonaEngine::release(Thread& thread, Op&, paging::VirtualAddress address, Bytes size) {
  slabs_.release(address, size);
  co_await spend(thread, system_.options.costs.allocation);
}

}  // namespace dsmsim
