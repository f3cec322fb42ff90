// What the paper leaves open: every option does what it says, the defaults keep memory coherent,
// and the algorithms to the letter show the hazards.

#include "protocols/drust/options.hpp"

#include "sim/base/config.hpp"
#include "sim/base/error.hpp"
#include "tests/protocols/drust/fixture.hpp"

namespace dsmsim::testing {
namespace {

struct Section {
  config::Tagged protocol;
};
void describe(config::Fields& f, Section& section) {
  static const config::Registry registry =
      config::Registry("protocol", "protocols").add(config::variant<DrustOptions>("drust", ""));
  f.tagged("protocol", section.protocol, registry, "the engine");
}

DrustOptions as_written() {
  DrustOptions options = drust_options();
  options.mode = DrustMode::as_written;
  return options;
}
DrustOptions per_access() {
  DrustOptions options = drust_options();
  options.owner_copy = DrustOwnerCopy::per_access;
  return options;
}

/// A server's thread frees an object of which another holds a copy, allocates the next at the same
/// place, and the other reads that before it can have heard of it. How many reads were stale.
std::uint64_t stale_reads_after_reuse(const DrustOptions& options, bool& same_address) {
  DrustDut dut(2, options);
  Puppet& owner = dut.thread(0);
  Puppet& reader = dut.thread(1);
  const ObjectId own = reader.allocate(8_B);
  const ObjectId first = owner.allocate(kSize);
  const ObjectId second(2);
  const drust::GlobalAddress address = dut.drust.object(first).box.target.address();
  reader.read(first);
  owner.start(Op::release(first));
  owner.start(Op::allocate(ObjectId(), kSize));
  for (int i = 0; i < 5; ++i) {  // for half a microsecond
    reader.start(reader.whole(OpKind::read, own));
  }
  reader.start(Op::read(second, Bytes(), kSize));
  dut.run();
  REQUIRE(owner.last().object == second);
  same_address = dut.drust.object(second).box.target.address() == address;
  return dut.drust.counters().stale_reads;
}

TEST_CASE("F4a: a new object at a reused address is not taken for the old one, but as written") {
  bool same_address = false;
  DrustOptions options = drust_options();
  CHECK(stale_reads_after_reuse(options, same_address) == 0);
  CHECK_FALSE(same_address);
  options.reuse = DrustReuse::fresh_colour;
  CHECK(stale_reads_after_reuse(options, same_address) == 0);
  CHECK(same_address);
  CHECK(stale_reads_after_reuse(as_written(), same_address) == 1);
  CHECK(same_address);
}

TEST_CASE("F4a: fresh colours need no invalidation until an address has had them all") {
  DrustOptions options = drust_options();
  options.reuse = DrustReuse::fresh_colour;
  options.colour_bits = 1;
  DrustDut dut(2, options);
  Puppet& owner = dut.thread(0);
  Puppet& reader = dut.thread(1);
  const ObjectId first = owner.allocate(kSize);
  reader.read(first);
  dut.forget();
  owner.release(first);
  CHECK(dut.sent().empty());
  const ObjectId second = owner.allocate(kSize);
  CHECK(dut.colour(second) == 1);
  reader.read(second);
  dut.forget();
  owner.release(second);
  CHECK(dut.sent() ==
        Messages{{"invalidate", Verb::send, 0, 1, 32_B}, {"invalidated", Verb::send, 1, 0, 32_B}});
  CHECK(dut.drust.copies(NodeId(1)).count() == 0);
  CHECK(dut.colour(owner.allocate(kSize)) == 0);
  dut.finish();
}

TEST_CASE("F4a: whoever does not know the holders tells everybody") {
  DrustOptions options = drust_options();
  options.invalidation = DrustInvalidation::broadcast;
  DrustDut dut(4, options);
  Puppet& owner = dut.thread(0);
  const ObjectId object = owner.allocate(kSize, NodeId(3));
  dut.forget();
  owner.release(object);
  CHECK(dut.sent() == Messages{{"deallocate", Verb::send, 0, 3, 32_B},
                               {"invalidate", Verb::send, 3, 1, 32_B},
                               {"invalidate", Verb::send, 3, 2, 32_B},
                               {"invalidated", Verb::send, 1, 3, 32_B},
                               {"invalidated", Verb::send, 2, 3, 32_B}});
  dut.finish();
}

TEST_CASE("F4b: the owner's copy does not outlive a write from elsewhere, but as written") {
  for (const DrustOptions& options : {drust_options(), per_access(), as_written()}) {
    DrustDut dut(3, options);
    Puppet& owner = dut.thread(0);
    Puppet& writer = dut.thread(2);
    const ObjectId object = owner.allocate(kSize, NodeId(1));
    const Outcome before = owner.read(object);
    CHECK(dut.drust.object(object).box.extension.has_copy() ==
          (options.owner_copy != DrustOwnerCopy::per_access));
    const Outcome write = writer.write(object);
    const bool stale = options.mode == DrustMode::as_written;
    CHECK(owner.read(object).result == (stale ? before.result : write.result));
    CHECK(dut.drust.counters().stale_reads == (stale ? 1 : 0));
  }
}

TEST_CASE("F4b: a copy shared through a mutable reference is not hidden by the owner's U bit") {
  for (const DrustOptions& options : {drust_options(), as_written()}) {
    DrustDut dut(2, options);
    Puppet& owner = dut.thread(0);
    Puppet& other = dut.thread(1);
    const ObjectId object = owner.allocate(kSize);
    owner.write(object);  // U = 1
    const Borrow borrow = other.borrow_mut(object);
    other.read(borrow);  // a Ref made from it leaves a copy
    other.give_back(borrow);
    owner.write(object);
    other.read(object);
    CHECK(dut.drust.counters().stale_reads == (options.mode == DrustMode::as_written ? 1 : 0));
  }
}

TEST_CASE("F4c: a copy whose word the U bit takes is given up, but never as written") {
  for (const DrustOptions& options : {drust_options(), as_written()}) {
    DrustDut dut(3, options);
    Puppet& owner = dut.thread(0);
    const ObjectId object = owner.allocate(kSize, NodeId(1));
    owner.read(object);
    dut.thread(2).write(object);
    owner.write(object);
    std::uint32_t users = 0;
    dut.drust.copies(NodeId(0)).for_each(
        [&](drust::CopyId, const drust::Copy& copy) { users += copy.count; });
    CHECK(users == (options.mode == DrustMode::as_written ? 1 : 0));
  }
}

TEST_CASE("F4f: fetching one copy makes those wait who want the same, or everybody") {
  for (const DrustCopyLock choice : {DrustCopyLock::per_key, DrustCopyLock::whole_map}) {
    DrustOptions options = drust_options();
    options.copy_lock = choice;
    DrustDut dut(2, options);
    Puppet& owner = dut.thread(0);
    const ObjectId one = owner.allocate(kSize);
    const ObjectId two = owner.allocate(kSize);
    Puppet& first = dut.thread(1);
    Puppet& same = dut.thread(1);
    Puppet& other = dut.thread(1);
    first.start(first.whole(OpKind::read, one));
    same.start(same.whole(OpKind::read, one));
    other.start(other.whole(OpKind::read, two));
    dut.run();
    CHECK(dut.sent().size() == 2);
    CHECK(dut.drust.counters().copies == 2);
    const Duration alone = first.outcomes()[0].latency;
    CHECK(alone == 12_ns + 20_ns + 50_ns + read_latency(kSize) + touch(kSize) + 20_ns);
    CHECK(same.outcomes()[0].latency > alone);
    if (choice == DrustCopyLock::per_key) {
      CHECK(other.outcomes()[0].latency < alone * 3 / 2);
    } else {
      CHECK(other.outcomes()[0].latency > read_latency(kSize) * 2);
    }
    CHECK(dut.breakdown_sums_to_latency());
    dut.finish();
  }
}

TEST_CASE("F4g: the simplified protocol changes the colour at every drop, written or not") {
  for (const DrustColouring choice : {DrustColouring::full, DrustColouring::simplified}) {
    const bool simplified = choice == DrustColouring::simplified;
    DrustOptions options = drust_options();
    options.colouring = choice;
    options.colour_bits = 2;
    DrustDut dut(2, options);
    Puppet& owner = dut.thread(0);
    const ObjectId object = owner.allocate(kSize);
    owner.give_back(owner.borrow_mut(object));
    CHECK(dut.colour(object) == (simplified ? 1 : 0));
    owner.write(object);
    owner.write(object);
    CHECK(dut.colour(object) == (simplified ? 3 : 1));
    owner.give_back(owner.borrow_mut(object));
    CHECK(dut.drust.counters().colour_overflows == (simplified ? 1 : 0));
    CHECK(dut.colour(object) == (simplified ? 0 : 1));
    // At the drop of a reference that has no colour left and never moved its object, it moves.
    Puppet& other = dut.thread(1);
    for (int i = 0; i < 4; ++i) {
      other.give_back(other.borrow_mut(object));
    }
    CHECK(dut.host(object) == NodeId(simplified ? 1 : 0));
    dut.finish();
  }
}

TEST_CASE("Copies that nothing uses are evicted when a partition is under pressure") {
  DutOptions setup;
  setup.server.memory = 64_KiB;
  DrustOptions options = drust_options();
  options.pressure = 0.5;
  DrustDut dut(2, options, setup);
  Puppet& owner = dut.thread(0);
  Puppet& reader = dut.thread(1);
  std::vector<ObjectId> objects;
  for (int i = 0; i < 12; ++i) {
    objects.push_back(owner.allocate(4_KiB));
  }
  const Borrow held = reader.borrow(objects[0]);
  reader.read(held);
  for (int i = 1; i < 8; ++i) {
    reader.read(objects[static_cast<std::size_t>(i)]);
  }
  CHECK(dut.drust.counters().evictions == 0);
  CHECK(dut.drust.counters().cached_peak == 32_KiB);
  reader.read(objects[8]);
  CHECK(dut.drust.counters().evictions == 7);
  CHECK(dut.drust.copies(NodeId(1)).count() == 2);
  CHECK(dut.count(1, objects[0]) == 1);
  dut.forget();
  reader.read(held);
  CHECK(dut.sent().empty());
  reader.give_back(held);
  dut.finish();
}

TEST_CASE("Relief stops evictions early, oldest copies first") {
  DutOptions setup;
  setup.server.memory = 64_KiB;
  DrustOptions options = drust_options();
  options.pressure = 0.5;
  options.pressure_relief = 0.4;
  DrustDut dut(2, options, setup);
  Puppet& owner = dut.thread(0);
  Puppet& reader = dut.thread(1);
  std::vector<ObjectId> objects;
  for (int i = 0; i < 9; ++i) {
    objects.push_back(owner.allocate(4_KiB));
    reader.read(objects.back());
  }
  CHECK(dut.drust.counters().evictions == 2);
  CHECK_FALSE(dut.count(1, objects[0]).has_value());
  CHECK_FALSE(dut.count(1, objects[1]).has_value());
  CHECK(dut.count(1, objects[2]).has_value());
  dut.finish();
}

TEST_CASE("Servers whose memory does not fit into 48-bit addresses are refused") {
  DutOptions setup;
  setup.server.memory = Bytes(std::uint64_t{1} << 47);
  CHECK_THROWS_WITH(DrustDut(2, drust_options(), setup),
                    Catch::Contains("do not fit into its 48-bit address space"));
}

TEST_CASE("The shipped configuration makes the safe choice wherever the paper makes none") {
  config::Document document =
      config::parse(R"({"protocol": "drust"})", "test.json", {}, {DSMSIM_SOURCE_DIR "/configs"});
  const auto shipped = config::read<Section>(document).protocol.options<DrustOptions>();
  DrustOptions safe;
  safe.costs = shipped.costs;
  safe.sources = shipped.sources;
  CHECK(config::write(shipped) == config::write(safe));
  CHECK(shipped.costs.check == from_ns(31 / 2.6));
}

}  // namespace
}  // namespace dsmsim::testing
