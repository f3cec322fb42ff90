// Which cycles of states are livelocks, and the way that is shown to a person.

#include "sim/check/livelock.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

namespace dsmsim {
namespace {

Choice thread_choice(std::uint32_t number) {
  return {.kind = Choice::Kind::thread, .number = number};
}
Choice timer_choice(std::uint32_t number) {
  return {.kind = Choice::Kind::timer, .number = number};
}
Choice arrival_choice(std::uint32_t from, std::uint32_t to) {
  return {.kind = Choice::Kind::message, .message = {NodeId(from), NodeId(to), 0, false}};
}

bool any(const Lasso&) { return true; }

TEST_CASE("States that never come again are no livelock") {
  StateGraph graph;
  graph.add(10, {thread_choice(0), timer_choice(0)});
  graph.leads(10, 0, 11);
  graph.leads(10, 1, 12);
  graph.add(11, {timer_choice(0)});
  graph.leads(11, 0, 13);
  graph.add(12, {thread_choice(0)});
  graph.leads(12, 0, 13);
  graph.add(13, {});
  CHECK_FALSE(graph.find_livelock(any));
}

TEST_CASE("A timer that goes round while a message waits is no livelock: the message arrives") {
  StateGraph graph;
  graph.add(10, {arrival_choice(0, 1), timer_choice(0)});
  graph.leads(10, 0, 11);
  graph.leads(10, 1, 10);
  graph.add(11, {});
  CHECK_FALSE(graph.find_livelock(any));
}

TEST_CASE("A thread that could go on is no part of a livelock") {
  StateGraph graph;
  graph.add(10, {thread_choice(1), timer_choice(0)});
  graph.leads(10, 0, 12);
  graph.leads(10, 1, 11);
  graph.add(11, {thread_choice(1), arrival_choice(0, 1)});
  graph.leads(11, 0, 12);
  graph.leads(11, 1, 10);
  graph.add(12, {});
  CHECK_FALSE(graph.find_livelock(any));
}

TEST_CASE("A cycle in which everything happens that can is a livelock, with the way to it") {
  StateGraph graph;
  graph.add(10, {thread_choice(0), thread_choice(1)});
  graph.leads(10, 0, 11);
  graph.leads(10, 1, 14);
  graph.add(11, {arrival_choice(0, 1)});
  graph.leads(11, 0, 12);
  graph.add(12, {timer_choice(0)});
  graph.leads(12, 0, 11);
  graph.add(14, {});
  const std::optional<Lasso> lasso = graph.find_livelock(any);
  REQUIRE(lasso);
  CHECK(lasso->schedule == Schedule{thread_choice(0), arrival_choice(0, 1), timer_choice(0)});
  CHECK(lasso->round == 2);
  CHECK_FALSE(graph.find_livelock([](const Lasso&) { return false; }));
}

TEST_CASE("What can happen only now and then need not happen in a livelock") {
  StateGraph graph;
  graph.add(10, {timer_choice(0), arrival_choice(0, 1)});
  graph.leads(10, 0, 11);
  graph.leads(10, 1, 12);
  graph.add(11, {timer_choice(0)});  // no message is under way here
  graph.leads(11, 0, 10);
  graph.add(12, {});
  const std::optional<Lasso> lasso = graph.find_livelock(any);
  REQUIRE(lasso);
  CHECK(lasso->round == 2);
}

TEST_CASE("The way round a livelock takes whatever could be taken all the time") {
  StateGraph graph;
  graph.add(10, {timer_choice(0), timer_choice(1)});
  graph.leads(10, 0, 10);
  graph.leads(10, 1, 11);
  graph.add(11, {timer_choice(0), timer_choice(1)});
  graph.leads(11, 0, 10);
  graph.leads(11, 1, 11);
  const std::optional<Lasso> lasso = graph.find_livelock(any);
  REQUIRE(lasso);
  CHECK(std::count(lasso->schedule.begin(), lasso->schedule.end(), timer_choice(0)) > 0);
  CHECK(std::count(lasso->schedule.begin(), lasso->schedule.end(), timer_choice(1)) > 0);
}

}  // namespace
}  // namespace dsmsim
