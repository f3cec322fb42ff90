#pragma once
// The servers that the controller knows to be lost, and who has been told so. Who waits for a lost
// server goes on once its own server has been told who takes its place.

#include <memory>
#include <vector>

#include "sim/base/ids.hpp"
#include "sim/time/sync.hpp"

namespace dsmsim::drust {

class LostServers {
 public:
  LostServers(EventQueue& queue, std::size_t servers)
      : queue_(queue), servers_(servers), lost_(servers) {}

  bool any() const { return !told_.empty(); }
  bool contains(NodeId server) const { return lost_[server.index()]; }
  /// Nobody has been told yet.
  void add(NodeId server) {
    lost_[server.index()] = true;
    told_.resize(servers_ * servers_);
    for (std::size_t at = 0; at < servers_; ++at) {
      told_[server.index() * servers_ + at] = std::make_unique<Gate>(queue_);
    }
  }
  /// Opens when the server `at` is told about `lost`.
  Gate& told(NodeId at, NodeId lost) { return *told_[lost.index() * servers_ + at.index()]; }
  const Gate& told(NodeId at, NodeId lost) const {
    return *told_[lost.index() * servers_ + at.index()];
  }

 private:
  EventQueue& queue_;
  std::size_t servers_;
  std::vector<bool> lost_;
  std::vector<std::unique_ptr<Gate>> told_;  ///< by lost server and who is told
};

}  // namespace dsmsim::drust
