// How long Grappa's operations take, and how many messages a core can handle.

#include <array>
#include <catch2/catch.hpp>
#include <set>

#include "sim/dsm/contract/counters_json.hpp"
#include "tests/protocols/grappa/fixture.hpp"

namespace dsmsim::testing {
namespace {

/// Memory access of so many bytes on the test cluster.
Duration touch_of(Bytes length) { return testbed_server().touch(length); }

/// Reads a word again and again, at times that have nothing to do with polls and flushes.
class Sampler final : public Program {
 public:
  Sampler(Bytes allocated, std::uint32_t skipped) : allocated_(allocated), skipped_(skipped) {}
  Task<> main(Thread& thread) override {
    for (std::uint32_t i = 0; i < skipped_; ++i) {
      co_await thread.allocate(Bytes(64));
    }
    const ObjectId word = co_await thread.allocate(allocated_);
    RandomStream random = thread.world().simulation().random("sampler");
    for (int i = 0; i < kReads; ++i) {
      co_await thread.compute(
          Duration::picoseconds(static_cast<std::int64_t>(random.below(200'000'000))));
      const Time start = thread.now();
      co_await thread.read(word, Bytes(0), Bytes(8));
      sum_ += thread.now() - start;
    }
  }
  double mean_us() const { return sum_.us() / kReads; }

