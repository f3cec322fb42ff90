// Messages of different queue pairs that meet: fair shares of a port, routes over several switches.

#include <catch2/catch.hpp>

#include "sim/fabric/topology_builder.hpp"
#include "tests/fabric/rig.hpp"

using namespace dsmsim;
using namespace dsmsim::literals;
using dsmsim::testing::FabricRig;
using dsmsim::testing::nic;
using dsmsim::testing::Request;
using dsmsim::testing::single_switch;

namespace {

constexpr WireModel kBoth[] = {WireModel::queue, WireModel::automatic};

/// Two servers on the last two of four switches in a row; the switches come first, so that no
/// server is among the first vertices.
Topology row_of_switches(Rate server_rate, Rate trunk_rate) {
  TopologyBuilder builder("row");
  std::vector<VertexId> switches;
  for (int i = 0; i < 4; ++i) {
    switches.push_back(builder.add_switch("switch" + std::to_string(i), {100_ns, 0}));
    if (i > 0) {
      builder.add_cable(switches[static_cast<std::size_t>(i) - 1], switches.back(),
                        {trunk_rate, 25_ns});
    }
  }
  builder.add_cable(switches[2], builder.add_server("a"), {server_rate, 10_ns});
  builder.add_cable(switches[3], builder.add_server("b"), {server_rate, 10_ns});
  builder.add_cable(switches[0], builder.add_server("c"), {server_rate, 10_ns});
  return std::move(builder).build();
}

}  // namespace

TEST_CASE("A small message that meets a large one on a port waits one packet of it") {
  for (const WireModel wire : kBoth) {
    FabricRig rig(nic("cx3-ib40"), single_switch("cx3-ib40", 3), {.wire = wire});
    const Request& alone = rig.request(0_ns, Verb::write, 8_B, 0, 2);
    rig.request(1_ms, Verb::write, 1_MiB, 0, 1);
    const Request& small = rig.request(1_ms + 50_us, Verb::write, 8_B, 0, 2);
    const Request& read = rig.request(1_ms + 100_us, Verb::read, 8_B, 1, 0);
    rig.run();
    const Duration packet = 532_ns;
    CHECK(small.one_way() > alone.one_way());
    CHECK(small.one_way() <= alone.one_way() + packet);
    CHECK(read.latency() <= 2_us + packet);
  }
}

TEST_CASE("Large messages of two queue pairs share a port, of one they follow each other") {
  for (const WireModel wire : kBoth) {
    const auto ends = [wire](std::uint32_t lane) {
      FabricRig rig(nic("cx3-ib40"), single_switch("cx3-ib40", 2), {.wire = wire, .lanes = 2});
      const Request& first = rig.request(0_ns, Verb::write, 1_MiB, 0, 1, 0);
      const Request& second = rig.request(0_ns, Verb::write, 1_MiB, 0, 1, lane);
      rig.run();
      return std::pair(first.one_way().us(), second.one_way().us());
    };
    CHECK(ends(1).first == Approx(2 * 273).epsilon(0.01));
    CHECK(ends(1).second == Approx(2 * 273).epsilon(0.01));
    CHECK(ends(0).first == Approx(274).epsilon(0.01));
    CHECK(ends(0).second == Approx(2 * 273).epsilon(0.01));
  }
}

TEST_CASE("A server that sends to two and one that sends to one of them get fair shares") {
  // 0 -> 2, 0 -> 3, 1 -> 3: nobody can do better than half of a link, and 1 gets the other half.
  for (const WireModel wire : kBoth) {
    FabricRig rig(nic("cx3-ib40"), single_switch("cx3-ib40", 4), {.wire = wire});
    const Request& a = rig.request(0_ns, Verb::write, 1_MiB, 0, 2);
    const Request& b = rig.request(0_ns, Verb::write, 1_MiB, 0, 3);
    const Request& c = rig.request(0_ns, Verb::write, 1_MiB, 1, 3);
    rig.run();
    CHECK(a.one_way().us() == Approx(2 * 273).epsilon(0.02));
    CHECK(b.one_way().us() == Approx(2 * 273).epsilon(0.02));
    CHECK(c.one_way().us() < 2 * 275);
  }
}

