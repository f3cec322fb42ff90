// The pipeline: what its threads ask for, on a memory that answers everything.

#include "workloads/pipeline/pipeline.hpp"

#include <catch2/catch.hpp>

#include "sim/dsm/contract/counters_json.hpp"
#include "tests/dsm/boundary/memory_engine.hpp"

using namespace dsmsim;
using namespace dsmsim::literals;
using dsmsim::test::MemoryWorld;

namespace {

/// Items that do not divide evenly.
PipelineOptions small_pipeline() {
  PipelineOptions options;
  options.producers = 3;
  options.workers = 4;
  options.rounds = 2;
  options.items = 5;
  options.item_size = 128_B;
  options.table_size = 1_KiB;
  return options;
}

std::uint64_t count_of(const MemoryWorld& m, OpKind kind) {
  const auto at = m.engine.counts().find(kind);
  return at == m.engine.counts().end() ? 0 : at->second;
}

}  // namespace

TEST_CASE("A pipeline with an Arc sends, reads and releases every item") {
  for (const library::ArcCount where : {library::ArcCount::inside, library::ArcCount::apart}) {
    PipelineOptions options = small_pipeline();
    options.arc_count = where;
    MemoryWorld m(1, 100_ns);
    Pipeline program(options);
    m.world.run(program);
    const std::uint64_t objects = where == library::ArcCount::inside ? 2 : 3;  // barrier, Arc
    CHECK(count_of(m, OpKind::allocate) == 30 + objects);
    CHECK(count_of(m, OpKind::release) == 30 + objects);
    CHECK(count_of(m, OpKind::read) == 30 * (1 + 2));
    CHECK(count_of(m, OpKind::borrow) == 4);
    CHECK(count_of(m, OpKind::give_back) == 4);
    CHECK(count_of(m, OpKind::rlock) == 0);
    const nlohmann::ordered_json numbers = report_of(program);
    CHECK(numbers == nlohmann::ordered_json{{"items", 30}, {"table_updates", 0}});
    CHECK(program.planned_operations() == 30);
  }
}

TEST_CASE("A pipeline with a lock shares it for every item, and has it alone once a round") {
  PipelineOptions options = small_pipeline();
  options.table = PipelineTable::rwlock;
  MemoryWorld m(1, 100_ns);
  Pipeline program(options);
  m.world.run(program);
  CHECK(count_of(m, OpKind::rlock) == 30);
  CHECK(count_of(m, OpKind::lock) == 1 + 2);
  CHECK(count_of(m, OpKind::unlock) == 33);
  CHECK(count_of(m, OpKind::borrow) == 0);
  CHECK(count_of(m, OpKind::write) == 1 + 30 + 2);
  CHECK(m.engine.at_rest());
}

TEST_CASE("More workers than items in a round leave some without any") {
  PipelineOptions options = small_pipeline();
  options.workers = 16;
  options.producers = 1;
  MemoryWorld m(1, 100_ns);
  Pipeline program(options);
  m.world.run(program);
  CHECK(count_of(m, OpKind::borrow) == 5);
}
