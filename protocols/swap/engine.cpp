#include "protocols/swap/engine.hpp"

#include <algorithm>

#include "protocols/swap/local_device.hpp"
#include "protocols/swap/remote_device.hpp"
#include "sim/base/error.hpp"

namespace dsmsim {
namespace {

bool is_remote(SwapDeviceKind device) {
  return device == SwapDeviceKind::infiniswap || device == SwapDeviceKind::fastswap;
}

std::unique_ptr<swap::Device> make_device(Cluster& cluster, const SwapOptions& options,
                                          const Mutant& mutant) {
  if (!is_remote(options.device)) {
    return std::make_unique<swap::LocalDevice>(cluster.simulation().queue(), options);
  }
  if (!cluster.has_fabric()) {
    throw Misfit("/device", "swap: a cluster of one server has no other servers to swap to");
  }
  return std::make_unique<swap::RemoteDevice>(cluster, options, mutant);
}

}  // namespace

SwapEngine::SwapEngine(EngineContext context, SwapOptions options)
    : PagedEngine(context, "swap",
                  {.shape = paging::PageShape(kSwapPage, Bytes(64)),
                   .recency = true,
                   .local_atomic = options.costs.local_atomic,
                   .farther = {},
                   .words_dirty = true,
                   .cpu_caches = options.cpu_caches}),
      options_(std::move(options)),
      mutant_(context.mutant, swap_mutants()),
      device_(make_device(context.cluster, options_, mutant_)),
      classes_(paging::heap_classes(kSwapPage, options_.grant)),
      heap_(classes_, Bytes(0), device_->capacity()),
      memory_(options_.cache.count() / kSwapPage.count(), blank(), clean()),
      readahead_(options_.readahead),
      distance_(std::max<std::uint64_t>(
          options_.min_free / 4, static_cast<std::uint64_t>(static_cast<double>(memory_.frames()) *
                                                            options_.watermark_scale))),
      waits_(queue()) {}

SwapEngine::~SwapEngine() = default;

Task<> SwapEngine::allocate(Thread& thread, Op& op) {
  const std::optional<paging::VirtualAddress> address = heap_.allocate(op.length);
  if (!address) {
    reject(thread, op,
           "out of memory: " + to_string(op.length) + " wanted, " + to_string(heap_.used()) +
               " of the device's " + to_string(heap_.capacity()) + " in use");
  }
  place(op.object, *address);
  co_await spend(thread, options_.costs.allocation);
}

Task<> SwapEngine::release(Thread& thread, Op&, paging::VirtualAddress address, Bytes size) {
  heap_.release(address, size);
  co_await spend(thread, options_.costs.allocation);
}

bool SwapEngine::goes_on_without(NodeId server) {
  return server != kHere && device_->goes_on_without(server);
}

void SwapEngine::reset_counters() {
  counters_ = {};
  device_->reset_counters();
}

void SwapEngine::report(CounterReport& report) const {
  report.add(counters_);
  device_->report(report);
}

}  // namespace dsmsim
