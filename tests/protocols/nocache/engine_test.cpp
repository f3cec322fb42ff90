// Memory without a cache: every access of another server is one verb, and costs what that costs.

#include "protocols/nocache/engine.hpp"

#include <catch2/catch.hpp>

#include "sim/base/error.hpp"
#include "tests/protocols/harness.hpp"

namespace dsmsim::testing {
namespace {

using namespace literals;

constexpr Bytes kSize(512);
constexpr Duration kLookUp = 10_ns;
constexpr Duration kAtomic = 8_ns;

struct NocacheDut : Dut {
  explicit NocacheDut(std::size_t servers = 3, DutOptions options = {})
      : Dut(
            servers,
            [](EngineContext context) {
              return std::make_unique<NocacheEngine>(context,
                                                     NocacheOptions{.look_up = kLookUp,
                                                                    .allocation = 50_ns,
                                                                    .local_atomic = kAtomic,
                                                                    .lock_pause = 2_us,
                                                                    .sources = {}});
            },
            std::move(options)) {}
};

TEST_CASE("nocache: on its home an access costs what local DRAM costs, and sends nothing") {
  NocacheDut dut;
  Puppet& thread = dut.thread(0);
  const ObjectId object = thread.allocate(kSize);
  const Duration touch = testbed_server().touch(kSize);
  const Outcome write = thread.write(object);
  CHECK(write.latency == kLookUp + touch);
  CHECK(thread.read(object).result == write.result);
  CHECK(thread.lock(object).latency == testbed_server().touch(8_B) + kAtomic);
  CHECK(thread.unlock(object).latency == testbed_server().touch(8_B) + kAtomic);
  CHECK(dut.sent().empty());
  dut.finish();
}

TEST_CASE("nocache: another server's access is one READ or WRITE of its bytes, each time") {
  NocacheDut dut;
  const ObjectId object = dut.thread(0).allocate(kSize);
  Puppet& thread = dut.thread(1);
  const Duration touch = testbed_server().touch(kSize);
  const Duration one_write = dut.latency_of(Verb::write, kSize);
  const Duration one_read = dut.latency_of(Verb::read, kSize);
  dut.forget();
  const Outcome write = thread.write(object);
  CHECK(write.latency == kLookUp + touch + one_write);
  const Outcome read = thread.read(object);
  CHECK(read.latency == kLookUp + one_read + touch);
  CHECK(read.result == write.result);
  CHECK(thread.read(object).latency == read.latency);
  CHECK(dut.sent() == Messages{{"WRITE", Verb::write, 1, 0, kSize},
                               {"READ", Verb::read, 1, 0, kSize},
                               {"READ", Verb::read, 1, 0, kSize}});
  CHECK(dut.breakdown_sums_to_latency());
  dut.finish();
}

TEST_CASE("nocache: a lock is a COMPARE_SWAP that is tried until the word is free") {
  NocacheDut dut;
  const ObjectId object = dut.thread(0).allocate(kSize);
  Puppet& holder = dut.thread(1);
  Puppet& next = dut.thread(2);
  const Duration once = kLookUp + dut.latency_of(Verb::compare_swap, 8_B);
  const Duration given = kLookUp + dut.latency_of(Verb::fetch_add, 8_B);
  dut.forget();
  CHECK(holder.lock(object).latency == once);
  CHECK(next.run(next.whole(OpKind::try_lock, object)).result == 0);
  CHECK(dut.sent() ==
        Messages{{"LOCK", Verb::compare_swap, 1, 0, 8_B}, {"LOCK", Verb::compare_swap, 2, 0, 8_B}});
  CHECK(holder.unlock(object).latency == given);
  CHECK(next.lock(object).latency == once);
  CHECK_THROWS_WITH(holder.unlock(object), Catch::Contains("does not hold its lock"));
}

TEST_CASE("nocache: readers count themselves, and take it back when they meet a writer") {
  NocacheDut dut;
  const ObjectId object = dut.thread(0).allocate(kSize);
  Puppet& writer = dut.thread(1);
  Puppet& reader = dut.thread(2);
  Puppet& other = dut.thread(2);
  writer.lock(object);
  dut.forget();
  CHECK(reader.run(reader.whole(OpKind::try_rlock, object)).result == 0);
  CHECK(dut.sent() == Messages{{"COUNT_READER", Verb::fetch_add, 2, 0, 8_B},
                               {"COUNT_READER", Verb::fetch_add, 2, 0, 8_B}});
  writer.unlock(object);
  CHECK(reader.run(reader.whole(OpKind::try_rlock, object)).result == 1);
  CHECK(other.run(other.whole(OpKind::try_rlock, object)).result == 1);
  CHECK(writer.run(writer.whole(OpKind::try_lock, object)).result == 0);
  reader.unlock(object);
  other.unlock(object);
  CHECK(writer.run(writer.whole(OpKind::try_lock, object)).result == 1);
  writer.unlock(object);
  dut.finish();
}

TEST_CASE("nocache: atomics work on the word at the home, one after the other") {
  NocacheDut dut;
  const ObjectId object = dut.thread(0).allocate(8_B);
  Puppet& thread = dut.thread(1);
  dut.forget();
  const Op add = Op::atomic_add(object, Bytes(), 3);
  CHECK(thread.run(add).result == 0);
  CHECK(dut.thread(0).run(add).result == 3);
  const Op swap = Op::atomic_cas(object, Bytes(), 6, 9);
  CHECK(thread.run(swap).result == 6);
  CHECK(thread.run(swap).result == 9);
  CHECK(dut.sent() == Messages{{"FETCH_ADD", Verb::fetch_add, 1, 0, 8_B},
                               {"COMPARE_SWAP", Verb::compare_swap, 1, 0, 8_B},
                               {"COMPARE_SWAP", Verb::compare_swap, 1, 0, 8_B}});
  dut.finish();
}

TEST_CASE("nocache: memory elsewhere is reserved by an atomic, and the next server has more") {
  DutOptions options;
  options.server.memory = 1_KiB;
  NocacheDut dut(2, options);
  Puppet& thread = dut.thread(0);
  const ObjectId here = thread.allocate(kSize);
  thread.allocate(kSize, NodeId(1));
  thread.allocate(kSize, NodeId(1));
  dut.forget();
  const ObjectId back = thread.allocate(kSize, NodeId(1));  // which is full
  CHECK(dut.engine<NocacheEngine>().host(back) == NodeId(0));
  CHECK(dut.sent() ==
        Messages{{"RESERVE", Verb::fetch_add, 0, 1, 8_B}, {"RESERVE", Verb::fetch_add, 0, 1, 8_B}});
  CHECK_THROWS_WITH(thread.allocate(kSize), Catch::Contains("out of memory: 512B wanted"));
  thread.release(here);
  CHECK_THROWS_WITH(thread.read(here), Catch::Contains("it is not allocated"));
  thread.allocate(kSize);
}

}  // namespace
}  // namespace dsmsim::testing
