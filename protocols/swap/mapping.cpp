// How a slab that is in use gets a server (SymbioticLab/Infiniswap da7c14b,
// infiniswap_bd/is_main.c, IS_single_chunk_map; Gu et al., NSDI 2017, section 4.3).

#include <algorithm>

#include "protocols/swap/slabs.hpp"

namespace dsmsim::swap {

void Slabs::map_hot_slabs() {
  for (std::uint32_t i = 0; i < slabs_.size(); ++i) {
    const SlabNumber slab(i);
    if (slabs_[i].activity.is_hot(options_.rules, options_.hot_slab) && !map_.is_mapped(slab) &&
        slab != mapping_.slab && std::find(hot_.begin(), hot_.end(), slab) == hot_.end()) {
      hot_.push_back(slab);
    }
  }
  map_next();
}

/// One after the other.
void Slabs::map_next() {
  while (!mapping_.slab.valid() && !hot_.empty()) {
    const SlabNumber slab = hot_.front();
    hot_.pop_front();
    ++draws_;
    const std::vector<NodeId> servers = map_.draw(options_.choices);
    if (servers.empty()) {
      continue;
    }
    mapping_ = {};
    mapping_.slab = slab;
    mapping_.since = queue_.now();
    for (const NodeId server : servers) {
      mapping_.asked.push_back({server, std::nullopt});
      post(kOwner, server, ControlKind::query);
    }
  }
}

/// To the one with the most; if none has any, the slab waits until it is hot again.
void Slabs::bind_if_answered() {
  NodeId best;
  std::uint64_t most = 0;
  for (const Mapping::Asked& asked : mapping_.asked) {
    if (!asked.free) {
      return;
    }
    if (*asked.free > most) {
      most = *asked.free;
      best = asked.server;
    }
  }
  if (!best.valid()) {
    mapping_ = {};
    map_next();
    return;
  }
  mapping_.chosen = best;
  post(kOwner, best, ControlKind::bind_single, {.slab = mapping_.slab});
  if (mutant_.is("swap.use_before_info")) {
    map_.hold(mapping_.slab, best);
  }
}

void Slabs::answer_query(NodeId server) {
  post(server, kOwner, ControlKind::free_size, {.number = map_.room(server)});
}

void Slabs::lend(NodeId server, SlabNumber slab) {
  const std::uint64_t room = map_.room(server);
  if (room > 0) {
    map_.set_room(server, room - (mutant_.is("swap.lend_twice") ? 0 : 1));
    daemon(server).lend(slab);
  }
  post(server, kOwner, ControlKind::info_single, {.slab = slab, .number = room});
}

void Slabs::end_mapping(NodeId server, const ControlMessage& info) {
  if (info.number > 0) {
    ++counters_.mapped;
    counters_.mapping += queue_.now() - mapping_.since;
    map_.drop(info.slab);
    map_.hold(info.slab, server);
  }
  mapping_ = {};
  map_next();
}

/// An answer that will not come is not waited for.
void Slabs::lose_while_mapping(NodeId server) {
  if (!mapping_.slab.valid()) {
    return;
  }
  if (mapping_.chosen.valid()) {
    if (mapping_.chosen == server) {
      mapping_ = {};
      map_next();
    }
    return;
  }
  std::erase_if(mapping_.asked,
                [server](const Mapping::Asked& asked) { return asked.server == server; });
  bind_if_answered();
}

}  // namespace dsmsim::swap
