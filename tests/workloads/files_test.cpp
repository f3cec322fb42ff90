#include "workloads/files/files.hpp"

#include <catch2/catch.hpp>

#include "sim/base/config.hpp"
#include "sim/dsm/contract/counters_json.hpp"
#include "tests/dsm/boundary/memory_engine.hpp"

using namespace dsmsim;
using namespace dsmsim::literals;
using dsmsim::test::MemoryWorld;

namespace {

FilesOptions small_files(FilePattern pattern) {
  FilesOptions options;
  options.pattern = pattern;
  options.file_size = 16_KiB;
  options.requests = 12;
  options.warm_up = false;
  return options;
}

/// Operations of all threads.
std::vector<Op> operations(const FilesOptions& options, std::size_t servers = 1) {
  MemoryWorld m(servers);
  Files files(options);
  m.world.run(files);
  std::vector<Op> all;
  for (std::size_t thread = 1; thread <= servers * options.threads_per_server; ++thread) {
    const std::vector<Op>& log = m.engine.log(thread);
    all.insert(all.end(), log.begin(), log.end());
  }
  return all;
}

}  // namespace

TEST_CASE("files: sequential requests follow each other, and begin again at the end") {
  const std::vector<Op> ops = operations(small_files(FilePattern::sequential));
  REQUIRE(ops.size() == 12);
  for (std::size_t i = 0; i < ops.size(); ++i) {
    CHECK(ops[i].offset == 4_KiB * (i % 4));
    CHECK(ops[i].length == 4_KiB);
    CHECK(is_file(ops[i].kind));
  }
}

TEST_CASE("files: random requests are in the file, at multiples of their size") {
  FilesOptions options = small_files(FilePattern::random);
  options.file_size = 1_MiB + 4_KiB;
  options.request = 8_KiB;
  options.requests = 500;
  Bytes last;
  for (const Op& op : operations(options)) {
    CHECK(op.offset.count() % op.length.count() == 0);
    last = std::max(last, op.offset + op.length);
  }
  CHECK(last == 1_MiB);
}

TEST_CASE("files: every so many requests there is a sync") {
  FilesOptions options = small_files(FilePattern::random);
  options.sync_every = 5;
  const std::vector<Op> ops = operations(options);
  REQUIRE(ops.size() == 14);
  CHECK(ops[5].kind == OpKind::file_sync);
  CHECK(ops[11].kind == OpKind::file_sync);
}

TEST_CASE("files: threads have a file each, or one for all") {
  FilesOptions options = small_files(FilePattern::random);
  options.threads_per_server = 2;
  CHECK(operations(options, 2).back().file == FileId(3));
  options.shared_file = true;
  CHECK(operations(options, 2).back().file == FileId(0));
}

TEST_CASE("files: the warm-up reads the file once, and is not measured") {
  FilesOptions options = small_files(FilePattern::random);
  options.file_size = 300_KiB;
  options.write_ratio = 1;
  options.warm_up = true;
  MemoryWorld m(1);
  Files files(options);
  m.world.run(files);
  CHECK(m.engine.counts().at(OpKind::file_read) == 2);
  CHECK(m.engine.measured().at(OpKind::file_write) == 12);
  CHECK(m.world.meter().operations() == 12);
  const nlohmann::ordered_json numbers = report_of(files);
  CHECK(numbers["bytes"] == 12 * 4096);
}

TEST_CASE("files: a file must hold a request") {
  auto document = config::parse(R"({"request": "1MiB", "file_size": "64KiB"})", "files");
  CHECK_THROWS_WITH(config::read<FilesOptions>(document), Catch::Contains("/file_size"));
}