TEST_CASE("Over several switches the net latency is the sum of the route's") {
  for (const WireModel wire : kBoth) {
    for (const Bytes size : {8_B, 1_KiB, 16_KiB, 256_KiB}) {
      FabricRig row(nic("cx3-ib40"), row_of_switches(32_Gbps, 32_Gbps), {.wire = wire});
      FabricRig one(nic("cx3-ib40"), single_switch("cx3-ib40", 2), {.wire = wire});
      REQUIRE(row.net_latency(0, 2) == 10_ns + 100_ns + 125_ns * 2 + 10_ns);
      const Request& far = row.request(0_ns, Verb::read, size, 0, 2);
      const Request& near = one.request(0_ns, Verb::read, size);
      row.run();
      one.run();
      const Duration more = (row.net_latency(0, 2) - one.net_latency()) * 2;
      CHECK(far.latency() == near.latency() + more);
    }
  }
}

TEST_CASE("A slow link in the middle is what a large message takes its pace from") {
  for (const WireModel wire : kBoth) {
    FabricRig rig(nic("cx3-ib40"), row_of_switches(32_Gbps, 8_Gbps), {.wire = wire});
    const Request& request = rig.request(0_ns, Verb::write, 1_MiB, 0, 2);
    rig.run();
    const double wire_bytes = 512 * (2048 + 26);
    CHECK(request.one_way().us() == Approx(wire_bytes / 1000 + 2.5).epsilon(0.01));
  }
}

TEST_CASE("A flow moves no faster than the NICs, wherever servers stand among the vertices") {
  // The NICs were looked for among the first vertices of the graph.
  for (const WireModel wire : kBoth) {
    FabricRig rig(nic("cx3-ib40"), row_of_switches(400_Gbps, 400_Gbps), {.wire = wire});
    const Request& request = rig.request(0_ns, Verb::write, 1_MiB, 0, 1);
    rig.run();
    CHECK(request.one_way().us() == Approx(0.2595e-3 * 1048576 + 2.5).epsilon(0.01));
  }
}

TEST_CASE("A hundred clients in a closed loop keep each other's order, twice the same") {
  const auto trace = [](WireModel wire) {
    FabricRig rig(nic("cx3-ib40"), single_switch("cx3-ib40", 8), {.wire = wire});
    RandomStream random(5, "requests");
    std::vector<const Request*> requests;
    for (int i = 0; i < 2000; ++i) {
      const auto from = static_cast<std::uint32_t>(random.below(8));
      const auto to = static_cast<std::uint32_t>((from + 1 + random.below(7)) % 8);
      const auto verb = static_cast<Verb>(random.below(kVerbs));
      const Bytes size = verb == Verb::send_ud || is_atomic(verb)
                             ? 8_B
                             : Bytes(random.below(random.chance(0.1) ? 100'000 : 3000));
      requests.push_back(
          &rig.request(Duration::picoseconds(static_cast<std::int64_t>(random.below(200'000'000))),
                       verb, size, from, to));
    }
    rig.run();
    std::vector<Time> ends;
    for (const Request* request : requests) {
      REQUIRE(request->completed < Time::never());
      ends.push_back(request->completed);
    }
    return std::pair(ends, rig.simulation().queue().processed());
  };
  for (const WireModel wire : kBoth) {
    CHECK(trace(wire) == trace(wire));
  }
}

TEST_CASE("An unloaded READ costs five events") {
  FabricRig rig(nic("cx3-ib40"), single_switch("cx3-ib40", 2));
  rig.closed_loop(Verb::read, 512_B, 1000);
  rig.run();
  CHECK(rig.simulation().queue().processed() == 5 * 1000 + 1);
}
