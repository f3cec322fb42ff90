// Every defect that can be put into DRust is found by random programs, or by crashes at every step.

#include "sim/check/checker.hpp"
#include "sim/check/crash_table.hpp"
#include "tests/protocols/drust/programs.hpp"
#include "tests/protocols/mutant_score.hpp"
#include "tests/protocols/specimens.hpp"

#ifdef DSMSIM_MUTANTS

namespace dsmsim::testing {
namespace {

/// What is wrong with a run, or "".
template <class P>
std::string verdict(std::string_view mutant, std::uint64_t seed, DutOptions setup = cramped(),
                    DrustOptions options = cramped(drust_options())) {
  const EventQueue clock;  // of reports, which nobody reads
  Checker checker(clock);
  setup.witness = &checker;
  setup.mutant = mutant;
  setup.seed = seed;
  options.lock_patience = 1_ms;
  try {
    DrustDut dut(kServers, options, setup);
    P program(20);
    watch(dut, program);
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

/// Who of so many finds it, or "".
std::string finder(std::string_view mutant, std::uint64_t seeds) {
  // What only full partitions do, the others would look for in vain.
  const bool full =
      mutant.starts_with("drust.in_place") || mutant.starts_with("drust.colours_reset");
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    if (!verdict<Squeezed>(mutant, seed, tiny(), tiny(cramped(drust_options()))).empty()) {
      return "random program " + std::to_string(seed) + " on full partitions";
    }
    if (full) {
      continue;
    }
    if (!verdict<Borrowers>(mutant, seed).empty()) {
      return "random program " + std::to_string(seed);
    }
    if (!verdict<Couriers>(mutant, seed).empty()) {
      return "random program " + std::to_string(seed) + " whose threads send Boxes";
    }
    if (!verdict<Wanderers>(mutant, seed).empty()) {
      return "random program " + std::to_string(seed) + " whose threads move";
    }
    if (!verdict<Families>(mutant, seed).empty()) {
      return "random program " + std::to_string(seed) + " with affinity pointers";
    }
  }
  return "";
}

/// Whose table of crashes shows it, or "". With backups everybody else must finish.
std::string crash_finder(std::string_view mutant) {
  DrustOptions options = drust_options();
  options.replication.backups = mutant == "drust.crash_one_backup_awaited" ? 2 : 1;
  const Scenario contended = parse_scenario(
      "name contended\nobject x on 0\nthread on 1: lock x; x = 1; x = 2; unlock x\n"
      "thread on 2: lock x; r0 = x; unlock x\n",
      "contended");
  for (const Scenario& small : {scenario("scenarios/locks-3"), contended}) {
    CrashPlan plan;
    plan.servers = {NodeId(1), NodeId(2)};
    try {
      const CrashTable table =
          crash_everywhere(small, specimen_of<DrustEngine>(options, mutant), plan);
      if (table.count(CrashEnd::finished) + table.count(CrashEnd::survived) != table.runs.size()) {
        return "a crash in " + small.name;
      }
    } catch (const Error& error) {
      return error.what();
    }
  }
  return "";
}

TEST_CASE("Random programs and crashes at every step find every mutant of DRust") {
  MutantScore score("drust");
  CHECK(finder("", 3).empty());
  CHECK(crash_finder("").empty());
  for (const MutantRow& mutant : drust_mutants()) {
    INFO(mutant.name << ": " << mutant.help);
    const bool crashes = mutant.name.starts_with("drust.crash_");
    CHECK(score.count(mutant, crashes ? crash_finder(mutant.name) : finder(mutant.name, 20)));
  }
}

}  // namespace
}  // namespace dsmsim::testing

#endif
