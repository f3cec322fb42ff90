#include "protocols/legoos/servers.hpp"

namespace dsmsim::legoos {

Servers::Servers(const LegoosOptions& options, std::size_t servers, NodeId manager, NodeId storage)
    : options_(options), manager_(manager), storage_(storage), lost_(servers) {
  home_ = memory_after(kCompute);
}

NodeId Servers::memory_after(NodeId server) const {
  const std::size_t begin = server.valid() ? server.index() + 1 : 0;
  for (std::size_t i = 0; i < lost_.size(); ++i) {
    const NodeId next(static_cast<std::uint32_t>((begin + i) % lost_.size()));
    if (is_in_service(next)) {
      return next;
    }
  }
  return {};
}

NodeId Servers::secondary_of(NodeId server) const {
  const NodeId next = memory_after(server);
  return options_.replication == LegoosReplication::none || next == server ? NodeId() : next;
}

NodeId Servers::server_of(FileId file) const {
  const bool first = options_.files->placement == LegoosFilePlacement::first;
  NodeId server = memory_after({});
  for (std::size_t steps = first ? 0 : file.index() % memory_servers(); steps > 0; --steps) {
    server = memory_after(server);
  }
  return server;
}

std::size_t Servers::memory_servers() const {
  std::size_t count = 0;
  for (std::uint32_t i = 0; i < lost_.size(); ++i) {
    count += is_in_service(NodeId(i)) ? 1 : 0;
  }
  return count;
}

void Servers::lose(NodeId server, NodeId substitute) {
  lost_[server.index()] = true;
  home_ = home_ == server ? substitute : home_;
}

void Servers::fingerprint(Fingerprint& into) const {
  const auto& [options, manager, storage, home, lost] = *this;
  into.add(home.value());
  for (const bool gone : lost) {
    into.add(gone ? 1 : 0);
  }
}

}  // namespace dsmsim::legoos
