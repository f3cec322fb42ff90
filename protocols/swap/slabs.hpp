#pragma once
// The slabs of the swap device: which server keeps each, how it gets one, and how it is taken back.
//
// Owner: the block device of server 0 (SymbioticLab/Infiniswap da7c14b, infiniswap_bd/is_main.c).
// Once a period it looks at slabs without a server; for one that is hot it asks some servers how
// much they can lend (QUERY, FREE_SIZE) and binds it to the one with the most (BIND_SINGLE,
// INFO_SINGLE), one slab after the other. Daemons: one on each memory server (daemon.hpp). Once a
// period each looks at its free memory; if that is short it gives up slabs that nobody has, then
// asks about some that the owner has (EVICT, ACTIVITY) and takes the least active back (STOP). The
// owner uses them no more, waits for the requests under way, and answers (DONE).
//
// No timers: the end of a period is noticed at the next page I/O, since without one nobody would
// see a difference; so a run can end. With mapping at once, and without daemons, no message is sent
// and nothing is looked at, as for Fastswap.

#include <deque>
#include <memory>

#include "protocols/paging/page.hpp"
#include "protocols/swap/activity.hpp"
#include "protocols/swap/daemon.hpp"
#include "protocols/swap/messages.hpp"
#include "sim/cluster/cluster.hpp"
#include "sim/dsm/contract/counters.hpp"
#include "sim/dsm/kit/mutants.hpp"
#include "sim/dsm/kit/worker_pool.hpp"

namespace dsmsim::swap {

/// Who keeps pages in slabs.
class SlabUser {
 public:
  virtual ~SlabUser() = default;
  /// The slab has no server any more.
  virtual void left(paging::SlabNumber slab) = 0;
  /// What the server had of it is gone.
  virtual void freed(NodeId server, paging::SlabNumber slab) = 0;
};

// clang-format off
#define SLAB_LOSSES(COUNTER) \
  COUNTER(Count, lost, "slabs_lost", "slabs gone with their server")
// clang-format on
DSMSIM_COUNTERS(SlabLosses, SLAB_LOSSES)
// clang-format off
#define SLAB_COUNTERS(COUNTER)                                                                               \
  COUNTER(Count, mapped, "slabs_mapped", "slabs that found a server")                                        \
  COUNTER(Microseconds, mapping_time, "slab_mapping_us", "the mean time that took")                          \
  COUNTER(Count, taken_back, "slabs_taken_back", "slabs that their server wanted back")                      \
  COUNTER(Count, evictions, "slab_evictions", "times a server asked which to take")                          \
  COUNTER(Microseconds, eviction_time, "slab_eviction_us", "the mean time from asking until they were left") \
  COUNTER(Count, given_up, "free_slabs_given_up", "free slabs that servers used themselves")                 \
  COUNTER(Count, added, "free_slabs_added", "free slabs that servers offered again")
// clang-format on
DSMSIM_COUNTERS(SlabCounters, SLAB_COUNTERS)

class Slabs : private MessageHandler {
 public:
  using SlabNumber = paging::SlabNumber;

  /// Throws Error for a demand of local memory that the cluster does not have.
  Slabs(Cluster& cluster, const SwapOptions& options, const Mutant& mutant, SlabUser& user);

  SlabNumber slab_of(paging::PageNumber page) const {
    return map_.slab_of(kSwapPage * page.value());
  }
  Bytes size() const { return map_.slab(); }
  std::uint64_t capacity() const { return map_.capacity(); }
  /// The one that gives and takes its pages; none: it has none, or leaves it.
  NodeId server(SlabNumber slab) const;

  /// A page of it will be read or written.
  void use(SlabNumber slab);
  /// With mapping at once, a slab that is written gets a server if one has room.
  NodeId server_to_write(SlabNumber slab);
  // Around a request to its server.
  void begin(SlabNumber slab) { ++state(slab).under_way; }
  void end(SlabNumber slab);
  /// The server is gone with its slabs.
  void lose(NodeId server);
  bool has_lost(NodeId server) const { return map_.has_lost(server); }

  /// Nothing is under way.
  bool at_rest() const;
  /// Throws Error(ExitCode::incoherent) if owner and daemons contradict each other.
  void check() const;
  void reset_counters() { counters_ = {}; }
  void report(CounterReport& report) const;
  void fingerprint(Fingerprint& into) const;
  bool sends(MessageTypeId type) const { return types_ && types_->contain(type); }
  static const std::vector<std::string>& situations();
  /// Of a message about slabs; -1: none of interest.
  int situation(const Post& message) const;
  bool is_leaving(SlabNumber slab) const {
    return slab.index() < slabs_.size() && slabs_[slab.index()].leaving;
  }

 private:
  /// The owner's state of one.
  struct Slab {
    Activity activity;
    std::uint32_t under_way = 0;  ///< requests
    bool leaving = false;         ///< STOP has come for it
  };
  /// The slab that is finding a server.
  struct Mapping {
    struct Asked {
      NodeId server;
      std::optional<std::uint64_t> free;  ///< slabs, as it has answered
    };
    SlabNumber slab;
    std::vector<Asked> asked;
    NodeId chosen;  ///< BIND_SINGLE has been sent there
    Time since;
  };
  struct Counters : SlabCounters {
    SlabLosses losses;
    Duration mapping;  ///< of all that were mapped
    Duration evicting;
  };

  static void fingerprint(Fingerprint& into, const Mapping& mapping);
  std::int64_t period_that_matters() const;

  bool has_daemons() const { return options_.daemon.has_value(); }
  bool maps_by_messages() const { return options_.mapping == SlabMapping::activity; }
  Slab& state(SlabNumber slab);
  Daemon& daemon(NodeId server) { return daemons_[server.index() - 1]; }
  const Daemon& daemon(NodeId server) const { return daemons_[server.index() - 1]; }
  void post(NodeId from, NodeId to, ControlKind kind, ControlMessage message = {});
  Duration service_time(const Delivery& message) override;
  Duration handle(const Delivery& message) override;
  void check_demand() const;
  /// Throws Misfit if no server can lend a single slab.
  void check_slab() const;
  void lend_at_first();
  void end_period();
  static constexpr NodeId kOwner = NodeId(0);

  // mapping.cpp
  void map_hot_slabs();
  void map_next();
  void bind_if_answered();
  void answer_query(NodeId server);
  void lend(NodeId server, SlabNumber slab);
  void end_mapping(NodeId server, const ControlMessage& info);
  void lose_while_mapping(NodeId server);

  // taking_back.cpp
  void look_at_memory(Daemon& daemon);
  Bytes free_memory(const Daemon& daemon) const;
  void take_back(Daemon& daemon, std::uint64_t slabs);
  void tell_activity(Daemon& daemon);
  void stop(Daemon& daemon);
  void leave(SlabNumber slab);
  void free_regions(Daemon& daemon);

  EventQueue& queue_;
  Fabric& fabric_;
  Bytes memory_;  ///< of each server
  const SwapOptions& options_;
  const Mutant& mutant_;
  SlabUser& user_;
  paging::RemoteSlabs map_;  ///< the owner's; and the room of daemons
  std::vector<Slab> slabs_;
  std::vector<Daemon> daemons_;  ///< of server 1 and up
  std::optional<ControlTypes> types_;
  std::vector<std::unique_ptr<WorkerPool>> workers_;
  std::int64_t periods_ = 0;  ///< that have ended
  Mapping mapping_;
  std::deque<SlabNumber> hot_;  ///< that will be mapped after it
  std::uint64_t draws_ = 0;
  Counters counters_;
};

}  // namespace dsmsim::swap
