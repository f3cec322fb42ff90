#include "sim/check/execution.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "sim/base/error.hpp"
#include "sim/fabric/generators.hpp"

namespace dsmsim {
namespace {

/// Delays of no time in a row that let others have their turn, and events after one choice that end
/// it: whoever tries again and again in no time waits as for a timer, and that he goes on is a
/// choice. No engine needs a tenth of these.
constexpr std::uint32_t kMostStays = 64;
constexpr std::uint64_t kMostAtOnce = 1000;
/// Steps in which the objects are made, or read at the end.
constexpr std::uint64_t kMostOfItself = 100'000;

NicProfile timeless_nic() {
  NicProfile nic;
  nic.mtu = Bytes(4096);
  return nic;
}

ServerProfile timeless_server(Bytes memory) {
  ServerProfile server;
  server.cores = 64;
  server.memory = memory;
  server.memory_bandwidth = Rate::bits_per_second(1e18);
  return server;
}

std::unique_ptr<Fabric> holding_fabric(Simulation& simulation, const Topology& topology) {
  auto fabric = std::make_unique<Fabric>(simulation, topology, timeless_nic(),
                                         FabricOptions{.wire = WireModel::queue});
  fabric->hold_messages();
  return fabric;
}

}  // namespace

Topology timeless_topology(std::size_t servers) {
  SingleSwitch one;
  one.server_cable.rate = Rate::bits_per_second(1e12);
  return make_single_switch(one, servers);
}

std::size_t least_servers(Specimen specimen) {
  std::exception_ptr refusal;
  for (specimen.least_servers = 2; specimen.least_servers <= kMostScenarioServers;
       ++specimen.least_servers) {
    try {
      const Topology topology = timeless_topology(specimen.servers({}));
      [[maybe_unused]] const Execution fits({}, specimen, topology);
      return specimen.least_servers;
    } catch (const Error&) {
      refusal = refusal ? refusal : std::current_exception();
    }
  }
  std::rethrow_exception(refusal);
}

MemoryModel claimed_model(const Specimen& specimen) {
  const Topology topology = timeless_topology(specimen.servers({}));
  return Execution({}, specimen, topology).inspection()->claimed_model();
}

/// A thread of the scenario waits until it is chosen.
struct Execution::Turn {
  std::coroutine_handle<>& waits;
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> handle) const { waits = handle; }
  void await_resume() const {}
};

Execution::Execution(const Scenario& scenario, const Specimen& specimen, const Topology& topology)
    : scenario_(scenario),
      cluster_(simulation_, topology.servers(), timeless_server(specimen.memory),
               holding_fabric(simulation_, topology)),
      checker_(simulation_.queue()),
      engine_(specimen.make_engine({cluster_, table_, &checker_})),
      world_(cluster_, table_, *engine_, &checker_),
      objects_(scenario.objects.size()),
      actors_(scenario.threads.size()) {
  if (inspection() == nullptr) {
    throw Error("the engine does not show its state, so it cannot be explored");
  }
  for (const ScenarioThread& script : scenario.threads) {
    for (const Step& step : script.steps) {
      world_.check_offered(step.kind);
    }
  }
  checker_.set_model(inspection()->claimed_model());
  outcome_.registers.resize(scenario.registers.size());
  outcome_.objects.resize(scenario.objects.size());
  simulation_.queue().set_shortcuts(false);
  simulation_.queue().set_most_stays(kMostStays, Duration::picoseconds(1));
  for (std::size_t i = 0; i < actors_.size(); ++i) {  // first, so that their numbers are theirs
    actors_[i].id = world_.spawn(place(scenario.threads[i].node), [this, i](Thread& thread) {
      return act(thread, actors_[i], scenario_.threads[i]);
    });
  }
  world_.spawn(NodeId(0), [this](Thread& thread) { return main(thread); });
  run_on();
}

Execution::~Execution() { simulation_.abandon(); }

/// Lets happen what must, of the messages always the first, and timers when there are none.
void Execution::run_on() {
  std::vector<Fabric::HeldStep> steps;
  for (std::uint64_t done = 0; done < kMostOfItself; ++done) {
    simulation_.run_due(simulation_.now(), kMostAtOnce);
    steps.clear();
    fabric().list_steps(steps);
    if (!steps.empty()) {
      cluster_.fabric().take(steps.front());
    } else if (!simulation_.queue().empty()) {
      simulation_.run_early(0);
    } else {
      return;
    }
  }
  throw Error(ExitCode::deadlock, "livelock: the objects are not even made, or read at the end\n" +
                                      world_.describe_waits());
}

