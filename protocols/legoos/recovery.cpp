#include "protocols/legoos/recovery.hpp"

#include <algorithm>

namespace dsmsim::legoos {

Recovery::Recovery(Stations& stations, Station& station, Servers& servers, RegionMap& regions,
                   Waits& waits, const Remote& remote, const EvictionList& evictions,
                   const VictimCache& victims, Counters& counters)
    : stations_(stations),
      system_(stations.system()),
      station_(station),
      servers_(servers),
      regions_(regions),
      waits_(waits),
      remote_(remote),
      evictions_(evictions),
      victims_(victims),
      counters_(counters) {
  station_.enlist(replacing_);
}

/// The contents that would be replayed: the last in the secondary's log, else in storage.
std::uint64_t Recovery::logged(NodeId secondary, PageNumber page) const {
  const std::vector<ReplicaLog::Entry>& entries =
      remote_.memory[secondary.index()]->log().entries();
  const auto entry =
      std::find_if(entries.rbegin(), entries.rend(),
                   [page](const ReplicaLog::Entry& logged) { return logged.page == page; });
  if (entry != entries.rend()) {
    return entry->contents;
  }
  const auto stored = remote_.storage->file().find(page);
  return stored == remote_.storage->file().end() ? 0 : stored->second;
}

bool Recovery::is_recoverable(PageNumber page) const {
  const NodeId server = remote_.space.owner_of(kPage * page.value());
  const NodeId secondary = servers_.secondary_of(server);
  if (system_.options.replication != LegoosReplication::paper || !secondary.valid()) {
    return false;
  }
  const bool missing = remote_.memory[secondary.index()]->log().missing().contains(page);
  return (is_leaving(page) && !missing) ||
         logged(secondary, page) == remote_.memory[server.index()]->contents(page);
}

std::vector<FileId> Recovery::files_lost_with(NodeId server) const {
  const MemoryServer* const memory = remote_.memory[server.index()].get();
  return memory == nullptr || memory->cache() == nullptr ? std::vector<FileId>()
                                                         : memory->cache()->dirty_files();
}

bool Recovery::is_survivable(NodeId server) const {
  if (system_.options.replication != LegoosReplication::paper || !servers_.is_in_service(server) ||
      server == servers_.manager() || replaced_.valid() || !servers_.secondary_of(server).valid() ||
      !files_lost_with(server).empty()) {
    return false;
  }
  bool all = true;
  remote_.memory[server.index()]->pages().for_each([&](PageNumber page) {
    all = all && (regions_.owner(page) != server || is_recoverable(page));
  });
  return all;
}

bool Recovery::goes_on_without(NodeId server) {
  if (servers_.is_lost(server)) {
    return true;
  }
  if (!is_survivable(server)) {
    return false;
  }
  const NodeId substitute = servers_.secondary_of(server);
  replaced_ = server;
  servers_.lose(server, substitute);
  stations_.give_up(server);
  system_.spawn(replace(server, substitute));
  return true;
}

Task<> Recovery::replace(NodeId server, NodeId substitute) {
  station_.ask(replacing_, substitute, {.kind = MessageKind::recover, .owner = server}, nullptr);
  co_await station_.answered(replacing_);
  regions_.refresh();
  replaced_ = NodeId();
  ++counters_.recoveries;
  waits_.wake_all(Wait::recovery, 0);
}

void Recovery::fingerprint(Fingerprint& into) const {
  const auto& [stations, system, station, servers, regions, waits, remote, evictions, victims,
               counters, replaced, replacing] = *this;
  into.add(replaced.value());
  add(into, replacing);
}

}  // namespace dsmsim::legoos
