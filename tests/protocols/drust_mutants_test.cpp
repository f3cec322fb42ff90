// Every defect that can be put into DRust is found by random programs.

#include "drust_programs.hpp"
#include "sim/check/checker.hpp"

#ifdef DSMSIM_MUTANTS

namespace dsmsim::testing {
namespace {

/// What is wrong with a run, or "".
std::string verdict(std::string_view mutant, std::uint64_t seed) {
  const EventQueue clock;  // of reports, which nobody reads
  Checker checker(clock);
  DutOptions setup = cramped();
  setup.witness = &checker;
  setup.mutant = mutant;
  setup.seed = seed;
  DrustOptions options = cramped(drust_options());
  options.lock_patience = 1_ms;
  try {
    DrustDut dut(kServers, options, setup);
    Borrowers program(20);
    watch(dut, program);
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST_CASE("Random programs find every mutant of DRust") {
  CHECK(verdict("", 1).empty());
  for (const MutantRow& mutant : drust_mutants()) {
    std::string found;
    for (std::uint64_t seed = 1; found.empty() && seed < 20; ++seed) {
      found = verdict(mutant.name, seed);
    }
    INFO(mutant.name << ": " << mutant.help);
    CHECK(!found.empty());
  }
}

}  // namespace
}  // namespace dsmsim::testing

#endif
