#include "tests/protocols/harness.hpp"

#include <catch2/catch.hpp>
#include <ostream>
#include <utility>

#include "sim/fabric/generators.hpp"

namespace dsmsim::testing {

using namespace literals;

std::ostream& operator<<(std::ostream& out, const Message& m) {
  return out << m.type << " " << to_string(m.verb) << " " << m.from << "->" << m.to << " "
             << to_string(m.payload);
}

NicProfile cx3_ib40() {
  NicProfile nic;
  nic.mtu = 2_KiB;
  nic.post = 300_ns;
  nic.tx = nic.rx = 70_ns;
  nic.dma_read = 680_ns;
  nic.dma_write = 350_ns;
  nic.receive = 90_ns;
  nic.atomic = 350_ns;
  nic.inline_limit = 220_B;
  nic.inline_cost = PerByte::ns_per_byte(1.85);
  nic.first_packet = PerByte::ns_per_byte(0.725);
  nic.per_byte = PerByte::ns_per_byte(0.2595);
  nic.queue_pair_read = {159_ns, 100_ns, PerByte::ns_per_byte(0.2483)};
  nic.queue_pair_write = {135_ns, 17.5_ns, PerByte::ns_per_byte(0.260)};
  nic.inbound_read = 42_ns;
  nic.inbound_write = 29_ns;
  nic.inbound_receive = 45_ns;
  nic.inbound_atomic = 370_ns;
  nic.rnr_delay = 10_us;
  return nic;
}

ServerProfile testbed_server() {
  ServerProfile server;
  server.cores = 64;
  server.memory = 64_MiB;
  server.memory_latency = 90_ns;
  server.memory_bandwidth = 80_Gbps;
  server.context_switch = 100_ns;
  server.clock_ghz = 2.6;
  return server;
}

Duration one_way(Verb verb, Bytes payload) {
  const NicProfile nic = cx3_ib40();
  const Duration network = 190_ns;
  Duration sum = nic.post + nic.tx + network + nic.rx + nic.dma_write;
  sum += nic.inlined(verb, payload) ? nic.inline_cost * payload
                                    : nic.dma_read + nic.first_packet * payload;
  return is_two_sided(verb) ? sum + nic.receive : sum;
}

Puppet::Puppet(Dut& dut, NodeId server)
    : dut_(dut),
      commands_(dut.simulation().queue()),
      id_(dut.world().spawn(server, [this](Thread& thread) { return obey(thread); })) {}

Thread& Puppet::thread() { return dut_.world().thread(id_); }

Task<> Puppet::obey(Thread& thread) {
  for (;;) {
    Command command = co_await commands_.receive();
    if (!command) {
      co_return;
    }
    const Time start = thread.now();
    last_ = *command;
    try {
      co_await perform(thread, last_);
    } catch (...) {
      failure_ = std::current_exception();
    }
    outcomes_.push_back({thread.now() - start, last_.result});
  }
}

Task<> Puppet::perform(Thread& thread, Op& op) {
  if (op.kind == OpKind::allocate) {
    op.object = co_await thread.allocate(op.length, op.node, op.guarded());
  } else if (op.kind == OpKind::borrow || op.kind == OpKind::borrow_mut) {
    Thread::BorrowAwaiter awaiter(thread, op);
    const Borrow borrow = co_await awaiter;
    op.borrow = borrow.id;
  } else {
    op.result = co_await thread.execute(op);
  }
}

void Puppet::start(const Op& op) {
  ++started_;
  commands_.put(op);
}

Outcome Puppet::run(const Op& op) {
  start(op);
  dut_.run();
  if (failure_) {
    std::rethrow_exception(std::exchange(failure_, nullptr));
  }
  if (busy()) {
    FAIL("the " << to_string(op.kind) << " is stuck");
  }
  return outcomes_.back();
}

ObjectId Puppet::allocate(Bytes size, NodeId node, bool guarded) {
  run(Op::allocate(ObjectId(), size, node, guarded));  // obey() names it
  return last_.object;
}

Borrow Puppet::take(const Op& op) {
  run(op);
  return {op.object, last_.borrow};
}

Op Puppet::whole(OpKind kind, ObjectId object) const {
  return Op::on(kind, object, Bytes(), dut_.world().objects().size(object));
}

Op Puppet::through(OpKind kind, Borrow borrow) const {
  Op op = whole(kind, borrow.object);
  op.borrow = borrow.id;
  return op;
}

Topology testbed_switch(std::size_t servers) {
  return make_single_switch({{32_Gbps, 10_ns}, {170_ns, 0}}, servers);
}

Dut::Dut(std::size_t servers, const MakeEngine& make_engine, DutOptions options)
    : options_(std::move(options)), simulation_(options_.seed) {
  std::unique_ptr<Fabric> fabric;
  if (servers > 1) {
    topology_.emplace(options_.topology(servers));
    fabric = std::make_unique<Fabric>(simulation_, *topology_, options_.nic, options_.fabric);
  }
  cluster_ = std::make_unique<Cluster>(simulation_, servers, options_.server, std::move(fabric));
  engine_ = make_engine({*cluster_, objects_, options_.witness, options_.mutant});
  world_ = std::make_unique<World>(*cluster_, objects_, *engine_, options_.witness);
  if (cluster_->has_fabric()) {
    cluster_->fabric().ledger().observe(this);
  }
}

Dut::~Dut() = default;

Puppet& Dut::thread(std::uint32_t server) {
  puppets_.push_back(std::make_unique<Puppet>(*this, NodeId(server)));
  return *puppets_.back();
}

void Dut::finish() {
  class Nothing : public Program {
    Task<> main(Thread&) override { co_return; }
  };
  for (const auto& puppet : puppets_) {
    puppet->commands_.put(std::nullopt);
  }
  Nothing nothing;
  world_->run(nothing);
  if (cluster_->has_fabric() && world_->losses().crashes.empty()) {
    cluster_->fabric().ledger().traffic().check();
  }
}

Messages Dut::sent() { return std::exchange(sent_, {}); }

void Dut::posted(MessageTypeId type, NodeId from, NodeId to, Bytes payload) {
  const MessageType& message = cluster_->fabric().ledger().types()[type.index()];
  sent_.push_back({message.name, message.verb, from.value(), to.value(), payload});
}

bool Dut::breakdown_sums_to_latency() {
  for (const KindMeter& kind : world_->meter().kinds()) {
    Duration sum;
    for (const Duration spent : kind.spent) {
      sum += spent;
    }
    if (sum.ps() != kind.latency.sum()) {
      return false;
    }
  }
  return true;
}

namespace {
Task<> time_request(Fabric& fabric, Post post, Duration& latency) {
  const Time start = fabric.simulation().now();
  Fabric::Operation operation = fabric.perform(post);
  co_await operation;
  latency = fabric.simulation().now() - start;
}
}  // namespace

Duration Dut::latency_of(Verb verb, Bytes payload) {
  Fabric& fabric = cluster_->fabric();
  Post post{.from = NodeId(0), .to = NodeId(1), .verb = verb, .payload = payload};
  post.type = fabric.ledger().declare("probe", verb, Purpose::control);
  Duration latency;
  simulation_.spawn(time_request(fabric, post, latency));
  run();
  forget();
  return latency;
}

}  // namespace dsmsim::testing
