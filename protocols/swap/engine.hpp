#pragma once
// Swapping: the program's memory is larger than its server's, and the kernel keeps what does not
// fit on a device. README.md is the protocol on one page.
//
// Server 0 runs the program; the others, if the device needs them, lend memory. A fault finds its
// page in memory (swap cache), or on the device, or it is the page's first. Reclaim makes room, by
// a daemon between two watermarks or by who faults below the third; dirty pages are written and
// leave when they have been.

#include <memory>

#include "protocols/paging/paged_engine.hpp"
#include "protocols/swap/device.hpp"
#include "protocols/swap/fault_waits.hpp"
#include "protocols/swap/memory.hpp"
#include "protocols/swap/mutants.hpp"
#include "protocols/swap/options.hpp"
#include "protocols/swap/readahead.hpp"
#include "sim/dsm/contract/counters.hpp"

namespace dsmsim {

/// Since the measured part of the run began.
// clang-format off
#define SWAP_COUNTERS(COUNTER)                                                                   \
  COUNTER(Count, first_touches, "first_touches", "pages used for the first time")                \
  COUNTER(Count, minor_faults, "minor_faults", "faults whose page was in memory")                \
  COUNTER(Count, major_faults, "major_faults", "faults that waited for the device")              \
  COUNTER(Count, read_ahead, "read_ahead", "pages read ahead")                                   \
  COUNTER(Count, read_ahead_used, "read_ahead_used", "of these, used before they left")          \
  COUNTER(Count, direct_reclaims, "direct_reclaims", "reclaims by a thread that wanted a frame") \
  COUNTER(Count, looked_at, "looked_at", "pages that reclaim looked at")                         \
  COUNTER(Count, dropped, "dropped", "clean pages that left")                                    \
  COUNTER(Count, written, "written", "dirty pages that left")                                    \
  COUNTER(Count, written_lines, "written_dirty_lines", "dirty lines in them")                    \
  COUNTER(Count, rescued, "rescued", "pages asked for while they were being written")            \
  COUNTER(Count, waits_for_frames, "waits_for_frames", "times a thread waited for a free frame")
// clang-format on
DSMSIM_COUNTERS(SwapCounters, SWAP_COUNTERS)

class SwapEngine final : public paging::PagedEngine {
 public:
  /// Throws Error if the device needs other servers and there are none.
  SwapEngine(EngineContext context, SwapOptions options);
  ~SwapEngine() override;

  std::size_t compute_servers() const override { return 1; }
  std::optional<Bytes> capacity() const override { return device_->capacity(); }
  void reset_counters() override;
  void report(CounterReport& report) const override;
  void check_quiescent() const override;
  bool goes_on_without(NodeId server) override;

  const SwapCounters& counters() const { return counters_; }
  const swap::Memory& memory() const { return memory_; }

 private:
  using PageNumber = paging::PageNumber;
  using Page = swap::Page;
  using Place = swap::Place;

  // fault.cpp
  Task<> fault(Thread& thread, PageNumber number, paging::Permission wanted) override;
  Task<> touch_first(Thread& thread, Page& page);
  Task<> swap_in(Thread& thread, Page& page);
  void map_page(Page& page);
  void read_around(PageNumber fault, Cause cause);
  Task<> read(Page& page, Cause cause, Tally* tally);

  // reclaim.cpp
  Task<bool> take_frame(Thread& thread, Page& page);
  Duration reclaim_if_low();
  Duration reclaim(std::uint64_t& progress);
  void expel(Page& page, std::uint64_t& progress);
  Task<> write(Page& page);
  void leave(Page& page);
  void give_frame();
  void wake_daemon();
  Task<> run_daemon();
  std::uint64_t low_watermark() const { return options_.min_free + distance_; }
  std::uint64_t high_watermark() const { return options_.min_free + 2 * distance_; }

  // memory of the program
  Task<> allocate(Thread& thread, Op& op) override;
  Task<> release(Thread& thread, Op& op, paging::VirtualAddress address, Bytes size) override;

  // inspection.cpp
  void fingerprint(Fingerprint& into) const override;
  void fingerprint(const Post& message, Fingerprint& into) const override;
  bool forgets(ThreadId) const override { return true; }
  void check_always() const override;
  void check_page(const Page& page) const;
  std::vector<ObjectId> lost_with(NodeId server) const override;
  const std::vector<std::string>& situations() const override;
  int situation(const Post& message) const override;

  static constexpr NodeId kHere = NodeId(0);
  bool mutated(std::string_view name) const { return mutant_.is(name); }

  SwapOptions options_;
  Mutant mutant_;
  std::unique_ptr<swap::Device> device_;
  SlabClasses classes_;
  paging::Heap heap_;
  swap::Memory memory_;
  swap::Readahead readahead_;
  std::uint64_t distance_;  ///< of watermarks
  std::uint64_t writing_ = 0;
  bool daemon_runs_ = false;
  swap::FaultWaits waits_;
  SwapCounters counters_;
};

}  // namespace dsmsim
