#pragma once
// The RDMA fabric: a NIC a server, reliable queue pairs between servers, and the network's ports.
//
// Engines post verbs; the fabric moves them through the pipeline of docs/architecture.md "Fabric":
// every stage that serves one request after another is a FIFO server (queue pair engine, NIC-wide
// engines, transmit port, switch ports, inbound engine), every other stage is a fixed latency. Pure
// latencies commute with FIFO queues, so the pipeline spends an event only where requests of
// different origin can meet: a READ costs five. Per queue pair, requests arrive, execute and
// complete in order (InfiniBand Architecture Specification vol. 1, 9.5, 10.8.3); READs and atomics
// in flight are limited by max_rd_atomic; a message that finds no receive holds up what follows it
// until it is sent again. Unreliable datagrams complete when they are sent, and are lost instead.
//
// Wire models (design: they must agree): `queue` sends slices of one MTU through per-port FIFOs; a
// message has one slice at a time in its first port, so that large messages of different queue
// pairs share it round-robin, and messages of one slice in order of arrival. `flow` gives the whole
// message to SimGrid as a fluid flow with max-min sharing. By default messages above flow_above
// flow. A packet that finds flows on a port waits one slice of each that was not on the port
// before, as round-robin arbitration would make it.
//
// A Post that contradicts its declaration or names no queue pair is a logic error.

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "sim/base/config/value.hpp"
#include "sim/fabric/faults.hpp"
#include "sim/fabric/message.hpp"
#include "sim/fabric/nic_profile.hpp"
#include "sim/fabric/recycled.hpp"
#include "sim/fabric/topology.hpp"
#include "sim/time/sync.hpp"

namespace dsmsim {

class FlowModel;

enum class WireModel : unsigned char { automatic, queue, flow };
constexpr auto config_values(WireModel) {
  using enum WireModel;
  return std::to_array<config::Value<WireModel>>({
      {automatic, "automatic", "flow for messages above flow_above, queue for others"},
      {queue, "queue", "slices of one MTU, each in its turn"},
      {flow, "flow", "fluid flows that share links fairly"},
  });
}

struct FabricOptions {
  WireModel wire = WireModel::automatic;
  Bytes flow_above = Bytes(16 << 10);  ///< `automatic`: larger messages are flows
  std::uint32_t lanes = 1;             ///< queue pairs between two servers
};

class Fabric {
 public:
  /// `topology` must outlive the fabric and hold at least two servers.
  Fabric(Simulation& simulation, const Topology& topology, NicProfile nic, FabricOptions options);
  ~Fabric();
  Fabric(const Fabric&) = delete;
  Fabric& operator=(const Fabric&) = delete;

  std::size_t servers() const { return nics_.size(); }
  const NicProfile& nic() const { return profile_; }
  Ledger& ledger() { return ledger_; }
  const Ledger& ledger() const { return ledger_; }
  Simulation& simulation() { return simulation_; }
  const Topology& topology() const { return topology_; }

  /// Who gets the two-sided messages of a server. Must be set before the first arrives.
  void set_receiver(NodeId server, Receiver* receiver) {
    nics_[server.index()].receiver = receiver;
  }
  /// Who gets the messages of one type instead, at every server: for a service beside the engine.
  void set_receiver(MessageTypeId type, Receiver* receiver);

  /// Posts and goes on (an unsignalled request). The caller accounts for the CPU time itself,
  /// through Post::after.
  void post(const Post& post);

  /// Awaitable: posts after nic().post of CPU time and resumes when the completion is polled. Gives
  /// what the Effect returned at the target.
  class Operation;
  Operation perform(const Post& post);

  /// A receive is posted again at `server`: its software has taken a message out of the receive
  /// buffer.
  void repost_receive(NodeId server) { ++nics_[server.index()].receives; }

