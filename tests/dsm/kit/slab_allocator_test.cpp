#include "sim/dsm/kit/slab_allocator.hpp"

#include <catch2/catch.hpp>
#include <map>

#include "sim/base/error.hpp"
#include "sim/base/random.hpp"

using namespace dsmsim;
using namespace dsmsim::literals;

TEST_CASE("Slab classes grow from the first by the factor, aligned, up to the page") {
  const SlabClasses classes({.block = 0_B});
  CHECK(classes.size(0) == 48_B);
  CHECK(classes.size(1) == 64_B);  // 60 rounded up to 8
  CHECK(classes.size(2) == 80_B);
  CHECK(classes.size(3) == 104_B);
  CHECK(classes.size(classes.count() - 1) == 1_MiB);
  for (std::size_t i = 1; i < classes.count(); ++i) {
    REQUIRE(classes.size(i) > classes.size(i - 1));
    REQUIRE(classes.size(i).count() % 8 == 0);
  }
}

TEST_CASE(
    "Every multiple of the block is a slab class, so whole blocks start at block boundaries") {
  const SlabClasses classes(SlabOptions{});
  SlabAllocator slabs(classes, 64_MiB);
  for (const Bytes size : {512_B, 1024_B, 1536_B, 4096_B, 16384_B}) {
    CHECK(classes.size(*classes.class_of(size)) == size);
    for (int i = 0; i < 3; ++i) {
      CHECK(slabs.allocate(size)->count() % 512 == 0);
    }
  }
}

TEST_CASE("Small objects of one class stand next to each other in a page") {
  const SlabClasses classes(SlabOptions{});
  SlabAllocator slabs(classes, 2_MiB);
  CHECK(slabs.allocate(8_B) == 0_B);
  CHECK(slabs.allocate(48_B) == 48_B);
  CHECK(slabs.allocate(49_B) == 1_MiB);  // another class: another page
  CHECK(slabs.allocate(1_B) == 96_B);
  CHECK(slabs.used() == 48_B * 3 + 64_B);
}

TEST_CASE("A freed chunk is the next one handed out of its class") {
  const SlabClasses classes(SlabOptions{});
  SlabAllocator slabs(classes, 1_MiB);
  const Bytes first = *slabs.allocate(100_B);
  const Bytes second = *slabs.allocate(100_B);
  slabs.release(first, 100_B);
  slabs.release(second, 100_B);
  CHECK(slabs.used() == 0_B);
  CHECK(slabs.allocate(104_B) == second);
  CHECK(slabs.allocate(99_B) == first);
}

TEST_CASE("An object larger than a page takes a run of pages and gives it back") {
  const SlabClasses classes(SlabOptions{});
  SlabAllocator slabs(classes, 4_MiB);
  const auto large = slabs.allocate(2_MiB + 1_B);
  REQUIRE(large == 0_B);
  CHECK(slabs.used() == 3_MiB);
  CHECK_FALSE(slabs.allocate(2_MiB).has_value());
  slabs.release(*large, 2_MiB + 1_B);
  CHECK(slabs.allocate(3_MiB) == 0_B);
}

TEST_CASE("A full partition gives nothing and stays usable") {
  const SlabClasses classes(SlabOptions{});
  SlabAllocator slabs(classes, 1_MiB);
  const Bytes only = *slabs.allocate(1_MiB);
  CHECK_FALSE(slabs.allocate(8_B).has_value());
  slabs.release(only, 1_MiB);
  CHECK_FALSE(slabs.allocate(8_B).has_value());  // a page never changes its class
  CHECK(slabs.allocate(1_MiB) == only);
}

TEST_CASE("Live chunks never overlap, whatever the order of allocation and release") {
  const SlabClasses classes(SlabOptions{});
  SlabAllocator slabs(classes, 16_MiB);
  RandomStream random(7, "slabs");
  std::map<std::uint64_t, std::uint64_t> live;  // offset -> size
  for (int i = 0; i < 20'000; ++i) {
    if (random.chance(0.55) || live.empty()) {
      const Bytes size(1 + random.below(3000));
      const auto offset = slabs.allocate(size);
      if (!offset) {
        continue;
      }
      const auto after = live.lower_bound(offset->count());
      REQUIRE((after == live.end() || offset->count() + size.count() <= after->first));
      REQUIRE((after == live.begin() ||
               std::prev(after)->first + std::prev(after)->second <= offset->count()));
      REQUIRE(*offset + size <= slabs.capacity());
      live.emplace(offset->count(), size.count());
    } else {
      auto victim = live.lower_bound(random.below(16 << 20));
      victim = victim == live.end() ? live.begin() : victim;
      slabs.release(Bytes(victim->first), Bytes(victim->second));
      live.erase(victim);
    }
  }
}

TEST_CASE("Slab options that contradict each other are refused") {
  CHECK_THROWS_AS(SlabClasses({.growth = 1.0}), Error);
  CHECK_THROWS_AS(SlabClasses({.first_class = 0_B}), Error);
  CHECK_THROWS_AS(SlabClasses({.alignment = 24_B}), Error);
  CHECK_THROWS_AS(SlabClasses({.block = 100_B}), Error);
}
