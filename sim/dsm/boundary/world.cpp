#include "sim/dsm/boundary/world.hpp"

#include <algorithm>

#include "sim/base/error.hpp"
#include "sim/base/host_memory.hpp"
#include "sim/dsm/contract/thread_system.hpp"
#include "sim/time/wait_for_graph.hpp"

namespace dsmsim {
namespace {

/// Bytes of this machine's memory that an object takes under any engine: its size in the table of
/// objects, its number in the program's list, what the engine keeps of it.
constexpr Bytes kLeastOfAnObject(24);

}  // namespace

World::World(Cluster& cluster, ObjectTable& objects, Engine& engine, Witness* witness)
    : cluster_(cluster),
      objects_(objects),
      engine_(engine),
      witness_(witness),
      channels_(cluster, engine),
      launcher_(*this),
      mover_(*this),
      done_without_(cluster.servers()),
      told_(cluster.servers()) {
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
  co_await thread.stop_if_lost();
  co_await body;
  if (thread.has_put_off()) {
    body = thread.end_phase();  // where it takes no room in the frame of a thread that waits
    co_await body;
  }
  if (thread.is_lost()) {
    co_return;
  }
  thread.leave_core();
  thread.settled_.open();
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

void World::check(const Program& program) const {
  for (const OpKind kind : program.needs()) {
    check_offered(kind);
  }
  program.check_servers(compute_servers());
  const Demand demand = program.demand(compute_servers());
  check_host_memory(saturated_product(demand.threads, Bytes(sizeof(Thread))), "",
                    "a program with " + std::to_string(demand.threads) + " threads");
  check_host_memory(saturated_product(demand.objects, kLeastOfAnObject), "",
                    "a program with " + std::to_string(demand.objects) + " objects");
  const Bytes memory = cluster_.profile().memory;
  const Bytes room = engine_.capacity().value_or(saturated_product(cluster_.servers(), memory));
  if (demand.bytes > room) {
    throw Misfit("", "allocates " + to_string(demand.bytes) + ", and this protocol on " +
                         std::to_string(cluster_.servers()) +
                         (cluster_.servers() == 1 ? " server of " : " servers of ") +
                         to_string(memory) + " has room for " + to_string(room));
  }
}

void World::run(Program& program) {
  check(program);
  main_ = spawn(NodeId(0), [&program](Thread& thread) { return program.main(thread); });
  try {
    simulation().run();
  } catch (const Error& error) {
    const bool in_want =
        error.code() == ExitCode::deadlock || dynamic_cast<const OutOfMemory*>(&error) != nullptr;
    if (in_want && !losses_.crashes.empty()) {
      give_up(error.what());  // of what was lost: somebody waited for it, or needed its memory
    }
    throw;
  }
  if (!simulation().queue().empty()) {
    return;  // the monitor ended it
  }
  if (running_ > 0 && losses_.crashes.empty()) {
    throw Error(ExitCode::deadlock, describe_deadlock());
  }
  end_ = std::max(end_, engine_.settled());
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
  return "deadlock at " + to_string(cluster_.simulation().now()) + ": " + std::to_string(running_) +
         " threads wait and nothing is left to happen\n" + describe_waits();
}

bool World::all_wait() const {
  return std::all_of(threads_.begin(), threads_.end(), [](const auto& thread) {
    return thread->has_ended() || thread->is_lost() || thread->waiting_in() != nullptr ||
           thread->rests();
  });
}

std::string World::describe_waits() const {
  WaitForGraph graph;
  for (const auto& thread : threads_) {
    if (const std::string resource = thread->waiting_for(); !resource.empty()) {
      graph.waits(thread_name(thread->id(), thread->node()), resource);
    }
  }
  engine_.describe_waits(graph);
  return graph.report();
}

}  // namespace dsmsim
