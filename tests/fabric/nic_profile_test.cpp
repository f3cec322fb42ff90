// The NIC profiles as data.

#include "sim/fabric/nic_profile.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sim/base/config.hpp"
#include "sim/base/error.hpp"
#include "tests/fabric/rig.hpp"

using namespace dsmsim;
using namespace dsmsim::literals;
using dsmsim::testing::nic;

TEST_CASE("Every shipped NIC profile can be read and says where its numbers come from") {
  for (const std::string& name : dsmsim::testing::nic_names()) {
    INFO(name);
    const NicProfile profile = nic(name);
    CHECK(profile.sources.json.find("\"sources\"") != std::string::npos);
    CHECK(profile.inline_limit <= profile.mtu);
    CHECK(profile.inline_cost >= profile.per_byte);
    CHECK(profile.first_packet >= profile.per_byte);
  }
}

TEST_CASE("The effective configuration of a profile reads back as the same profile") {
  for (const std::string& name : dsmsim::testing::nic_names()) {
    const auto written = config::write(nic(name));
    auto document = config::parse(written.dump(), name, {}, {});
    CHECK(config::write(config::read<NicProfile>(document)) == written);
  }
}

TEST_CASE("A queue pair is occupied for the fixed time or for what the size takes") {
  const QueuePairCost cost{159_ns, 100_ns, PerByte::ns_per_byte(0.25)};
  CHECK(cost.of(0_B) == 159_ns);
  CHECK(cost.of(200_B) == 159_ns);
  CHECK(cost.of(1000_B) == 350_ns);
}

TEST_CASE("Only what carries its payload to the target can be inlined, up to the limit") {
  const NicProfile profile = nic("cx3-ib40");
  CHECK(profile.inlined(Verb::write, 220_B));
  CHECK_FALSE(profile.inlined(Verb::write, 221_B));
  CHECK(profile.inlined(Verb::send, 8_B));
  CHECK_FALSE(profile.inlined(Verb::read, 8_B));
  CHECK_FALSE(profile.inlined(Verb::fetch_add, 8_B));
}

TEST_CASE("A profile with an impossible number is refused where the number stands") {
  const auto refused = [](const char* change) {
    CHECK_THROWS_AS(nic("cx3-ib40", {change}), InputErrors);
  };
  refused("mtu=64B");
  refused("per_byte=0ns/B");
  refused("max_rd_atomic=0");
  refused("rnr_delay=0ns");
  refused("tx=-1ns");
  refused("tx=2s");
  refused("rnr_delay=1s");
  refused("atomic=-681ns");
}

TEST_CASE("A byte does not keep the port busy for longer than it makes a message arrive later") {
  const auto complaint = [](const char* name, const char* change) {
    try {
      nic(name, {change});
    } catch (const InputErrors& errors) {
      return std::string(errors.what());
    }
    return std::string();
  };
  const auto about = [](const std::string& field) {
    return Catch::Contains("/" + field + "  must not exceed the latency per byte");
  };
  CHECK_THAT(complaint("cx3-ib40", "occupancy=0.26ns/B"), about("occupancy"));
  CHECK_THAT(complaint("cx6-ib200", "occupancy=0.05ns/B"), about("occupancy"));
  CHECK_THAT(complaint("cx7-ib400", "read_occupancy=0.025ns/B"), about("read_occupancy"));
  CHECK(complaint("cx7-ib400", "read_occupancy=0.024ns/B").empty());
}

TEST_CASE("Every shipped NIC says how long a byte keeps its port busy") {
  for (const std::string& name : dsmsim::testing::nic_names()) {
    CHECK(nic(name).occupancy > PerByte());
    CHECK(nic(name).queue_pair_atomic > Duration());
  }
  CHECK(nic("cx6-ib200").port_time(false) == PerByte::ns_per_byte(0.0407));
  CHECK(nic("cx6-ib200").port_time(true) == PerByte::ns_per_byte(0.0407));
  CHECK(nic("cx7-ib400").port_time(true) == PerByte::ns_per_byte(0.0243));
  // Left out, it is the latency of the bytes of a long message.
  CHECK(nic("cx6-ib200", {"occupancy=0ns/B"}).port_time(false) == PerByte::ns_per_byte(0.0407));
  CHECK(nic("cx3-ib40", {"occupancy=0ns/B"}).port_time(true) == PerByte::ns_per_byte(0.2595));
}
