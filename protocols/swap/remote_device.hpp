#pragma once
// Swap to the memory of other servers with one-sided verbs.
//
// Infiniswap (Gu et al., NSDI 2017; SymbioticLab/Infiniswap da7c14b, infiniswap_bd/is_main.c): a
// block device in slabs, each mapped to one server or to none (slabs.hpp). A page that is written
// goes through a bounce buffer to the slab's server and, at the same time, to a disk of this
// server, which nobody waits for (is_main.c:184,205,265); a bit says that the server has it
// (is_main.c:839). A page without its bit is read from the disk. When a slab is taken back, or its
// server is lost, its bits are cleared, and requests under way to a lost server go to the disk
// (is_main.c:432).
//
// Fastswap (Amaro et al., EuroSys 2020; clusterfarmem/fastswap 9cfc2ad, drivers/fastswap_rdma.c):
// no block layer, no disk, no bounce buffer; who reads polls.

#include "protocols/paging/page_map.hpp"
#include "protocols/swap/contexts.hpp"
#include "protocols/swap/device.hpp"
#include "protocols/swap/disk.hpp"
#include "protocols/swap/messages.hpp"
#include "protocols/swap/slabs.hpp"
#include "sim/dsm/contract/counters.hpp"

namespace dsmsim::swap {

// clang-format off
#define REMOTE_COUNTERS(COUNTER)                                         \
  COUNTER(Count, reads, "remote_reads", "pages read from other servers") \
  COUNTER(Count, writes, "remote_writes", "pages written to them")
// clang-format on
DSMSIM_COUNTERS(RemoteCounters, REMOTE_COUNTERS)
// clang-format off
#define CONTEXT_COUNTERS(COUNTER) \
  COUNTER(Count, waits, "waits_for_contexts", "requests that waited for a free context")
// clang-format on
DSMSIM_COUNTERS(ContextCounters, CONTEXT_COUNTERS)

class RemoteDevice final : public Device, private SlabUser {
 public:
  /// All servers but the first lend their memory.
  RemoteDevice(Cluster& cluster, const SwapOptions& options, const Mutant& mutant);

  Task<Found> read(paging::PageNumber page, Cause cause, Tally* tally) override;
  Task<> write(paging::PageNumber page, std::uint64_t contents, CachedData data) override;
  Duration submit() const override;
  bool spins() const override { return !has_disk(); }
  Bytes capacity() const override;
  std::uint64_t peek(paging::PageNumber page) const override;
  void check() const override;
  bool at_rest() const override;
  bool goes_on_without(NodeId server) override;
  bool loses(NodeId server, paging::PageNumber page) const override;
  void reset_counters() override;
  void report(CounterReport& report) const override;
  void fingerprint(Fingerprint& into) const override;

  const PageTypes& types() const { return types_; }
  const Slabs& slabs() const { return slabs_; }
  /// The server that has the page, or none.
  NodeId holder(paging::PageNumber page) const;

 private:
  using Image = paging::PageMap<std::uint64_t>;

  bool has_disk() const { return options_.device == SwapDeviceKind::infiniswap; }
  /// Gives kFailed as Fabric::Operation does.
  Task<std::uint64_t> read_remote(NodeId server, paging::PageNumber page, Cause cause,
                                  Tally* tally);
  Task<> write_remote(NodeId server, paging::PageNumber page, std::uint64_t contents, Cause cause);
  /// The same, and to the disk at the same time.
  Task<> write_both(NodeId server, paging::PageNumber page, std::uint64_t contents, Cause cause);
  Task<> write_with(NodeId server, paging::PageNumber page, std::uint64_t contents, Cause cause,
                    Effect effect);
  Task<> write_copy(paging::PageNumber page, std::uint64_t contents, Contexts& contexts,
                    Contexts::Number context);
  void left(paging::SlabNumber slab) override;
  void freed(NodeId server, paging::SlabNumber slab) override;
  template <class Visit>
  void for_each_page(paging::SlabNumber slab, Visit visit) const;

  EventQueue& queue_;
  Simulation& simulation_;
  Fabric& fabric_;
  const SwapOptions& options_;
  const Mutant& mutant_;
  PageTypes types_;
  Slabs slabs_;
  paging::PageMap<bool> bits_;      ///< a server has the page
  std::vector<Image> images_;       ///< of what servers keep
  std::vector<Contexts> contexts_;  ///< by server
  Disk disk_;
  RemoteCounters counters_;
  ContextCounters context_counters_;
};

}  // namespace dsmsim::swap
