// The device under test's own promises: unloaded verbs take what the closed forms say, messages are
// seen in order, what is stuck is reported.

#include "tests/protocols/harness.hpp"

#include <catch2/catch.hpp>

#include "sim/base/error.hpp"

namespace dsmsim::testing {
namespace {

using namespace literals;

/// Reads fetch the object from server 1; a lock is never granted.
class Toy final : public Engine {
 public:
  explicit Toy(EngineContext context)
      : fabric_(context.cluster.fabric()), gate_(fabric_.simulation().queue()) {
    fetch_ = fabric_.ledger().declare("fetch", Verb::read, Purpose::fetch);
  }
  MaybeDuration try_local(Thread&, Op& op) override {
    return op.kind == OpKind::read || op.kind == OpKind::lock ? std::nullopt : MaybeDuration(5_ns);
  }
  Task<> perform(Thread& thread, Op& op) override {
    if (op.kind == OpKind::lock) {
      auto never = gate_.wait();
      co_await never;
    }
    Post post{.from = thread.node(), .to = NodeId(1), .verb = Verb::read, .type = fetch_};
    post.payload = op.length;
    post.tally = &thread.tally();
    Fabric::Operation operation = fabric_.perform(post);
    co_await operation;
  }
  void report(CounterReport&) const override {}

 private:
  Fabric& fabric_;
  MessageTypeId fetch_;
  Gate gate_;
};

TEST_CASE("A READ in the test cluster takes what the closed form of its NIC says") {
  Dut dut(2, [](EngineContext context) { return std::make_unique<Toy>(context); });
  // post + 2 (tx + N + rx) + dma_read + dma_write + first_packet * s
  CHECK(dut.latency_of(Verb::read, 512_B) == 1990_ns + PerByte::ns_per_byte(0.725) * 512_B);
}

TEST_CASE("A puppet's operation reports its latency, its messages and a breakdown that sums") {
  Dut dut(2, [](EngineContext context) { return std::make_unique<Toy>(context); });
  Puppet& alice = dut.thread(0);
  const ObjectId object = alice.allocate(256_B);
  CHECK(dut.sent().empty());
  CHECK(alice.read(object).latency == 1990_ns + PerByte::ns_per_byte(0.725) * 256_B);
  CHECK(dut.sent() == Messages{{"fetch", Verb::read, 0, 1, 256_B}});
  CHECK(dut.breakdown_sums_to_latency());
  dut.finish();
}

TEST_CASE("A puppet that is stuck is a deadlock at the end") {
  Dut dut(2, [](EngineContext context) { return std::make_unique<Toy>(context); });
  Puppet& alice = dut.thread(0);
  alice.start(alice.whole(OpKind::lock, alice.allocate(8_B)));
  dut.run();
  CHECK(alice.busy());
  CHECK_THROWS_WITH(dut.finish(), Catch::Contains("thread 0 on server 0 waits for object 0"));
}

}  // namespace
}  // namespace dsmsim::testing
