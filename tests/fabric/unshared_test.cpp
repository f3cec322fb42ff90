// Links that are not shared (SimGrid's FATPIPE): messages do not slow each other there, and each
// has no more than the link's rate, alone or behind others of its queue pair.

#include <catch2/catch.hpp>

#include "sim/fabric/topology_builder.hpp"
#include "tests/fabric/rig.hpp"

using namespace dsmsim;
using namespace dsmsim::literals;
using dsmsim::testing::FabricRig;
using dsmsim::testing::nic;
using dsmsim::testing::Request;

namespace {

constexpr WireModel kAll[] = {WireModel::queue, WireModel::flow, WireModel::automatic};

/// A NIC link, one link of 100 MB/s that is not shared, and a NIC link, from every server to every
/// other.
class FatPipe : public Routing {
 public:
  Route route(NodeId from, NodeId to, std::uint64_t) override {
    return {LinkId(1 + 2 * from.value()), LinkId(0), LinkId(2 + 2 * to.value())};
  }
};

Topology fat_pipe(std::uint32_t servers) {
  const Rate unlimited = Rate::bits_per_second(1e15);
  std::vector<Link> links = {{{}, {}, Rate::bits_per_second(8e8), 1_us, false, false}};
  std::vector<std::string> names;
  for (std::uint32_t server = 0; server < servers; ++server) {
    names.push_back(std::to_string(server));
    links.insert(links.end(), 2, {{}, {}, unlimited, Duration(), true, true});
  }
  return {names, links, std::make_unique<FatPipe>(), {}};
}

/// What so many payload bytes take on the pipe, without headers, in microseconds.
double pipe_us(Bytes bytes) { return static_cast<double>(bytes.count()) / 100; }

/// Headers of packets, and one packet of 2 KiB in the slower of two models.
constexpr double kHeaders = 0.02;

}  // namespace

// 16 KiB took 27.6 us, 1 MiB 295 us: the slices of a message crossed the link at the same time.
TEST_CASE("A message alone is no faster than a link that is not shared, in every wire model") {
  for (const WireModel wire : kAll) {
    for (const Verb verb : {Verb::write, Verb::send, Verb::read}) {
      for (const Bytes size : {2_KiB, 4_KiB, 16_KiB, 32_KiB, 1_MiB}) {
        INFO("wire " << static_cast<int>(wire) << " " << to_string(verb) << " " << size);
        FabricRig rig(nic("cx3-ib40"), fat_pipe(2), {.wire = wire});
        const Request& request = rig.request(0_ns, verb, size);
        rig.run();
        const double took = (verb == Verb::read ? request.latency() : request.one_way()).us();
        CHECK(took > pipe_us(size));
        CHECK(took < pipe_us(size) * (1 + kHeaders) + 6);
      }
    }
  }
}

TEST_CASE("Messages of one queue pair follow each other on a link that is not shared") {
  for (const WireModel wire : kAll) {
    for (const Bytes size : {2_KiB, 16_KiB, 256_KiB}) {
      INFO("wire " << static_cast<int>(wire) << " " << size);
      FabricRig rig(nic("cx3-ib40"), fat_pipe(2), {.wire = wire});
      const Request& first = rig.request(0_ns, Verb::write, size);
      const Request& second = rig.request(0_ns, Verb::write, size);
      rig.run();
      CHECK(first.one_way().us() < pipe_us(size) * (1 + kHeaders) + 6);
      CHECK(second.one_way().us() > pipe_us(size) * 2);
      CHECK(second.one_way().us() < pipe_us(size) * 2 * (1 + kHeaders) + 6);
    }
  }
}

TEST_CASE("A flow behind packets of its queue pair waits until they have crossed") {
  FabricRig rig(nic("cx3-ib40"), fat_pipe(2));
  rig.request(0_ns, Verb::write, 16_KiB);
  const Request& flow = rig.request(0_ns, Verb::write, 64_KiB);
  const Request& packets = rig.request(0_ns, Verb::write, 16_KiB);
  rig.run();
  CHECK(flow.one_way().us() > pipe_us(80_KiB));
  CHECK(flow.one_way().us() < pipe_us(80_KiB) * (1 + kHeaders) + 6);
  CHECK(packets.one_way().us() > pipe_us(96_KiB));
  CHECK(packets.one_way().us() < pipe_us(96_KiB) * (1 + kHeaders) + 6);
}

TEST_CASE("Queue pairs, and the two directions, do not slow each other on such a link") {
  for (const WireModel wire : kAll) {
    for (const Bytes size : {2_KiB, 16_KiB, 256_KiB}) {
      INFO("wire " << static_cast<int>(wire) << " " << size);
      FabricRig rig(nic("cx3-ib40"), fat_pipe(3), {.wire = wire, .lanes = 2});
      std::vector<const Request*> all = {&rig.request(0_ns, Verb::write, size, 0, 1, 0),
                                         &rig.request(0_ns, Verb::write, size, 0, 1, 1),
                                         &rig.request(0_ns, Verb::write, size, 0, 2, 0),
                                         &rig.request(0_ns, Verb::write, size, 1, 0, 0),
                                         &rig.request(0_ns, Verb::write, size, 2, 1, 0)};
      const Request& read = rig.request(0_ns, Verb::read, size, 1, 0, 1);
      rig.run();
      for (const Request* request : all) {
        CHECK(request->one_way().us() < pipe_us(size) * (1 + kHeaders) + 6 + 0.26e-3 * 3 * 262144);
      }
      CHECK(read.latency().us() < pipe_us(size) * (1 + kHeaders) + 8 + 0.26e-3 * 3 * 262144);
    }
  }
}
