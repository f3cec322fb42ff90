// Parts of LegoOS that can be used alone: who is in service, and where the heap's memory is.

#include <catch2/catch.hpp>

#include "protocols/legoos/process_heap.hpp"
#include "protocols/legoos/servers.hpp"
#include "tests/protocols/legoos/fixture.hpp"

namespace dsmsim::testing {
namespace {

TEST_CASE("All servers but the first and the one that stores have memory") {
  const LegoosOptions options = replicated(LegoosReplication::paper);
  const legoos::Servers servers(options, 4, NodeId(3), NodeId(3));
  CHECK(servers.memory_servers() == 2);
  CHECK(servers.home() == NodeId(1));
  CHECK(servers.secondary_of(NodeId(1)) == NodeId(2));
  CHECK(servers.secondary_of(NodeId(2)) == NodeId(1));
  CHECK_FALSE(servers.is_in_service(NodeId(0)));
  CHECK_FALSE(servers.is_in_service(NodeId(3)));
}

TEST_CASE("Whoever takes the place of a lost server is home of the process, and logs nobody") {
  const LegoosOptions options = replicated(LegoosReplication::paper);
  legoos::Servers servers(options, 4, NodeId(3), NodeId(3));
  servers.lose(NodeId(1), NodeId(2));
  CHECK(servers.is_lost(NodeId(1)));
  CHECK(servers.home() == NodeId(2));
  CHECK(servers.memory_after(NodeId(2)) == NodeId(2));
  CHECK_FALSE(servers.secondary_of(NodeId(2)).valid());
}

TEST_CASE("What the heap misses is whole grants, and objects are where these have been mapped") {
  legoos::ProcessHeap heap(4_KiB, 8_KiB, 1_GiB);
  const Bytes first = *heap.allocate(4_KiB);
  CHECK(heap.missing() == 8_KiB);
  heap.map(64_KiB, 8_KiB);
  CHECK(heap.missing() == 0_B);
  CHECK(heap.address_of(first) == 64_KiB + first);

  const Bytes large = *heap.allocate(12_KiB);
  CHECK(heap.missing() == 16_KiB);
  heap.map(128_KiB, 16_KiB);
  CHECK(heap.address_of(large) == 128_KiB);
  heap.release(128_KiB, 12_KiB);
  CHECK(heap.used() == 4_KiB);
}

}  // namespace
}  // namespace dsmsim::testing
