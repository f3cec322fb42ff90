// What page-based engines share: lines, page tables, sets of frames, heaps.

#include <catch2/catch.hpp>
#include <vector>

#include "protocols/paging/heap.hpp"
#include "protocols/paging/page_map.hpp"
#include "protocols/paging/set_cache.hpp"
#include "sim/base/random.hpp"

using namespace dsmsim;
using namespace dsmsim::literals;
using namespace dsmsim::paging;

TEST_CASE("A page shape cuts addresses into pages, and pages into lines") {
  const PageShape shape(4_KiB, 64_B);
  CHECK(shape.lines() == 64);
  CHECK(shape.page_of(Bytes(3 * 4096 + 100)) == PageNumber(3));
  CHECK(shape.offset_of(Bytes(3 * 4096 + 100)) == 100_B);
  CHECK(shape.line_of(100_B) == 1);
  CHECK(shape.start_of(PageNumber(3)) == Bytes(3 * 4096));
}

TEST_CASE("Dirty lines are a set, of any number of lines") {
  for (const std::uint32_t lines : {1U, 64U, 512U}) {
    DirtyLines dirty(lines);
    CHECK_FALSE(dirty.any());
    dirty.insert(lines - 1);
    dirty.insert(0);
    CHECK(dirty.count() == (lines == 1 ? 1 : 2));
    CHECK(dirty.contains(lines - 1));
    const DirtyLines copy = dirty;
    dirty.erase(lines - 1);
    CHECK(copy.contains(lines - 1));
    CHECK(dirty.count() == (lines == 1 ? 0 : 1));
    dirty.clear();
    CHECK_FALSE(dirty.any());
  }
}

TEST_CASE("A page map gives nothing for pages that nobody stored, and visits the others in order") {
  PageMap<int> map;
  CHECK(map.find(PageNumber(1'000'000)) == 0);
  map[PageNumber(700)] = 7;
  map[PageNumber(3)] = 3;
  CHECK(map.find(PageNumber(700)) == 7);
  CHECK(map.find(PageNumber(701)) == 0);
  CHECK(map.get(PageNumber(100'000)) == nullptr);
  std::vector<std::uint64_t> pages;
  map.for_each([&](PageNumber page, int) { pages.push_back(page.value()); });
  CHECK(pages == std::vector<std::uint64_t>{3, 700});
}

TEST_CASE("A page goes into the set that its number names, and the oldest of the set goes first") {
  SetCache<Frame> cache(4, 2);
  const auto any = [](const Frame&) { return true; };
  const auto put = [&](std::uint64_t number, std::uint64_t order) {
    Frame& frame = *cache.free_frame(PageNumber(number));
    frame.page = PageNumber(number);
    frame.order = order;
  };
  put(0, 5);
  put(2, 4);
  put(1, 1);
  CHECK(cache.free_frame(PageNumber(4)) == nullptr);
  CHECK(cache.free_frame(PageNumber(3)) != nullptr);
  CHECK(cache.victim(PageNumber(4), any)->page == PageNumber(2));
  const auto not_two = [](const Frame& frame) { return frame.page != PageNumber(2); };
  CHECK(cache.victim(PageNumber(4), not_two)->page == PageNumber(0));
  CHECK(cache.victim(PageNumber(4), [](const Frame&) { return false; }) == nullptr);
}

TEST_CASE("No object that is no larger than a page crosses the end of one") {
  const SlabClasses classes = heap_classes(4_KiB, 64_KiB);
  Heap heap(classes, Bytes(1 << 20), Bytes(4 << 20));
  const PageShape shape(4_KiB, 64_B);
  RandomStream random(1, "heap");
  for (int i = 0; i < 500; ++i) {
    const Bytes size(1 + random.below(4096));
    const VirtualAddress at = *heap.allocate(size);
    CHECK(at >= Bytes(1 << 20));
    CHECK(shape.page_of(at) == shape.page_of(at + size - 1_B));
    if (random.chance(0.3)) {
      heap.release(at, size);
    }
  }
  CHECK(heap.end() <= heap.capacity());
  CHECK(shape.offset_of(*heap.allocate(10_KiB)) == 0_B);
  CHECK_FALSE(heap.allocate(Bytes(5 << 20)));
}
