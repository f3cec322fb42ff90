// Where the time of a message went: the categories tile its life.

#include "sim/fabric/tally.hpp"

#include <catch2/catch.hpp>

#include "tests/fabric/rig.hpp"

using namespace dsmsim;
using namespace dsmsim::literals;
using dsmsim::testing::FabricRig;
using dsmsim::testing::nic;
using dsmsim::testing::Request;
using dsmsim::testing::single_switch;

namespace {

Duration sum(const Tally& tally) {
  Duration total;
  for (std::size_t i = 0; i < kCategories; ++i) {
    total += tally.spent(static_cast<Category>(i));
  }
  return total;
}

/// Until the receiver polls a two-sided message, the completion of any other.
Duration life(Verb verb, const Request& request) {
  return is_two_sided(verb) ? request.one_way() : request.latency();
}

Duration queued(const Request& request) {
  return request.tally.spent(Category::nic_queue) + request.tally.spent(Category::switch_queue);
}

}  // namespace

TEST_CASE("A tally charges what has passed since the last charge, and nothing twice") {
  Tally tally;
  tally.start(Time::at(10_ns));
  tally.charge(Category::cpu, Time::at(15_ns));
  tally.charge(Category::wire, Time::at(40_ns));
  tally.charge(Category::cpu, Time::at(40_ns));
  tally.charge(Category::acks, Time::at(30_ns));
  tally.charge(Category::cpu, Time::at(41_ns));
  CHECK(tally.spent(Category::cpu) == 6_ns);
  CHECK(tally.spent(Category::wire) == 25_ns);
  CHECK(tally.spent(Category::acks) == 0_ns);
  CHECK(tally.as_of() == Time::at(41_ns));
  tally.start(Time::at(50_ns));
  CHECK(sum(tally) == 0_ns);
  charge(nullptr, Category::cpu, Time::at(60_ns));
}

TEST_CASE("Every category has its own name") {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < kCategories; ++i) {
    const std::string_view name = to_string(static_cast<Category>(i));
    CHECK_FALSE(name.empty());
    CHECK(std::find(names.begin(), names.end(), name) == names.end());
    names.push_back(name);
  }
}

TEST_CASE("On an idle fabric a request's categories sum to its latency and none is queueing") {
  for (const std::string& name : dsmsim::testing::nic_names()) {
    for (std::size_t v = 0; v < kVerbs; ++v) {
      const auto verb = static_cast<Verb>(v);
      for (const Bytes size : {8_B, 1_KiB, 10_KiB, 100_KiB}) {
        if ((is_atomic(verb) && size != 8_B) || (verb == Verb::send_ud && size > 1_KiB)) {
          continue;
        }
        INFO(name << " " << to_string(verb) << " " << size);
        const NicProfile profile = nic(name);
        FabricRig rig(profile, single_switch(name, 2));
        const Request& request = rig.request(1_us, verb, size);
        rig.run();
        CHECK(sum(request.tally) == life(verb, request));
        CHECK(queued(request) == 0_ns);
        CHECK(request.tally.spent(Category::cpu) == profile.post);
        CHECK(request.tally.spent(Category::wire) >= rig.net_latency() + profile.tx + profile.rx);
      }
    }
  }
}

TEST_CASE("Under load the categories sum to the latency as well, for every verb and wire model") {
  for (const WireModel wire : {WireModel::queue, WireModel::automatic, WireModel::flow}) {
    FabricRig rig(nic("cx3-ib40"), single_switch("cx3-ib40", 6), {.wire = wire});
    RandomStream random(3, "load");
    std::vector<std::pair<Verb, const Request*>> requests;
    for (int i = 0; i < 3000; ++i) {
      const auto from = static_cast<std::uint32_t>(random.below(6));
      const auto to = static_cast<std::uint32_t>((from + 1 + random.below(5)) % 6);
      const auto verb = static_cast<Verb>(random.below(kVerbs));
      const Bytes size =
          verb == Verb::send_ud || is_atomic(verb) ? 8_B : Bytes(random.below(40'000));
      const auto at = Duration::picoseconds(static_cast<std::int64_t>(random.below(1'000'000'000)));
      requests.emplace_back(verb, &rig.request(at, verb, size, from, to));
    }
    rig.run();
    Duration waited;
    for (const auto& [verb, request] : requests) {
      INFO(to_string(verb));
      REQUIRE(sum(request->tally) == life(verb, *request));
      waited += queued(*request);
    }
    CHECK(waited > 1_ms);
  }
}

TEST_CASE("The wait for one's turn is NIC queueing in the NIC and switch queueing in the switch") {
  for (const WireModel wire : {WireModel::queue, WireModel::flow}) {
    FabricRig rig(nic("cx3-ib40"), single_switch("cx3-ib40", 4), {.wire = wire});
    std::vector<const Request*> same_pair;
    for (int i = 0; i < 4; ++i) {
      same_pair.push_back(&rig.request(0_ns, Verb::write, 64_KiB, 0, 1));
    }
    std::vector<const Request*> same_target;
    for (std::uint32_t from = 0; from < 3; ++from) {
      same_target.push_back(&rig.request(1_ms, Verb::write, 64_KiB, from, 3));
    }
    rig.run();
    const Duration alone = 17_us;  // 64 KiB at 0.2595 ns/B
    CHECK(same_pair[3]->tally.spent(Category::nic_queue) >= alone * 3 - 1_us);
    CHECK(same_pair[3]->tally.spent(Category::switch_queue) == 0_ns);
    CHECK(same_target[2]->tally.spent(Category::switch_queue) >= alone);
    CHECK(same_target[2]->tally.spent(Category::nic_queue) < 1_us);
  }
}

TEST_CASE("What a large message waits between its packets is NIC queueing, not wire") {
  FabricRig rig(nic("cx3-ib40"), single_switch("cx3-ib40", 2),
                {.wire = WireModel::queue, .lanes = 2});
  const Request& one = rig.request(0_ns, Verb::write, 1_MiB, 0, 1, 0);
  rig.request(0_ns, Verb::write, 1_MiB, 0, 1, 1);
  rig.run();
  CHECK(one.tally.spent(Category::nic_queue).us() == Approx(272).epsilon(0.02));
  CHECK(one.tally.spent(Category::wire).us() == Approx(272).epsilon(0.02));
}
