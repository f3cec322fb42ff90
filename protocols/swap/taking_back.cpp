// How a memory server gets its memory back (SymbioticLab/Infiniswap da7c14b,
// infiniswap_daemon/rdma-common.c; Gu et al., NSDI 2017, section 4.4).

#include <algorithm>

#include "protocols/swap/slabs.hpp"

namespace dsmsim::swap {

Bytes Slabs::free_memory(const Daemon& daemon) const {
  Bytes used = size() * daemon.regions;
  Bytes demand;
  Duration latest;
  for (const LocalDemand& next : options_.daemon->demand) {
    if (next.server == daemon.server().value() && next.at <= options_.period * periods_ &&
        next.at >= latest) {
      latest = next.at;
      demand = next.bytes;
    }
  }
  used += demand;
  return used < memory_ ? memory_ - used : Bytes();
}

/// While it takes slabs back it does not look.
void Slabs::look_at_memory(Daemon& daemon) {
  const bool busy = daemon.eviction.stage != Eviction::Stage::none;
  if (!daemon.headroom || busy || fabric_.has_crashed(daemon.server()) ||
      has_lost(daemon.server())) {
    return;
  }
  const Headroom::Change change = daemon.headroom->look(free_memory(daemon), size());
  const std::uint64_t more = std::min(change.grow, kMostRegions - daemon.regions);
  if (more > 0) {
    counters_.added += more;
    daemon.regions += more;
    map_.set_room(daemon.server(), map_.room(daemon.server()) + more);
  }
  take_back(daemon, change.evict);
}

/// First those that nobody has.
void Slabs::take_back(Daemon& daemon, std::uint64_t slabs) {
  const std::uint64_t room = map_.room(daemon.server());
  const std::uint64_t unused = std::min(slabs, room);
  counters_.given_up += unused;
  daemon.regions -= unused;
  map_.set_room(daemon.server(), room - unused);
  if (slabs > unused && !daemon.lent.empty()) {
    const std::uint64_t extra = options_.rules == SlabRules::released ? 2 : 5;
    daemon.begin_eviction(slabs - unused, extra, queue_.now());
    post(daemon.server(), kOwner, ControlKind::evict);
  }
}

void Slabs::tell_activity(Daemon& daemon) {
  for (Eviction::Candidate& candidate : daemon.eviction.candidates) {
    candidate.level = state(candidate.slab).activity.level();
  }
  post(kOwner, daemon.server(), ControlKind::activity);
}

/// From now on the slabs' pages come from the disk and go there.
void Slabs::stop(Daemon& daemon) {
  const std::vector<Eviction::Candidate> slabs = daemon.eviction.candidates;
  daemon.eviction.left = slabs.size();
  for (const Eviction::Candidate& candidate : slabs) {
    Slab& slab = state(candidate.slab);
    slab.leaving = true;
    if (slab.under_way == 0 || mutant_.is("swap.stop_without_waiting")) {
      leave(candidate.slab);
    }
  }
}

/// No request to its server is under way.
void Slabs::leave(SlabNumber slab) {
  Daemon& daemon = this->daemon(map_.holders(slab).front());
  state(slab).leaving = false;
  map_.drop(slab);
  user_.left(slab);
  ++counters_.taken_back;
  if (--daemon.eviction.left == 0 && !mutant_.is("swap.lose_done")) {
    post(kOwner, daemon.server(), ControlKind::done);
  }
}

void Slabs::free_regions(Daemon& daemon) {
  ++counters_.evictions;
  counters_.evicting += queue_.now() - daemon.eviction.since;
  for (const Eviction::Candidate& gone : daemon.eviction.candidates) {
    user_.freed(daemon.server(), gone.slab);
  }
  daemon.end_eviction();
}

}  // namespace dsmsim::swap
