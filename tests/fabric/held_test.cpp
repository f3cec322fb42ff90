// Messages that wait to be told when to arrive and when to complete.

#include <catch2/catch.hpp>

#include "tests/fabric/rig.hpp"

using namespace dsmsim;
using namespace dsmsim::literals;
using dsmsim::testing::FabricRig;
using dsmsim::testing::nic;
using dsmsim::testing::Request;
using dsmsim::testing::single_switch;

namespace {

using Step = Fabric::HeldStep;

Step arrival(std::uint32_t from, std::uint32_t to) { return {NodeId(from), NodeId(to)}; }
Step completion(std::uint32_t from, std::uint32_t to) {
  return {NodeId(from), NodeId(to), 0, true};
}

std::vector<Step> steps_of(FabricRig& rig) {
  std::vector<Step> steps;
  rig.fabric().list_steps(steps);
  return steps;
}

}  // namespace

TEST_CASE("A held message takes effect, and completes, only when it is told to") {
  FabricRig rig(nic("cx3-ib40"), single_switch("cx3-ib40", 3));
  rig.fabric().hold_messages();
  const Request& first = rig.request(0_ns, Verb::write, 8_B, 0, 1);
  const Request& second = rig.request(0_ns, Verb::send, 8_B, 0, 1);
  const Request& other = rig.request(0_ns, Verb::read, 64_B, 2, 1);
  rig.run();
  CHECK(steps_of(rig) == std::vector{arrival(0, 1), arrival(2, 1)});

  rig.fabric().take(arrival(2, 1));
  CHECK(other.effect == rig.now());
  CHECK(first.effect == Time::never());
  rig.fabric().take(arrival(0, 1));
  CHECK(first.effect == rig.now());
  CHECK(second.delivered == Time::never());
  CHECK(steps_of(rig) == std::vector{arrival(0, 1), completion(0, 1), completion(2, 1)});
  CHECK(rig.fabric().post_of(arrival(0, 1)).verb == Verb::send);

  rig.fabric().take(arrival(0, 1));
  CHECK(second.delivered == rig.now());
  CHECK(other.completed == Time::never());
  for (const Step& step : {completion(2, 1), completion(0, 1), completion(0, 1)}) {
    rig.fabric().take(step);
  }
  CHECK(other.completed == rig.now());
  CHECK(second.completed == rig.now());
  CHECK(steps_of(rig).empty());
}

TEST_CASE("Held messages are listed queue by queue, in the order in which they were posted") {
  FabricRig rig(nic("cx3-ib40"), single_switch("cx3-ib40", 3));
  rig.fabric().hold_messages();
  rig.request(0_ns, Verb::write, 1_B, 2, 0);
  rig.request(0_ns, Verb::write, 2_B, 0, 1);
  rig.request(0_ns, Verb::write, 3_B, 2, 0);
  rig.run();
  rig.fabric().take(arrival(2, 0));
  std::vector<std::pair<Bytes, bool>> held;
  rig.fabric().for_each_held([&](const Step& step, const Post& post, std::uint64_t) {
    held.emplace_back(post.payload, step.completion);
  });
  const std::vector<std::pair<Bytes, bool>> expected = {{2_B, false}, {3_B, false}, {1_B, true}};
  CHECK(held == expected);
}

namespace {

/// Keeps what it is told of.
struct Listener : FailureListener {
  std::vector<Post> failed;
  void request_failed(const Post& post) override { failed.push_back(post); }
};

}  // namespace

TEST_CASE("What is under way from a server that crashes is lost, and what is sent to it fails") {
  FabricRig rig(nic("cx3-ib40"), single_switch("cx3-ib40", 3));
  Listener listener;
  rig.fabric().report_failures(&listener);
  rig.fabric().hold_messages();
  const Request& answered = rig.request(0_ns, Verb::read, 64_B, 0, 1);
  const Request& written = rig.request(0_ns, Verb::write, 8_B, 0, 1);
  const Request& own = rig.request(0_ns, Verb::write, 8_B, 1, 2);
  const Request& others = rig.request(0_ns, Verb::write, 8_B, 0, 2);
  rig.run();
  rig.fabric().take(arrival(0, 1));
  CHECK(steps_of(rig) ==
        std::vector{arrival(0, 1), completion(0, 1), arrival(0, 2), arrival(1, 2)});

  rig.fabric().crash(NodeId(1));
  CHECK(rig.fabric().has_crashed(NodeId(1)));
  CHECK_FALSE(rig.fabric().has_crashed(NodeId(0)));
  CHECK(steps_of(rig) == std::vector{arrival(0, 1), arrival(0, 2)});
  CHECK(rig.fabric().post_of(arrival(0, 1)).verb == Verb::read);
  rig.fabric().take(arrival(0, 1));
  rig.fabric().take(arrival(0, 1));
  rig.fabric().take(arrival(0, 2));
  rig.fabric().take(completion(0, 2));
  CHECK(listener.failed.size() == 2);
  CHECK(answered.result == Fabric::kFailed);
  CHECK(written.result == Fabric::kFailed);
  CHECK(written.effect == Time::never());
  CHECK(others.completed == rig.now());
  CHECK(own.effect == Time::never());

  const Request& late = rig.request(0_ns, Verb::send, 8_B, 1, 2);
  rig.run();
  CHECK(steps_of(rig).empty());
  CHECK(late.completed == Time::never());
}
