#include "protocols/legoos/remote.hpp"

#include "sim/base/stop.hpp"

namespace dsmsim::legoos {

Remote::Remote(Stations& stations, std::size_t servers, std::size_t regions, Bytes bytes)
    : space(regions), memory(servers), manager(stations, servers, bytes) {
  if (stations.servers().storage().valid()) {
    storage = std::make_unique<Storage>(stations, memory);
  }
  for (std::uint32_t i = 0; i < servers; ++i) {
    stop_if_asked();
    if (stations.servers().has_memory(NodeId(i))) {
      memory[i] =
          std::make_unique<MemoryServer>(stations, space, storage.get(), memory, NodeId(i), bytes);
    }
  }
}

void Remote::reset_counters() {
  manager.reset_counters();
  if (storage != nullptr) {
    storage->reset_counters();
  }
  for (const auto& server : memory) {
    if (server != nullptr) {
      server->reset_counters();
    }
  }
}

void Remote::fingerprint(Fingerprint& into) const {
  const auto& [the_space, the_storage, servers, the_manager] = *this;
  the_space.fingerprint(into);
  for_each_memory([&into](const MemoryServer& server) { server.fingerprint(into); });
  the_manager.fingerprint(into);
  if (the_storage != nullptr) {
    the_storage->fingerprint(into);
  }
}

}  // namespace dsmsim::legoos
