#include "sim/dsm/world.hpp"

#include <algorithm>

#include "sim/base/error.hpp"
#include "sim/dsm/thread_system.hpp"
#include "sim/time/wait_for_graph.hpp"

namespace dsmsim {

World::World(Cluster& cluster, ObjectTable& objects, Engine& engine, Witness* witness)
    : cluster_(cluster),
      objects_(objects),
      engine_(engine),
      witness_(witness),
      channels_(cluster, engine),
      launcher_(*this),
      mover_(*this),
      done_without_(cluster.servers()) {
  if (cluster.has_fabric()) {
    cluster.fabric().report_failures(this);
  }
}

World::~World() { simulation().abandon(); }

std::size_t World::compute_servers() const {
  return std::min(cluster_.servers(), engine_.compute_servers());
}

ThreadId World::spawn(NodeId node, const std::function<Task<>(Thread&)>& body) {
  Thread& thread = create(node);
  begin(thread, body);
  return thread.id();
}

Thread& World::create(NodeId node) {
  if (node.index() >= compute_servers()) {
    throw Error("a thread on server " + std::to_string(node.value()) +
                ": under this protocol the servers from " + std::to_string(compute_servers()) +
                " on only hold memory for the others");
  }
  const ThreadId id(static_cast<std::uint32_t>(threads_.size()));
  threads_.push_back(std::make_unique<Thread>(*this, id, node));
  Thread& thread = *threads_.back();
  ++running_;
  cluster_.cpu(node).enter();
  if (ThreadSystem* const system = engine_.threads()) {
    system->begins(thread);
  }
  if (cluster_.has_fabric() && cluster_.fabric().has_crashed(node)) {
    lose_with_server(thread);
  }
  return thread;
}

void World::begin(Thread& thread, const std::function<Task<>(Thread&)>& body) {
  simulation().spawn(run_thread(thread, body(thread)));
}

Task<> World::run_thread(Thread& thread, Task<> body) {
  co_await cluster_.cpu(thread.node()).acquire();
  co_await body;
  body = thread.end_phase();  // where it takes no room in the frame of a thread that waits
  co_await body;
  if (thread.is_lost()) {
    co_return;
  }
  thread.leave_core();
  thread.ended_.open();
  engine_.ended(thread);
  --running_;
  end_ = simulation().now();
}

void World::check_offered(OpKind kind) const {
  if (is_extra(kind) && !engine_.offers(kind)) {
    throw Error("the program needs " + std::string(to_string(kind)) +
                ", which this protocol, with its options as they are, does not offer");
  }
}

void World::run(Program& program) {
  for (const OpKind kind : program.needs()) {
    check_offered(kind);
  }
  main_ = spawn(NodeId(0), [&program](Thread& thread) { return program.main(thread); });
  try {
    simulation().run();
  } catch (const Error& error) {
    if (error.code() == ExitCode::deadlock && !losses_.crashes.empty()) {
      give_up(error.what());  // who has lost patience waited for what was lost
    }
    throw;
  }
  if (!simulation().queue().empty()) {
    return;  // the monitor ended it
  }
  if (running_ > 0 && losses_.crashes.empty()) {
    throw Error(ExitCode::deadlock, describe_deadlock());
  }
  if (losses_.crashes.empty()) {
    engine_.check_quiescent();
    if (witness_ != nullptr && cluster_.has_fabric()) {
      cluster_.fabric().ledger().traffic().check();
    }
  } else {
    check_survived();
  }
}

void World::start_measuring() {
  measuring_since_ = simulation().now();
  meter_.reset();
  engine_.reset_counters();
  if (cluster_.has_fabric()) {
    cluster_.fabric().ledger().reset();
  }
}

std::string World::describe_deadlock() const {
  WaitForGraph graph;
  for (const auto& thread : threads_) {
    if (const std::string resource = thread->waiting_for(); !resource.empty()) {
      graph.waits(thread_name(thread->id(), thread->node()), resource);
    }
  }
  engine_.describe_waits(graph);
  return "deadlock at " + to_string(cluster_.simulation().now()) + ": " + std::to_string(running_) +
         " threads wait and nothing is left to happen\n" + graph.report();
}

}  // namespace dsmsim
