// Words with a full/empty bit: their messages, who waits, and every order of who uses them.

#include <catch2/catch.hpp>

#include "sim/check/memory_model.hpp"
#include "tests/protocols/grappa/fixture.hpp"
#include "tests/protocols/specimens.hpp"

namespace dsmsim::testing {
namespace {

TEST_CASE("Grappa: an operation on a word is a request and a reply") {
  GrappaBed bed(2);
  const ObjectId word = bed.at(0).allocate(16_B);
  REQUIRE(bed.home(word) == 1);
  Puppet& alice = bed.at(0);
  const auto check = [&](const Op& op, Bytes request, Bytes reply, std::uint64_t result) {
    INFO(to_string(op.kind));
    bed.dut.forget();
    CHECK(alice.run(op).result == result);
    CHECK(bed.dut.sent() == Messages{{"PACKET", Verb::send, 0, 1, 28_B + request},
                                     {"PACKET", Verb::send, 1, 0, 28_B + reply}});
  };
  check(Op::write_ef(word, 0_B, 7), 32_B, 16_B, 0);
  check(Op::read_ff(word, 0_B), 24_B, 24_B, 7);
  check(Op::write_xf(word, 0_B, 8), 32_B, 16_B, 0);
  check(Op::read_fe(word, 0_B), 24_B, 24_B, 8);
  check(Op::write_ef(word, 8_B, 9), 32_B, 16_B, 0);
  check(Op::read_ff(word, 8_B), 24_B, 24_B, 9);
  bed.dut.finish();
}

TEST_CASE("Grappa: a word at home at the caller's core is used by a call") {
  GrappaBed bed(2);
  const ObjectId word = bed.at(1).allocate(8_B);
  REQUIRE(bed.home(word) == 1);
  bed.dut.forget();
  CHECK(bed.at(1).run(Op::write_ef(word, 0_B, 3)).result == 0);
  CHECK(bed.at(1).run(Op::read_fe(word, 0_B)).result == 3);
  bed.at(1).start(Op::read_ff(word, 0_B));
  bed.dut.run();
  CHECK(bed.at(1).busy());
  CHECK(bed.dut.sent().empty());
  bed.at(0).run(Op::write_xf(word, 0_B, 4));
  CHECK(bed.at(1).outcomes().back().result == 4);
  CHECK(bed.dut.breakdown_sums_to_latency());
  bed.dut.finish();
}

TEST_CASE("Grappa: who finds a word's bit wrong is parked at its home, and tests again") {
  GrappaBed bed(4);
  const ObjectId word = bed.at(0).allocate(8_B);
  REQUIRE(bed.home(word) == 3);
  for (const std::uint32_t reader : {0U, 1U, 2U}) {
    bed.at(reader).start(reader == 0 ? Op::read_ff(word, 0_B) : Op::read_fe(word, 0_B));
    bed.dut.run();
  }
  CHECK(bed.engine().counters().parked == 3);
  bed.at(3).run(Op::write_ef(word, 0_B, 5));
  // The newest takes the value; the two others test in vain.
  CHECK_FALSE(bed.at(2).busy());
  CHECK(bed.at(1).busy());
  CHECK(bed.at(0).busy());
  CHECK(bed.at(2).outcomes().back().result == 5);
  // They have parked in the other order: the oldest looks before the other takes.
  bed.dut.forget();
  bed.at(3).run(Op::write_ef(word, 0_B, 6));
  CHECK_FALSE(bed.at(0).busy());
  CHECK_FALSE(bed.at(1).busy());
  CHECK(bed.dut.sent() == Messages{{"PACKET", Verb::send, 3, 0, 28_B + 24_B},
                                   {"PACKET", Verb::send, 3, 1, 28_B + 24_B}});
  CHECK(bed.dut.breakdown_sums_to_latency());
  bed.dut.finish();
}

TEST_CASE("Grappa: a word that nobody fills is in the report of the deadlock") {
  GrappaBed bed(2);
  const ObjectId array = bed.at(0).allocate(32_B);
  bed.at(0).start(Op::read_fe(array, 16_B));
  CHECK_THROWS_WITH(bed.dut.finish(), Catch::Contains("thread 0 on server 0") &&
                                          Catch::Contains("word 2 of object") &&
                                          Catch::Contains("to be full"));
}

TEST_CASE("Grappa: a word is eight bytes at a multiple of eight, inside of its object") {
  GrappaBed bed(2);
  const ObjectId word = bed.at(0).allocate(12_B);
  CHECK_THROWS_WITH(bed.at(0).run(Op::read_ff(word, 4_B)), Catch::Contains("multiples of 8"));
  CHECK_THROWS_WITH(bed.at(1).run(Op::write_xf(word, 8_B, 0)), Catch::Contains("only"));
}

/// Grappa without words.
class Wordless final : public Engine {
 public:
  explicit Wordless(EngineContext context) : engine_(context, timeless(GrappaOptions())) {}
  MaybeDuration try_local(Thread& thread, Op& op) override { return engine_.try_local(thread, op); }
  Task<> perform(Thread& thread, Op& op) override { return engine_.perform(thread, op); }
  void report(CounterReport& report) const override { engine_.report(report); }
  const Inspection* inspection() const override { return engine_.inspection(); }

 private:
  GrappaEngine engine_;
};

TEST_CASE("A scenario with words is refused before it begins by an engine that has none") {
  const Specimen specimen{
      [](EngineContext context) { return std::make_unique<Wordless>(context); }};
  CHECK_THROWS_WITH(explore(scenario("scenarios/words/message"), specimen, {}),
                    Catch::Contains("needs write_ef"));
}

TEST_CASE("Grappa: words hold what the model says in every order, and every outcome is met") {
  GrappaOptions asynchronous;
  asynchronous.writes = GrappaWrites::asynchronous;
  asynchronous.completion = GrappaCompletion::task;
  for (const GrappaOptions& options : {GrappaOptions(), asynchronous}) {
    const Specimen specimen = specimen_of<GrappaEngine>(options);
    for (const std::string name :
         {"two-takers", "look-and-take", "overwrite", "message", "two-words"}) {
      INFO(name);
      const Scenario words = scenario("scenarios/words/" + name);
      const Exploration found = explore(words, specimen, {});
      CHECK((found.failure ? found.failure->what : "") == "");
      CHECK(found.complete);
      std::set<dsmsim::Outcome> outcomes;
      for (const auto& [outcome, schedule] : found.outcomes) {
        outcomes.insert(outcome);
      }
      CHECK(outcomes == allowed_outcomes(words, claimed_model(specimen)).outcomes);
    }
  }
}

TEST_CASE("Grappa: a word that nobody fills is a deadlock of the program") {
  const Exploration found = explore(scenario("scenarios/words/never-filled"),
                                    specimen_of<GrappaEngine>(GrappaOptions()), {});
  CHECK((found.failure ? found.failure->what : "") == "");
  CHECK(found.complete);
  CHECK(found.standstills > 0);
  CHECK(found.standstills == found.ends);
}

}  // namespace
}  // namespace dsmsim::testing
