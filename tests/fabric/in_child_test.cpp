// What a child may take, and what its parent says when it takes more.

#include "sim/fabric/in_child.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace dsmsim {

struct Answer {
  std::uint64_t number = 0;
};
template <class Archive>
void transfer(Archive& archive, Answer& answer) {
  archive(answer.number);
}

namespace {

using namespace literals;

constexpr ChildLimits kLimits = {1024_MiB, 2000_ms};

/// Fills memory up to so many bytes, a MiB at a time.
Answer fill(Bytes bytes) {
  std::vector<std::string> memory;
  while (memory.size() * (1_MiB).count() < bytes.count()) {
    memory.emplace_back((1_MiB).count(), 'x');
  }
  return {memory.size()};
}

TEST_CASE("A child hands back what its function returned") {
  CHECK(in_child<Answer>(kLimits, [] { return Answer{7}; }).number == 7);
  CHECK(in_child<Answer>(kLimits, [] { return fill(16_MiB); }).number == 16);
}

TEST_CASE("A child that throws, ends or dies is a failure with its reason") {
  const auto run = [](auto what) {
    in_child<Answer>(kLimits, [what] {
      what();
      return Answer{};
    });
  };
  CHECK_THROWS_WITH(run([] { throw std::runtime_error("no such thing"); }), "no such thing");
  CHECK_THROWS_WITH(run([] { _exit(3); }), "exited with status 3");
  CHECK_THROWS_WITH(run([] { raise(SIGTERM); }), "ended by signal 15");
  CHECK_THROWS_WITH(run([] {
                      std::fputs("=====\n[0.0] [engine/CRITICAL] Oops!\nmore\n", stderr);
                      abort();
                    }),
                    "Oops!");
}

// A platform may ask for two billion hosts, and SimGrid begins to make them.
TEST_CASE("A child that takes too much memory fails") {
  CHECK_THROWS_WITH(in_child<Answer>({64_MiB, 60'000_ms}, [] { return fill(2048_MiB); }),
                    "takes more memory than 64MiB");
}

TEST_CASE("A child that does not come to an end fails") {
  CHECK_THROWS_WITH(in_child<Answer>({1024_MiB, 200_ms},
                                     [] {
                                       pause();
                                       return Answer();
                                     }),
                    "takes longer than 200ms");
}

}  // namespace
}  // namespace dsmsim
