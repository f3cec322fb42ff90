// The global completion event: its messages, what a fence waits for, and every order of its rounds.

#include <catch2/catch.hpp>

#include "sim/check/memory_model.hpp"
#include "tests/protocols/grappa/fixture.hpp"
#include "tests/protocols/specimens.hpp"

namespace dsmsim::testing {
namespace {

GrappaOptions with_event() {
  GrappaOptions options = grappa_options();
  options.writes = GrappaWrites::asynchronous;
  options.completion = GrappaCompletion::global;
  return options;
}

Messages packets(std::initializer_list<std::tuple<std::uint32_t, std::uint32_t, Bytes>> sent) {
  Messages messages;
  for (const auto& [from, to, bytes] : sent) {
    messages.push_back({"PACKET", Verb::send, from, to, 28_B + bytes});
  }
  return messages;
}

TEST_CASE("Grappa: an event begins with the first write of a cluster, and ends in two rounds") {
  GrappaBed bed(2, with_event());
  const ObjectId word = bed.at(0).allocate(8_B);
  REQUIRE(bed.home(word) == 1);
  bed.dut.forget();
  bed.at(0).run(bed.at(0).whole(OpKind::write, word));
  // Core 0 has the event: it tells core 1, which answers; the write and its completion; then reset,
  // acknowledgement and wake, beside those that core 0 sends to itself.
  CHECK(bed.dut.sent() == packets({{0, 1, 32_B},
                                   {1, 0, 16_B},
                                   {0, 1, 32_B},
                                   {1, 0, 24_B},
                                   {0, 1, 16_B},
                                   {1, 0, 16_B},
                                   {0, 1, 16_B}}));
  bed.dut.finish();
}

TEST_CASE("Grappa: another core enrolls at core 0") {
  GrappaBed bed(2, with_event());
  bed.at(0).allocate(8_B);
  const ObjectId word = bed.at(0).allocate(8_B);
  REQUIRE(bed.home(word) == 0);
  bed.dut.forget();
  bed.at(1).run(bed.at(1).whole(OpKind::write, word));
  CHECK(bed.dut.sent() == packets({{1, 0, 24_B},
                                   {0, 1, 24_B},
                                   {1, 0, 32_B},
                                   {0, 1, 16_B},
                                   {1, 0, 32_B},
                                   {0, 1, 24_B},
                                   {1, 0, 16_B},
                                   {0, 1, 16_B},
                                   {1, 0, 16_B},
                                   {0, 1, 16_B}}));
  bed.dut.finish();
}

TEST_CASE("Grappa: a fence waits for the writes of all tasks") {
  for (const GrappaCompletion completion : {GrappaCompletion::task, GrappaCompletion::global}) {
    GrappaOptions options = with_event();
    options.completion = completion;
    GrappaBed bed(3, options);
    const ObjectId word = bed.at(0).allocate(8_B);
    REQUIRE(bed.home(word) == 2);
    bed.at(0).run(bed.at(0).whole(OpKind::write, word));
    bed.at(0).start(bed.at(0).whole(OpKind::write, word));
    bed.dut.simulation().queue().schedule(
        bed.dut.simulation().now() + 60_us,
        [](void* puppet) { static_cast<Puppet*>(puppet)->start(Op::fence()); }, &bed.at(1));
    bed.dut.run();
    CHECK((bed.at(1).outcomes().back().latency > 10_us) ==
          (completion == GrappaCompletion::global));
    CHECK(bed.dut.breakdown_sums_to_latency());
    bed.dut.finish();
  }
}

TEST_CASE("Grappa with a global completion event keeps partial store order in every order") {
  for (const std::string name : {"litmus/SB", "litmus/MP+fences"}) {
    INFO(name);
    const Specimen specimen = specimen_of<GrappaEngine>(with_event());
    const Scenario test = scenario(name);
    const Exploration found = explore(test, specimen, {});
    CHECK((found.failure ? found.failure->what : "") == "");
    CHECK(found.complete);
    const std::set<dsmsim::Outcome> allowed =
        allowed_outcomes(test, claimed_model(specimen)).outcomes;
    for (const auto& [outcome, schedule] : found.outcomes) {
      CHECK(allowed.contains(outcome));
    }
  }
}

}  // namespace
}  // namespace dsmsim::testing
