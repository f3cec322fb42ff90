// Files under LegoOS: which messages they cost, what the buffer cache keeps, and what is on storage
// when.

#include <array>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "protocols/legoos/mutants.hpp"
#include "protocols/legoos/storage.hpp"
#include "sim/base/error.hpp"
#include "sim/check/checker.hpp"
#include "tests/protocols/legoos/fixture.hpp"
#include "tests/protocols/mutant_score.hpp"

namespace dsmsim::testing {
namespace {

using legoos::kBlock;

constexpr std::uint64_t kBlockBytes = 262'144;

Messages file_read(std::uint64_t bytes, const Messages& between = {}) {
  return Messages{legoos_message("FILE_READ", 0, 1, 352)} + between +
         Messages{legoos_message("FILE_READ_REPLY", 1, 0, 8 + bytes)};
}
Messages file_write(std::uint64_t bytes, const Messages& between = {}) {
  return Messages{legoos_message("FILE_WRITE", 0, 1, 352 + bytes)} + between +
         Messages{legoos_message("FILE_WRITE_REPLY", 1, 0, 8)};
}
Messages store_read(std::uint64_t bytes) {
  return {legoos_message("STORE_READ", 1, 2, 316),
          legoos_message("STORE_READ_REPLY", 2, 1, 8 + bytes)};
}
Messages store_write(std::uint64_t bytes) {
  return {legoos_message("STORE_WRITE", 1, 2, 316 + bytes),
          legoos_message("STORE_WRITE_REPLY", 2, 1, 8)};
}

struct FileBed : LegoosBed {
  using LegoosBed::LegoosBed;
  Outcome read(std::uint64_t offset, Bytes length, FileId file = FileId(0)) {
    return core.run(Op::file_read(file, Bytes(offset), length));
  }
  Outcome write(std::uint64_t offset, Bytes length, FileId file = FileId(0)) {
    return core.run(Op::file_write(file, Bytes(offset), length));
  }
  Outcome sync(FileId file = FileId(0)) { return core.run(Op::file_sync(file)); }
  const legoos::BufferCache& cache() { return *engine().memory(1).cache(); }
  std::uint64_t stored(std::uint64_t page) {
    return engine().storage().block(legoos::BlockId(page / 64))[page % 64];
  }
};

TEST_CASE("LegoOS without a buffer cache passes requests for files on to storage as they are") {
  FileBed bed(3, with_files(0));
  bed.read(0, 4_KiB);
  CHECK(bed.sent() == file_read(4096, store_read(4096)));
  const std::uint64_t written = bed.write(kBlockBytes - 100, 300_B).result;
  CHECK(bed.sent() == file_write(300, store_write(300)));
  CHECK(bed.stored(63) == written);
  CHECK(bed.stored(64) == written);
  CHECK(bed.read(kBlockBytes, 8_B).result == written);
  bed.dut.forget();
  bed.sync();
  CHECK(bed.sent().empty());
}

TEST_CASE("LegoOS moves files in calls of 64 KiB at most") {
  FileBed bed(3, with_files(0));
  bed.read(0, 150_KiB);
  CHECK(bed.sent() == file_read(65'536, store_read(65'536)) +
                          file_read(65'536, store_read(65'536)) +
                          file_read(22'528, store_read(22'528)));
}

TEST_CASE(
    "A block that is not in LegoOS' buffer cache comes whole, and is then read without storage") {
  FileBed bed(3, with_files(4));
  bed.read(4096, 4_KiB);
  CHECK(bed.sent() == file_read(4096, store_read(kBlockBytes)));
  bed.read(kBlockBytes - 4096, 4_KiB);
  CHECK(bed.sent() == file_read(4096));
  CHECK(bed.engine().memory(1).used() == kBlock);
  bed.read(kBlockBytes - 4096, 8_KiB);  // in two blocks
  CHECK(bed.sent() == file_read(8192, store_read(kBlockBytes)));
}

