// The clock and its events: order, shortcuts, the companion clock.

#include "sim/time/event_queue.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <stdexcept>

#include "sim/base/error.hpp"
#include "sim/base/random.hpp"
#include "sim/time/sync.hpp"

using namespace dsmsim;
using namespace dsmsim::literals;

namespace {

struct Log {
  EventQueue& queue;
  std::vector<std::pair<Time, int>> entries;
};

/// Appends itself to the log when its time has come.
struct Mark {
  Log& log;
  int name;
  static void run(void* argument) {
    const Mark& mark = *static_cast<Mark*>(argument);
    mark.log.entries.emplace_back(mark.log.queue.now(), mark.name);
  }
};

Time at(Duration since_start) { return Time::at(since_start); }

/// Schedules marks at random times, also from within events, and remembers what must happen: the
/// marks by time and, at equal times, in the order of scheduling.
class RandomSchedule {
 public:
  RandomSchedule(std::uint64_t seed, int total, std::uint64_t spread)
      : random_(seed, "schedule"), left_(total), spread_(spread) {
    nodes_.reserve(static_cast<std::size_t>(total));
    for (int i = 0; i < 500 && left_ > 0; ++i) {
      add();
    }
  }
  void run() { queue_.run(); }
  bool ran_in_order() {
    std::stable_sort(expected_.begin(), expected_.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    return expected_ == ran_;
  }
  std::size_t ran() const { return ran_.size(); }

 private:
  struct Node {
    RandomSchedule& owner;
    int name;
  };
  void add() {
    --left_;
    const Time when =
        queue_.now() + Duration::picoseconds(static_cast<std::int64_t>(random_.below(spread_)));
    nodes_.push_back({*this, static_cast<int>(nodes_.size())});
    expected_.emplace_back(when, nodes_.back().name);
    queue_.schedule(when, &RandomSchedule::happen, &nodes_.back());
  }
  static void happen(void* argument) {
    const Node& node = *static_cast<Node*>(argument);
    RandomSchedule& self = node.owner;
    self.ran_.emplace_back(self.queue_.now(), node.name);
    for (std::uint64_t more = self.random_.below(3); more > 0 && self.left_ > 0; --more) {
      self.add();
    }
  }
  EventQueue queue_;
  RandomStream random_;
  int left_;
  std::uint64_t spread_;
  std::vector<Node> nodes_;
  std::vector<std::pair<Time, int>> expected_;
  std::vector<std::pair<Time, int>> ran_;
};

/// Coroutines that compete for a lock, a semaphore and a mailbox, with many equal dates.
class Crowd {
 public:
  Crowd(std::uint64_t seed, bool shortcuts)
      : simulation_(seed),
        lock_(simulation_.queue()),
        semaphore_(simulation_.queue(), 3),
        mailbox_(simulation_.queue()) {
    simulation_.queue().set_shortcuts(shortcuts);
    for (int i = 0; i < 12; ++i) {
      simulation_.spawn(member(i));
      simulation_.spawn(receiver(100 + i));
    }
    simulation_.run();
  }
  const std::vector<std::pair<Time, int>>& trace() const { return trace_; }
  std::uint64_t events() { return simulation_.queue().processed(); }
  std::size_t live() const { return simulation_.live(); }

 private:
  void note(int who) { trace_.emplace_back(simulation_.now(), who); }
  Duration some(RandomStream& random) { return Duration::picoseconds(1000) * random.below(4); }
  Task<> member(int me) {
    RandomStream random = simulation_.random("member", static_cast<std::uint64_t>(me));
    for (int i = 0; i < 200; ++i) {
      co_await simulation_.delay(some(random));
      note(me);
      co_await lock_.lock();
      co_await simulation_.delay(some(random));
      note(me);
      lock_.unlock();
      mailbox_.put(me);
      co_await semaphore_.acquire();
      co_await simulation_.delay(some(random));
      semaphore_.release();
    }
  }
  Task<> receiver(int me) {
    for (int i = 0; i < 200; ++i) {
      const int from = co_await mailbox_.receive();
      note(me + 1000 * from);
      co_await simulation_.delay(1_ns);
    }
  }
  Simulation simulation_;
  FifoLock lock_;
  Semaphore semaphore_;
  Mailbox<int> mailbox_;
  std::vector<std::pair<Time, int>> trace_;
};

/// Has something happen at given times, each of which schedules an event then.
class Alarms : public Companion {
 public:
  Alarms(EventQueue& queue, Mark mark, std::vector<Time> times)
      : queue_(queue), mark_(mark), times_(std::move(times)) {
    queue.attach(this);
  }
  bool active() const override { return next_ < times_.size(); }
  bool advance_to(Time limit) override {
    if (times_[next_] > limit) {
      return false;
    }
    queue_.schedule(times_[next_++], &Mark::run, &mark_);
    return true;
  }

