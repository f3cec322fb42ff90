#pragma once
// Swap to a disk of this server, or to a ramdisk: the block layer in front of one Disk. A ramdisk
// copies in the context of who asks (brd.c), so that nobody sleeps.

#include "protocols/swap/device.hpp"
#include "protocols/swap/disk.hpp"

namespace dsmsim::swap {

class LocalDevice final : public Device {
 public:
  LocalDevice(EventQueue& queue, const SwapOptions& options)
      : queue_(queue), options_(options), disk_(queue, options.disk) {}

  Task<Found> read(paging::PageNumber page, Cause cause, Tally* tally) override;
  Task<> write(paging::PageNumber page, std::uint64_t contents, CachedData) override {
    return disk_.write(page, contents);
  }
  Duration submit() const override { return options_.costs.block; }
  bool spins() const override { return options_.device == SwapDeviceKind::ramdisk; }
  Bytes capacity() const override { return options_.disk_size; }
  std::uint64_t peek(paging::PageNumber page) const override { return disk_.peek(page); }
  void reset_counters() override { disk_.reset_counters(); }
  void report(CounterReport& report) const override;
  void fingerprint(Fingerprint& into) const override { disk_.fingerprint(into); }

 private:
  EventQueue& queue_;
  const SwapOptions& options_;
  Disk disk_;
};

}  // namespace dsmsim::swap