TEST_CASE("A write of a part of a block reads it first, a write of all of it does not") {
  LegoosOptions options = with_files(4);
  FileBed part(3, options);
  part.write(0, 64_KiB);
  CHECK(part.sent() == file_write(65'536, store_read(kBlockBytes)));
  options.files->call = kBlock;
  FileBed whole(3, options);
  whole.write(0, kBlock);
  CHECK(whole.sent() == file_write(kBlockBytes));
  whole.write(2 * kBlockBytes + 4096, kBlock);  // not aligned
  CHECK(whole.sent() == file_write(kBlockBytes, store_read(kBlockBytes) + store_read(kBlockBytes)));
}

TEST_CASE("What is written to a LegoOS file is dirty until it is synchronised, file by file") {
  FileBed bed(3, with_files(4));
  const std::uint64_t written = bed.write(0, 4_KiB).result;
  bed.write(kBlockBytes, 4_KiB);
  bed.write(0, 4_KiB, FileId(1));
  CHECK(bed.stored(0) == 0);
  CHECK(bed.cache().dirty_files().size() == 2);
  bed.dut.forget();
  bed.sync();
  CHECK(bed.sent() == Messages{legoos_message("FILE_SYNC", 0, 1, 352)} + store_write(kBlockBytes) +
                          store_write(kBlockBytes) +
                          Messages{legoos_message("FILE_SYNC_REPLY", 1, 0, 8)});
  CHECK(bed.stored(0) == written);
  CHECK(bed.cache().dirty_files() == std::vector<FileId>{FileId(1)});
  bed.sync();
  CHECK(bed.sent().size() == 2);  // there is nothing to write
}

TEST_CASE("A dirty block is written back before its place in LegoOS' buffer cache is taken") {
  FileBed bed(3, with_files(2));  // one LIR block and one HIR block
  bed.read(0, 8_B);
  const std::uint64_t written = bed.write(kBlockBytes, 4_KiB).result;
  bed.dut.forget();
  bed.read(2 * kBlockBytes, 4_KiB);
  CHECK(bed.sent() == file_read(4096, store_write(kBlockBytes) + store_read(kBlockBytes)));
  CHECK(bed.stored(64) == written);
  CHECK(bed.read(kBlockBytes, 8_B).result == written);
  bed.dut.forget();
  bed.read(0, 4_KiB);  // was the LIR block until the one before came back so soon
  CHECK(bed.sent() == file_read(4096));
}

TEST_CASE("A LegoOS file is in the buffer cache of one server: the first, or one for each file") {
  LegoosOptions options = with_files(2);
  FileBed first(4, options);
  first.read(0, 8_B, FileId(1));
  CHECK(first.sent().front() == legoos_message("FILE_READ", 0, 1, 352));
  options.files->placement = LegoosFilePlacement::spread;
  FileBed spread(4, options);
  spread.read(0, 8_B, FileId(1));
  CHECK(spread.sent().front() == legoos_message("FILE_READ", 0, 2, 352));
}

TEST_CASE("A LegoOS page of a mapped file is read from storage when it is first touched") {
  LegoosOptions options = with_files(0);
  options.memory = LegoosMemory::file;
  FileBed bed(3, options);
  const auto pages = bed.pages(1);
  bed.core.write(pages[0]);
  CHECK(bed.sent() == Messages{legoos_message("MISS", 0, 1, 72)} + store_read(4096) +
                          Messages{legoos_message("MISS_REPLY", 1, 0, 4096)});
  bed.pages(2);
  bed.core.read(bed.page());
  bed.core.read(bed.page());
  bed.dut.forget();
  bed.core.read(pages[0]);  // it has memory now
  CHECK(bed.sent().size() == 2);
}

TEST_CASE("A LegoOS memory server that is told of a first touch gives the page its memory") {
  LegoosOptions options = one_set(2);
  options.zero_fill_notify = true;
  LegoosBed bed(2, options);
  const auto pages = bed.pages(2);
  const Outcome first = bed.core.write(pages[0]);
  CHECK(bed.sent() == Messages{legoos_message("ZERO_FILL", 0, 1, 72),
                               legoos_message("ZERO_FILL_REPLY", 1, 0, 4)});
  CHECK(first.latency == bed.core.write(pages[0]).latency);  // a hit, and no more than that
  CHECK(bed.engine().memory(1).used() == 4_KiB);
}

TEST_CASE("LegoOS refuses files where there are none, or no server for them") {
  FileBed bed(2);
  CHECK_THROWS_WITH(bed.read(0, 8_B), Catch::Contains("file_read"));
  CHECK_THROWS_WITH(FileBed(2, with_files(2)), Catch::Contains("at least three servers"));
}

TEST_CASE("A LegoOS storage server takes what its device takes, one request after the other") {
  LegoosOptions options = with_files(0);
  const Duration without = FileBed(3, options).read(0, 4_KiB).latency;
  options.files->device = {80_us, 20_us, Rate::bits_per_second(4e9)};
  options.files->system_call = 300_ns;
  options.costs.storage = 2_us;
  options.costs.copy = 350_ns;
  FileBed bed(3, options);
  const Duration device = 2_us + 4_KiB / Rate::bits_per_second(4e9);
  const Duration read = bed.read(0, 4_KiB).latency;
  CHECK(read == without + 300_ns + 350_ns + device + 80_us);
  // Two at once: the second waits for all of the first's time at storage.
  Puppet& other = bed.dut.thread(0);
  const Op op = Op::file_read(FileId(0), Bytes(), 4_KiB);
  LegoosOptions two = options;
  two.workers = 2;
  FileBed parallel(3, two);
  Puppet& second = parallel.dut.thread(0);
  parallel.core.start(op);
  second.start(op);
  parallel.dut.run();
  CHECK(second.outcomes()[0].latency > read + device + 80_us - 5_us);
  CHECK_FALSE(other.busy());
  CHECK(bed.dut.breakdown_sums_to_latency());
}

TEST_CASE("LegoOS survives the crash of a server with files if all it has is on storage") {
  LegoosOptions options = replicated(LegoosReplication::paper);
  options.files = with_files(2).files;
  FileBed bed(4, options);
  const std::uint64_t written = bed.write(0, 4_KiB).result;
  SECTION("synchronised") {
    bed.sync();
    bed.dut.world().crash(NodeId(1));
    bed.dut.world().notice_crash(NodeId(1));
    CHECK(bed.read(0, 4_KiB).result == written);
    CHECK(bed.sent().back().from == 2);
  }
  SECTION("dirty") {
    bed.dut.world().crash(NodeId(1));
    CHECK_THROWS_WITH(bed.dut.world().notice_crash(NodeId(1)),
                      Catch::Contains("files of which something is lost with it: 0"));
  }
}

// ---- what the checker sees

/// Threads that read, write and synchronise two files of three blocks at random, three operations
/// at a time, under the checker; the first thing that it finds, or "".
std::string found(const LegoosOptions& options, std::uint64_t seed, std::string_view mutant = {}) {
  const EventQueue clock;  // of reports
  Checker checker(clock);
  DutOptions cluster;
  cluster.seed = seed;
  cluster.witness = &checker;
  cluster.mutant = std::string(mutant);
  RandomStream random(seed, "files");
  try {
    LegoosBed bed(4, options, cluster);
    const std::array puppets = {&bed.dut.thread(0), &bed.dut.thread(0), &bed.dut.thread(0)};
    for (int i = 0; i < 60; ++i) {
      for (Puppet* const puppet : puppets) {
        const std::uint64_t kind = random.below(5);
        const auto file = FileId(static_cast<std::uint32_t>(random.below(2)));
        if (kind == 4) {
          puppet->start(Op::file_sync(file));
        } else {
          const Bytes offset = 2_KiB * random.below(380);
          const Bytes length = 4_KiB * (1 + random.below(2));
          puppet->start(kind < 2 ? Op::file_read(file, offset, length)
                                 : Op::file_write(file, offset, length));
        }
      }
      bed.dut.run();
      bed.engine().inspection()->check_always();
    }
    bed.dut.finish();
  } catch (const Error& error) {
    return error.code() == ExitCode::incoherent ? error.what() : "wrong";
  }
  return "";
}

/// Variants in which the mutants of files can be seen.
std::vector<LegoosOptions> variants() {
  std::vector<LegoosOptions> all = {with_files(2), with_files(0), with_files(3)};
  all[0].workers = 3;
  all[1].workers = 2;
  all[2].files->placement = LegoosFilePlacement::spread;
  return all;
}

TEST_CASE("LegoOS files are linearizable page by page, and clean blocks are as storage has them") {
  for (const LegoosOptions& options : variants()) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      INFO("seed " << seed);
      CHECK(found(options, seed).empty());
    }
  }
}

#ifdef DSMSIM_MUTANTS

TEST_CASE("Random requests find every mutant of LegoOS files") {
  MutantScore score("legoos files");
  for (const MutantRow& mutant : legoos_file_mutants()) {
    std::string by;
    for (const LegoosOptions& options : variants()) {
      for (std::uint64_t seed = 1; seed <= 4 && by.empty(); ++seed) {
        by = found(options, seed, mutant.name).empty() ? "" : "random requests";
      }
    }
    INFO(mutant.name << ": " << mutant.help);
    CHECK(score.count(mutant, by));
  }
}

#endif

}  // namespace
}  // namespace dsmsim::testing
