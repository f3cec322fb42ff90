// The pieces of Grappa that stand for themselves: addresses, the allocator, full/empty words.

#include <catch2/catch.hpp>
#include <deque>

#include "protocols/grappa/addresses.hpp"
#include "protocols/grappa/buddy.hpp"
#include "protocols/grappa/full_empty.hpp"
#include "sim/base/random.hpp"
#include "sim/time/simulation.hpp"

namespace dsmsim::grappa {
namespace {

using namespace literals;

TEST_CASE("Grappa: blocks of 64 bytes go round all cores, and places are found back") {
  const Layout layout(64_B, 3, 4);
  CHECK(layout.cores() == 12);
  for (std::uint64_t value = 0; value < 5000; value += 7) {
    const LinearAddress address(value);
    const CoreId home = layout.home(address);
    CHECK(home.value() == value / 64 % 12);
    CHECK(layout.linear(home, layout.local(address)) == address);
    CHECK(layout.home(address + 64_B * 12) == home);
    CHECK(layout.local(address + 64_B * 12) == layout.local(address) + 64_B);
    CHECK(layout.home(LinearAddress(value / 64 * 64)) == home);
  }
  CHECK(layout.server(CoreId(7)) == NodeId(1));
  CHECK(layout.place_on_server(CoreId(7)) == 3);
  CHECK(layout.core(NodeId(1), 3) == CoreId(7));
}

TEST_CASE("Grappa: the buddy allocator takes the upper halves of the smallest chunk that fits") {
  Buddy buddy(Bytes(1024 + 256));
  CHECK(buddy.allocate(200_B) == 1024);  // the chunk of 256 that is left over
  CHECK(buddy.allocate(100_B) == 896);
  CHECK(buddy.allocate(128_B) == 768);
  CHECK(buddy.allocate(8_B) == 760);
  CHECK(buddy.used() == Bytes(256 + 128 + 128 + 8));
  CHECK(buddy.size_of(896) == 128_B);
  CHECK_FALSE(buddy.allocate(1024_B));
  buddy.check();
}

TEST_CASE("Grappa: the buddy allocator reuses what was freed last, and merges buddies") {
  Buddy buddy(Bytes(1024));
  const auto a = buddy.allocate(64_B);
  const auto b = buddy.allocate(64_B);
  const auto c = buddy.allocate(64_B);
  REQUIRE((a && b && c));
  buddy.release(*a);
  CHECK(buddy.allocate(64_B) == *a);
  buddy.release(*b);
  buddy.release(*c);
  buddy.release(*a);
  buddy.check();
  CHECK(buddy.used() == 0_B);
  CHECK(buddy.allocate(1024_B) == 0);
}

TEST_CASE("Grappa: the buddy allocator stays in order whatever is allocated and freed") {
  Buddy buddy(Bytes(100 * 64));
  RandomStream random(1, "buddy");
  std::vector<std::uint64_t> live;
  for (int i = 0; i < 1000; ++i) {
    if (random.chance(0.5) && !live.empty()) {
      const std::size_t victim = random.below(live.size());
      buddy.release(live[victim]);
      live.erase(live.begin() + static_cast<std::ptrdiff_t>(victim));
    } else if (const auto offset = buddy.allocate(Bytes(1 + random.below(400)))) {
      live.push_back(*offset);
    }
    buddy.check();
  }
  CHECK(live.size() > 3);
}

/// A task that reads or writes a word and says so.
struct Log {
  Simulation simulation;
  FullEmpty<int> word{simulation.queue()};
  std::vector<std::string> lines;

  Task<> read_ff(std::string who) {
    const int value = co_await word.read_ff();
    lines.push_back(who + " sees " + std::to_string(value));
  }
  Task<> read_fe(std::string who) {
    const int value = co_await word.read_fe();
    lines.push_back(who + " takes " + std::to_string(value));
  }
  Task<> write_ef(int value) {
    co_await word.write_ef(value);
    lines.push_back("wrote " + std::to_string(value));
  }
};

TEST_CASE("Grappa: reads of a full/empty word wait until it is full, and readFE empties it once") {
  Log log;
  log.simulation.spawn(log.read_ff("a"));
  log.simulation.spawn(log.read_fe("b"));
  log.simulation.spawn(log.read_fe("c"));
  log.simulation.run();
  CHECK(log.lines.empty());
  CHECK(log.word.awaited());
  log.word.write_xf(1, log.simulation.now());
  log.simulation.run();
  CHECK(log.lines == std::vector<std::string>{"a sees 1", "b takes 1"});
  CHECK_FALSE(log.word.full());
  log.word.write_xf(2, log.simulation.now());
  log.simulation.run();
  CHECK(log.lines.back() == "c takes 2");
  CHECK_FALSE(log.word.awaited());
}

TEST_CASE("Grappa: writeEF waits until the word is empty, and each value has one consumer") {
  Log log;
  for (int i = 0; i < 3; ++i) {
    log.simulation.spawn(log.write_ef(i));
  }
  log.simulation.run();
  CHECK(log.lines == std::vector<std::string>{"wrote 0"});
  for (const char* who : {"a", "b", "c"}) {
    log.simulation.spawn(log.read_fe(who));
    log.simulation.run();
  }
  CHECK(log.lines == std::vector<std::string>{"wrote 0", "a takes 0", "wrote 1", "b takes 1",
                                              "wrote 2", "c takes 2"});
  CHECK_FALSE(log.word.full());
}

TEST_CASE("Grappa: writeXF fills a word whatever it was, and says when readers go on") {
  Log log;
  log.word.write_xf(1, log.simulation.now());
  log.word.write_xf(2, log.simulation.now());
  log.simulation.spawn(log.read_fe("a"));
  log.simulation.run();
  CHECK(log.lines == std::vector<std::string>{"a takes 2"});
  log.simulation.spawn(log.read_fe("b"));
  log.simulation.run();
  const Time later = log.simulation.now() + 5_us;
  log.word.write_xf(3, later);
  log.simulation.run();
  CHECK(log.lines.back() == "b takes 3");
  CHECK((log.simulation.now() == later));
}

}  // namespace
}  // namespace dsmsim::grappa
