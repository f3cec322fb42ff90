#pragma once
// Who waits for what: the report of a run that is stuck.
//
// Built only when nothing is left to happen although somebody still waits. Waiters and resources
// are named as a user knows them ("thread 3 on server 1", "object 42"); an edge leads from a waiter
// to the resource it wants, and from a resource to who holds it. report() prints the first cycle
// (Boost.Graph) and then every wait.

#include <string>
#include <utility>
#include <vector>

#include "sim/base/ids.hpp"

namespace dsmsim {

std::string thread_name(ThreadId thread, NodeId server);
std::string object_name(ObjectId object);

class WaitForGraph {
 public:
  void waits(const std::string& waiter, const std::string& resource);
  void held(const std::string& resource, const std::string& holder);
  bool has_cycle() const;
  /// Several lines: "cycle: a -> b -> a" if there is one, and one line for every wait.
  /// Deterministic.
  std::string report() const;

 private:
  /// The names along the first cycle, or none.
  std::vector<std::string> cycle() const;

  std::vector<std::pair<std::string, std::string>> waits_;
  std::vector<std::pair<std::string, std::string>> holds_;
};

}  // namespace dsmsim
