// Who is asked whether long work should end.

#include "sim/base/stop.hpp"

#include <catch2/catch.hpp>
#include <stdexcept>
#include <string>

namespace dsmsim {
namespace {

TEST_CASE("Nobody is asked to stop when nobody has a question") { CHECK_NOTHROW(stop_if_asked()); }

TEST_CASE("All who are concerned are asked, the oldest first, as long as they live") {
  std::string asked;
  const StopQuestion first([&] { asked += "a"; });
  {
    const StopQuestion second([&] { asked += "b"; });
    stop_if_asked();
  }
  stop_if_asked();
  CHECK(asked == "aba");
}

TEST_CASE("What a question throws ends the work") {
  const StopQuestion question([] { throw std::runtime_error("enough"); });
  StopCounter counter(3);
  CHECK_NOTHROW(counter.step());
  CHECK_NOTHROW(counter.step());
  CHECK_THROWS_WITH(counter.step(), "enough");
}

}  // namespace
}  // namespace dsmsim
