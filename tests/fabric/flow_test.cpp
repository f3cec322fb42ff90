// The wire model `flow`: shares and dates that can be computed by hand, and the calibration of
// SimGrid that flow_sharing.hpp promises.

#include "sim/fabric/flow.hpp"

#include <catch2/catch.hpp>
#include <functional>

#include "rig.hpp"
#include "sim/fabric/generators.hpp"

namespace dsmsim {

namespace {

using namespace literals;

/// Servers on one 40 Gb/s switch (5 GB/s), a clock, and flows at given dates.
class Rig {
 public:
  explicit Rig(const Topology& topology) : topology_(topology), flows_(queue_, topology, rates()) {}

  /// Starts a flow and returns its number, the index into ends().
  std::size_t flow(Time start, std::uint32_t from, std::uint32_t to, Bytes bytes) {
    plans_.push_back(std::make_unique<Plan>(Plan{*this, NodeId(from), NodeId(to), bytes}));
    queue_.schedule(start, &begin, plans_.back().get());
    return plans_.size() - 1;
  }
  void run() { queue_.run(); }
  Time end(std::size_t flow) const { return plans_[flow]->end; }
  EventQueue& queue() { return queue_; }
  FlowModel& flows() { return flows_; }

 private:
  struct Plan {
    Rig& rig;
    NodeId from;
    NodeId to;
    Bytes bytes;
    Time end = Time::never();
  };
  static void begin(void* argument) {
    Plan& plan = *static_cast<Plan*>(argument);
    plan.rig.flows_.start(plan.rig.topology_.route(plan.from, plan.to, 0), plan.bytes, &finish,
                          argument);
  }
  static void finish(void* argument) {
    Plan& plan = *static_cast<Plan*>(argument);
    plan.end = plan.rig.queue_.now();
  }
  std::vector<Rate> rates() const {
    std::vector<Rate> result;
    for (const Link& link : topology_.links()) {
      result.push_back(link.rate);
    }
    return result;
  }

