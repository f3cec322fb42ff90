#include "protocols/gam/placement.hpp"

#include <algorithm>

#include "sim/base/error.hpp"

namespace dsmsim::gam {
namespace {

SlabOptions slab_options(const GamOptions& options) {
  SlabOptions slab = options.slab;
  slab.block = options.block;
  return slab;
}

}  // namespace

Placement::Placement(const GamOptions& options, std::size_t servers, Bytes memory, Bytes cache,
                     RandomStream random)
    : options_(options),
      memory_(memory),
      cache_(cache),
      random_(random),
      classes_(slab_options(options)),
      slabs_(servers, SlabAllocator(classes_, memory)),
      reported_(servers, memory) {
  if (capacity() == Bytes(0)) {
    throw Misfit("/slab/page", "gam: a server of " + to_string(memory) +
                                   " has no room for a slab page of " +
                                   to_string(options.slab.page) + " (protocol.slab.page)");
  }
}

std::string Placement::want_text(Bytes size) const {
  Bytes used;
  for (const SlabAllocator& slabs : slabs_) {
    used += slabs.used();
  }
  return "no server that it may be on has room for " + to_string(size) + ": " +
         std::to_string(slabs_.size()) + " servers of " + to_string(memory_) + ", of which " +
         to_string(used) + " is in use" + classes_.unit_text();
}

/// A server turns to others when it needs what is left for its cache (local_request.cc:97).
bool Placement::leaves_room_for_cache(NodeId server, Bytes cached) const {
  return cached + slabs_[server.index()].available() >= cache_;
}

std::vector<NodeId> Placement::candidates(NodeId here, NodeId wanted, Bytes cached) {
  if (wanted.valid()) {
    return {wanted};
  }
  std::vector<NodeId> servers;
  for (std::uint32_t i = 0; i < slabs_.size(); ++i) {
    servers.emplace_back(i);
  }
  if (options_.placement == GamPlacement::random) {
    for (std::size_t i = servers.size(); i > 1; --i) {
      std::swap(servers[i - 1], servers[random_.below(i)]);
    }
    return servers;
  }
  std::stable_sort(servers.begin(), servers.end(), [this](NodeId a, NodeId b) {
    return reported_[a.index()] > reported_[b.index()];
  });
  const bool first = options_.placement == GamPlacement::local &&
                     (servers.size() == 1 || leaves_room_for_cache(here, cached));
  servers.erase(std::find(servers.begin(), servers.end(), here));
  servers.insert(first ? servers.begin() : servers.end(), here);
  return servers;
}

GlobalAddress Placement::allocate_at(NodeId server, Bytes size) {
  const auto offset = slabs_[server.index()].allocate(size);
  if (!offset) {
    return {};
  }
  report(server);
  const GlobalAddress address(server, *offset);
  history_.add(address.value());
  return address;
}

void Placement::release(GlobalAddress object, Bytes size) {
  slabs_[object.home().index()].release(object.offset(), size);
  report(object.home());
  history_.add(~object.value());
}

void Placement::fingerprint(Fingerprint& into) const {
  into.add(history_.value());
  RandomStream draws = random_;
  for (int i = 0; i < 4; ++i) {  // as many as the stream has words of state
    into.add(draws.next());
  }
}

void Placement::report(NodeId server) {
  const Bytes free = slabs_[server.index()].available();
  Bytes& known = reported_[server.index()];
  const Bytes change = free > known ? free - known : known - free;
  if (change > options_.ghost_th) {
    known = free;
  }
}

}  // namespace dsmsim::gam