// ---- the program

/// Where memory is elsewhere than threads, the servers that run threads run all of them.
NodeId Execution::place(NodeId wanted) const {
  return NodeId(static_cast<std::uint32_t>(wanted.index() % world_.compute_servers()));
}

Task<> Execution::main(Thread& thread) {
  for (std::size_t i = 0; i < objects_.size(); ++i) {
    const NodeId home = place(scenario_.objects[i].home);
    co_await thread.join(
        thread.spawn(home, [this, i](Thread& owner) { return allocate(owner, i); }));
  }
  for (const Actor& actor : actors_) {
    co_await thread.join(actor.id);
  }
  co_await Turn{reads_all_};
  for (std::size_t i = 0; i < objects_.size(); ++i) {
    co_await read_at_end(thread, i);
  }
}

Task<> Execution::allocate(Thread& thread, std::size_t object) {
  const ScenarioObject& wanted = scenario_.objects[object];
  objects_[object] = co_await thread.allocate(wanted.size, NodeId(), wanted.guarded);
}

Task<> Execution::act(Thread& thread, Actor& actor, const ScenarioThread& script) {
  for (; actor.next < script.steps.size(); ++actor.next) {
    actor.within = false;
    co_await Turn{actor.waits};
    actor.within = true;
    co_await perform(thread, actor, script.steps[actor.next]);
  }
  actor.within = false;
}

Task<> Execution::perform(Thread& thread, Actor& actor, const Step& step) {
  if (needs_lock(scenario_, step) && !actor.holds[step.object.index()]) {
    co_return;
  }
  actor.performed.push_back(static_cast<std::uint8_t>(actor.next));
  const std::uint64_t result = co_await thread.execute(op_of(step));
  if (is_lock(step.kind)) {
    actor.holds[step.object.index()] = result != 0 || !tries(step.kind);
  }
  if (step.result.valid()) {
    outcome_.registers[step.result.index()] =
        step.kind == OpKind::read ? value_read(thread.id()) : result;
  }
}

/// On the whole object, if it has one.
Op Execution::op_of(const Step& step) const {
  const bool on_object = step.object.valid();
  const ObjectId object = on_object ? objects_[step.object.index()] : ObjectId();
  const Bytes size = on_object ? scenario_.objects[step.object.index()].size : Bytes();
  constexpr Bytes begin;
  switch (step.kind) {
    case OpKind::read:
      return Op::read(object, begin, size);
    case OpKind::write:
      return Op::write(object, begin, size);
    case OpKind::fence:
      return Op::fence();
    case OpKind::lock:
      return Op::lock(object, size);
    case OpKind::rlock:
      return Op::rlock(object, size);
    case OpKind::try_lock:
      return Op::try_lock(object, size);
    case OpKind::try_rlock:
      return Op::try_rlock(object, size);
    case OpKind::unlock:
      return Op::unlock(object, size);
    case OpKind::atomic_add:
      return Op::atomic_add(object, begin, step.operand);
    case OpKind::atomic_cas:
      return Op::atomic_cas(object, begin, step.expected, step.operand);
    case OpKind::write_ef:
      return Op::write_ef(object, begin, step.operand);
    case OpKind::write_xf:
      return Op::write_xf(object, begin, step.operand);
    case OpKind::read_fe:
      return Op::read_fe(object, begin);
    case OpKind::read_ff:
      return Op::read_ff(object, begin);
    case OpKind::allocate:
    case OpKind::release:
    case OpKind::borrow:
    case OpKind::borrow_mut:
    case OpKind::give_back:
    case OpKind::transfer:
    case OpKind::tie:
    case OpKind::file_read:
    case OpKind::file_write:
    case OpKind::file_sync:
    case OpKind::call_read:
    case OpKind::call_write:
    case OpKind::send:
    case OpKind::receive:
    case OpKind::start:
    case OpKind::join:
    case OpKind::migrate:
    case OpKind::end_phase:
      break;
  }
  not_for_engines(step.kind);  // scenarios have no such step
}

