// Gates, locks, semaphores, mailboxes, when_all, FIFO servers.

#include "sim/time/sync.hpp"

#include <catch2/catch.hpp>
#include <memory>
#include <stdexcept>
#include <string>

using namespace dsmsim;
using namespace dsmsim::literals;

namespace {

/// What happened, in order: "name@ns".
struct Script {
  Simulation simulation;
  std::string happened;
  EventQueue& queue() { return simulation.queue(); }
  void note(const std::string& what) {
    happened +=
        (happened.empty() ? "" : " ") + what + "@" + std::to_string(simulation.now().ps() / 1000);
  }
};

Task<> pass(Script& script, Gate& gate, std::string name) {
  co_await gate.wait();
  script.note(name);
}

Task<> open_later(Script& script, Gate& gate, Duration after) {
  co_await script.simulation.delay(after);
  gate.open();
  script.note("open");
}

Task<> use(Script& script, FifoLock& lock, std::string name, Duration arrival, Duration use) {
  co_await script.simulation.delay(arrival);
  co_await lock.lock();
  script.note(name);
  co_await script.simulation.delay(use);
  lock.unlock();
}

Task<> occupy(Script& script, Semaphore& semaphore, std::string name) {
  co_await semaphore.acquire();
  script.note(name);
  co_await script.simulation.delay(10_ns);
  semaphore.release();
}

Task<> receive(Script& script, Mailbox<std::unique_ptr<int>>& mailbox, std::string name) {
  const std::unique_ptr<int> value = co_await mailbox.receive();
  script.note(name + std::to_string(*value));
}

Task<> wait_and_note(Script& script, Duration time, std::string name) {
  co_await script.simulation.delay(time);
  script.note(name);
}

Task<> fail(Script& script, Duration time, std::string what) {
  co_await script.simulation.delay(time);
  throw std::runtime_error(what);
}

}  // namespace

TEST_CASE("A gate holds everybody until it opens, and lets them through in order of arrival") {
  Script script;
  Gate gate(script.queue());
  for (const char* name : {"a", "b", "c"}) {
    script.simulation.spawn(pass(script, gate, name));
  }
  script.simulation.spawn(open_later(script, gate, 5_ns));
  script.simulation.run();
  CHECK(script.happened == "open@5 a@5 b@5 c@5");
  CHECK(gate.is_open());
  script.simulation.spawn(pass(script, gate, "late"));
  script.simulation.run();
  gate.close();
  script.simulation.spawn(pass(script, gate, "too late"));
  script.simulation.run();
  CHECK(script.happened == "open@5 a@5 b@5 c@5 late@5");
  script.simulation.abandon();
}

TEST_CASE("A lock is held by one at a time, first come, first served") {
  Script script;
  FifoLock lock(script.queue());
  script.simulation.spawn(use(script, lock, "a", 0_ns, 10_ns));
  script.simulation.spawn(use(script, lock, "c", 2_ns, 10_ns));
  script.simulation.spawn(use(script, lock, "b", 1_ns, 10_ns));
  script.simulation.spawn(use(script, lock, "d", 25_ns, 10_ns));
  script.simulation.run();
  CHECK(script.happened == "a@0 b@10 c@20 d@30");
  CHECK_FALSE(lock.locked());
}

TEST_CASE("Whoever asks at the instant of the release does not overtake who waited") {
  Script script;
  FifoLock lock(script.queue());
  script.simulation.spawn(use(script, lock, "a", 0_ns, 10_ns));
  script.simulation.spawn(use(script, lock, "waits", 5_ns, 10_ns));
  script.simulation.spawn(use(script, lock, "asks", 10_ns, 10_ns));
  script.simulation.run();
  CHECK(script.happened == "a@0 waits@10 asks@20");
}

TEST_CASE("A lock can be tried without waiting") {
  Script script;
  FifoLock lock(script.queue());
  CHECK(lock.try_lock());
  CHECK(lock.locked());
  CHECK_FALSE(lock.contended());
  CHECK_FALSE(lock.try_lock());
  lock.unlock();
  CHECK(lock.try_lock());
}

