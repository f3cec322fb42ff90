#include "protocols/legoos/system.hpp"

#include <algorithm>

#include "protocols/legoos/manager.hpp"
#include "protocols/legoos/memory.hpp"

namespace dsmsim::legoos {

System::System(Fabric& the_fabric, const LegoosOptions& the_options, Mutant the_mutant,
               NodeId manager_at, std::size_t servers, std::size_t regions)
    : fabric(the_fabric),
      options(the_options),
      mutant(the_mutant),
      types(the_fabric.ledger()),
      manager_server(manager_at),
      home(1),
      space(regions),
      stations(servers),
      memory(servers) {}

System::~System() = default;

Station& System::station_for(MessageKind kind, NodeId server) const {
  return is_for_manager(kind) ? manager->station() : *stations[server.index()];
}

NodeId System::memory_after(NodeId server) const {
  const std::size_t begin = server.valid() ? server.index() + 1 : 0;
  for (std::size_t i = 0; i < memory.size(); ++i) {
    const std::size_t next = (begin + i) % memory.size();
    if (memory[next] != nullptr) {
      return NodeId(static_cast<std::uint32_t>(next));
    }
  }
  return {};
}

std::size_t System::memory_servers() const {
  return static_cast<std::size_t>(std::count_if(
      memory.begin(), memory.end(), [](const auto& server) { return server != nullptr; }));
}

}  // namespace dsmsim::legoos
