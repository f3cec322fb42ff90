// Memory for objects: malloc over slabs that KLib's Resource Manager gets from the rack controller
// ahead of need, so that allocations seldom wait (Calciu et al., ASPLOS 2021: coarse slabs keep
// allocation off the data path).

#include <algorithm>

#include "protocols/kona/engine.hpp"
#include "sim/base/error.hpp"

namespace dsmsim {

using kona::MessageKind;

Task<> KonaEngine::allocate(Thread& thread, Op& op) {
  co_await spend(thread, options_.costs.allocation);
  const std::optional<paging::VirtualAddress> address = heap_.allocate(op.length);
  if (!address) {
    reject(thread, op,
           "out of memory: " + to_string(op.length) + " wanted; " +
               std::to_string(cluster().servers() - 1) + " memory nodes of " +
               to_string(cluster().profile().memory) + " hold " + to_string(heap_.capacity()) +
               (options_.slabs.replicas > 1
                    ? " in " + std::to_string(options_.slabs.replicas) + " copies"
                    : "") +
               ", of which " + to_string(heap_.used()) + " is in use");
  }
  while (granted_ < slabs_in_use()) {
    request_slabs(slabs_in_use() - granted_);
    co_await grants_.wait(thread.id().value());
    thread.tally().charge(Category::acks, queue().now());
  }
  if (granted_ - slabs_in_use() < options_.slabs_ahead) {
    request_slabs(0);
  }
  place(op.object, *address);
}

Task<> KonaEngine::release(Thread& thread, Op&, paging::VirtualAddress address, Bytes size) {
  heap_.release(address, size);
  co_await spend(thread, options_.costs.allocation);
}

std::uint64_t KonaEngine::slabs_in_use() const {
  const std::uint64_t slab = slabs_.slab().count();
  return (heap_.end().count() + slab - 1) / slab;
}

/// At least so many, and at most what there is; one request at a time.
void KonaEngine::request_slabs(std::uint64_t count) {
  const std::uint64_t left = slabs_.capacity() - granted_;
  const std::uint64_t wanted = std::min(left, std::max<std::uint64_t>(count, options_.slab_batch));
  if (requested_ > 0 || wanted == 0) {
    return;
  }
  requested_ = wanted;
  fabric_.post({.from = kCompute,
                .to = controller_,
                .verb = Verb::send,
                .type = types_[MessageKind::slab_request],
                .payload = kona::kRequestSize,
                .after = fabric_.nic().post,
                .body = kona::Message{.number = wanted}});
}

/// At the rack controller.
Duration KonaEngine::grant(std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) {
    if (!slabs_.map(paging::SlabNumber(static_cast<std::uint32_t>(granted_ + i)))) {
      throw OutOfMemory("kona: no " + std::to_string(options_.slabs.replicas) +
                        " memory nodes are left that have room for another slab of " +
                        to_string(slabs_.slab()));
    }
  }
  fabric_.post({.from = controller_,
                .to = kCompute,
                .verb = Verb::send,
                .type = types_[MessageKind::slab_grant],
                .payload = kona::grant_size(count, options_.slabs.replicas),
                .after = fabric_.nic().post,
                .body = kona::Message{.number = count}});
  return fabric_.nic().post;
}

}  // namespace dsmsim
