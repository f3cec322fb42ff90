#pragma once
// Swap to the memory of other servers with one-sided verbs.
//
// Infiniswap (Gu et al., NSDI 2017; SymbioticLab/Infiniswap da7c14b, infiniswap_bd/is_main.c): a
// block device in slabs, each mapped to one server or to none. A page that is written goes through
// a bounce buffer to the slab's server and, at the same time, to a disk of this server, which
// nobody waits for (is_main.c:184,205,265); a bit says that the server has it (is_main.c:839). A
// page without its bit is read from the disk. When a server is lost its slabs are unmapped and
// their bits cleared, requests under way to it go to the disk, and the slab is mapped again
// (is_main.c:432).
//
// Fastswap (Amaro et al., EuroSys 2020; clusterfarmem/fastswap 9cfc2ad, drivers/fastswap_rdma.c):
// no block layer, no disk, no bounce buffer; who reads polls.

#include <map>

#include "protocols/paging/page_map.hpp"
#include "protocols/swap/device.hpp"
#include "protocols/swap/disk.hpp"
#include "sim/cluster/cluster.hpp"
#include "sim/dsm/mutants.hpp"

namespace dsmsim::swap {

/// What a verb is about, for checkers; nothing of it is sent.
struct SwapMessage {
  paging::PageNumber page;
  std::uint64_t contents;  ///< of a write
};

class RemoteDevice final : public Device {
 public:
  /// All servers but the first lend their memory.
  RemoteDevice(Cluster& cluster, const SwapOptions& options, const Mutant& mutant);

  Task<std::uint64_t> read(paging::PageNumber page, Tally* tally) override;
  Task<> write(paging::PageNumber page, std::uint64_t contents) override;
  Duration submit() const override;
  bool spins() const override { return !has_disk(); }
  Bytes capacity() const override;
  std::uint64_t peek(paging::PageNumber page) const override;
  bool goes_on_without(NodeId server) override;
  bool loses(NodeId server, paging::PageNumber page) const override;
  void reset_counters() override;
  void report(nlohmann::ordered_json& counters) const override;
  void fingerprint(Fingerprint& into) const override;

  MessageTypeId read_type() const { return read_; }
  /// The server that has the page, or none.
  NodeId holder(paging::PageNumber page) const;

 private:
  using Image = paging::PageMap<std::uint64_t>;

  bool has_disk() const { return options_.device == SwapDeviceKind::infiniswap; }
  /// Gives kFailed as Fabric::Operation does.
  Task<std::uint64_t> read_remote(NodeId server, paging::PageNumber page, Tally* tally);
  paging::SlabNumber slab_of(paging::PageNumber page) const {
    return slabs_.slab_of(kSwapPage * page.value());
  }

  EventQueue& queue_;
  Simulation& simulation_;
  Fabric& fabric_;
  const SwapOptions& options_;
  const Mutant& mutant_;
  MessageTypeId read_;
  MessageTypeId write_;
  paging::RemoteSlabs slabs_;
  paging::PageMap<bool> bits_;  ///< a server has the page
  std::vector<Image> images_;   ///< of what servers keep
  Disk disk_;
  std::uint64_t remote_reads_ = 0;
  std::uint64_t remote_writes_ = 0;
  std::uint64_t slabs_lost_ = 0;
};

}  // namespace dsmsim::swap
