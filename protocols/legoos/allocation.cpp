// The program's allocator, which asks the system for memory a grant at a time, and the way of such
// a request: mmap (managers/processor/mmap; six steps, section 4.4.3 of the paper).

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
    co_await waits_.wait(core, Wait::heap, 0);
    thread.tally().charge(Category::lock_wait, queue().now());
  }
  if (op.length > capacity_ || heap_.used() > capacity_ - op.length) {
    out_of_memory(thread, op,
                  "the memory servers have " + to_string(capacity_) + " in pages of " +
                      to_string(kPage) + ", of which " + to_string(heap_.used()) + " are in use");
  }
  const std::optional<Bytes> offset = heap_.allocate(op.length);
  if (!offset) {
    reject(thread, op, "there is no room in the address space");
  }
  if (const Bytes missing = heap_.missing(); missing > Bytes(0)) {
    heap_locked_ = true;
    co_await map_memory(thread, core, missing);
    heap_locked_ = false;
    waits_.wake_all(Wait::heap, 0);
  }
  core.step = Step::none;
  place(op.object, heap_.address_of(*offset));
}

Task<> LegoosEngine::release(Thread& thread, Op&, VirtualAddress address, Bytes size) {
  heap_.release(address, size);
  return spend(thread, costs().allocation);
}

Task<> LegoosEngine::map_memory(Thread& thread, Core& core, Bytes length) {
  ++counters_.maps;
  core.step = Step::mapping;
  do {
    station_.ask(core.caller, servers_.home(), {.kind = MessageKind::mmap, .length = length},
                 &thread.tally());
    co_await calls_.answered(&thread.tally(), core);
  } while (std::exchange(core.caller.failed, false));
  const legoos::Message reply = core.caller.reply;
  if (reply.regions) {
    regions_.refresh();
  }
  if (options_.fills_with_zeros()) {  // each entry of the page table is marked for it
    const auto pages = static_cast<std::int64_t>(length.count() / kPage.count());
    co_await spend(thread, costs().mark * pages);
  }
  heap_.map(reply.address, length);
}

}  // namespace dsmsim
