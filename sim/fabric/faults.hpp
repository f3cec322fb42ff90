#pragma once
// What is broken in the network and the servers, now.
//
// The fabric asks at the points of a message's way where it would get lost (faults.cpp); while
// nothing was ever to break there is no Faults, and asking costs one branch. A request that cannot
// be completed (reliable connections: its target has crashed) gives an error completion, which
// goes to one listener, not to whoever posted it: protocols are written for networks that deliver.

#include <vector>

#include "sim/fabric/message.hpp"

namespace dsmsim {

/// Who is told of error completions.
class FailureListener {
 public:
  virtual ~FailureListener() = default;
  /// A request of a server that has not crashed. May throw; if it does not, the request completes
  /// with Fabric::kFailed. Called at the top of an event.
  virtual void request_failed(const Post& post) = 0;
};

class Faults {
 public:
  explicit Faults(std::size_t servers) : crashed_(servers) {}

  void crash(NodeId server) { crashed_[server.index()] = true; }
  bool has_crashed(NodeId server) const { return crashed_[server.index()]; }

 private:
  std::vector<bool> crashed_;
};

}  // namespace dsmsim