 private:
  EventQueue& queue_;
  Mark mark_;
  std::vector<Time> times_;
  std::size_t next_ = 0;
};

}  // namespace

TEST_CASE("Events of equal time run in the order in which they were scheduled") {
  EventQueue queue;
  Log log{queue, {}};
  std::vector<Mark> marks;
  for (int i = 0; i < 100; ++i) {
    marks.push_back({log, i});
  }
  for (Mark& mark : marks) {
    queue.schedule(at(mark.name % 2 == 0 ? 2_ns : 1_ns), &Mark::run, &mark);
  }
  queue.run();
  REQUIRE(log.entries.size() == 100);
  for (int i = 0; i < 50; ++i) {
    CHECK(log.entries[static_cast<std::size_t>(i)] == std::pair(at(1_ns), 2 * i + 1));
    CHECK(log.entries[static_cast<std::size_t>(i) + 50] == std::pair(at(2_ns), 2 * i));
  }
}

TEST_CASE("Whatever is scheduled, events run by time and then by order of scheduling") {
  for (const std::uint64_t spread : {1U, 10U, 1000U, 1'000'000'000U}) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      RandomSchedule schedule(seed, 20'000, spread);
      schedule.run();
      CHECK(schedule.ran() > 500);
      CHECK(schedule.ran_in_order());
    }
  }
}

TEST_CASE("An event in the past is refused") {
  EventQueue queue;
  Log log{queue, {}};
  Mark mark{log, 0};
  queue.schedule(at(5_ns), &Mark::run, &mark);
  queue.run();
  CHECK_THROWS_AS(queue.schedule(at(4_ns), &Mark::run, &mark), std::logic_error);
  CHECK_THROWS_AS(queue.try_advance(-(1_ns)), std::logic_error);
}

TEST_CASE("The clock is advanced in place only if nothing is due by then") {
  EventQueue queue;
  Log log{queue, {}};
  Mark mark{log, 0};
  queue.schedule(at(10_ns), &Mark::run, &mark);
  CHECK(queue.try_advance(9_ns));
  CHECK(queue.now() == at(9_ns));
  CHECK_FALSE(queue.try_advance(1_ns));
  CHECK(queue.now() == at(9_ns));
  CHECK(queue.processed() == 1);
}

TEST_CASE("A delay of nothing is no event, with or without shortcuts") {
  // It was counted as one when nothing else was due, and only with shortcuts on.
  for (const bool shortcuts : {true, false}) {
    EventQueue queue;
    queue.set_shortcuts(shortcuts);
    CHECK(queue.try_advance(Duration{}));
    CHECK(queue.processed() == 0);
  }
}

TEST_CASE("A program runs the same with shortcuts and without, event for event") {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    Crowd quick(seed, true);
    Crowd slow(seed, false);
    CHECK(quick.live() == 0);
    CHECK(quick.trace().size() == 12 * 200 * 3);
    CHECK(quick.trace() == slow.trace());
    CHECK(quick.events() == slow.events());
  }
}

TEST_CASE("stop() ends the run although the present coroutine could go on alone") {
  // Its delays were shortcuts, so that it never came back to the queue.
  struct Runner {
    static Task<> run(Simulation& simulation) {
      for (int i = 0; i < 10; ++i) {
        co_await simulation.delay(1_ns);
        if (i == 4) {
          simulation.queue().stop();
        }
      }
    }
  };
  Simulation simulation;
  simulation.spawn(Runner::run(simulation));
  simulation.run();
  CHECK(simulation.now() == at(5_ns));
  simulation.run();
  CHECK(simulation.now() == at(10_ns));
}

