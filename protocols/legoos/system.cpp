#include "protocols/legoos/system.hpp"

#include "protocols/legoos/manager.hpp"
#include "protocols/legoos/memory.hpp"
#include "protocols/legoos/storage.hpp"

namespace dsmsim::legoos {

System::System(Fabric& the_fabric, const LegoosOptions& the_options, Mutant the_mutant,
               NodeId manager_at, std::size_t servers, std::size_t regions)
    : fabric(the_fabric),
      options(the_options),
      mutant(the_mutant),
      types(the_fabric.ledger()),
      manager_server(manager_at),
      space(regions),
      stations(servers),
      memory(servers),
      lost(servers) {}

System::~System() = default;

Station& System::station_for(MessageKind kind, NodeId server) const {
  switch (row_of(kind).to) {
    case Party::manager:
      return manager->station();
    case Party::storage:
      return storage->station();
    case Party::memory:
    case Party::caller:
      break;
  }
  return *stations[server.index()];
}

NodeId System::memory_after(NodeId server) const {
  const std::size_t begin = server.valid() ? server.index() + 1 : 0;
  for (std::size_t i = 0; i < memory.size(); ++i) {
    const std::size_t next = (begin + i) % memory.size();
    if (is_in_service(next)) {
      return NodeId(static_cast<std::uint32_t>(next));
    }
  }
  return {};
}

NodeId System::secondary_of(NodeId server) const {
  const NodeId next = memory_after(server);
  return options.replication == LegoosReplication::none || next == server ? NodeId() : next;
}

NodeId System::server_of(FileId file) const {
  const bool first = options.files->placement == LegoosFilePlacement::first;
  NodeId server = memory_after({});
  for (std::size_t steps = first ? 0 : file.index() % memory_servers(); steps > 0; --steps) {
    server = memory_after(server);
  }
  return server;
}

std::size_t System::memory_servers() const {
  std::size_t count = 0;
  for (std::size_t i = 0; i < memory.size(); ++i) {
    count += is_in_service(i) ? 1 : 0;
  }
  return count;
}

std::string System::describe_free_memory() const {
  std::string text;
  for (std::size_t i = 0; i < memory.size(); ++i) {
    if (is_in_service(i) && memory[i]->free() >= kPage) {
      text += (text.empty() ? "server " : ", server ") + std::to_string(i) + " has " +
              to_string(memory[i]->free()) + " free";
    }
  }
  return text.empty() ? "no memory server has any free"
                      : text + "; placement: spread with a smaller grant divides memory among them";
}

}  // namespace dsmsim::legoos