  // Faults (faults.hpp).
  /// What is broken; for who breaks things. Made when it is first asked for.
  Faults& faults();
  /// The server stops, with everything that has not left it. Requests to it fail from now on.
  void crash(NodeId server);
  void restart(NodeId server) { faults().restart(server); }
  /// The software of `at` closes its queue pairs with a server that has crashed: what is still on
  /// its way from there never takes effect.
  void close(NodeId at, NodeId lost) { faults().close(at, lost); }
  /// The server's NIC serves nothing for so long, and then goes on.
  void stall(NodeId server, Duration duration);
  bool has_crashed(NodeId server) const {
    return faults_ != nullptr && faults_->has_crashed(server);
  }
  /// Who is told of requests that fail. Must be set before the first fault; null: nobody.
  void report_failures(FailureListener* listener) { failures_ = listener; }
  /// What a request gives that failed although the listener goes on.
  static constexpr std::uint64_t kFailed = ~std::uint64_t{0};

  // Orders without time, for those who explore them (held.cpp).
  /// A step that a held message can take: to be carried out at its target, or to be completed at
  /// its sender. If its target has crashed, the first of the two is to fail.
  struct HeldStep {
    NodeId from;
    NodeId to;
    std::uint32_t lane = 0;
    bool completion = false;
    auto operator<=>(const HeldStep&) const = default;
  };
  /// From now on nothing of NICs and wires is modelled and messages take no time: each waits until
  /// take() is called for it, and if somebody waits for its completion, for a second time.
  /// Datagrams are held like everything else. Before the first message.
  void hold_messages() { holds_messages_ = true; }
  bool holds_messages() const { return holds_messages_; }
  /// Adds every step that is possible now, by sender, target and lane, in that order: one for each
  /// direction of a queue pair, which keeps its order.
  void list_steps(std::vector<HeldStep>& steps) const;
  void take(const HeldStep& step);
  /// The message that the step is about.
  const Post& post_of(const HeldStep& step) const;
  /// Calls visit(step, post, result) for every held message, queue by queue in the order of
  /// list_steps(); `result` is that of a message to be completed.
  template <class Visit>
  void for_each_held(Visit visit) const;

  /// Times a message found no receive posted: it was sent again after nic().rnr_delay.
  std::uint64_t receiver_not_ready() const { return receiver_not_ready_; }
  /// Unreliable datagrams that found no receive posted and were lost.
  std::uint64_t dropped() const { return dropped_; }
  std::uint64_t queue_pairs() const { return queue_pairs_.size(); }

 private:
  class Path;
  struct WorkRequest;
  struct Slice;
  struct Stream;
  struct QueuePair;
  struct Port {
    PerByte cost;  ///< of the cable
    Duration latency;
    Time free_at;
    std::uint32_t flows = 0;
    bool shared = true;
#ifdef DSMSIM_CONTRACTS
    Time last_tail = {};
#endif
  };
  struct Nic {
    FifoServer outbound;
    FifoServer inbound;
    FifoServer atomics;
    Receiver* receiver = nullptr;
    std::int64_t receives = 0;
    std::uint32_t queue_pairs = 0;
    Duration read_service;          ///< of a READ or atomic issued, with what cache misses add
    Duration write_service;         ///< of a WRITE or SEND issued
    std::vector<QueuePair*> peers;  // by server and lane; allocated with the first
  };
  /// What the bytes of a message cost in a NIC.
  struct DataPath {
    PerByte port;
    CrossingCost crossing;
  };
  using Step = void (*)(void*);
  template <void (Fabric::*Next)(WorkRequest&)>
  static void run_step(void* request);

  void start(WorkRequest& request);
  void crash_held(NodeId server);
  const QueuePair* find_queue_pair(NodeId from, NodeId to, std::uint32_t lane) const;
  void visit_held(void (*visit)(void*, const HeldStep&, const Post&, std::uint64_t),
                  void* context) const;
  void check(const Post& post) const;
  QueuePair& queue_pair(NodeId from, NodeId to, std::uint32_t lane);
  void prepare(Stream& stream, const Path& path) const;
  WorkRequest& take(const Post& post);
  void give_back(WorkRequest& request);

