#include "workloads/gups/gups.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "sim/base/config.hpp"
#include "sim/base/error.hpp"
#include "sim/dsm/contract/counters_json.hpp"
#include "tests/dsm/boundary/memory_engine.hpp"

using namespace dsmsim;
using namespace dsmsim::literals;
using dsmsim::test::MemoryWorld;

namespace {

GupsOptions small_gups() {
  GupsOptions options;
  options.threads_per_server = 3;
  options.words = 1000;
  options.updates = 200;
  options.chunk = 512_B;
  return options;
}

}  // namespace

TEST_CASE("gups updates random words of the whole table, and counts its updates") {
  MemoryWorld m(4);
  Gups gups(small_gups());
  m.world.run(gups);
  CHECK(m.world.meter().operations() == 4 * 3 * 200);
  CHECK(m.engine.measured().at(OpKind::atomic_add) == 4 * 3 * 200);
  std::set<std::pair<ObjectId, Bytes>> words;
  std::set<ObjectId> chunks;
  for (std::size_t thread = 0; thread < 20; ++thread) {
    for (const Op& op : m.engine.log(thread)) {
      if (op.kind == OpKind::atomic_add) {
        CHECK(op.offset.count() % 8 == 0);
        CHECK(op.offset < 512_B);
        words.emplace(op.object, op.offset);
        chunks.insert(op.object);
      }
    }
  }
  CHECK(chunks.size() == 16);  // of 64 words
  CHECK(words.size() > 850);   // of 1000
  const nlohmann::ordered_json numbers = report_of(gups);
  CHECK(numbers["updates"] == 2400);
  CHECK(numbers["chunks"] == 16);
}

TEST_CASE("gups writes where it is told to write") {
  MemoryWorld m(2);
  GupsOptions options = small_gups();
  options.update = GupsUpdate::write;
  Gups gups(options);
  m.world.run(gups);
  CHECK(m.engine.measured().at(OpKind::write) == 2 * 3 * 200);
  CHECK(m.engine.measured().at(OpKind::fence) == 2 * 3);
}

TEST_CASE("gups finds out that an addition is missing") {
  MemoryWorld m(2);
  GupsOptions options = small_gups();
  options.verify = true;
  Gups gups(options);
  m.engine.loses_additions = true;
  CHECK_THROWS_AS(m.world.run(gups), Error);
}

TEST_CASE("gups refuses a table that is not made of words, and a sum of what writes leave") {
  const auto read = [](const char* text) {
    auto document = config::parse(text, "gups");
    return config::read<GupsOptions>(document);
  };
  CHECK_THROWS_WITH(read(R"({"chunk": "12B"})"), Catch::Contains("number of words"));
  CHECK_THROWS_WITH(read(R"({"update": "write", "verify": true})"), Catch::Contains("atomic_add"));
  CHECK(read(R"({"words": 64})").words == 64);
}
