// What DRust does when a server's partition has no room for a remote object: rows 24 to 26 of its
// table of operations, and random programs on partitions that are always full.

#include "sim/check/checker.hpp"
#include "tests/protocols/drust/programs.hpp"
#include "tests/protocols/specimens.hpp"

namespace dsmsim::testing {
namespace {

DrustOptions full_options(std::uint32_t colour_bits = 16) {
  DrustOptions options = tiny(drust_options());
  options.colour_bits = colour_bits;
  return options;
}

/// Server 0 is full, and an object lies on server 1.
struct FullScene {
  explicit FullScene(std::uint32_t colour_bits = 16)
      : dut(3, full_options(colour_bits), tiny()),
        cramped(dut.thread(0)),
        host(dut.thread(1)),
        reader(dut.thread(2)) {
    for (int i = 0; i < 2; ++i) {
      cramped.write(cramped.allocate(kSize));
    }
    object = host.allocate(kSize);
    stamp = host.write(object).result;
    dut.forget();
  }

  DrustDut dut;
  Puppet& cramped;
  Puppet& host;
  Puppet& reader;
  ObjectId object;
  std::uint64_t stamp = 0;
};

TEST_CASE(
    "Row 24: without room for a move the bytes are written where they lie, under a new name") {
  FullScene scene;
  scene.reader.read(scene.object);
  const drust::Colour before = scene.dut.colour(scene.object);
  scene.dut.forget();
  const Op part = Op::write(scene.object, 64_B, 8_B);
  const Outcome write = scene.cramped.run(part);
  CHECK(scene.dut.sent() == Messages{{"in_place_write", Verb::write, 0, 1, 8_B},
                                     {"owner_update", Verb::write, 0, 1, 8_B}});
  CHECK(scene.dut.host(scene.object) == NodeId(1));
  CHECK(scene.dut.colour(scene.object) == before + 1);
  CHECK(scene.reader.read(scene.object).result == write.result);
  CHECK(scene.dut.drust.counters().in_place_writes == 1);
  CHECK(scene.dut.breakdown_sums_to_latency());
  scene.dut.finish();
}

TEST_CASE("Row 24: an owner without room for its object changes the colour in its own Box") {
  DrustDut dut(2, full_options(), tiny());
  Puppet& owner = dut.thread(0);
  const ObjectId object = owner.allocate(kSize, NodeId(1));
  owner.allocate(kSize);
  owner.allocate(kSize);
  dut.forget();
  owner.write(object);
  owner.write(object);
  CHECK(dut.sent() == Messages{{"in_place_write", Verb::write, 0, 1, kSize},
                               {"in_place_write", Verb::write, 0, 1, kSize}});
  CHECK(dut.colour(object) == 2);
  CHECK_FALSE(dut.drust.object(object).box.extension.written());
  dut.finish();
}

TEST_CASE("Row 24: a MutRef without room writes in place, and the Box hears of it at its end") {
  FullScene scene;
  const Borrow held = scene.cramped.borrow_mut(scene.object);
  const Outcome write = scene.cramped.write(held);
  CHECK(scene.cramped.read(held).result == write.result);
  scene.cramped.give_back(held);
  CHECK(scene.dut.sent() == Messages{{"in_place_write", Verb::write, 0, 1, kSize},
                                     {"in_place_read", Verb::read, 0, 1, kSize},
                                     {"owner_update", Verb::write, 0, 1, 8_B}});
  CHECK(scene.host.read(scene.object).result == write.result);
  scene.dut.finish();
}

TEST_CASE("Row 24: a part without room is used where it lies, and changes the colour at its end") {
  FullScene scene;
  const drust::Colour before = scene.dut.colour(scene.object);
  const Borrow part = scene.cramped.borrow_mut(scene.object, 0_B, 32_B);
  Op use = Op::write(scene.object, Bytes(), 8_B, part.id);
  const Outcome write = scene.cramped.run(use);
  use.kind = OpKind::read;
  CHECK(scene.cramped.run(use).result == write.result);
  scene.cramped.give_back(part);
  CHECK(scene.dut.sent() == Messages{{"in_place_write", Verb::write, 0, 1, 8_B},
                                     {"in_place_read", Verb::read, 0, 1, 8_B},
                                     {"part_colour", Verb::fetch_add, 0, 1, 8_B}});
  CHECK(scene.dut.colour(scene.object) == before + 1);
  scene.dut.finish();
}

TEST_CASE("Row 25: without room for a copy the bytes are read where they lie, every time") {
  FullScene scene;
  const Op part = Op::read(scene.object, 8_B, 16_B);
  CHECK(scene.cramped.run(part).result == scene.stamp);
  const Borrow held = scene.cramped.borrow(scene.object);
  CHECK(scene.cramped.read(held).result == scene.stamp);
  scene.cramped.give_back(held);
  CHECK(scene.dut.sent() == Messages{{"in_place_read", Verb::read, 0, 1, 16_B},
                                     {"in_place_read", Verb::read, 0, 1, kSize}});
  CHECK(scene.cramped.outcomes().front().latency > 0_ns);
  CHECK(scene.dut.drust.counters().in_place_reads == 2);
  CHECK(scene.dut.drust.copies(NodeId(0)).count() == 0);
  CHECK(scene.dut.breakdown_sums_to_latency());
  scene.dut.finish();
}

TEST_CASE("Row 26: the last colour of a remote object is reset once its copies are gone") {
  FullScene scene(1);  // its first write has used up both colours
  scene.reader.read(scene.object);
  scene.dut.forget();
  const Outcome write = scene.cramped.write(scene.object);
  CHECK(scene.dut.sent() == Messages{{"reset", Verb::send, 0, 1, kControl},
                                     {"invalidate", Verb::send, 1, 2, kControl},
                                     {"invalidated", Verb::send, 2, 1, kControl},
                                     {"reset_done", Verb::send, 1, 0, kControl},
                                     {"in_place_write", Verb::write, 0, 1, kSize},
                                     {"owner_update", Verb::write, 0, 1, 8_B}});
  CHECK(scene.dut.colour(scene.object) == 0);
  CHECK(scene.dut.drust.counters().colour_resets == 1);
  CHECK(scene.reader.read(scene.object).result == write.result);
  CHECK(scene.dut.breakdown_sums_to_latency());
  scene.dut.finish();
}

TEST_CASE("Row 26: so is that of a local object, by its host itself") {
  DrustDut dut(2, full_options(1), tiny());
  Puppet& owner = dut.thread(0);
  Puppet& reader = dut.thread(1);
  const ObjectId object = owner.allocate(kSize);
  owner.allocate(kSize);
  owner.write(object);
  reader.read(object);
  dut.forget();
  const Outcome write = owner.write(object);
  CHECK(dut.sent() == Messages{{"invalidate", Verb::send, 0, 1, kControl},
                               {"invalidated", Verb::send, 1, 0, kControl}});
  CHECK(dut.colour(object) == 0);
  CHECK(dut.drust.counters().colour_resets == 1);
  CHECK(dut.drust.counters().colour_overflows == 0);
  CHECK(reader.read(object).result == write.result);
  dut.forget();
  owner.write(object);
  owner.release(object);
  CHECK(dut.breakdown_sums_to_latency());
  dut.finish();
}

TEST_CASE("An eviction is a line of the event log with its reason") {
  DrustDut dut(2, full_options(), tiny());
  Puppet& far = dut.thread(1);
  const ObjectId object = far.allocate(kSize);
  Puppet& here = dut.thread(0);
  here.allocate(kSize);
  here.read(object);
  here.allocate(kSize);
  REQUIRE(dut.drust.log()->entries().size() == 1);
  const LogEntry& line = dut.drust.log()->entries().front();
  CHECK(line.event == "eviction");
  CHECK(line.server == NodeId(0));
  CHECK_THAT(line.reason, Catch::Contains("pressure"));
  CHECK(line.numbers.front() == std::pair<std::string, double>("copies", 1));
  dut.finish();
}

TEST_CASE("DRust's full partitions keep its promises in every order of events") {
  Specimen specimen = specimen_of<DrustEngine>(full_options(1));
  specimen.memory = tiny().server.memory;
  const Exploration found = explore(parse_scenario(R"(name full
object x on 0 size 512B
object y on 1 size 512B
object z on 1 size 512B
thread on 1: x = 1; r0 = x; x = 2
thread on 2: r1 = x; r2 = x
)",
                                                   "full.litmus"),
                                    specimen, {});
  CHECK((found.failure ? found.failure->what : "") == "");
  CHECK(found.complete);
  for (std::size_t i = 0; i < found.met.size(); ++i) {
    const std::string& name = found.situations[i];
    if (name.starts_with("IN_PLACE") || name.starts_with("RESET")) {
      INFO(name);
      CHECK(found.met[i] > 0);
    }
  }
}

TEST_CASE("Random programs on full partitions see the last write under every safe choice") {
  drust::Counters sum;
  std::uint64_t seed = 0;
  for (DrustOptions options : safe_choices()) {
    options = tiny(options);
    const EventQueue clock;  // of reports, which nobody reads
    Checker checker(clock);
    DutOptions setup = tiny();
    setup.witness = &checker;
    setup.seed = ++seed;
    DrustDut dut(kServers, options, setup);
    Squeezed program(30);
    CHECK_NOTHROW(watch(dut, program));
    const drust::Counters& c = dut.drust.counters();
    CHECK(c.stale_reads == 0);
    CHECK(dut.breakdown_sums_to_latency());
    sum.in_place_reads += c.in_place_reads;
    sum.in_place_writes += c.in_place_writes;
    sum.colour_resets += c.colour_resets;
    sum.moves += c.moves;
    sum.copies += c.copies;
    sum.evictions += c.evictions;
    sum.migrations += c.migrations;
  }
  CHECK(sum.in_place_reads > 0);
  CHECK(sum.in_place_writes > 0);
  CHECK(sum.colour_resets > 0);
  CHECK(sum.moves > 0);
  CHECK(sum.copies > 0);
  CHECK(sum.evictions > 0);
  CHECK(sum.migrations > 0);
}

}  // namespace
}  // namespace dsmsim::testing