TEST_CASE("What an event throws leaves run(), and the next run() goes on") {
  EventQueue queue;
  Log log{queue, {}};
  Mark mark{log, 7};
  queue.schedule(
      at(1_ns), [](void*) { throw std::runtime_error("event"); }, nullptr);
  queue.schedule(at(2_ns), &Mark::run, &mark);
  CHECK_THROWS_WITH(queue.run(), "event");
  CHECK(queue.pending() == 1);
  queue.run();
  CHECK(log.entries == std::vector{std::pair(at(2_ns), 7)});
}

TEST_CASE("What was cleared never happens, and the queue can be used again") {
  EventQueue queue;
  Log log{queue, {}};
  Mark mark{log, 1};
  for (int i = 0; i < 3000; ++i) {
    queue.schedule(at(1_ns), &Mark::run, &mark);
  }
  queue.clear();
  CHECK(queue.empty());
  for (int i = 0; i < 5000; ++i) {
    queue.schedule(at(2_ns), &Mark::run, &mark);
  }
  queue.run();
  CHECK(log.entries.size() == 5000);
}

TEST_CASE("A companion's happenings take their place among the events") {
  EventQueue queue;
  Log log{queue, {}};
  Mark one{log, 1};
  Mark two{log, 2};
  Mark three{log, 3};
  Alarms alarms(queue, {log, -1}, {at(1_ns), at(5_ns), at(5_ns), at(9_ns)});
  queue.schedule(at(3_ns), &Mark::run, &one);
  queue.schedule(at(5_ns), &Mark::run, &two);
  queue.schedule(at(7_ns), &Mark::run, &three);
  CHECK_FALSE(queue.try_advance(1_ps));  // not while the companion may come first
  queue.run();
  const std::vector<std::pair<Time, int>> expected = {{at(1_ns), -1}, {at(3_ns), 1},  {at(5_ns), 2},
                                                      {at(5_ns), -1}, {at(5_ns), -1}, {at(7_ns), 3},
                                                      {at(9_ns), -1}};
  CHECK(log.entries == expected);
  CHECK(queue.try_advance(1_ps));
}

TEST_CASE("What is due at a time runs with all that it makes due then, and nothing later") {
  EventQueue queue;
  Log log{queue, {}};
  Mark one{log, 1};
  Mark two{log, 2};
  queue.schedule(at(1_ns), &Mark::run, &one);
  queue.schedule(at(3_ns), &Mark::run, &two);
  queue.run_due(queue.now());
  CHECK(log.entries.empty());
  CHECK(queue.next() == at(1_ns));
  queue.run_due(queue.next());
  CHECK(log.entries == std::vector<std::pair<Time, int>>{{at(1_ns), 1}});
  CHECK(queue.now() == at(1_ns));
  queue.run_due(queue.next());
  CHECK(queue.next() == Time::never());
}

TEST_CASE("A pending event can run early, and the clock and the others do not notice") {
  EventQueue queue;
  Log log{queue, {}};
  Mark one{log, 1};
  Mark two{log, 2};
  Mark three{log, 3};
  queue.schedule(at(1_ns), &Mark::run, &one);
  queue.schedule(at(2_ns), &Mark::run, &two);
  queue.schedule(at(3_ns), &Mark::run, &three);
  queue.run_early(1);
  CHECK(log.entries == std::vector<std::pair<Time, int>>{{Time(), 2}});
  queue.run();
  CHECK(log.entries ==
        std::vector<std::pair<Time, int>>{{Time(), 2}, {at(1_ns), 1}, {at(3_ns), 3}});
}

namespace {

Task<> wait_twice(Simulation& simulation, Duration each, int& waited) {
  co_await simulation.delay(each);
  ++waited;
  co_await simulation.delay(each);
  ++waited;
}

Task<> wait_and_catch(Simulation& simulation, Duration each, int& waited) {
  std::vector<Task<>> both;
  both.push_back(wait_twice(simulation, each, waited));
  both.push_back(wait_twice(simulation, 1_us, waited));
  co_await when_all(simulation, std::move(both));  // holds the error back until the other has ended
}

const std::string kClockEnd =
    "that would be due beyond 9223372.036854775807s (106.75 days), where a clock of picoseconds "
    "ends; there is no result";

}  // namespace

