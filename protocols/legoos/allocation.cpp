// The program's allocator, which asks the system for memory a grant at a time, and the way of such
// a request: mmap (managers/processor/mmap; six steps, section 4.4.3 of the paper).

#include <algorithm>
#include <utility>

#include "protocols/legoos/engine.hpp"

namespace dsmsim {

using legoos::kPage;
using legoos::MessageKind;
using legoos::Step;

Task<> LegoosEngine::allocate(Thread& thread, Op& op) {
  Core& core = core_of(thread);
  co_await spend(thread, costs().allocation);
  while (heap_locked_) {
    co_await wait(core, Wait::heap, 0);
    thread.tally().charge(Category::lock_wait, queue().now());
  }
  if (op.length > capacity_ || heap_.used() > capacity_ - op.length) {
    out_of_memory(thread, op,
                  "the memory servers have " + to_string(capacity_) + " in pages of " +
                      to_string(kPage) + ", of which " + to_string(heap_.used()) + " are in use");
  }
  const std::optional<VirtualAddress> offset = heap_.allocate(op.length);
  if (!offset) {
    reject(thread, op, "there is no room in the address space");
  }
  const Bytes mapped_so_far = options_.grant * grants_.size();
  if (heap_.end() > mapped_so_far) {
    heap_locked_ = true;
    const std::uint64_t missing = (heap_.end() - mapped_so_far).count();
    const std::uint64_t count = (missing + options_.grant.count() - 1) / options_.grant.count();
    co_await map_memory(thread, core, options_.grant * count);
    heap_locked_ = false;
    wake_all(Wait::heap, 0);
  }
  core.step = Step::none;
  const Bytes within(offset->count() % options_.grant.count());
  place(op.object, grants_[offset->count() / options_.grant.count()] + within);
}

Task<> LegoosEngine::release(Thread& thread, Op&, VirtualAddress address, Bytes size) {
  const std::uint64_t grant = granted_[address.count() / options_.grant.count()];
  const Bytes within(address.count() % options_.grant.count());
  heap_.release(options_.grant * grant + within, size);
  return spend(thread, costs().allocation);
}

Task<> LegoosEngine::map_memory(Thread& thread, Core& core, Bytes length) {
  ++counters_.maps;
  core.step = Step::mapping;
  do {
    station().ask(core, system_->home, {.kind = MessageKind::mmap, .length = length},
                  &thread.tally());
    co_await answered(&thread.tally(), core);
  } while (std::exchange(core.failed, false));
  const legoos::Message reply = core.reply;
  if (reply.regions) {
    regions_ = system_->space.owners();
  }
  if (options_.fills_with_zeros()) {  // each entry of the page table is marked for it
    const auto pages = static_cast<std::int64_t>(length.count() / kPage.count());
    co_await spend(thread, costs().mark * pages);
  }
  for (Bytes done; done < length; done += options_.grant) {
    const VirtualAddress address = reply.address + done;
    const std::size_t place = address.count() / options_.grant.count();
    granted_.resize(std::max(granted_.size(), place + 1));
    granted_[place] = static_cast<std::uint32_t>(grants_.size());
    grants_.push_back(address);
  }
}

}  // namespace dsmsim
