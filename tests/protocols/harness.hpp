#pragma once
// A device under test: an engine in a whole simulated cluster, driven one operation at a time.
//
//   Dut dut(3, [](EngineContext context) { return std::make_unique<SomeEngine>(context, ...); });
//   Puppet& alice = dut.thread(0);
//   const ObjectId object = alice.allocate(512_B);
//   dut.forget();
//   CHECK(dut.thread(1).read(object).latency == 2362_ns);
//   CHECK(dut.sent() == Messages{{"copy", Verb::read, 1, 0, 512_B}});
//
// The cluster is DRust's testbed: ConnectX-3 on one 40 Gbps InfiniBand switch, with the numbers of
// configs/nics/cx3-ib40.json written out here, so that closed forms in tests do not move with the
// data. A puppet's operation runs until nothing at all is left to happen, so asynchronous messages
// and what they cause are over when it returns; start() leaves that to Dut::run().

#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/dsm/boundary/world.hpp"

namespace dsmsim::testing {

/// One message as it was posted.
struct Message {
  std::string type;
  Verb verb;
  std::uint32_t from;
  std::uint32_t to;
  Bytes payload;
  bool operator==(const Message&) const = default;
};
using Messages = std::vector<Message>;
std::ostream& operator<<(std::ostream& out, const Message& message);

struct Outcome {
  Duration latency;
  std::uint64_t result = 0;  ///< Op::result
};

NicProfile cx3_ib40();
/// 64 cores, so that any number of puppets may wait on a server without queueing for a core.
ServerProfile testbed_server();
/// One switch, with the net latency that the profile was fitted to.
Topology testbed_switch(std::size_t servers);
/// CPU time to post one message.
inline constexpr Duration kPost = Duration::picoseconds(300'000);
/// What an unloaded message takes from its post to its delivery.
Duration one_way(Verb verb, Bytes payload);

struct DutOptions {
  ServerProfile server = testbed_server();
  NicProfile nic = cx3_ib40();
  std::function<Topology(std::size_t servers)> topology = testbed_switch;
  FabricOptions fabric = {};
  std::uint64_t seed = 1;
  Witness* witness = nullptr;
  std::string mutant = {};
};

class Dut;

/// A thread that does what the test says.
class Puppet {
 public:
  Puppet(Dut& dut, NodeId server);
  Puppet(const Puppet&) = delete;
  Puppet& operator=(const Puppet&) = delete;

  Thread& thread();

  // Each runs to its end and throws what the operation threw; a test that gets stuck fails.
  ObjectId allocate(Bytes size, NodeId node = NodeId(), bool guarded = false);
  Outcome release(ObjectId object) { return run(Op::release(object)); }
  Outcome read(ObjectId object) { return run(whole(OpKind::read, object)); }
  Outcome write(ObjectId object) { return run(whole(OpKind::write, object)); }
  Outcome read(Borrow borrow) { return run(through(OpKind::read, borrow)); }
  Outcome write(Borrow borrow) { return run(through(OpKind::write, borrow)); }
  Borrow borrow(ObjectId object) { return take(Op::borrow_shared(object)); }
  Borrow borrow_mut(ObjectId object) { return take(Op::borrow_mut(object)); }
  Borrow borrow_mut(ObjectId object, Bytes offset, Bytes length) {
    return take(Op::borrow_mut(object, offset, length));
  }
  Outcome give_back(Borrow borrow) { return run(Op::give_back(borrow.object, borrow.id)); }
  Outcome transfer(ObjectId object, NodeId to) { return run(Op::transfer(object, to)); }
  Outcome tie(ObjectId object, ObjectId owner) { return run(Op::tie(object, owner)); }
  Outcome tie_to_stack(ObjectId object) { return run(Op::tie_to_stack(object)); }
  Outcome lock(ObjectId object) { return run(whole(OpKind::lock, object)); }
  Outcome unlock(ObjectId object) { return run(whole(OpKind::unlock, object)); }
  Outcome run(const Op& op);

  /// Queues the operation; Dut::run() makes it happen. A puppet does what was queued in order.
  void start(const Op& op);
  /// An operation on all bytes of an object.
  Op whole(OpKind kind, ObjectId object) const;
  Op through(OpKind kind, Borrow borrow) const;
  /// Whether anything that was started has not ended.
  bool busy() const { return outcomes_.size() < started_; }
  /// Of everything that has ended, in order.
  const std::vector<Outcome>& outcomes() const { return outcomes_; }
  /// The operation that ended last, as the engine left it.
  const Op& last() const { return last_; }

 private:
  friend class Dut;
  using Command = std::optional<Op>;  // nothing: the thread ends
  Task<> obey(Thread& thread);
  static Task<> perform(Thread& thread, Op& op);
  Borrow take(const Op& op);

  Dut& dut_;
  Mailbox<Command> commands_;
  ThreadId id_;
  std::size_t started_ = 0;
  std::vector<Outcome> outcomes_;
  Op last_ = Op::fence();
  std::exception_ptr failure_;
};

class Dut : private MessageObserver {
 public:
  using MakeEngine = std::function<std::unique_ptr<Engine>(EngineContext)>;
  Dut(std::size_t servers, const MakeEngine& make_engine, DutOptions options = {});
  ~Dut() override;

  World& world() { return *world_; }
  Simulation& simulation() { return simulation_; }
  Cluster& cluster() { return *cluster_; }
  template <class E>
  E& engine() {
    return dynamic_cast<E&>(*engine_);
  }

  /// A new thread on a server. It lives as long as the device.
  Puppet& thread(std::uint32_t server);
  /// Runs until nothing is left to happen.
  void run() { simulation_.run(); }
  /// Ends all puppets as a program would end: throws the deadlock report if one is stuck, what the
  /// engine has to say about the state that it is left in, and data that have moved for nobody.
  void finish();

  /// The messages posted since the last call of this or of forget(), in order of posting.
  Messages sent();
  void forget() { sent_.clear(); }
  /// Of every kind of operation, whether the categories sum to the latency.
  bool breakdown_sums_to_latency();
  /// What a signalled request of that size takes when nothing else happens.
  Duration latency_of(Verb verb, Bytes payload);

 private:
  void posted(MessageTypeId type, NodeId from, NodeId to, Bytes payload) override;

  DutOptions options_;
  Simulation simulation_;
  std::optional<Topology> topology_;
  std::unique_ptr<Cluster> cluster_;
  ObjectTable objects_;
  std::unique_ptr<Engine> engine_;
  std::vector<std::unique_ptr<Puppet>> puppets_;
  Messages sent_;
  std::unique_ptr<World> world_;
};

}  // namespace dsmsim::testing
