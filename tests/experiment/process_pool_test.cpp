#include "sim/experiment/process_pool.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <stdexcept>
#include <thread>

#include "sim/base/error.hpp"

using namespace dsmsim;

namespace {

void ignore_progress(std::size_t) {}

void sleep_long() { std::this_thread::sleep_for(std::chrono::seconds(30)); }

}  // namespace

TEST_CASE("Outcomes come in the order of the jobs, with what each job had to say") {
  const auto outcomes = run_in_processes(
      {[] { std::this_thread::sleep_for(std::chrono::milliseconds(100)); },
       [] { throw Error(ExitCode::deadlock, "stuck\nbadly"); }, [] { throw Error("no such file"); },
       [] { throw std::logic_error("oops"); }},
      2, ignore_progress);
  REQUIRE(outcomes.size() == 4);
  CHECK(outcomes[0].exit_code == 0);
  CHECK(outcomes[0].message.empty());
  CHECK(outcomes[1].exit_code == 4);
  CHECK(outcomes[1].message == "stuck\nbadly");
  CHECK(outcomes[2].exit_code == 2);
  CHECK(outcomes[3].exit_code == 1);
  CHECK(outcomes[3].message == "internal error: oops");
}

TEST_CASE("A job that crashes is an internal error and harms no other") {
  const auto outcomes = run_in_processes({[] { std::raise(SIGKILL); }, [] {}}, 2, ignore_progress);
  CHECK(outcomes[0].exit_code == 1);
  CHECK_THAT(outcomes[0].message, Catch::Contains("signal"));
  CHECK(outcomes[1].exit_code == 0);
}

TEST_CASE("A job may print more than a pipe holds") {
  const auto outcomes = run_in_processes({[] {
                                           for (int i = 0; i < 20'000; ++i) {
                                             std::fputs("0123456789", stderr);
                                           }
                                         }},
                                         1, ignore_progress);
  CHECK(outcomes[0].message.size() == 200'000);
}

TEST_CASE("Children are killed when the parent gives up") {
  const auto start = std::chrono::steady_clock::now();
  CHECK_THROWS_WITH(run_in_processes({sleep_long, sleep_long}, 2,
                                     [](std::size_t) { throw std::runtime_error("enough"); }),
                    "enough");
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(10));
}

TEST_CASE("No more jobs run at a time than asked for") {
  std::size_t most = 0;
  std::size_t last = 0;
  const ProcessJob nap = [] { std::this_thread::sleep_for(std::chrono::milliseconds(150)); };
  const auto start = std::chrono::steady_clock::now();
  run_in_processes({nap, nap, nap, nap}, 1, [&](std::size_t done) {
    most = std::max(most, done - last);
    last = done;
  });
  CHECK(std::chrono::steady_clock::now() - start >= std::chrono::milliseconds(600));
  CHECK(last == 4);
}