  const Topology& topology_;
  EventQueue queue_;
  FlowModel flows_;
  std::vector<std::unique_ptr<Plan>> plans_;
};

Topology rack(std::size_t servers) {
  return make_single_switch({{40_Gbps, 10_ns}, {100_ns, 0}}, servers);
}

Time at(Duration since_start) { return Time::at(since_start); }

TEST_CASE("A flow alone takes its bytes over the rate of the slowest link") {
  const Topology network = rack(2);
  Rig rig(network);
  const std::size_t megabyte = rig.flow(at(3_us), 0, 1, Bytes(1'000'000));
  rig.run();
  CHECK(rig.end(megabyte) == at(203_us));
}

TEST_CASE("A flow of one byte takes one byte's time") {
  const Topology network = rack(2);
  Rig rig(network);
  const std::size_t byte = rig.flow(at(1_ps), 0, 1, Bytes(1));
  rig.run();
  CHECK(rig.end(byte) == at(201_ps));
}

TEST_CASE("Two flows into one server share its link while both last") {
  const Topology network = rack(3);
  Rig rig(network);
  const std::size_t first = rig.flow(at(1_ms), 0, 1, Bytes(5'000'000));
  const std::size_t second = rig.flow(at(1_ms + 500_us), 2, 1, Bytes(5'000'000));
  rig.run();
  CHECK(rig.end(first) == at(2500_us));
  CHECK(rig.end(second) == at(3000_us));
}

TEST_CASE("Opposite directions do not disturb each other") {
  const Topology network = rack(2);
  Rig rig(network);
  const std::size_t forth = rig.flow(at(0_ps), 0, 1, Bytes(1'000'000));
  const std::size_t back = rig.flow(at(0_ps), 1, 0, Bytes(1'000'000));
  rig.run();
  CHECK(rig.end(forth) == at(200_us));
  CHECK(rig.end(back) == at(200_us));
}

TEST_CASE("Eight senders to one server finish together after eight times the time of one") {
  const Topology network = rack(9);
  Rig rig(network);
  for (std::uint32_t sender = 0; sender < 8; ++sender) {
    rig.flow(at(0_ps), sender, 8, Bytes(1'000'000));
  }
  rig.run();
  for (std::size_t flow = 0; flow < 8; ++flow) {
    CHECK(rig.end(flow) == at(1600_us));
  }
}

/// A near and a far server send to the same one: two links against four.
Topology chain() {
  TopologyBuilder builder("chain");
  const VertexId near = builder.add_server("near");
  const VertexId far = builder.add_server("far");
  const VertexId sink = builder.add_server("sink");
  VertexId last = builder.add_switch("s0", {100_ns, 0});
  builder.add_cable(near, last, {40_Gbps, 10_ns});
  builder.add_cable(sink, last, {40_Gbps, 10_ns});
  for (int hop = 1; hop < 3; ++hop) {
    const VertexId next = builder.add_switch("s" + std::to_string(hop), {100_ns, 0});
    builder.add_cable(last, next, {40_Gbps, 5_us});
    last = next;
  }
  builder.add_cable(far, last, {40_Gbps, 10_ns});
  return std::move(builder).build();
}

TEST_CASE("Flows over different numbers of links share equally") {
  const Topology network = chain();
  Rig rig(network);
  const std::size_t near = rig.flow(at(0_ps), 0, 2, Bytes(1'000'000));
  const std::size_t far = rig.flow(at(0_ps), 1, 2, Bytes(1'000'000));
  rig.run();
  CHECK(rig.end(near) == at(400_us));
  CHECK(rig.end(far) == at(400_us));
}

TEST_CASE("What one flow cannot use goes to the others: shares are max-min fair") {
  // Flows A and B leave server 0, A and C enter server 2, D enters server 2 too: 2's link is shared
  // by three (5/3 GB/s each), so B gets the rest of 0's link (10/3 GB/s).
  const Topology network = rack(5);
  Rig rig(network);
  rig.flow(at(0_ps), 0, 2, Bytes(5'000'000));
  const std::size_t b = rig.flow(at(0_ps), 0, 1, Bytes(10'000'000));
  rig.flow(at(0_ps), 3, 2, Bytes(5'000'000));
  rig.flow(at(0_ps), 4, 2, Bytes(5'000'000));
  rig.run();
  CHECK(rig.end(b) == at(3_ms));
}

TEST_CASE("A link that is not shared gives every flow its full rate") {
  TopologyBuilder builder("pair");
  const VertexId a = builder.add_server("a");
  builder.add_cable(a, builder.add_server("b"), {40_Gbps, 10_ns});
  const Topology pair = std::move(builder).build();
  std::vector<Link> links(pair.links().begin(), pair.links().end());
  links[0].shared = false;
  struct OneLink : Routing {
    Route route(NodeId, NodeId, std::uint64_t) override { return {LinkId(0)}; }
  };
  const Topology pipe({"a", "b"}, links, std::make_unique<OneLink>(), {"pipe"});
  Rig rig(pipe);
  const std::size_t first = rig.flow(at(0_ps), 0, 1, Bytes(1'000'000));
  const std::size_t second = rig.flow(at(0_ps), 0, 1, Bytes(1'000'000));
  rig.run();
  CHECK(rig.end(first) == at(200_us));
  CHECK(rig.end(second) == at(200_us));
}

TEST_CASE("Events before the end of a flow run first, and the clock never goes back") {
  const Topology network = rack(2);
  Rig rig(network);
  rig.flow(at(0_ps), 0, 1, Bytes(1'000'000));
  struct Ticker {
    EventQueue& queue;
    Time last;
    int ticks = 0;
    static void tick(void* argument) {
      Ticker& self = *static_cast<Ticker*>(argument);
      CHECK(self.queue.now() >= self.last);
      self.last = self.queue.now();
      if (++self.ticks < 1000) {
        self.queue.schedule(self.last + 1_us, &tick, argument);
      }
    }
  } ticker{rig.queue(), {}};
  rig.queue().schedule(at(0_ps), &Ticker::tick, &ticker);
  rig.run();
  CHECK(ticker.ticks == 1000);
  CHECK(rig.end(0) == at(200_us));
}

TEST_CASE("Many simulations in one process, one after the other, give the same dates") {
  const Topology network = rack(8);
  std::vector<Time> first_ends;
  for (int repetition = 0; repetition < 5; ++repetition) {
    Rig rig(network);
    std::vector<Time> ends;
    for (std::uint32_t i = 0; i < 64; ++i) {
      rig.flow(at(7_ns * i), i % 8, (i * 3 + 1) % 8 == i % 8 ? (i + 1) % 8 : (i * 3 + 1) % 8,
               Bytes(10'007 * (i + 1)));
    }
    rig.run();
    for (std::size_t i = 0; i < 64; ++i) {
      ends.push_back(rig.end(i));
    }
    if (repetition == 0) {
      first_ends = ends;
    }
    CHECK(ends == first_ends);
  }
}

TEST_CASE("Two simulations may live side by side, and one may be dropped in the middle") {
  const Topology network = rack(2);
  Rig survivor(network);
  survivor.flow(at(0_ps), 0, 1, Bytes(1'000'000));
  {
    Rig dropped(network);
    dropped.flow(at(0_ps), 0, 1, Bytes(1'000'000));
    dropped.flow(at(10_us), 0, 1, Bytes(1'000'000));
    dropped.queue().schedule(
        at(20_us), [](void* queue) { static_cast<EventQueue*>(queue)->stop(); }, &dropped.queue());
    dropped.run();
    CHECK(dropped.flows().flows() == 2);
  }
  survivor.run();
  CHECK(survivor.end(0) == at(200_us));
}

TEST_CASE("A thousand flows among 256 servers all end") {
  const Topology network = rack(256);
  Rig rig(network);
  for (std::uint32_t i = 0; i < 1000; ++i) {
    rig.flow(at(1_ns * (i / 50)), i % 256,
             (i * 7 + 1) % 256 == i % 256 ? (i + 1) % 256 : (i * 7 + 1) % 256, Bytes(100'000));
  }
  rig.run();
  CHECK(rig.flows().flows() == 0);
  CHECK(rig.queue().now() > at(20_us));
}

}  // namespace
}  // namespace dsmsim