// The second wait wrapped round to a negative time: internal error, exit code 1.
TEST_CASE("Whoever waits for no time again and again lets the others go on") {
  Simulation simulation;
  EventQueue& queue = simulation.queue();
  bool done = false;
  const auto spin = [](EventQueue& q, const bool& until) -> Task<> {
    while (!until) {
      co_await q.delay(Duration());
    }
  };
  const auto finish = [](EventQueue& q, bool& flag) -> Task<> {
    co_await q.delay(Duration());
    flag = true;
  };
  simulation.spawn(spin(queue, done));
  simulation.spawn(finish(queue, done));
  simulation.run();
  CHECK(done);
  CHECK(queue.now() == Time());
  CHECK(simulation.live() == 0);
}

TEST_CASE("A loop of waits for no time is seen by the monitor") {
  Simulation simulation;
  simulation.queue().set_monitor([] { return false; });
  const auto spin = [](EventQueue& q) -> Task<> {
    for (;;) {
      co_await q.delay(Duration());
    }
  };
  simulation.spawn(spin(simulation.queue()));
  simulation.run();
  CHECK(simulation.queue().now() == Time());
}

TEST_CASE("For who explores orders, the last of many waits for no time is a pending event") {
  Simulation simulation;
  simulation.queue().set_most_stays(10, 1_ns);
  int turns = 0;
  const auto spin = [](EventQueue& q, int& count) -> Task<> {
    for (;;) {
      ++count;
      co_await q.delay(Duration());
    }
  };
  simulation.spawn(spin(simulation.queue(), turns));
  simulation.run_due(simulation.now());
  CHECK(turns == 10);
  CHECK(simulation.queue().pending() == 1);
  simulation.run_early(0);
  CHECK(turns == 20);
  CHECK(simulation.now() == Time());
}

TEST_CASE("No more events are run at a time than asked for, and the others stay pending") {
  EventQueue queue;
  Log log{queue, {}};
  Mark marks[] = {{log, 0}, {log, 1}, {log, 2}};
  for (Mark& mark : marks) {
    queue.schedule(queue.now(), &Mark::run, &mark);
  }
  queue.run_due(queue.now(), 2);
  CHECK(log.entries.size() == 2);
  CHECK(queue.pending() == 1);
}

TEST_CASE("A wait beyond what the clock can hold is a limit, with or without shortcuts") {
  for (const bool shortcuts : {true, false}) {
    Simulation simulation;
    simulation.queue().set_shortcuts(shortcuts);
    int waited = 0;
    simulation.spawn(wait_twice(simulation, from_seconds(9e6), waited));
    try {
      simulation.run();
      FAIL("the clock went on");
    } catch (const Error& error) {
      CHECK(error.code() == ExitCode::limit);
      CHECK(error.what() ==
            "simulated time is used up: at 9000000s of it a wait of 9000000s began " + kClockEnd);
    }
    CHECK(waited == 1);
    CHECK(simulation.now() == Time::at(from_seconds(9e6)));
  }
}

TEST_CASE("An event at the end of the clock is refused with the time of whoever schedules it") {
  EventQueue queue;
  Log log{queue, {}};
  Mark mark{log, 1};
  queue.schedule(at(2_us), &Mark::run, &mark);
  queue.run();
  CHECK_THROWS_WITH(queue.schedule(at(Duration::max() - 1_us) + 1_us, &Mark::run, &mark),
                    "simulated time is used up: at 2us of it an event was scheduled " + kClockEnd);
}

TEST_CASE("Whoever catches the error does not keep a run going for which there is no time") {
  Simulation simulation;
  int waited = 0;
  simulation.spawn(wait_and_catch(simulation, Duration::max(), waited));
  CHECK_THROWS_WITH(simulation.run(), Catch::Contains("simulated time is used up"));
  CHECK(waited <= 2);
}
