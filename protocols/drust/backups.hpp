#pragma once
// Which servers keep a backup of which partition (Ma et al., OSDI'24, section 4.2.3). The paper
// does not say where: they are the servers that follow the host in order of number (assumed).
// Plain data: recovery and replication decide when it changes.

#include <algorithm>
#include <vector>

#include "protocols/drust/lost_servers.hpp"

namespace dsmsim::drust {

class Backups {
 public:
  /// `wanted` of each partition, which must be fewer than servers.
  Backups(std::size_t servers, std::size_t wanted) : wanted_(wanted), partitions_(servers) {
    for (std::uint32_t i = 0; i < servers; ++i) {
      for (std::size_t next = 1; next <= wanted; ++next) {
        partitions_[i].push_back({NodeId(static_cast<std::uint32_t>((i + next) % servers)), true});
      }
    }
  }

  struct Backup {
    NodeId server;
    bool complete;  ///< false: the partition is on its way there
    bool operator==(const Backup&) const = default;
  };
  /// All get what is written back; the first that is complete would take the host's place.
  const std::vector<Backup>& of(NodeId partition) const { return partitions_[partition.index()]; }
  std::size_t wanted() const { return wanted_; }
  /// Invalid: there is none that is complete.
  NodeId substitute(NodeId partition) const {
    const std::vector<Backup>& backups = of(partition);
    const auto first = std::find_if(backups.begin(), backups.end(),
                                    [](const Backup& backup) { return backup.complete; });
    return first == backups.end() ? NodeId() : first->server;
  }
  bool is_at(NodeId partition, NodeId server) const {
    return std::any_of(of(partition).begin(), of(partition).end(),
                       [server](const Backup& backup) { return backup.server == server; });
  }

  void remove(NodeId partition, NodeId server) {
    std::erase_if(partitions_[partition.index()],
                  [server](const Backup& backup) { return backup.server == server; });
  }
  /// Its host is lost, who was sending the partition to new ones.
  void remove_incomplete(NodeId partition) {
    std::erase_if(partitions_[partition.index()],
                  [](const Backup& backup) { return !backup.complete; });
  }
  /// The next server after the host that could have one more: it is one from now on, not complete.
  /// Invalid: there are enough, or no server is left.
  NodeId add(NodeId partition, NodeId host, const LostServers& lost) {
    const std::size_t servers = partitions_.size();
    for (std::size_t next = 1; of(partition).size() < wanted_ && next < servers; ++next) {
      const NodeId server(static_cast<std::uint32_t>((host.index() + next) % servers));
      if (!lost.contains(server) && !is_at(partition, server)) {
        partitions_[partition.index()].push_back({server, false});
        return server;
      }
    }
    return {};
  }
  void complete(NodeId partition, NodeId server) {
    for (Backup& backup : partitions_[partition.index()]) {
      backup.complete = backup.complete || backup.server == server;
    }
  }
  /// Adds all backups, by partition.
  void fingerprint(Fingerprint& into) const {
    const auto& [wanted, partitions] = *this;  // wanted is an option
    for (const std::vector<Backup>& partition : partitions) {
      for (const auto& [server, complete] : partition) {
        into.add(server.value() * 2 + (complete ? 1 : 0));
      }
    }
  }

 private:
  std::size_t wanted_;
  std::vector<std::vector<Backup>> partitions_;
};

}  // namespace dsmsim::drust