TEST_CASE("A semaphore lets as many in as it has units") {
  Script script;
  Semaphore semaphore(script.queue(), 2);
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    script.simulation.spawn(occupy(script, semaphore, name));
  }
  script.simulation.run();
  CHECK(script.happened == "a@0 b@0 c@10 d@10 e@20");
  CHECK(semaphore.available() == 2);
}

TEST_CASE("A mailbox gives the first value to the first receiver, whoever came first") {
  Script script;
  Mailbox<std::unique_ptr<int>> mailbox(script.queue());
  mailbox.put(std::make_unique<int>(1));
  script.simulation.spawn(receive(script, mailbox, "a"));
  script.simulation.spawn(receive(script, mailbox, "b"));
  script.simulation.run();
  CHECK(script.happened == "a1@0");
  mailbox.put(std::make_unique<int>(2));
  mailbox.put(std::make_unique<int>(3));
  CHECK(mailbox.size() == 1);
  script.simulation.spawn(receive(script, mailbox, "c"));
  script.simulation.run();
  CHECK(script.happened == "a1@0 b2@0 c3@0");
}

TEST_CASE("Who asks a mailbox at the instant of a put does not take the value of one who waits") {
  // The value lay in the box until the waiting receiver ran, and somebody else could take it.
  Script script;
  Mailbox<std::unique_ptr<int>> mailbox(script.queue());
  script.simulation.spawn(receive(script, mailbox, "waits"));
  script.simulation.run();
  script.simulation.spawn(receive(script, mailbox, "asks"));
  mailbox.put(std::make_unique<int>(1));
  mailbox.put(std::make_unique<int>(2));
  script.simulation.run();
  CHECK(script.happened == "asks2@0 waits1@0");
}

TEST_CASE("when_all ends with the last of its tasks, which run side by side") {
  struct Parent {
    static Task<> run(Script& script) {
      std::vector<Task<>> children;
      children.push_back(wait_and_note(script, 3_ns, "a"));
      children.push_back(wait_and_note(script, 1_ns, "b"));
      children.push_back(wait_and_note(script, 2_ns, "c"));
      co_await when_all(script.simulation, std::move(children));
      script.note("all");
      std::vector<Task<>> none;
      co_await when_all(script.simulation, std::move(none));
      script.note("none");
    }
  };
  Script script;
  script.simulation.spawn(Parent::run(script));
  script.simulation.run();
  CHECK(script.happened == "b@1 c@2 a@3 all@3 none@3");
  CHECK(script.simulation.live() == 0);
}

TEST_CASE("when_all throws the first failure of the list after everybody has ended") {
  struct Parent {
    static Task<> run(Script& script) {
      std::vector<Task<>> children;
      children.push_back(wait_and_note(script, 9_ns, "fine"));
      children.push_back(fail(script, 5_ns, "second of the list"));
      children.push_back(fail(script, 1_ns, "third of the list"));
      try {
        co_await when_all(script.simulation, std::move(children));
      } catch (const std::runtime_error& error) {
        script.note(error.what());
      }
    }
  };
  Script script;
  script.simulation.spawn(Parent::run(script));
  script.simulation.run();
  CHECK(script.happened == "fine@9 second of the list@9");
}

TEST_CASE("A FIFO server is busy for the sum of the services and idle in between") {
  FifoServer server;
  CHECK(server.reserve(Time::at(5_ns), 10_ns) == Time::at(5_ns));
  CHECK(server.reserve(Time::at(5_ns), 1_ns) == Time::at(15_ns));
  CHECK(server.reserve(Time::at(15_ns), 4_ns) == Time::at(16_ns));
  CHECK(server.reserve(Time::at(30_ns), 1_ns) == Time::at(30_ns));
  CHECK(server.free_at == Time::at(31_ns));
}
