#pragma once
// What all parts of the engine share: what was chosen, the messages and packets that are under way
// (each is owned by the list that it is on), and what is counted.

#include "protocols/grappa/counters.hpp"
#include "protocols/grappa/mutants.hpp"
#include "protocols/grappa/options.hpp"
#include "sim/dsm/boundary/world.hpp"

namespace dsmsim::grappa {

struct System {
  EventQueue& queue;
  Fabric* fabric;  ///< null: one server
  const GrappaOptions options;
  ServerProfile profile;
  Mutant mutant;
  Layout layout;
  MessageTypeId packet_type;
  MessagePool messages = {};
  PacketPool packets = {};
  Counters counters = {};
  Conservation conservation = {};

  Time now() const { return queue.now(); }
  bool mutated(std::string_view defect) const { return mutant.is(defect); }
  bool crashed(NodeId server) const { return fabric != nullptr && fabric->has_crashed(server); }
  /// A core reads or writes so much of its memory.
  Duration touch(Bytes length) const { return profile.touch(length); }
  /// The message behind this one. Millions are never in a cache, so it is sent for.
  std::uint32_t after(const Message& message) const {
    if (message.next != kNone) {
      __builtin_prefetch(&messages[message.next]);
    }
    return message.next;
  }
};

/// Throws Misfit if the options do not fit the cluster.
System system_of(const EngineContext& context, GrappaOptions options);
/// The heap of all servers; each core has the same part of it.
Bytes heap_of(const GrappaOptions& options, const Cluster& cluster);

}  // namespace dsmsim::grappa
