// A crash at every step of small scenarios: what DRust and GAM promise for it.

#include <catch2/catch.hpp>

#include "protocols/drust/engine.hpp"
#include "protocols/gam/engine.hpp"
#include "sim/check/crash_table.hpp"
#include "tests/protocols/specimens.hpp"

namespace dsmsim::testing {
namespace {

Specimen gam() { return specimen_of<GamEngine>(GamOptions()); }
Specimen drust() { return specimen_of<DrustEngine>(DrustOptions()); }

/// The row of a crash where `next` would have happened, or a failure of the test.
const CrashRun& row(const CrashTable& table, const std::string& next, std::uint32_t server) {
  for (const CrashRun& run : table.runs) {
    if (run.next == next && run.server == NodeId(server)) {
      return run;
    }
  }
  FAIL("no step \"" << next << "\"");
  return table.runs.front();
}

/// GAM, but it says that it does without any server.
class Boaster final : public Engine {
 public:
  explicit Boaster(EngineContext context) : engine_(gam().make_engine(context)) {}
  MaybeDuration try_local(Thread& thread, Op& op) override {
    return engine_->try_local(thread, op);
  }
  Task<> perform(Thread& thread, Op& op) override { return engine_->perform(thread, op); }
  void report(CounterReport& report) const override { engine_->report(report); }
  const Inspection* inspection() const override { return engine_->inspection(); }
  bool goes_on_without(NodeId) override { return true; }

 private:
  std::unique_ptr<Engine> engine_;
};

TEST_CASE("A crash at any step ends every run of GAM and DRust as promised") {
  for (const bool is_gam : {true, false}) {
    for (const std::string name :
         {"scenarios/upgrade-and-reader", "scenarios/locks-3", "scenarios/writes-3",
          "scenarios/eviction-3", "litmus/MP+locks"}) {
      INFO((is_gam ? "gam " : "drust ") << name);
      const Scenario small = scenario(name);
      const CrashTable table = crash_everywhere(small, is_gam ? gam() : drust(), {});
      CHECK(table.runs.size() == (table.schedule.size() + 1) * small.servers);
      CHECK(table.count(CrashEnd::incorrect) == 0);
      CHECK(table.count(CrashEnd::finished) > 0);
      CHECK(table.count(CrashEnd::failed) > 0);
      for (const CrashRun& run : table.runs) {
        CHECK(run.finished.size() + run.lost.size() + run.unfinished.size() ==
              small.threads.size());
      }
    }
  }
}

TEST_CASE("The crash of a GAM home loses its blocks, and who asks it for one is told") {
  const CrashTable table = crash_everywhere(scenario("scenarios/locks-3"), gam(), {});
  const CrashRun& run = row(table, "WRITE 1 -> 0 arrives", 0);
  CHECK(run.end == CrashEnd::failed);
  CHECK(run.what == "WRITE 1 -> 0");
  CHECK(run.objects == std::vector<std::string>{"x"});
  CHECK(run.finished == std::vector<std::size_t>{0});
  CHECK(run.unfinished == std::vector<std::size_t>{1, 2});
}

TEST_CASE("The crash of a GAM owner loses what it has written, and its home waits for ever") {
  const CrashTable table = crash_everywhere(scenario("scenarios/locks-3"), gam(), {});
  const CrashRun& dirty = row(table, "WRITE 2 -> 0 arrives", 1);
  CHECK(dirty.end == CrashEnd::failed);
  CHECK(dirty.what == "WRITE_FORWARD 0 -> 1");
  CHECK(dirty.objects == std::vector<std::string>{"x"});
  const CrashRun& shipped = row(table, "DATA_REPLY 1 -> 2 arrives", 1);
  CHECK(shipped.end == CrashEnd::waits);
  CHECK(shipped.what == "2: r0 = trylock x");
  // Before it has got the block nothing is lost.
  CHECK(row(table, "WRITE 1 -> 0 arrives", 1).objects.empty());
  CHECK(row(table, "WRITE 1 -> 0 arrives", 1).end == CrashEnd::finished);
}

TEST_CASE("Who waits for a DRust mutex whose holder has crashed tries for ever, and is found out") {
  const CrashTable table = crash_everywhere(scenario("litmus/MP+locks"), drust(), {});
  const CrashRun& run = row(table, "unlock 0 -> 2 arrives", 0);
  CHECK(run.end == CrashEnd::tries);
  CHECK(run.what == "1: rlock m");
  CHECK(run.objects == std::vector<std::string>{"x", "y"});
}

TEST_CASE("Only the servers that are named crash, on the schedule that is given") {
  const Scenario small = scenario("scenarios/locks-3");
  const Schedule whole = crash_everywhere(small, gam(), {}).schedule;
  CrashPlan plan;
  plan.schedule.assign(whole.begin(), whole.begin() + 4);
  plan.servers = {NodeId(2)};
  const CrashTable table = crash_everywhere(small, gam(), plan);
  CHECK(table.runs.size() == 4);
  CHECK(table.runs.back().server == NodeId(2));
  plan.schedule[0] = {.kind = Choice::Kind::timer, .number = 7};
  CHECK_THROWS_WITH(crash_everywhere(small, gam(), plan), Catch::Contains("is not possible"));
}

TEST_CASE("An engine that promises to go on without a server is held to it") {
  const Specimen boaster = {
      [](EngineContext context) { return std::make_unique<Boaster>(context); }};
  const CrashTable table = crash_everywhere(scenario("scenarios/locks-3"), boaster, {});
  CHECK(table.count(CrashEnd::failed) == 0);
  CHECK(table.count(CrashEnd::survived) > 0);
  const CrashRun& run = row(table, "WRITE 1 -> 0 arrives", 0);
  CHECK(run.end == CrashEnd::incorrect);
  CHECK_THAT(run.what, Catch::Contains("threads still wait"));
}

}  // namespace
}  // namespace dsmsim::testing
