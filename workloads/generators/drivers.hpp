#pragma once
// What the programs that drive a store with a fixed number of operations have in common: dividing
// the operations over driver threads, allocating objects on all servers at once, and beginning the
// measured part of the run together. Threads that are lost in a crash are waited for until the
// survivors know (World::tell_of_loss): the others go on without them.

#include <cstdint>
#include <functional>
#include <set>
#include <vector>

#include "sim/base/huge_pages.hpp"
#include "sim/dsm/boundary/world.hpp"

namespace dsmsim {

/// Of `total` operations, those of driver `index` out of `drivers`; the first drivers have one more
/// when the division leaves a remainder.
constexpr std::uint64_t share_of(std::uint64_t total, std::size_t drivers, std::size_t index) {
  return total / drivers + (index < total % drivers ? 1 : 0);
}

/// The server of a driver: drivers go round the servers.
inline NodeId server_of_driver(std::size_t driver, std::size_t servers) {
  return NodeId(static_cast<std::uint32_t>(driver % servers));
}

/// Calls body(thread, i) in `count` new threads, i on server place(i), and joins them all. Some may
/// be lost.
Task<> run_on_servers(Thread& parent, std::size_t count, std::function<NodeId(std::size_t)> place,
                      std::function<Task<>(Thread&, std::size_t)> body);

/// Objects that a program looks up by number, in no order.
using ObjectList = std::vector<ObjectId, HugePages<ObjectId>>;

/// Objects of one size, the i-th allocated by a thread of server homes[i]; the servers allocate
/// side by side, each in the order of the list. Their identifiers are in the order of the list too,
/// however long the engine takes, so that a program asks for the same operations under every
/// engine. What a lost thread had yet to allocate its parent does, under identifiers of its own.
Task<ObjectList> allocate_at(Thread& parent, const std::vector<NodeId>& homes, Bytes size,
                             bool guarded);

/// Set-up ends and the measured part begins when the last driver has come; or, if that one is lost,
/// when the others are told.
class StartLine final : private LossListener {
 public:
  StartLine(World& world, std::size_t drivers);
  ~StartLine() { world_.remove_listener(*this); }
  StartLine(const StartLine&) = delete;
  StartLine& operator=(const StartLine&) = delete;

  /// One of the drivers; each, before any of them runs.
  void expect(ThreadId driver);
  Task<> pass(Thread& thread);

 private:
  void lost(ThreadId thread) override;
  void begin_with_last();

  World& world_;
  Barrier barrier_;
  std::set<ThreadId> missing_;
};

/// The drivers: as run_on_servers(), with a line that each is to pass.
Task<> run_drivers(Thread& parent, std::size_t count, std::function<NodeId(std::size_t)> place,
                   std::function<Task<>(Thread&, std::size_t, StartLine&)> body);

}  // namespace dsmsim
