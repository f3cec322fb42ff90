// Backups of DRust's partitions: what is written back and when, and what becomes of objects, locks
// and threads when a server crashes.

#include <nlohmann/json.hpp>

#include "sim/check/checker.hpp"
#include "sim/check/crash_table.hpp"
#include "tests/protocols/drust/programs.hpp"
#include "tests/protocols/specimens.hpp"

namespace dsmsim::testing {
namespace {

constexpr Bytes kObject(512);

DrustOptions replicated(std::uint32_t backups = 1,
                        DrustWriteBack write_back = DrustWriteBack::on_transfer) {
  DrustOptions options = drust_options();
  options.replication.backups = backups;
  options.replication.write_back = write_back;
  return options;
}

Message write_back(std::uint32_t from, std::uint32_t to, Bytes size = kObject) {
  return {"write_back", Verb::write, from, to, size};
}

/// The server crashes, and its failure is noticed.
void lose(DrustDut& dut, std::uint32_t server) {
  dut.world().crash(NodeId(server));
  dut.world().notice_crash(NodeId(server));
  dut.run();
}

// ---- what is written back

TEST_CASE("What only its own server has seen of an object is not written back") {
  DrustDut dut(3, replicated());
  Puppet& owner = dut.thread(1);
  const ObjectId object = owner.allocate(kObject);
  owner.write(object);
  const Borrow mut = owner.borrow_mut(object);
  owner.write(mut);
  owner.give_back(mut);
  owner.read(object);
  CHECK(dut.sent().empty());
  dut.finish();
}

TEST_CASE("An object is written back once before another server reads it, and its reader waits") {
  DrustDut dut(3, replicated());
  Puppet& owner = dut.thread(1);
  const ObjectId object = owner.allocate(kObject);
  owner.write(object);
  const Outcome read = dut.thread(0).read(object);
  CHECK(dut.sent() == Messages{write_back(1, 2), {"copy", Verb::read, 0, 1, kObject}});
  CHECK(read.latency > read_latency(kObject) + dut.latency_of(Verb::write, kObject) - 100_ns);
  dut.thread(2).read(object);
  CHECK(dut.sent() == Messages{{"copy", Verb::read, 2, 1, kObject}});
  CHECK(dut.breakdown_sums_to_latency());
  dut.finish();
}

TEST_CASE(
    "What a MutRef has written is written back before the Box on another server hears of it") {
  DrustDut dut(3, replicated());
  const ObjectId object = dut.thread(2).allocate(kObject);
  Puppet& writer = dut.thread(1);
  const Borrow mut = writer.borrow_mut(object);
  writer.write(mut);
  writer.write(mut);
  CHECK(dut.sent() == Messages{{"move", Verb::read, 1, 2, kObject}});
  writer.give_back(mut);
  CHECK(dut.sent() == Messages{write_back(1, 2),
                               {"deallocate", Verb::send, 1, 2, Bytes(32)},
                               {"owner_update", Verb::write, 1, 2, Bytes(8)}});
  dut.finish();
}

TEST_CASE("The old home of an object that has moved is kept until the new one is written back") {
  DrustDut dut(3, replicated());
  Puppet& owner = dut.thread(1);
  const ObjectId object = owner.allocate(kObject, NodeId(2));
  owner.write(object);
  CHECK(dut.host(object) == NodeId(1));
  CHECK(dut.drust.heap().used(NodeId(2)) == dut.drust.heap().footprint(kObject));
  dut.forget();
  dut.thread(0).read(object);
  CHECK(dut.sent().size() == 3);  // write_back, copy, deallocate
  CHECK(dut.drust.heap().used(NodeId(2)) == 0_B);
  dut.finish();
}

TEST_CASE("A Box that leaves its server, and a mutex that is unlocked, are written back first") {
  DrustDut dut(3, replicated());
  Puppet& owner = dut.thread(1);
  const ObjectId object = owner.allocate(kObject);
  owner.write(object);
  owner.transfer(object, NodeId(0));
  CHECK(dut.sent() == Messages{write_back(1, 2), {"transfer", Verb::send, 1, 0, Bytes(16)}});
  const ObjectId guarded = owner.allocate(kObject, NodeId(), true);
  owner.lock(guarded);
  owner.write(guarded);
  CHECK(dut.sent().empty());
  owner.unlock(guarded);
  CHECK(dut.sent() == Messages{write_back(1, 2)});
  dut.finish();
}

TEST_CASE("Who writes where an object lies, on another server, writes to its backups first") {
  DrustDut dut(3, replicated(2));
  const ObjectId guarded = dut.thread(1).allocate(kObject, NodeId(), true);
  Puppet& writer = dut.thread(0);
  writer.lock(guarded);
  dut.forget();
  writer.run(Op::write(guarded, Bytes(), 64_B));
  // One of the backups is the writer's own server.
  CHECK(dut.sent() == Messages{write_back(0, 2, 64_B), {"guarded_write", Verb::write, 0, 1, 64_B}});
  writer.unlock(guarded);
  dut.finish();
}

TEST_CASE("With every_borrow each write of an owner and each mutable borrow is written back") {
  DrustDut dut(3, replicated(2, DrustWriteBack::every_borrow));
  Puppet& owner = dut.thread(0);
  const ObjectId object = owner.allocate(kObject);
  owner.write(object);
  CHECK(dut.sent() == Messages{write_back(0, 1), write_back(0, 2)});
  const Borrow mut = owner.borrow_mut(object);
  owner.write(mut);
  CHECK(dut.sent().empty());
  owner.give_back(mut);
  CHECK(dut.sent() == Messages{write_back(0, 1), write_back(0, 2)});
  CHECK(dut.drust.counters().write_backs == 4);
  CHECK(dut.drust.counters().write_back_bytes == 2048_B);
  dut.finish();
}

TEST_CASE("More backups than there are other servers are an error") {
  CHECK_THROWS_WITH(DrustDut(2, replicated(2)), Catch::Contains("replication.backups is 2"));
}

TEST_CASE("Random programs with backups stay coherent under every choice") {
  for (const DrustWriteBack when : {DrustWriteBack::on_transfer, DrustWriteBack::every_borrow}) {
    for (const DrustColouring colouring : {DrustColouring::full, DrustColouring::simplified}) {
      const EventQueue clock;
      Checker checker(clock);
      DrustOptions options = cramped(replicated(2, when));
      options.colouring = colouring;
      DutOptions setup = cramped();
      setup.witness = &checker;
      DrustDut borrowing(kServers, options, setup);
      Borrowers borrowers(12);
      CHECK_NOTHROW(watch(borrowing, borrowers));
      CHECK(borrowing.drust.counters().write_backs > 0);
    }
  }
}

// ---- crashes

TEST_CASE("What has left a server survives its crash, and what has not goes back to what had") {
  DrustDut dut(4, replicated());
  Puppet& owner = dut.thread(1);
  Puppet& other = dut.thread(3);
  const ObjectId object = owner.allocate(kObject);
  const std::uint64_t seen = owner.write(object).result;
  CHECK(other.read(object).result == seen);
  owner.write(object);
  lose(dut, 1);
  CHECK(dut.host(object) == NodeId(2));
  CHECK(dut.drust.object(object).owner == NodeId(2));
  CHECK(other.read(object).result == seen);
  const std::uint64_t written = other.write(object).result;
  CHECK(dut.thread(0).read(object).result == written);
  CHECK(dut.drust.counters().recoveries == 1);
  CHECK(dut.drust.counters().undone_objects == 1);
  CHECK_NOTHROW(dut.drust.inspection()->check_always());
}

TEST_CASE("An object that a lost server has taken and not shown goes back to its old home") {
  DrustDut dut(4, replicated());
  Puppet& owner = dut.thread(2);
  const ObjectId object = owner.allocate(kObject);
  const std::uint64_t first = owner.write(object).result;
  Puppet& writer = dut.thread(1);
  const Borrow mut = writer.borrow_mut(object);
  writer.write(mut);
  CHECK(owner.whole(OpKind::read, object).object == object);
  lose(dut, 1);
  CHECK(dut.host(object) == NodeId(2));
  CHECK(owner.read(object).result == first);
  CHECK_NOTHROW(dut.drust.inspection()->check_always());
}

TEST_CASE("The locks of lost threads are free, and those of survivors are still theirs") {
  DrustDut dut(4, replicated());
  const ObjectId here = dut.thread(2).allocate(kObject, NodeId(), true);
  const ObjectId there = dut.thread(1).allocate(kObject, NodeId(), true);
  dut.thread(1).lock(here);
  Puppet& survivor = dut.thread(3);
  survivor.lock(there);
  const std::uint64_t written = survivor.write(there).result;
  lose(dut, 1);
  dut.thread(0).lock(here);
  CHECK(survivor.read(there).result == written);
  Puppet& next = dut.thread(0);
  next.start(next.whole(OpKind::lock, there));
  survivor.unlock(there);
  dut.run();
  CHECK_FALSE(next.busy());
  CHECK(next.read(there).result == written);
}

TEST_CASE("A lost partition has a new host, every lost backup a new one, and the log says so") {
  DrustDut dut(4, replicated());
  dut.thread(1).allocate(kObject);
  dut.thread(0).allocate(kObject);
  dut.forget();
  lose(dut, 1);
  const Messages sent = dut.sent();
  const auto count = [&](const std::string& type) {
    return std::count_if(sent.begin(), sent.end(),
                         [&](const Message& message) { return message.type == type; });
  };
  CHECK(count("promote") == 1);
  CHECK(count("promoted") == 1);
  CHECK(count("lost") == 2);
  CHECK(count("held") == 2);  // the substitute knows its own
  CHECK(count("serves") == 2);
  CHECK(count("back_up") == 2);  // of the partitions of 0 and of 1
  std::vector<std::string> events;
  for (const LogEntry& entry : dut.drust.log()->entries()) {
    events.push_back(entry.event);
  }
  CHECK(std::count(events.begin(), events.end(), "promotion") == 1);
  CHECK(std::count(events.begin(), events.end(), "new_backup") == 2);
}

TEST_CASE("A take-over is six kinds of messages, and survivors report what they have there") {
  DrustDut dut(4, replicated());
  Puppet& survivor = dut.thread(3);
  survivor.allocate(kObject, NodeId(1));  // its Box is on server 3
  const ObjectId guarded = dut.thread(1).allocate(kObject, NodeId(), true);
  survivor.lock(guarded);
  dut.forget();
  lose(dut, 1);
  Messages sent = dut.sent();
  sent.resize(8);
  const Bytes c = 32_B;
  CHECK(sent == Messages{{"promote", Verb::send, 0, 2, c},
                         {"held", Verb::send, 0, 2, c},
                         {"lost", Verb::send, 0, 2, c},
                         {"lost", Verb::send, 0, 3, c},
                         {"held", Verb::send, 3, 2, c + 16_B * 2},
                         {"promoted", Verb::send, 2, 0, c},
                         {"serves", Verb::send, 0, 2, c},
                         {"serves", Verb::send, 0, 3, c}});
}

TEST_CASE(
    "A survivor begins nothing from when it hears of a loss until it hears who has the place") {
  DrustDut dut(4, replicated());
  Puppet& survivor = dut.thread(3);
  const ObjectId object = survivor.allocate(kObject);
  const Duration hit = survivor.read(object).latency;
  const Time crash = dut.simulation().queue().now();
  dut.world().crash(NodeId(1));
  dut.world().notice_crash(NodeId(1));
  survivor.start(survivor.whole(OpKind::read, object));
  dut.simulation().run_due(crash + 1_us);  // it has not heard
  CHECK(survivor.outcomes().back().latency == hit);
  CHECK_FALSE(survivor.busy());
  dut.simulation().run_due(crash + 3_us);
  survivor.start(survivor.whole(OpKind::read, object));
  dut.simulation().run_due(crash + 3500_ns);
  CHECK(survivor.busy());
  CHECK(dut.drust.counters().recoveries == 0);
  dut.run();
  CHECK(dut.drust.counters().recoveries == 1);
  // lost, held, promoted and serves, one after the other
  const Duration heard = survivor.outcomes().back().latency + 3_us - hit;
  CHECK(heard > 1200_ns * 4);
  CHECK(heard < 2_us * 4);
  const KindMeter& reads = dut.world().meter().kinds()[Meter::kind_of(OpKind::read).index()];
  CHECK(reads.spent[static_cast<std::size_t>(Category::lock_wait)] ==
        survivor.outcomes().back().latency - hit);
  CHECK(dut.breakdown_sums_to_latency());
}

TEST_CASE("What a survivor asks of a lost server meanwhile is asked again of who has its place") {
  DrustDut dut(4, replicated());
  Puppet& owner = dut.thread(1);
  const ObjectId object = owner.allocate(kObject);
  const std::uint64_t seen = owner.write(object).result;
  dut.thread(0).read(object);
  Puppet& reader = dut.thread(3);
  dut.world().crash(NodeId(1));
  reader.start(reader.whole(OpKind::read, object));  // under way when the loss is noticed
  dut.simulation().run_due(dut.simulation().queue().now() + 1_us);
  dut.world().notice_crash(NodeId(1));
  dut.forget();
  dut.run();
  CHECK(reader.outcomes().back().result == seen);
  const Messages sent = dut.sent();
  CHECK(std::count(sent.begin(), sent.end(), Message{"copy", Verb::read, 3, 2, kObject}) == 1);
  CHECK(dut.breakdown_sums_to_latency());
}

TEST_CASE("Once the new backups are there, another crash is survived, too") {
  DrustDut dut(4, replicated());
  Puppet& owner = dut.thread(1);
  const ObjectId object = owner.allocate(kObject);
  const std::uint64_t seen = owner.write(object).result;
  dut.thread(0).read(object);
  lose(dut, 1);
  lose(dut, 2);
  CHECK(dut.host(object) == NodeId(3));
  CHECK(dut.thread(3).read(object).result == seen);
}

TEST_CASE(
    "Survivors take nothing more from a lost server, whose locks are somebody else's by then") {
  DrustDut dut(4, replicated());
  dut.thread(1).allocate(kObject);
  dut.thread(0);
  lose(dut, 1);
  const Faults& faults = dut.world().cluster().fabric().faults();
  for (const std::uint32_t survivor : {0U, 2U, 3U}) {
    CHECK(faults.is_closed(NodeId(survivor), NodeId(1)));
  }
}

/// An object of server 1, whose write-back has come to one of its two backups and not to the other
/// when server 1 crashes, and then server 2: what server 0 has read, or a wrong state.
std::string crash_between_backups(const std::string& mutant) {
  const EventQueue clock;
  Checker checker(clock);
  DutOptions setup;
  setup.witness = &checker;
  setup.mutant = mutant;
  try {
    DrustDut dut(4, replicated(2), setup);
    Puppet& owner = dut.thread(1);
    const ObjectId object = owner.allocate(kObject);
    owner.write(object);
    Fabric& fabric = dut.world().cluster().fabric();
    LinkId cable;  // to server 3, which has the second backup
    for (const LinkId link : fabric.topology().route(NodeId(1), NodeId(3), 0)) {
      cable = link;
    }
    fabric.faults().take_down(cable);
    Puppet& reader = dut.thread(0);
    reader.start(reader.whole(OpKind::read, object));
    dut.simulation().run_due(dut.simulation().queue().now() + 50_us);
    CHECK(reader.busy() == mutant.empty());
    fabric.faults().bring_up(cable);
    lose(dut, 1);
    CHECK_FALSE(reader.busy());
    lose(dut, 2);
    dut.thread(3).read(object);
    return "";
  } catch (const Error& error) {
    CHECK(error.code() == ExitCode::incoherent);
    return error.what();
  }
}

TEST_CASE(
    "A write-back is not done when one of two backups has it, and the checker sees if it is") {
  CHECK(crash_between_backups("") == "");
#ifdef DSMSIM_MUTANTS
  CHECK_THAT(crash_between_backups("drust.crash_one_backup_awaited"),
             Catch::Contains("though others knew of it"));
#endif
}

TEST_CASE("The crash of the controller is not survived, nor one of which there is no backup") {
  DrustDut dut(3, replicated());
  dut.thread(1).allocate(kObject);
  dut.world().crash(NodeId(0));
  CHECK_FALSE(dut.drust.goes_on_without(NodeId(0)));
  DrustDut bare(3);
  bare.thread(1).allocate(kObject);
  bare.world().crash(NodeId(1));
  CHECK_FALSE(bare.drust.goes_on_without(NodeId(1)));
}

TEST_CASE("Who joins a lost thread is told, and the others finish") {
  DrustDut dut(3, replicated());
  struct Family final : Program {
    Task<> main(Thread& thread) override {
      std::vector<ThreadId> children;
      for (std::uint32_t i = 0; i < 3; ++i) {
        children.push_back(
            co_await thread.start({.node = NodeId(i)}, [](Thread& t) { return work(t); }));
      }
      for (const ThreadId child : children) {
        ended.push_back(co_await thread.join(child));
      }
    }
    static Task<> work(Thread& thread) {
      const ObjectId object = co_await thread.allocate(64_B);
      for (int i = 0; i < 20; ++i) {
        co_await thread.write(object, 0_B, 64_B);
        co_await thread.compute(1_us);
      }
    }
    std::vector<bool> ended;
  } family;
  dut.world().spawn(NodeId(0), [&](Thread& thread) { return family.main(thread); });
  dut.simulation().run_due(Time() + 10_us);
  lose(dut, 1);
  CHECK(family.ended == std::vector<bool>{true, false, true});
  CHECK(dut.world().running() == 0);
}

TEST_CASE(
    "With a backup, a crash at any step but the controller's loses nothing that others knew") {
  const std::vector<NodeId> servers = {NodeId(1), NodeId(2)};
  for (const std::string name :
       {"scenarios/locks-3", "scenarios/writes-3", "scenarios/eviction-3", "scenarios/guarded-3",
        "scenarios/guarded-readers", "scenarios/guarded-away", "litmus/MP+locks",
        "litmus/lock-update+away"}) {
    const Scenario small = scenario(name);
    for (const DrustWriteBack when : {DrustWriteBack::on_transfer, DrustWriteBack::every_borrow}) {
      for (std::uint32_t backups = 1; backups < std::min<std::size_t>(small.servers, 3);
           ++backups) {
        INFO(name << " with " << backups);
        CrashPlan plan;
        plan.servers = servers;
        plan.servers.resize(small.servers - 1);
        const CrashTable table =
            crash_everywhere(small, specimen_of<DrustEngine>(replicated(backups, when)), plan);
        CHECK(table.count(CrashEnd::survived) > 0);
        CHECK(table.count(CrashEnd::survived) + table.count(CrashEnd::finished) ==
              table.runs.size());
      }
    }
  }
}

TEST_CASE("Random programs survive the crash of a server at any time with all that others knew") {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    const EventQueue clock;
    Checker checker(clock);
    DutOptions setup = cramped();
    setup.server.memory = 64_KiB;
    setup.witness = &checker;
    setup.seed = seed;
    DrustDut dut(kServers, cramped(replicated(1 + seed % 2)), setup);
    Borrowers program(15);
    dut.world().spawn(NodeId(0), [&](Thread& thread) { return program.main(thread); });
    dut.simulation().run_due(Time() + Duration::picoseconds(7'000'000) * static_cast<int>(seed));
    INFO("seed " << seed);
    CHECK_NOTHROW(lose(dut, 1 + static_cast<std::uint32_t>(seed % 3)));
    CHECK_NOTHROW(dut.drust.inspection()->check_always());
    CHECK(dut.world().running() == 0);
  }
}

}  // namespace
}  // namespace dsmsim::testing
