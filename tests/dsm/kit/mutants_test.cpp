// Defects with names that tests switch on.

#include "sim/dsm/kit/mutants.hpp"

#include <catch2/catch.hpp>

#include "sim/base/error.hpp"

namespace dsmsim {
namespace {

constexpr MutantRow kTable[] = {{"toy.lost", "loses"}, {"toy.late", "comes late"}};

TEST_CASE("An engine that is no mutant has no defect") {
  const Mutant none({}, kTable);
  CHECK_FALSE(none.is("toy.lost"));
  CHECK_FALSE(none.is("toy.late"));
}

TEST_CASE("A mutant has the defect that was chosen, in builds that have mutants") {
  if (kMutants) {
    const Mutant late("toy.late", kTable);
    CHECK(late.is("toy.late"));
    CHECK_FALSE(late.is("toy.lost"));
  } else {
    CHECK_THROWS_AS(Mutant("toy.late", kTable), Error);
  }
}

TEST_CASE("A defect that an engine does not list is refused") {
  CHECK_THROWS_WITH(Mutant("toy.early", kTable), Catch::Contains("no mutant 'toy.early'"));
}

}  // namespace
}  // namespace dsmsim
