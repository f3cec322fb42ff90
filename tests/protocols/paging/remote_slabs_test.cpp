// Where slabs of remote memory go.

#include "protocols/paging/remote_slabs.hpp"

#include <catch2/catch.hpp>

namespace dsmsim::paging {
namespace {

using namespace literals;

const std::vector<NodeId> kLenders = {NodeId(1), NodeId(2), NodeId(3), NodeId(4)};

RemoteSlabs slabs_of(SlabPlacement placement, std::uint32_t replicas = 1, Bytes memory = 64_MiB,
                     std::uint64_t seed = 1) {
  return RemoteSlabs(kLenders, memory,
                     {.slab = 1_MiB, .replicas = replicas, .placement = placement, .choices = 2},
                     RandomStream(seed, "slabs"));
}

SlabNumber slab(std::uint32_t number) { return SlabNumber(number); }

TEST_CASE("Slabs go round the servers in turn, past those that are full") {
  RemoteSlabs slabs = slabs_of(SlabPlacement::round_robin, 1, 2_MiB);
  CHECK(slabs.capacity() == 8);
  for (std::uint32_t i = 0; i < 4; ++i) {
    CHECK(slabs.map(slab(i)));
    CHECK(slabs.holders(slab(i)).front() == kLenders[i]);
  }
  slabs.unmap(slab(2));
  CHECK_FALSE(slabs.is_mapped(slab(2)));
  CHECK(slabs.room(NodeId(3)) == 2);
  for (std::uint32_t i = 4; i < 9; ++i) {
    CHECK(slabs.map(slab(i)));
  }
  CHECK_FALSE(slabs.map(slab(9)));
  CHECK(slabs.slab_of(5_MiB - 1_B) == slab(4));
}

TEST_CASE("Copies of a slab are on different servers, and all room is used") {
  for (const SlabPlacement placement :
       {SlabPlacement::round_robin, SlabPlacement::most_free, SlabPlacement::power_of_choices}) {
    RemoteSlabs slabs = slabs_of(placement, 2, 16_MiB);
    CHECK(slabs.capacity() == 32);
    std::uint32_t mapped = 0;
    while (slabs.map(slab(mapped))) {
      const auto holders = slabs.holders(slab(mapped++));
      REQUIRE(holders.size() == 2);
      CHECK(holders[0] != holders[1]);
    }
    CHECK(mapped >= 28);
    CHECK((placement == SlabPlacement::power_of_choices || mapped == 32));
  }
}

TEST_CASE("More than there are servers cannot hold a slab") {
  RemoteSlabs slabs = slabs_of(SlabPlacement::most_free, 5);
  CHECK(slabs.capacity() == 0);
  CHECK_FALSE(slabs.map(slab(0)));
}

TEST_CASE("Two choices spread slabs more evenly than one") {
  const auto imbalance = [](std::uint32_t choices) {
    std::uint64_t sum = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      RemoteSlabs slabs(kLenders, 1_GiB,
                        {.slab = 1_MiB,
                         .replicas = 1,
                         .placement = SlabPlacement::power_of_choices,
                         .choices = choices},
                        RandomStream(seed, "slabs"));
      std::uint64_t least = 1024;
      std::uint64_t most = 0;
      for (std::uint32_t i = 0; i < 400; ++i) {
        slabs.map(slab(i));
      }
      for (const NodeId server : kLenders) {
        least = std::min(least, slabs.room(server));
        most = std::max(most, slabs.room(server));
      }
      sum += most - least;
    }
    return sum;
  };
  CHECK(imbalance(2) * 4 < imbalance(1));
}

TEST_CASE("A server that is lost holds nothing, and gets nothing") {
  RemoteSlabs slabs = slabs_of(SlabPlacement::round_robin, 2);
  slabs.map(slab(0));  // 1 and 2
  slabs.map(slab(1));  // 3 and 4
  slabs.lose(NodeId(1));
  CHECK(slabs.has_lost(NodeId(1)));
  CHECK(slabs.room(NodeId(1)) == 0);
  REQUIRE(slabs.holders(slab(0)).size() == 1);
  CHECK(slabs.holders(slab(0)).front() == NodeId(2));
  for (std::uint32_t i = 2; i < 20; ++i) {
    CHECK(slabs.map(slab(i)));
    CHECK(slabs.holders(slab(i)).front() != NodeId(1));
    CHECK(slabs.holders(slab(i)).back() != NodeId(1));
  }
  for (const NodeId server : kLenders) {
    slabs.lose(server);
  }
  CHECK_FALSE(slabs.is_mapped(slab(0)));
}

TEST_CASE("Random placement is a function of the seed") {
  const auto first = [](std::uint64_t seed) {
    RemoteSlabs slabs = slabs_of(SlabPlacement::power_of_choices, 1, 64_MiB, seed);
    std::vector<NodeId> nodes;
    for (std::uint32_t i = 0; i < 16; ++i) {
      slabs.map(slab(i));
      nodes.push_back(slabs.holders(slab(i)).front());
    }
    return nodes;
  };
  CHECK(first(3) == first(3));
  CHECK(first(3) != first(4));
}

}  // namespace
}  // namespace dsmsim::paging
