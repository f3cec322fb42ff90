// Every defect that can be put into DRust is found by random programs.

#include "drust_programs.hpp"
#include "mutant_score.hpp"
#include "sim/check/checker.hpp"

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

TEST_CASE("Random programs find every mutant of DRust") {
  MutantScore score("drust");
  CHECK(finder("", 3).empty());
  for (const MutantRow& mutant : drust_mutants()) {
    INFO(mutant.name << ": " << mutant.help);
    CHECK(score.count(mutant, finder(mutant.name, 20)));
  }
}

}  // namespace
}  // namespace dsmsim::testing

#endif
