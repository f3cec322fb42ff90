#pragma once
// A cluster of NICs under test: posts at given times, and what became of each.

#include <deque>
#include <string>

#include "sim/fabric/fabric.hpp"
#include "sim/fabric/generators.hpp"

namespace dsmsim {

/// For Catch's messages.
inline std::ostream& operator<<(std::ostream& out, Time time) { return out << to_string(time); }
inline std::ostream& operator<<(std::ostream& out, Duration d) { return out << to_string(d); }
inline std::ostream& operator<<(std::ostream& out, Bytes bytes) { return out << to_string(bytes); }

namespace testing {

/// configs/nics/NAME.json, with changes ("mtu=1KiB").
NicProfile nic(const std::string& name, const std::vector<std::string>& changes = {});
std::vector<std::string> nic_names();
/// The one switch to which that NIC's latencies were fitted: configs/topologies/single-NAME.json.
Topology single_switch(const std::string& nic_name, std::size_t servers);

/// One request, when it was made and what became of it.
struct Request {
  Time posted;
  Time effect = Time::never();     ///< the target's NIC touched its memory
  Time delivered = Time::never();  ///< two-sided: the receiver polled it
  Time completed = Time::never();  ///< the requester polled its completion
  std::uint64_t result = 0;
  Tally tally;

  Duration latency() const { return completed - posted; }
  Duration one_way() const { return (delivered < effect ? delivered : effect) - posted; }
};

class FabricRig : private Receiver {
 public:
  FabricRig(const NicProfile& nic, Topology topology, FabricOptions options = {});
  ~FabricRig() override { simulation_.abandon(); }

  Simulation& simulation() { return simulation_; }
  Fabric& fabric() { return fabric_; }
  const Topology& topology() const { return topology_; }
  Duration net_latency(std::uint32_t from = 0, std::uint32_t to = 1) const;
  MessageTypeId type(Verb verb) const { return types_[static_cast<std::size_t>(verb)]; }

  /// A signalled request at `at`; the reference stays valid.
  Request& request(Duration at, Verb verb, Bytes payload, std::uint32_t from = 0,
                   std::uint32_t to = 1, std::uint32_t lane = 0);
  Request& request(Duration at, Post post);
  /// `count` requests, each posted when the one before has completed.
  void closed_loop(Verb verb, Bytes payload, std::uint64_t count, std::uint32_t from = 0,
                   std::uint32_t to = 1, std::uint32_t lane = 0);
  void run() { simulation_.run(); }
  Time now() const { return simulation_.now(); }

  /// Receives are posted again when a message is polled, unless this is switched off.
  void set_repost(bool on) { repost_ = on; }
  std::vector<Delivery> deliveries;

 private:
  void deliver(const Delivery& delivery) override;
  Task<> perform(Duration at, Post post, Request& request);
  Task<> loop(Post post, std::uint64_t count);

  Simulation simulation_;
  Topology topology_;
  Fabric fabric_;
  std::vector<MessageTypeId> types_;
  std::deque<Request> requests_;
  bool repost_ = true;
};

}  // namespace testing
}  // namespace dsmsim
