#pragma once
// What Infiniswap's daemon on one memory server knows: the slabs that it lends, how much memory is
// free, and the eviction that it is in (SymbioticLab/Infiniswap da7c14b,
// infiniswap_daemon/rdma-common.c; Gu et al., NSDI 2017, section 4.4). Plain state and its moves;
// the messages are sent by Slabs (slabs.hpp).

#include <optional>
#include <vector>

#include "protocols/paging/remote_slabs.hpp"
#include "protocols/swap/headroom.hpp"
#include "sim/base/random.hpp"

namespace dsmsim::swap {

/// From EVICT to DONE. A daemon has one at a time.
struct Eviction {
  struct Candidate {
    paging::SlabNumber slab;
    std::uint64_t level = 0;  ///< of activity, as the owner says
  };
  enum class Stage : std::uint8_t { none, asking, stopping };
  Stage stage = Stage::none;
  std::uint64_t wanted = 0;           ///< slabs to take back
  std::vector<Candidate> candidates;  ///< asked about; then, those to take back
  std::size_t left = 0;               ///< of these, which the owner has not left
  Time since;
};

class Daemon {
 public:
  Daemon(NodeId server, RandomStream random) : server_(server), random_(random) {}

  NodeId server() const { return server_; }
  /// Draws the slabs that the owner is asked about: so many more than are wanted.
  void begin_eviction(std::uint64_t wanted, std::uint64_t extra, Time now);
  /// Of the candidates the least active stay.
  void choose();
  /// The slabs have been left: they are lent no more.
  void end_eviction();
  void lend(paging::SlabNumber slab) { lent.push_back(slab); }
  bool lends(paging::SlabNumber slab) const;
  /// It has crashed.
  void lose();
  void fingerprint(Fingerprint& into) const;

  std::vector<paging::SlabNumber> lent;  ///< from BIND_SINGLE to DONE
  std::uint64_t regions = 0;             ///< slabs lent, and those free to be
  std::optional<Headroom> headroom;      ///< none: the server needs no memory itself
  Eviction eviction;

 private:
  static void fingerprint(Fingerprint& into, const Eviction& eviction);

  NodeId server_;
  RandomStream random_;
  std::uint64_t drawn_ = 0;
};

}  // namespace dsmsim::swap
