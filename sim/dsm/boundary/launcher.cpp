#include "sim/dsm/boundary/launcher.hpp"

#include "sim/base/error.hpp"
#include "sim/dsm/boundary/handover.hpp"
#include "sim/dsm/boundary/world.hpp"
#include "sim/dsm/contract/thread_system.hpp"
#include "sim/time/wait_for_graph.hpp"

namespace dsmsim {

struct Launcher::Message {
  ThreadId thread;
};

namespace {

Bytes size_of(Bytes plain, const std::vector<ObjectId>& owned) {
  return plain + kShippedBox * owned.size();
}

}  // namespace

std::uint64_t Launcher::prepare(Launch launch, Body body) {
  prepared_[next_] = {std::move(launch), std::move(body)};
  return next_++;
}

Task<> Launcher::perform(Thread& thread, Op& op) {
  return op.kind == OpKind::start ? start(thread, op) : join(thread, op);
}

Duration Launcher::copy_of(Bytes payload) const {
  return world_.cluster().profile().touch(payload);
}

// ---- start

Task<> Launcher::start(Thread& parent, Op& op) {
  declare();
  Prepared what = std::move(prepared_.at(op.launch()));
  prepared_.erase(op.launch());
  NodeId target = what.launch.node;
  if (!target.valid()) {
    target = co_await place(parent, what.launch);
  }
  co_await give_all(world_.engine(), parent, what.launch.owned);
  const Bytes closure = size_of(what.launch.closure, what.launch.owned);
  const bool remote = target != parent.node();
  Duration cpu = copy_of(closure);
  if (remote) {
    cpu += world_.cluster().fabric().nic().post;
  }
  co_await world_.simulation().delay(cpu);
  parent.tally().charge(Category::cpu, parent.now());

  const ThreadId id = world_.create(target).id();
  started_.resize(std::max(started_.size(), id.index() + 1));
  started_[id.index()] = std::make_unique<Started>(world_.simulation().queue());
  started_[id.index()]->what = std::move(what);
  started_[id.index()]->parent = parent.id();
  op.result = id.value();
  if (world_.thread(id).is_lost() && world_.goes_on_without(target)) {
    report_loss(id);  // its server cannot be reached
  } else if (remote) {
    post(parent.node(), target, spawn_, closure, id);
  } else {
    begin(id);
  }
}

Task<NodeId> Launcher::place(Thread& parent, const Launch& launch) {
  ThreadSystem* const system = world_.engine().threads();
  if (policy_ == PlacementPolicy::engine && system != nullptr) {
    co_return co_await system->place(parent, launch);
  }
  const PlacementPolicy policy =
      policy_ == PlacementPolicy::engine ? PlacementPolicy::round_robin : policy_;
  co_return placement_.choose(policy, world_, parent, launch);
}

void Launcher::begin(ThreadId id) {
  Thread& thread = world_.thread(id);
  if (std::exchange(started_[id.index()]->begun, true)) {
    return;  // what it was to get is somebody else's, for its server is lost
  }
  const Prepared what = std::move(started_[id.index()]->what);
  take(thread, what.launch.owned);
  world_.begin(thread, [this, &what](Thread& t) { return live(t, what.body(t)); });
}

Task<> Launcher::live(Thread& thread, Task<> body) {
  co_await body;
  if (thread.has_put_off()) {
    body = thread.end_phase();  // where it takes no room in the frame of a thread that waits
    co_await body;
  }
  if (!thread.is_lost()) {
    co_await hand_in(thread);
  }
}

// ---- the end

void Launcher::set_result(ThreadId thread, LaunchResult result) {
  if (knows(thread)) {
    started_[thread.index()]->result = std::move(result);
  }
}

/// The thread has done its work: sends its result.
Task<> Launcher::hand_in(Thread& thread) {
  Started& started = *started_[thread.id().index()];
  const LaunchResult& result = started.result;
  if (world_.thread(started.parent).is_lost()) {
    co_return;  // nobody waits for it
  }
  thread.tally().start(thread.now());
  co_await give_all(world_.engine(), thread, result.owned);
  started.handed_in = true;
  const NodeId home = world_.thread(started.parent).node();
  const Bytes size = size_of(result.size, result.owned);
  if (home == thread.node()) {
    const Duration copy = size > Bytes(0) ? copy_of(size) : Duration();
    co_await world_.simulation().delay(copy);
    settle(thread.id());
  } else {
    co_await world_.simulation().delay(copy_of(size) + world_.cluster().fabric().nic().post);
    post(thread.node(), home, result_, size, thread.id());
  }
}

/// At the server of the parent.
void Launcher::settle(ThreadId id) {
  Started& started = *started_[id.index()];
  if (!started.settled.is_open()) {
    take(world_.thread(started.parent), started.result.owned);
    started.settled.open();
  }
}

void Launcher::report_loss(ThreadId id) {
  if (knows(id) && !started_[id.index()]->settled.is_open()) {
    Started& started = *started_[id.index()];
    if (!std::exchange(started.begun, true)) {
      take(world_.thread(id), started.what.launch.owned);
    }
    started.lost = true;
    started.settled.open();
  }
  for (std::uint32_t child = 0; child < started_.size(); ++child) {
    if (knows(ThreadId(child)) && started_[child]->parent == id && started_[child]->handed_in &&
        !started_[child]->settled.is_open()) {
      take(world_.thread(ThreadId(child)), started_[child]->result.owned);
      started_[child]->settled.open();
    }
  }
}

Task<> Launcher::join(Thread& thread, Op& op) {
  const ThreadId id = op.joined();
  if (!knows(id)) {
    throw Error("at " + to_string(thread.now()) + ": join: thread " + std::to_string(id.value()) +
                " was not started by a program");
  }
  Started& started = *started_[id.index()];
  co_await started.settled.wait();
  thread.tally().charge(Category::lock_wait, thread.now());
  op.result = started.lost ? 1 : 0;
}

// ---- ownership and messages

void Launcher::take(Thread& by, const std::vector<ObjectId>& objects) {
  if (ThreadSystem* const system = world_.engine().threads()) {
    for (const ObjectId object : objects) {
      system->take(by, object);
    }
  }
}

void Launcher::declare() {
  if (spawn_.valid() || !world_.cluster().has_fabric()) {
    return;
  }
  Fabric& fabric = world_.cluster().fabric();
  spawn_ = fabric.ledger().declare("spawn", Verb::send, Purpose::program);
  result_ = fabric.ledger().declare("result", Verb::send, Purpose::program);
  fabric.set_receiver(spawn_, this);
  fabric.set_receiver(result_, this);
}

void Launcher::post(NodeId from, NodeId to, MessageTypeId type, Bytes payload, ThreadId about) {
  world_.cluster().fabric().post({.from = from,
                                  .to = to,
                                  .verb = Verb::send,
                                  .type = type,
                                  .payload = payload,
                                  .body = Message{about}});
}

/// A parent that has moved meanwhile has left word of where it is: its result follows it.
void Launcher::deliver(const Delivery& delivery) {
  world_.cluster().fabric().repost_receive(delivery.to);
  const ThreadId id = delivery.body.as<Message>().thread;
  if (delivery.type == spawn_) {
    begin(id);
    return;
  }
  const NodeId home = world_.thread(started_[id.index()]->parent).node();
  if (home == delivery.to) {
    settle(id);
  } else {
    post(delivery.to, home, result_, delivery.payload, id);
  }
}

}  // namespace dsmsim