/// The final value, by whichever kind of access the scenario's own steps have.
Task<> Execution::read_at_end(Thread& thread, std::size_t object) {
  bool atomic = false;  // a word with a full/empty bit is read whatever its bit says
  for (const ScenarioThread& script : scenario_.threads) {
    atomic = atomic || std::any_of(script.steps.begin(), script.steps.end(), [&](const Step& s) {
               return s.object == ObjectIndex(static_cast<std::uint32_t>(object)) &&
                      (is_atomic(s.kind) || is_word(s.kind));
             });
  }
  if (atomic) {
    outcome_.objects[object] = co_await thread.atomic_add(objects_[object], Bytes(0), 0);
    co_return;
  }
  const bool guarded = scenario_.objects[object].guarded;
  if (guarded) {
    co_await thread.lock(objects_[object]);
  }
  co_await thread.read(objects_[object], Bytes(0), scenario_.objects[object].size);
  outcome_.objects[object] = value_read(thread.id());
  if (guarded) {
    co_await thread.unlock(objects_[object]);
  }
}

/// What the scenario's write stored that the thread's last read has seen.
std::uint64_t Execution::value_read(ThreadId reader) const {
  const OpToken write = checker_.last_read(reader);
  const auto writer = std::find_if(actors_.begin(), actors_.end(), [write](const Actor& actor) {
    return write != 0 && actor.id == Checker::thread_of(write);
  });
  if (writer == actors_.end()) {
    return 0;  // what was allocated
  }
  const auto script = static_cast<std::size_t>(writer - actors_.begin());
  const std::size_t step = writer->performed[Checker::number_of(write) - 1];
  return scenario_.threads[script].steps[step].operand;
}

// ---- choices

void Execution::list_choices(std::vector<Choice>& choices) const {
  for (std::uint32_t i = 0; i < actors_.size(); ++i) {
    if (actors_[i].waits && !world_.thread(actors_[i].id).is_lost()) {
      choices.push_back({.kind = Choice::Kind::thread, .number = i});
    }
  }
  std::vector<Fabric::HeldStep> steps;
  fabric().list_steps(steps);
  for (const Fabric::HeldStep& step : steps) {
    choices.push_back({.kind = Choice::Kind::message, .message = step});
  }
  for (std::uint32_t i = 0; i < simulation_.queue().pending(); ++i) {
    choices.push_back({.kind = Choice::Kind::timer, .number = i});
  }
}

void Execution::take(const Choice& choice) {
  const bool remembers = this->remembers();
  const std::uint64_t before = remembers ? engine_fingerprint() : 0;
  const std::size_t chosen = actor_of(choice);
  const std::uint64_t events = simulation_.queue().processed();
  switch (choice.kind) {
    case Choice::Kind::thread:
      std::exchange(actors_[choice.number].waits, nullptr).resume();
      break;
    case Choice::Kind::message:
      cluster_.fabric().take(choice.message);
      break;
    case Choice::Kind::timer:
      simulation_.run_early(choice.number);
      break;
    case Choice::Kind::crash:
      crash(NodeId(choice.number));
      break;
    case Choice::Kind::tell:
      notice_crash(NodeId(choice.number));
      break;
  }
  simulation_.run_due(simulation_.now(), kMostAtOnce);
  if (remembers) {
    remember(before, simulation_.queue().processed() != events ? actors_.size() : chosen);
  }
}

/// Whether the coroutine of any operation may hold what the engine's state does not show.
bool Execution::remembers() const {
  return std::any_of(actors_.begin(), actors_.end(),
                     [this](const Actor& actor) { return !inspection()->forgets(actor.id); });
}

/// The thread whose coroutine the choice resumes; none: one more than there are.
std::size_t Execution::actor_of(const Choice& choice) const {
  if (choice.kind == Choice::Kind::thread) {
    return choice.number;
  }
  if (choice.kind != Choice::Kind::message || !choice.message.completion) {
    return actors_.size() + 1;
  }
  return actor_of(fabric().post_of(choice.message).tally);
}

std::size_t Execution::actor_of(const Tally* tally) const {
  std::size_t i = 0;
  while (i < actors_.size() && &world_.thread(actors_[i].id).tally() != tally) {
    ++i;
  }
  return i < actors_.size() ? i : actors_.size() + 1;
}

/// A coroutine is a function of the states in which it was resumed: those that may have been, by
/// the choice itself or (`resumed` is their number: all) by events, keep the state before it.
void Execution::remember(std::uint64_t before, std::size_t resumed) {
  for (std::size_t i = 0; i < actors_.size(); ++i) {
    Actor& actor = actors_[i];
    if (!actor.within || inspection()->forgets(actor.id)) {
      actor.history = 0;
    } else if (resumed == i || resumed == actors_.size()) {
      Fingerprint history;
      history.add(actor.history);
      history.add(before);
      actor.history = history.value();
    }
  }
}

