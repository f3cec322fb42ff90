#include "workloads/table/table.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "sim/base/config.hpp"
#include "tests/dsm/boundary/memory_engine.hpp"

using namespace dsmsim;
using namespace dsmsim::literals;
using dsmsim::test::MemoryWorld;

namespace {

TableOptions small_table() {
  TableOptions options;
  options.columns = 4;
  options.chunks = 3;
  options.chunk_size = 1_KiB;
  options.queries = 5;
  options.compute = 1_us;
  return options;
}

std::vector<Op> table_operations(const TableOptions& options) {
  MemoryWorld m(1);
  Table table(options);
  m.world.run(table);
  std::vector<Op> all;
  for (std::size_t thread = 0; thread < m.engine.threads_logged(); ++thread) {
    const auto& log = m.engine.log(thread);
    all.insert(all.end(), log.begin(), log.end());
  }
  return all;
}

std::size_t count_of(const std::vector<Op>& all, OpKind kind) {
  return static_cast<std::size_t>(
      std::count_if(all.begin(), all.end(), [kind](const Op& op) { return op.kind == kind; }));
}

}  // namespace

TEST_CASE("table: only with affinity pointers are chunks tied, each to its column") {
  TableOptions options = small_table();
  CHECK(count_of(table_operations(options), OpKind::tie) == 0);
  options.affinity = TableAffinity::tbox;
  std::set<ObjectId> owners;
  for (const Op& op : table_operations(options)) {
    if (op.kind == OpKind::tie) {
      owners.insert(op.owner());
    }
  }
  CHECK(owners.size() == 4);
  CHECK(count_of(table_operations(options), OpKind::tie) == 12);
}

TEST_CASE("table: a query reads every header and chunk of its columns, and hands over its result") {
  const std::vector<Op> all = table_operations(small_table());
  // five queries of three chunks of three columns, and five results
  CHECK(count_of(all, OpKind::read) == 5 * 3 * 3 * 2 + 5);
  CHECK(count_of(all, OpKind::release) == 5);
}

TEST_CASE("table: as many key columns as columns are a mistake of the file") {
  config::Document document = config::parse(R"({"columns": 2, "keys": 2})", "t.json");
  CHECK_THROWS_WITH(config::read<TableOptions>(document),
                    Catch::Contains("t.json:1:") && Catch::Contains("must be fewer than columns"));
}
