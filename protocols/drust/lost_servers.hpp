#pragma once
// The servers that the controller knows to be lost, and who has been told so. A server that is told
// of a loss begins no operation until it is told who takes the place; whoever waits for the lost
// server goes on then.

#include <memory>
#include <vector>

#include "sim/base/ids.hpp"
#include "sim/dsm/contract/fingerprint.hpp"
#include "sim/time/sync.hpp"

namespace dsmsim::drust {

class LostServers {
 public:
  LostServers(EventQueue& queue, std::size_t servers)
      : queue_(queue), servers_(servers), lost_(servers), paused_for_(servers) {}

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
  /// The server `at` hears that `lost` is lost.
  void pause(NodeId at, NodeId lost) {
    paused_for_[at.index()] = lost;
    ++paused_;
  }
  /// It hears who has the place of `lost`.
  void resume(NodeId at, NodeId lost) {
    paused_for_[at.index()] = NodeId();
    --paused_;
    told(at, lost).open();
  }
  bool pauses(NodeId at) const { return paused_ > 0 && paused_for_[at.index()].valid(); }
  /// Whose loss the server `at` pauses for.
  NodeId paused_for(NodeId at) const { return paused_for_[at.index()]; }
  /// Opens when the server `at` is told who has the place of `lost`.
  Gate& told(NodeId at, NodeId lost) { return *told_[lost.index() * servers_ + at.index()]; }
  const Gate& told(NodeId at, NodeId lost) const {
    return *told_[lost.index() * servers_ + at.index()];
  }
  /// Adds who is lost, and who knows.
  void fingerprint(Fingerprint& into) const;

 private:
  EventQueue& queue_;
  std::size_t servers_;
  std::vector<bool> lost_;
  std::vector<std::unique_ptr<Gate>> told_;  ///< by lost server and who is told
  std::size_t paused_ = 0;
  std::vector<NodeId> paused_for_;  ///< by server; invalid: it goes on
};

}  // namespace dsmsim::drust