std::uint64_t Execution::engine_fingerprint() const {
  Fingerprint state;
  inspection()->fingerprint(state);
  return state.value();
}

std::uint64_t Execution::fingerprint() const {
  Fingerprint state;
  inspection()->fingerprint(state);
  fabric().for_each_held([&](const Fabric::HeldStep& step, const Post& post, std::uint64_t result) {
    state.add((std::uint64_t{step.from.value()} << 40) | (std::uint64_t{step.to.value()} << 8) |
              (step.completion ? 1 : 0));
    state.add(post.type.value());
    state.add(actor_of(post.tally));
    state.add(result);
    inspection()->fingerprint(post, state);
  });
  checker_.fingerprint(state);
  for (const Actor& actor : actors_) {
    state.add((actor.next << 1) | (actor.within ? 1 : 0));
    state.add(actor.history);
  }
  for (const std::uint64_t value : outcome_.registers) {
    state.add(value);
  }
  state.add(simulation_.queue().pending());
  return state.value();
}

bool Execution::may_fail(const Choice& choice) const {
  const NodeId server(choice.number);
  if (server.index() >= cluster_.servers()) {
    return false;
  }
  const bool down = fabric().has_crashed(server);
  const bool told = std::find(told_of_.begin(), told_of_.end(), server) != told_of_.end();
  return choice.kind == Choice::Kind::crash ? !down : down && !told;
}

std::vector<std::size_t> Execution::unfinished() const {
  std::vector<std::size_t> threads;
  for (std::size_t i = 0; i < actors_.size(); ++i) {
    const Thread& thread = world_.thread(actors_[i].id);
    if (!thread.is_lost() && !thread.has_ended()) {
      threads.push_back(i);
    }
  }
  return threads;
}

void Execution::notice_crash(NodeId server) {
  told_of_.push_back(server);
  world_.notice_crash(server);
  simulation_.run_due(simulation_.now(), kMostAtOnce);
}

void Execution::check() const { inspection()->check_always(); }

ObjectIndex Execution::object(ObjectId id) const {
  const auto found = std::find(objects_.begin(), objects_.end(), id);
  return ObjectIndex(static_cast<std::uint32_t>(found - objects_.begin()));
}

Outcome Execution::finish() {
  if (!has_ended()) {
    throw Error(ExitCode::deadlock, world_.describe_deadlock());
  }
  engine_->check_quiescent();
  std::exchange(reads_all_, nullptr).resume();
  run_on();
  if (world_.running() > 0) {
    throw Error(ExitCode::deadlock, world_.describe_deadlock());
  }
  return outcome_;
}

// ---- words

int Execution::situation(const Choice& choice) const {
  const bool arrives = choice.kind == Choice::Kind::message && !choice.message.completion;
  return arrives ? inspection()->situation(fabric().post_of(choice.message)) : -1;
}

std::vector<std::string> Execution::messages() const {
  std::vector<std::string> names;
  fabric().for_each_held([&](const Fabric::HeldStep& step, const Post& post, std::uint64_t) {
    if (!step.completion) {
      names.push_back(fmt::format("{} {} -> {}", fabric().ledger().types()[post.type.index()].name,
                                  step.from.value(), step.to.value()));
    }
  });
  return names;
}

std::string Execution::describe(const Choice& choice) const {
  switch (choice.kind) {
    case Choice::Kind::thread: {
      const ScenarioThread& script = scenario_.threads[choice.number];
      return fmt::format("thread {} on server {}: {}", choice.number, script.node.value(),
                         to_text(scenario_, script.steps[actors_[choice.number].next]));
    }
    case Choice::Kind::timer:
      return fmt::format("timer {} goes off", choice.number);
    case Choice::Kind::crash:
      return fmt::format("server {} crashes", choice.number);
    case Choice::Kind::tell:
      return fmt::format("the failure detector tells of server {}", choice.number);
    case Choice::Kind::message:
      break;
  }
  const Fabric::HeldStep& step = choice.message;
  const MessageType& type = fabric().ledger().types()[fabric().post_of(step).type.index()];
  return fmt::format("{} {} -> {} {}", type.name, step.from.value(), step.to.value(),
                     fabric().has_crashed(step.to) ? "fails"
                     : step.completion             ? "completes"
                                                   : "arrives");
}

}  // namespace dsmsim