  // The way of a request, in order.
  void reach_nic(WorkRequest& request);
  void issue(WorkRequest& request);
  void leave_engine(WorkRequest& request);
  void reach_port(WorkRequest& request);
  void transmit(WorkRequest& request);
  void next_slice(WorkRequest& request);
  void finish_sending(WorkRequest& request);
  void hop(Slice& slice);
  Time& free_at(WorkRequest& request, std::size_t position);
  void end_crossing(WorkRequest& request, Time tail);
  void arrive(WorkRequest& request, Time tail);
  void execute(WorkRequest& request);
  void find_receive(WorkRequest& request);
  void carry_out(WorkRequest& request);
  void acknowledge(WorkRequest& request);
  void hand_over(WorkRequest& request);
  void respond(WorkRequest& request);
  void arrive_response(WorkRequest& request, Time tail);
  void complete(WorkRequest& request);
  std::coroutine_handle<> settle(WorkRequest& request);

  // The ways on which it gets lost (faults.cpp).
  bool sender_has_crashed(const WorkRequest& request) const;
  void stop_sending(WorkRequest& request);
  bool can_leave(WorkRequest& request);
  void send_again(WorkRequest& request);
  void try_again(WorkRequest& request);
  void let_next_send(WorkRequest& request);
  bool reaches_nobody(const Post& post) const;
  bool takes_effect(WorkRequest& request);
  void give_up(WorkRequest& request);
  void send_in_vain(WorkRequest& request);
  void give_up_unserved(QueuePair& pair);
  void fail(WorkRequest& request);

  void start_flow(WorkRequest& request);
  void end_flow(WorkRequest& request);
  void prepare_flows();
  void count_flow(const Path& path, int change);
  std::uint32_t flows_joining(const Path& path, std::size_t position) const;
  bool flows(Bytes data) const;
  Duration latency(const Path& path) const;
  Duration inbound_service(Verb verb) const;
  Duration memory_time(const WorkRequest& request) const;
  const DataPath& data_path(const WorkRequest& request) const;
  void update_service(Nic& nic) const;

  Simulation& simulation_;
  EventQueue& queue_;
  const Topology& topology_;
  NicProfile profile_;
  DataPath data_;
  DataPath read_data_;  ///< of what answers a READ or an atomic
  FabricOptions options_;
  Ledger ledger_;
  std::vector<Nic> nics_;
  std::vector<Port> ports_;
  std::vector<std::unique_ptr<QueuePair>> queue_pairs_;
  Recycled<WorkRequest> requests_;
  Recycled<Slice> slices_;
  std::vector<Receiver*> receivers_by_type_;
  std::vector<Rate> flow_capacities_;                                 ///< by LinkId
  std::map<std::pair<LinkId, LinkId>, std::uint32_t> flows_on_both_;  ///< of two links in a row
  std::unique_ptr<FlowModel> flow_model_;
  std::uint64_t receiver_not_ready_ = 0;
  std::uint64_t dropped_ = 0;
  std::unique_ptr<Faults> faults_;  ///< null: nothing is broken, or will be
  FailureListener* failures_ = nullptr;
  bool holds_messages_ = false;
};

template <class Visit>
void Fabric::for_each_held(Visit visit) const {
  visit_held([](void* context, const HeldStep& step, const Post& post,
                std::uint64_t result) { (*static_cast<Visit*>(context))(step, post, result); },
             &visit);
}

/// Must be awaited.
class [[nodiscard]] Fabric::Operation {
 public:
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> handle);
  std::uint64_t await_resume() const { return result_; }

 private:
  friend class Fabric;
  explicit Operation(WorkRequest& request) : request_(request) {}
  WorkRequest& request_;
  std::coroutine_handle<> handle_;
  std::uint64_t result_ = 0;
};

}  // namespace dsmsim
