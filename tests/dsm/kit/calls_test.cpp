// Questions to other servers, and who waits for their answers.

#include "sim/dsm/kit/calls.hpp"

#include <catch2/catch.hpp>

#include "sim/time/simulation.hpp"

namespace dsmsim {
namespace {

using namespace literals;
using IntCalls = Calls<int>;

struct Asking {
  Simulation simulation;
  IntCalls calls{simulation.queue()};
  std::vector<IntCalls::Number> numbers;
  std::vector<std::optional<int>> answers;

  Task<> ask(ThreadId caller, NodeId server) {
    IntCalls::Call call(calls, caller, server);
    numbers.push_back(call.number());
    auto answer = call.answer();
    answers.push_back(co_await answer);
  }
};

TEST_CASE("Each who asks gets the answer to its own number") {
  Asking all;
  all.simulation.spawn(all.ask(ThreadId(7), NodeId(1)));
  all.simulation.spawn(all.ask(ThreadId(8), NodeId(1)));
  all.simulation.run();
  CHECK(all.calls.caller(all.numbers[1]) == ThreadId(8));
  all.calls.answer(all.numbers[1], 20);
  all.calls.answer(all.numbers[0], 10);
  all.simulation.run();
  CHECK(all.answers == std::vector<std::optional<int>>{20, 10});
}

TEST_CASE("Who has asked a server that is lost gets no answer, and all others wait on") {
  Asking all;
  for (const std::uint32_t server : {1, 2, 1}) {
    all.simulation.spawn(all.ask(ThreadId(server), NodeId(server)));
  }
  all.simulation.run();
  all.calls.fail_calls_to(NodeId(1));
  all.simulation.run();
  CHECK(all.answers == std::vector<std::optional<int>>{std::nullopt, std::nullopt});
  all.calls.answer(all.numbers[1], 5);
  all.simulation.run();
  CHECK(all.answers.back() == 5);
}

TEST_CASE("An answer that comes before its question is waited for is not lost") {
  Asking all;
  const auto ask_late = [&]() -> Task<> {
    IntCalls::Call call(all.calls, ThreadId(0), NodeId(1));
    all.calls.answer(call.number(), 3);
    co_await all.simulation.delay(5_ns);
    auto answer = call.answer();
    all.answers.push_back(co_await answer);
  };
  all.simulation.spawn(ask_late());
  all.simulation.run();
  CHECK(all.answers == std::vector<std::optional<int>>{3});
}

}  // namespace
}  // namespace dsmsim