 private:
  static constexpr int kReads = 16;
  Bytes allocated_;
  std::uint32_t skipped_;
  Duration sum_;
};

/// Mean time of a read by a thread of core 0 from the home of the object after `skipped` others;
/// over several seeds, for when a core polls is drawn once.
double mean_read_us(std::size_t servers, std::uint32_t processes, std::uint32_t skipped,
                    GrappaOptions options = {}) {
  options.processes_per_server = processes;
  options.align_objects = true;
  options.costs = grappa_costs();
  constexpr std::uint64_t kSeeds = 128;
  double sum = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    DutOptions cluster;
    cluster.seed = seed;
    Dut dut(
        servers,
        [&](EngineContext context) { return std::make_unique<GrappaEngine>(context, options); },
        cluster);
    Sampler sampler(8_B, skipped);
    dut.world().run(sampler);
    CHECK(dut.breakdown_sums_to_latency());
    sum += sampler.mean_us();
  }
  return sum / kSeeds;
}

TEST_CASE("Grappa: polls and flushes follow from the number of cores and the clock") {
  struct Row {
    std::uint32_t servers;
    std::uint32_t processes;
    double poll_ticks;
    double flush_ticks;
  };
  for (const Row& row : {Row{2, 1, 28562, 57124}, Row{8, 1, 30248, 60496}, Row{4, 4, 32496, 64992},
                         Row{2, 64, 63968, 63968}}) {
    GrappaBed bed(row.servers, grappa_options(row.processes));
    const grappa::Cores& cores = bed.engine().cores();
    CHECK(cores.poll_period().ns() == Approx(row.poll_ticks / 2.6));
    CHECK(cores.flush_period().ns() == Approx(row.flush_ticks / 2.6));
  }
}

TEST_CASE("Grappa: the timers of cores start anywhere in their periods, and do not keep in step") {
  const auto timers = [](std::uint64_t seed) {
    GrappaOptions options = grappa_options(4);
    options.costs.poll = 1_us;
    DutOptions cluster;
    cluster.seed = seed;
    GrappaBed bed(2, options, cluster);
    std::vector<std::array<std::int64_t, 3>> all;
    const grappa::Cores& cores = bed.engine().cores();
    for (const grappa::Core& core : cores.all()) {
      CHECK(core.poll_phase < cores.poll_period());
      CHECK(core.poll_period >= cores.poll_period());
      CHECK(core.poll_period < cores.poll_period() + 1_us);
      CHECK((core.flush_phase == core.poll_phase ||
             core.flush_phase >= core.poll_phase + cores.poll_period()));
      CHECK(core.flush_phase < core.poll_phase + cores.flush_period());
      all.push_back({core.poll_phase.ps(), core.poll_period.ps(), core.flush_phase.ps()});
    }
    return all;
  };
  const auto first = timers(1);
  CHECK(std::set(first.begin(), first.end()).size() == first.size());
  CHECK(timers(1) == first);
  CHECK(timers(2) != first);
}

constexpr int kReadsInARow = 2000;
/// Mean time of reads that follow one another at once, by one thread on one of two servers.
double mean_read_in_a_row_us(std::uint64_t seed) {
  struct Reader final : Program {
    Task<> main(Thread& thread) override {
      const ObjectId word = co_await thread.allocate(Bytes(64));
      const Time start = thread.now();
      for (int i = 0; i < kReadsInARow; ++i) {
        co_await thread.read(word, Bytes(0), Bytes(8));
      }
      taken = thread.now() - start;
    }
    Duration taken;
  } reader;
  GrappaOptions options = grappa_options();
  options.costs = grappa_costs();
  DutOptions cluster;
  cluster.seed = seed;
  Dut dut(
      2, [&](EngineContext context) { return std::make_unique<GrappaEngine>(context, options); },
      cluster);
  dut.world().run(reader);
  return reader.taken.us() / kReadsInARow;
}

TEST_CASE("Grappa: a round trip between two servers does not depend on how their timers started") {
  // A period, and another one if the home's timer has just missed the request or the reply, which
  // for given phases would happen always or never.
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    const double mean = mean_read_in_a_row_us(seed);
    INFO("seed " << seed << ": " << mean << " us");
    CHECK(mean > 1.05 * 57'124 / 2.6e3);
    CHECK(mean < 1.6 * 57'124 / 2.6e3);
  }
}

TEST_CASE("Grappa: an unloaded read between 8 servers of one core takes 28 to 31 microseconds") {
  // T = 23.3 us, as half a period each way, and twice what software, MPI and the wire take.
  const double mean = mean_read_us(8, 1, 3);
  CHECK(mean > 28);
  CHECK(mean < 31);
}

TEST_CASE("Grappa: an unloaded read from another core of the server takes a poll period") {
  const double period = (28'000 + 281 * 8) / 2.6e3;
  CHECK(mean_read_us(2, 4, 6) == Approx(period + 2).epsilon(0.2));
}

TEST_CASE("Grappa: slices of other cores wait for their polls, half a period each way") {
  const double network = mean_read_us(8, 1, 3);
  const double slices = mean_read_us(2, 4, 0);  // the last core; the first of its server receives
  const double period = (28'000 + 281 * 8) / 2.6e3;
  CHECK(slices > network + 0.25 * period);
  CHECK(slices < network + 1.25 * period);
}

TEST_CASE("Grappa: a read at home is a call and a memory access") {
  CHECK(mean_read_us(8, 1, 7) < 0.3);
}

TEST_CASE("Grappa: without aggregation an unloaded read takes less than a third") {
  GrappaOptions options;
  options.aggregation = false;
  CHECK(mean_read_us(8, 1, 3, options) < 9);
  options.aggregation = true;
  options.flush = GrappaFlush::timeout_size;
  options.flush_size = 1_B;
  CHECK(mean_read_us(8, 1, 3, options) < 9);
}

/// Many tasks that add to random words.
class DelegateAdders final : public Program {
 public:
  DelegateAdders(std::uint32_t tasks_per_server, int rounds)
      : tasks_per_server_(tasks_per_server), rounds_(rounds) {}
  Task<> main(Thread& thread) override {
    World& world = thread.world();
    table_ = co_await thread.allocate(Bytes(kWords * 8));
    world.start_measuring();
    begin_ = thread.now();
    std::vector<ThreadId> tasks;
    const auto servers = static_cast<std::uint32_t>(world.cluster().servers());
    for (std::uint32_t i = 0; i < servers * tasks_per_server_; ++i) {
      tasks.push_back(thread.spawn(NodeId(i % servers), [this](Thread& t) { return add(t); }));
    }
    for (const ThreadId task : tasks) {
      co_await thread.join(task);
    }
    end_ = thread.now();
  }
  Duration taken() const { return end_ - begin_; }

 private:
  static constexpr std::uint64_t kWords = 1 << 14;
  Task<> add(Thread& thread) {
    RandomStream random = thread.world().simulation().random("adders", thread.id().value());
    for (int i = 0; i < rounds_; ++i) {
      co_await thread.atomic_add(table_, Bytes(random.below(kWords) * 8), 1);
    }
  }
  std::uint32_t tasks_per_server_;
  int rounds_;
  ObjectId table_;
  Time begin_;
  Time end_;
};

struct Load {
  double messages_per_core_second;
  double per_packet;
};

Load run_adders(GrappaOptions options, std::uint32_t tasks = 256, int rounds = 20) {
  DutOptions cluster;
  cluster.server.context_switch = {};
  Dut dut(
      4, [&](EngineContext context) { return std::make_unique<GrappaEngine>(context, options); },
      cluster);
  DelegateAdders adders(tasks, rounds);
  dut.world().run(adders);
  const nlohmann::ordered_json counters = report_of(dut.engine<GrappaEngine>());
  return {counters["messages"].get<double>() / adders.taken().seconds() /
              (4.0 * options.processes_per_server),
          counters["messages_per_packet"].get<double>()};
}

TEST_CASE("Grappa: a message costs cross_core where one core of a server hands it to another") {
  // Core 1 sends to server 1 for all of server 0, and receives for them; on server 1 core 2 does.
  GrappaOptions options = grappa_options(2);
  options.costs.cross_core = 415_ns;
  struct Row {
    std::uint32_t reader;
    std::uint32_t home;
    std::vector<Duration> busy;  ///< of each core
  };
  const Duration once = 415_ns;
  const Duration twice = 830_ns;
  const Duration touched = touch_of(8_B);
  for (const Row& row :
       {Row{0, 3, {twice, {}, {}, twice + touched}}, Row{1, 2, {{}, {}, touched, {}}},
        Row{1, 3, {{}, {}, {}, twice + touched}}, Row{0, 1, {once, once + touched, {}, {}}}}) {
    GrappaBed bed(2, options);
    Puppet& second = bed.dut.thread(0);
    second.run(Op::fence());  // seen by the engine, on core 1
    Puppet& reader = row.reader == 0 ? bed.at(0) : second;
    std::vector<ObjectId> at(4);
    for (int i = 0; i < 4; ++i) {
      const ObjectId object = bed.at(0).allocate(8_B);
      at[bed.home(object)] = object;
    }
    bed.engine().reset_counters();
    reader.read(at[row.home]);
    INFO("from core " << row.reader << " to core " << row.home);
    for (std::size_t i = 0; i < 4; ++i) {
      CHECK(bed.engine().cores().all()[i].busy == row.busy[i]);
    }
  }
}

TEST_CASE("Grappa: a core handles a million messages a second if most are handed over") {
  GrappaOptions options = grappa_options(8);
  options.costs = grappa_costs();
  const Load load = run_adders(options, 1024, 8);
  // Between 4 servers of 8 cores: of 32 homes 24 are remote (2 * 7/8), 7 on other cores here (1).
  const double handed_over = (24 * 2 * 7 / 8.0 + 7) / 31;
  const double time = 62.5 + 31.25 + 4.76 + 50 + touch_of(8_B).ns() / 2 + handed_over * 415;
  CHECK(load.messages_per_core_second > 0.6e9 / time);
  CHECK(load.messages_per_core_second < 1e9 / time);
  CHECK(load.per_packet > 20);
}

TEST_CASE("Grappa: with one core a server nothing is handed over, and a core handles more") {
  GrappaOptions options = grappa_options();
  options.costs = grappa_costs();
  CHECK(run_adders(options, 512, 16).messages_per_core_second > 1.5e6);
}

TEST_CASE("Grappa: without aggregation all cores of a server share the rate of its card") {
  GrappaOptions options = grappa_options(4);
  options.aggregation = false;
  options.costs.card = 1_us;
  GrappaBed bed(2, options);
  std::vector<Puppet*> readers = {&bed.at(0)};
  for (int i = 1; i < 4; ++i) {
    readers.push_back(&bed.dut.thread(0));
    readers.back()->run(Op::fence());
  }
  const ObjectId word = bed.at(0).allocate(8_B);
  REQUIRE(bed.home(word) == 7);
  for (Puppet* const reader : readers) {
    reader->start(reader->whole(OpKind::read, word));
  }
  bed.dut.run();
  const Duration first = readers[0]->outcomes().back().latency;
  for (int i = 1; i < 4; ++i) {
    CHECK((readers[static_cast<std::size_t>(i)]->outcomes().back().latency - first).ns() ==
          Approx(1000 * i).margin(1));
  }
  CHECK(bed.dut.breakdown_sums_to_latency());
  CHECK(bed.dut.world()
            .meter()
            .kinds()[Meter::kind_of(OpKind::read).index()]
            .spent[static_cast<std::size_t>(Category::nic_queue)] >= 6_us);
}

TEST_CASE("Grappa: without aggregation a server sends 3.2 million messages a second, and no more") {
  GrappaOptions options = grappa_options(16);
  options.costs = grappa_costs();
  options.aggregation = false;
  const Load load = run_adders(options, 512, 8);
  // Three of four updates leave the server: of its messages 24/31 * 31/32, and as many replies.
  const double sent = 16 * load.messages_per_core_second * 48 / 63;
  CHECK(sent > 2.4e6);
  CHECK(sent < 3.2e6);
}

TEST_CASE("Grappa: without cross-core costs ten million messages a second are not exceeded") {
  GrappaOptions options = grappa_options();
  options.costs = grappa_costs();
  options.costs.cross_core = {};
  options.costs.context_switch = {};
  options.costs.mpi = {};
  options.workers = 2000;
  const Load load = run_adders(options, 1024, 4);
  CHECK(load.messages_per_core_second > 2e6);
  CHECK(load.messages_per_core_second < 10e6);
}

TEST_CASE("Grappa: flushing by size makes smaller packets, and without aggregation they are one") {
  GrappaOptions options = grappa_options();
  options.costs = grappa_costs();
  const Load timeout = run_adders(options, 64, 10);
  options.flush = GrappaFlush::timeout_size;
  options.flush_size = 256_B;
  const Load size = run_adders(options, 64, 10);
  CHECK(size.per_packet < timeout.per_packet);
  options.aggregation = false;
  CHECK(run_adders(options, 64, 10).per_packet == 1);
}

}  // namespace
}  // namespace dsmsim::testing
