// Threads of DRust that move between servers with all that they hold, and where new ones start.

#include "tests/protocols/drust/programs.hpp"

namespace dsmsim::testing {
namespace {

constexpr Bytes kStack(64 << 10);

DrustOptions quiet_options() {
  DrustOptions options = drust_options();
  options.costs.suspend = 98_us;
  options.costs.resume = 98_us;
  options.controller.period = Duration();
  return options;
}

/// The puppet's thread moves with its next operation.
Outcome move(DrustDut& dut, Puppet& puppet, std::uint32_t to, ObjectId read) {
  CHECK(puppet.thread().ask_to_move(NodeId(to)));
  dut.forget();
  return puppet.read(read);
}

TEST_CASE("A thread that moves is its stack, word that it is there, and word to the controller") {
  DrustDut dut(3, quiet_options());
  Puppet& thread = dut.thread(1);
  const ObjectId object = dut.thread(2).allocate(kSize);
  move(dut, thread, 2, object);
  CHECK(dut.sent() == Messages{{"stack", Verb::write, 1, 2, kStack},
                               {"resume", Verb::send, 1, 2, kControl},
                               {"moved", Verb::send, 2, 0, kControl}});
  CHECK(thread.thread().node() == NodeId(2));
  CHECK(dut.drust.counters().migrations == 1);
  dut.finish();
}

TEST_CASE("A migration takes the 218 us that the paper measured") {
  DrustDut dut(2, quiet_options());
  Puppet& thread = dut.thread(0);
  const ObjectId object = thread.allocate(kSize);
  move(dut, thread, 1, object);
  const Histogram& moves =
      dut.world().meter().kinds()[Meter::kind_of(OpKind::migrate).index()].latency;
  CHECK(moves.count() == 1);
  CHECK(static_cast<double>(moves.min()) / 1e6 == Approx(218).epsilon(0.01));
  CHECK(dut.breakdown_sums_to_latency());
  dut.finish();
}

TEST_CASE("A Ref that moves forgets its copy, which loses a user, and fetches another one") {
  DrustDut dut(3, quiet_options());
  const ObjectId object = dut.thread(2).allocate(kSize);
  Puppet& thread = dut.thread(0);
  const Borrow ref = thread.borrow(object);
  thread.read(ref);
  CHECK(dut.count(0, object) == 1);
  CHECK(thread.thread().ask_to_move(NodeId(1)));
  thread.read(ref);
  CHECK(dut.count(0, object) == 0);
  CHECK(dut.count(1, object) == 1);
  thread.give_back(ref);
  CHECK(dut.count(1, object) == 0);
  dut.finish();
}

TEST_CASE("A MutRef that moves takes the object along at its next write, and the Box hears of it") {
  DrustDut dut(3, quiet_options());
  Puppet& owner = dut.thread(2);
  const ObjectId object = owner.allocate(kSize);
  Puppet& thread = dut.thread(0);
  const Borrow mut = thread.borrow_mut(object);
  const std::uint64_t first = thread.write(mut).result;
  CHECK(thread.thread().ask_to_move(NodeId(1)));
  CHECK(thread.read(mut).result == first);
  const std::uint64_t second = thread.write(mut).result;
  thread.give_back(mut);
  CHECK(dut.host(object) == NodeId(1));
  CHECK(owner.read(object).result == second);
  dut.finish();
}

TEST_CASE("A borrowed part that moves is written back, and read again where the thread is") {
  DrustDut dut(3, quiet_options());
  Puppet& owner = dut.thread(2);
  const ObjectId object = owner.allocate(kSize);
  Puppet& thread = dut.thread(0);
  const Borrow part = thread.borrow_mut(object, 0_B, 64_B);
  thread.run(Op::write(object, Bytes(), 64_B, part.id));
  const std::uint64_t written = thread.last().result;
  CHECK(thread.thread().ask_to_move(NodeId(1)));
  dut.forget();
  thread.run(Op::read(object, Bytes(), 64_B, part.id));
  CHECK(thread.last().result == written);
  const Messages sent = dut.sent();
  REQUIRE(sent.size() >= 3);
  CHECK(sent[0] == Message{"part_write", Verb::write, 0, 2, 64_B});
  CHECK(sent[1] == Message{"part_colour", Verb::fetch_add, 0, 2, 8_B});
  CHECK(sent.back() == Message{"part_read", Verb::read, 1, 2, 64_B});
  thread.give_back(part);
  CHECK(owner.read(object).result == written);
  dut.finish();
}

TEST_CASE("A part whose colours are used up by moving is borrowed as a whole") {
  DrustOptions options = quiet_options();
  options.colour_bits = 1;
  DrustDut dut(3, options);
  Puppet& owner = dut.thread(2);
  const ObjectId object = owner.allocate(kSize);
  Puppet& thread = dut.thread(0);
  const Borrow part = thread.borrow_mut(object, 0_B, 64_B);
  const Op write = Op::write(object, Bytes(), 64_B, part.id);
  thread.run(write);
  CHECK(thread.thread().ask_to_move(NodeId(1)));
  const std::uint64_t last = thread.run(write).result;
  thread.give_back(part);
  CHECK(dut.host(object) == NodeId(1));
  CHECK(owner.read(object).result == last);
  dut.finish();
}

TEST_CASE("A part that was written on its object's server and then moves has changed the name") {
  DrustDut dut(3, quiet_options());
  Puppet& owner = dut.thread(2);
  const ObjectId object = owner.allocate(kSize);
  dut.thread(1).read(object);
  Puppet& thread = dut.thread(2);
  const Borrow part = thread.borrow_mut(object, 0_B, 64_B);
  const std::uint64_t written = thread.run(Op::write(object, Bytes(), 64_B, part.id)).result;
  CHECK(thread.thread().ask_to_move(NodeId(0)));
  thread.run(Op::read(object, Bytes(), 64_B, part.id));
  thread.give_back(part);
  CHECK(dut.thread(1).read(object).result == written);
  dut.finish();
}

TEST_CASE("A Box on the stack that moves is the new server's, and its copy stays behind unused") {
  DrustDut dut(3, quiet_options());
  Puppet& thread = dut.thread(0);
  const ObjectId object = thread.allocate(kSize, NodeId(2));
  thread.read(object);
  CHECK(dut.count(0, object) == 1);
  CHECK(thread.thread().ask_to_move(NodeId(1)));
  const std::uint64_t value = thread.write(object).result;
  CHECK(dut.drust.object(object).owner == NodeId(1));
  CHECK(dut.host(object) == NodeId(1));
  CHECK(dut.thread(0).read(object).result == value);
  dut.finish();
}

TEST_CASE("Threads that move all the time never see an old value, under any safe choice") {
  for (DrustOptions options : safe_choices()) {
    options.controller.period = Duration();
    DrustDut dut(kServers, options, cramped());
    Wanderers program(60);
    dut.world().run(program);
    CHECK(dut.drust.counters().stale_reads == 0);
    CHECK(dut.drust.counters().migrations > 100);
  }
}

TEST_CASE("A Ref that keeps its copy as its thread moves is found at its next use") {
  DrustOptions options = quiet_options();
  options.moved_ref = DrustMovedRef::keep;
  DrustDut dut(3, options);
  const ObjectId object = dut.thread(2).allocate(kSize);
  Puppet& thread = dut.thread(0);
  const Borrow ref = thread.borrow(object);
  thread.read(ref);
  CHECK(thread.thread().ask_to_move(NodeId(1)));
  CHECK_THROWS_WITH(thread.read(ref), Catch::Contains("whose copy lies on server 0"));
}

// ---- where threads start

struct Starting final : Program {
  Task<> child(Thread& thread) {
    servers.push_back(thread.node().value());
    co_await thread.compute(100_us);
  }
  Task<> main(Thread& thread) override {
    if (far) {
      object = co_await thread.allocate(64_B, NodeId(2));
    }
    for (int i = 0; i < count; ++i) {
      Launch launch;
      launch.near = object;
      children.push_back(
          co_await thread.start(std::move(launch), [this](Thread& t) { return child(t); }));
    }
    for (const ThreadId id : children) {
      co_await thread.join(id);
    }
  }
  int count = 0;
  bool far = false;
  ObjectId object;
  std::vector<ThreadId> children;
  std::vector<std::uint32_t> servers;
};

struct GivingNothing final : Program {
  Task<> main(Thread& thread) override {
    Launch launch;
    launch.owned.push_back(thread.world().objects().add(64_B));
    co_await thread.start(std::move(launch), [this](Thread& t) { return child(t); });
  }
  Task<> child(Thread& thread) { co_await thread.compute(1_us); }
};

TEST_CASE("A closure that takes an object along that was never allocated is refused") {
  DrustDut dut(2, quiet_options());
  GivingNothing program;
  CHECK_THROWS_WITH(dut.world().run(program), Catch::Contains("it has not been allocated"));
}

TEST_CASE("A thread starts here as long as a core is free, then where the controller says") {
  DutOptions setup;
  setup.server.cores = 2;
  DrustDut dut(3, quiet_options(), setup);
  Starting program;
  program.count = 3;
  dut.world().run(program);
  std::sort(program.servers.begin(), program.servers.end());
  CHECK(program.servers == std::vector<std::uint32_t>{0, 1, 2});
  CHECK(dut.drust.counters().controller_questions == 2);
}

TEST_CASE("The controller is asked about every thread if the option says so") {
  DrustOptions options = quiet_options();
  options.controller.threads = DrustAsks::always;
  options.controller.server = 2;
  DrustDut dut(3, options);
  dut.forget();
  Starting program;
  program.count = 1;
  dut.world().run(program);
  const Messages sent = dut.sent();
  REQUIRE(sent.size() >= 2);
  CHECK(sent[0] == Message{"ask", Verb::send, 0, 2, kControl});
  CHECK(sent[1] == Message{"told", Verb::send, 2, 0, kControl});
}

TEST_CASE("spawn_to starts a thread where its Box points") {
  DrustDut dut(3, quiet_options());
  Starting program;
  program.count = 2;
  program.far = true;
  dut.world().run(program);
  CHECK(program.servers == std::vector<std::uint32_t>{2, 2});
  CHECK(dut.drust.counters().controller_questions == 0);
}

}  // namespace
}  // namespace dsmsim::testing
