#pragma once
// One execution of a scenario on an engine in which nothing takes time: what happens next is
// chosen, not scheduled.
//
// The choices are: a thread goes on to its next step; the first message of a queue pair arrives, or
// completes; a timer of the engine goes off. Whoever wants to see them lets servers crash, and the
// failure detector tell of it. After each the engine does what it does at once. So
// every order is possible that the fabric permits, and which execution it is, is a function of the
// choices. Whoever tries again and again in no time is stopped, and goes on as if a timer had gone
// off. Built anew for each execution, so building is cheap.

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sim/check/checker.hpp"
#include "sim/check/outcome.hpp"
#include "sim/dsm/boundary/world.hpp"

namespace dsmsim {

/// What is explored or tested: an engine whose software takes no time.
struct Specimen {
  std::function<std::unique_ptr<Engine>(EngineContext)> make_engine;
  Bytes memory = Bytes(1 << 20);  ///< of each server
  /// Where servers that run threads hold no memory: others that do, for each of the scenario's.
  std::size_t memory_servers_each = 0;
  /// That run threads: a scenario that names fewer is played on more (replicas need them).
  std::size_t least_servers = 2;

  /// Of the cluster on which the scenario is played.
  std::size_t servers(const Scenario& scenario) const {
    return std::max(scenario.servers, least_servers) * (1 + memory_servers_each);
  }
};

struct Choice {
  enum class Kind : std::uint8_t { thread, message, timer, crash, tell };
  Kind kind = Kind::thread;
  std::uint32_t number = 0;  ///< of the thread in the scenario, the timer, or the server
  Fabric::HeldStep message = {};
  auto operator<=>(const Choice&) const = default;
};

class Execution : private Program {
 public:
  /// All threads stand before their first step, the objects are allocated and nothing is under way.
  Execution(const Scenario& scenario, const Specimen& specimen, const Topology& topology);
  ~Execution() override;

  /// Adds what can happen next, in a fixed order: nothing at the end. Crashes are not among it.
  void list_choices(std::vector<Choice>& choices) const;
  /// Lets it happen. Throws Error(ExitCode::incoherent), or whatever else an engine or a checker
  /// has to say.
  void take(const Choice& choice);
  /// Throws Error if an invariant is broken.
  void check() const;

  /// Of a crash, that the server is there and up; of the failure detector, that it is down and
  /// nobody has been told.
  bool may_fail(const Choice& choice) const;
  bool has_crashed() const { return !world_.losses().crashes.empty(); }
  bool told_of_all() const { return told_of_.size() == world_.losses().crashes.size(); }
  /// The server stops: see Fabric::crash and World::crash. From then on take() may throw
  /// Error(ExitCode::lost), and neither check() nor finish() is of use.
  void crash(NodeId server) { world_.crash(server); }
  /// Threads of the scenario that have neither ended nor been lost.
  std::vector<std::size_t> unfinished() const;
  /// The failure detector tells; throws Error(ExitCode::lost) if the engine needs the server.
  void notice_crash(NodeId server);
  const World& world() const { return world_; }
  /// What the thread of the scenario is called in the world.
  ThreadId thread(std::size_t number) const { return actors_[number].id; }
  /// Steps that it has taken.
  std::size_t position(std::size_t number) const { return actors_[number].next; }
  /// Of the scenario; 0 where nothing has been assigned yet.
  const std::vector<std::uint64_t>& registers() const { return outcome_.registers; }
  /// All threads of the scenario have.
  bool has_ended() const { return static_cast<bool>(reads_all_); }
  /// The object of the scenario that has this number in the world.
  ObjectIndex object(ObjectId id) const;

  /// Of what happens from here on.
  std::uint64_t fingerprint() const;
  /// Nothing can happen. Throws Error if threads wait, or if the engine is not at rest as it
  /// should be; reads the objects' final values.
  Outcome finish();

  /// "thread 1: r0 = y", "INVALIDATE 0 -> 2 arrives", "timer 0".
  std::string describe(const Choice& choice) const;
  /// The messages that have not arrived, "INVALIDATE 0 -> 2", queue by queue.
  std::vector<std::string> messages() const;
  /// The situation of the engine that the choice meets (Inspection::situation), or -1.
  int situation(const Choice& choice) const;
  const Inspection* inspection() const { return engine_->inspection(); }

 private:
  /// A thread of the scenario.
  struct Actor {
    ThreadId id;
    std::size_t next = 0;                               ///< step
    bool within = false;                                ///< a step
    std::vector<std::uint8_t> performed;                ///< steps, by number of operation
    std::array<bool, kMostScenarioObjects> holds = {};  ///< locks
    std::uint64_t history = 0;      ///< of what its operation under way has seen
    std::coroutine_handle<> waits;  ///< before the next step
  };
  struct Turn;

  NodeId place(NodeId wanted) const;
  Task<> main(Thread& thread) override;
  Task<> allocate(Thread& thread, std::size_t object);
  Task<> act(Thread& thread, Actor& actor, const ScenarioThread& script);
  Task<> perform(Thread& thread, Actor& actor, const Step& step);
  Op op_of(const Step& step) const;
  Task<> read_at_end(Thread& thread, std::size_t object);
  void run_on();
  bool remembers() const;
  void remember(std::uint64_t before, std::size_t resumed);
  std::size_t actor_of(const Choice& choice) const;
  std::size_t actor_of(const Tally* tally) const;
  std::uint64_t value_read(ThreadId reader) const;
  std::uint64_t engine_fingerprint() const;
  const Fabric& fabric() const { return cluster_.fabric(); }

  const Scenario& scenario_;
  Simulation simulation_;
  Cluster cluster_;
  ObjectTable table_;
  Checker checker_;
  std::unique_ptr<Engine> engine_;
  World world_;
  std::vector<ObjectId> objects_;
  std::vector<Actor> actors_;
  std::vector<NodeId> told_of_;        ///< by the failure detector
  std::coroutine_handle<> reads_all_;  ///< the first thread, when the others have ended
  Outcome outcome_;
};

/// Of the engine with these options: Specimen::least_servers. Throws what the engine says of two
/// servers if it has enough in no scenario.
std::size_t least_servers(Specimen specimen);

/// What the engine claims. Throws Error if it cannot be explored.
MemoryModel claimed_model(const Specimen& specimen);

/// A switch without latency, for Execution.
Topology timeless_topology(std::size_t servers);

}  // namespace dsmsim
