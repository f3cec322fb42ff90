#include "sim/time/wait_for_graph.hpp"

#include <catch2/catch.hpp>

using namespace dsmsim;

TEST_CASE("A report without a cycle lists who waits and who holds") {
  WaitForGraph graph;
  graph.waits("thread 0 on server 1", "object 5");
  graph.held("object 5", "thread 2 on server 0");
  CHECK_FALSE(graph.has_cycle());
  CHECK(graph.report() ==
        "thread 0 on server 1 waits for object 5\n"
        "object 5 is held by thread 2 on server 0\n");
}

TEST_CASE("Nobody waits: the report is empty") { CHECK(WaitForGraph().report().empty()); }

TEST_CASE("Two threads that want each other's object are a cycle") {
  const std::string one = thread_name(ThreadId(1), NodeId(0));
  const std::string two = thread_name(ThreadId(2), NodeId(1));
  WaitForGraph graph;
  graph.waits(one, object_name(ObjectId(8)));
  graph.waits(two, object_name(ObjectId(7)));
  graph.held(object_name(ObjectId(7)), one);
  graph.held(object_name(ObjectId(8)), two);
  CHECK_THAT(graph.report(),
             Catch::StartsWith("cycle: thread 1 on server 0 -> object 8 -> thread 2 on server 1 -> "
                               "object 7 -> thread 1 on server 0\n"));
}

TEST_CASE("Of three threads in a circle the report shows the circle, not who waits beside it") {
  WaitForGraph graph;
  graph.waits("bystander", "x");
  graph.waits("a", "x");
  graph.held("x", "b");
  graph.waits("b", "y");
  graph.held("y", "c");
  graph.waits("c", "z");
  graph.held("z", "a");
  const std::string report = graph.report();
  CHECK_THAT(report, Catch::StartsWith("cycle: x -> b -> y -> c -> z -> a -> x\n"));
  CHECK_THAT(report, Catch::Contains("bystander waits for x\n"));
}

TEST_CASE("A thread that waits for itself is a cycle of one") {
  WaitForGraph graph;
  graph.waits("a", "x");
  graph.held("x", "a");
  CHECK(graph.has_cycle());
  CHECK_THAT(graph.report(), Catch::StartsWith("cycle: a -> x -> a\n"));
}
