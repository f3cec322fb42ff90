#include "protocols/paging/remote_slabs.hpp"

#include <algorithm>
#include <stdexcept>

namespace dsmsim::paging {

std::vector<NodeId> memory_servers(std::size_t servers) {
  std::vector<NodeId> all;
  for (std::uint32_t i = 1; i < servers; ++i) {
    all.emplace_back(i);
  }
  return all;
}

RemoteSlabs::RemoteSlabs(std::span<const NodeId> lenders, Bytes memory,
                         const SlabMapOptions& options, RandomStream random)
    : options_(options), random_(random) {
  for (const NodeId server : lenders) {
    lenders_.push_back({server, memory.count() / options.slab.count()});
  }
}

std::vector<NodeId>& RemoteSlabs::holders_of(SlabNumber slab) {
  if (slab.index() >= slabs_.size()) {
    slabs_.resize(slab.index() + 1);
  }
  return slabs_[slab.index()];
}

bool RemoteSlabs::map(SlabNumber slab) {
  holders_of(slab);
  std::vector<NodeId> holders;
  while (holders.size() < options_.replicas) {
    Lender* const next = choose(holders);
    if (next == nullptr) {
      return false;
    }
    holders.push_back(next->server);
  }
  unmap(slab);
  for (Lender& lender : lenders_) {
    lender.room -=
        static_cast<std::uint64_t>(std::count(holders.begin(), holders.end(), lender.server));
  }
  slabs_[slab.index()] = std::move(holders);
  return true;
}

void RemoteSlabs::unmap(SlabNumber slab) {
  std::vector<NodeId>& holders = slabs_[slab.index()];
  for (Lender& lender : lenders_) {
    lender.room +=
        static_cast<std::uint64_t>(std::count(holders.begin(), holders.end(), lender.server));
  }
  holders.clear();
}

std::vector<NodeId> RemoteSlabs::draw(std::uint32_t count) {
  std::vector<NodeId> servers;
  for (const Lender& lender : lenders_) {
    if (!lender.lost) {
      servers.push_back(lender.server);
    }
  }
  const std::size_t drawn = std::min<std::size_t>(count, servers.size());
  for (std::size_t i = 0; i < drawn; ++i) {
    std::swap(servers[i], servers[i + random_.below(servers.size() - i)]);
  }
  servers.resize(drawn);
  return servers;
}

void RemoteSlabs::hold(SlabNumber slab, NodeId server) { holders_of(slab).push_back(server); }

void RemoteSlabs::drop(SlabNumber slab) { holders_of(slab).clear(); }

void RemoteSlabs::set_room(NodeId server, std::uint64_t slabs) {
  for (Lender& lender : lenders_) {
    lender.room = lender.server == server ? slabs : lender.room;
  }
}

void RemoteSlabs::lose(NodeId server) {
  for (Lender& lender : lenders_) {
    lender.lost = lender.lost || lender.server == server;
  }
  for (std::vector<NodeId>& holders : slabs_) {
    std::erase(holders, server);
  }
}

const RemoteSlabs::Lender& RemoteSlabs::lender(NodeId server) const {
  for (const Lender& lender : lenders_) {
    if (lender.server == server) {
      return lender;
    }
  }
  throw std::logic_error("server " + std::to_string(server.value()) + " lends no memory");
}

bool RemoteSlabs::has_lost(NodeId server) const { return lender(server).lost; }

std::uint64_t RemoteSlabs::room(NodeId server) const {
  const Lender& there = lender(server);
  return there.lost ? 0 : there.room;
}

/// All servers lend the same, so the copies can be spread evenly.
std::uint64_t RemoteSlabs::capacity() const {
  std::uint64_t all = 0;
  for (const Lender& lender : lenders_) {
    all += lender.room;
  }
  for (const std::vector<NodeId>& holders : slabs_) {
    all += holders.size();
  }
  return lenders_.size() < options_.replicas ? 0 : all / options_.replicas;
}

void RemoteSlabs::fingerprint(Fingerprint& into) const {
  const auto& [options, lenders, slabs, turn, random] = *this;
  for (const auto& [server, room, lost] : lenders) {
    into.add(room, lost);
  }
  for (const std::vector<NodeId>& holders : slabs) {
    for (const NodeId server : holders) {
      into.add(server.value());
    }
    into.add(holders.size());
  }
  into.add(turn);
}

// ---- policies

bool RemoteSlabs::may_take(const Lender& lender, const std::vector<NodeId>& holders) {
  return !lender.lost && lender.room > 0 &&
         std::find(holders.begin(), holders.end(), lender.server) == holders.end();
}

RemoteSlabs::Lender* RemoteSlabs::choose(const std::vector<NodeId>& holders) {
  switch (options_.placement) {
    case SlabPlacement::round_robin:
      return choose_in_turn(holders);
    case SlabPlacement::most_free:
      return choose_most_free(holders);
    case SlabPlacement::power_of_choices:
      return choose_at_random(holders);
  }
  return nullptr;
}

RemoteSlabs::Lender* RemoteSlabs::choose_in_turn(const std::vector<NodeId>& holders) {
  for (std::size_t i = 0; i < lenders_.size(); ++i) {
    Lender& lender = lenders_[(turn_ + i) % lenders_.size()];
    if (may_take(lender, holders)) {
      turn_ = (turn_ + i + 1) % lenders_.size();
      return &lender;
    }
  }
  return nullptr;
}

RemoteSlabs::Lender* RemoteSlabs::choose_most_free(const std::vector<NodeId>& holders) {
  Lender* best = nullptr;
  for (Lender& lender : lenders_) {
    if (may_take(lender, holders) && (best == nullptr || lender.room > best->room)) {
      best = &lender;
    }
  }
  return best;
}

/// Infiniswap draws different machines and contacts those only (NSDI 2017, section 4.3); if there
/// are no more than `choices` that may take it, all of them are asked.
RemoteSlabs::Lender* RemoteSlabs::choose_at_random(const std::vector<NodeId>& holders) {
  std::vector<Lender*> candidates;
  for (Lender& lender : lenders_) {
    if (may_take(lender, holders)) {
      candidates.push_back(&lender);
    }
  }
  Lender* best = nullptr;
  for (std::uint32_t i = 0; i < options_.choices && i < candidates.size(); ++i) {
    std::swap(candidates[i], candidates[i + random_.below(candidates.size() - i)]);
    if (best == nullptr || candidates[i]->room > best->room) {
      best = candidates[i];
    }
  }
  return best;
}

}  // namespace dsmsim::paging
