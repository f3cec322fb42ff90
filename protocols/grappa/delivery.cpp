// What arrives: polls, packets, and delegates that run at their home core (uwsampa/grappa
// system/RDMAAggregator.cpp:633-964, DelegateBase.hpp:75-165).

#include <algorithm>
#include <string>

#include "protocols/grappa/runtime.hpp"
#include "sim/base/error.hpp"

namespace dsmsim::grappa {

// ---- packets

void Runtime::receive(const Delivery& delivery) {
  const std::uint32_t index = delivery.body.as<PacketBody>().packet;
  Packet& packet = packets_[index];
  packet.arrived = queue_.now();
  packet.next = kNone;
  Core& core = this->core(packet.to);
  (core.first_packet == kNone ? core.first_packet : packets_[core.last_packet].next) = index;
  core.last_packet = index;
  if (core.receives) {
    return;
  }
  if (core.free_at > queue_.now()) {
    core.receives = true;
    queue_.schedule(core.free_at, &receive_now, &core);
  } else {  // an idle core asks MPI all the time
    receive_packets(core);
  }
}

void Runtime::receive_now(void* argument) {
  Core& core = *static_cast<Core*>(argument);
  core.receives = false;
  if (!core.runtime->crashed(core.server)) {
    core.runtime->receive_packets(core);
  }
}

void Runtime::receive_packets(Core& core) {
  while (core.first_packet != kNone) {
    const std::uint32_t packet = core.first_packet;
    core.first_packet = packets_[packet].next;
    unpack(core, packet);
    fabric_->repost_receive(core.server);
  }
  wake_answered(core);
}

/// The core runs what is for itself and leaves the rest to the others.
void Runtime::unpack(Core& core, std::uint32_t packet) {
  occupy(core, options_.costs.mpi);
  std::uint32_t next = packets_[packet].first;
  while (next != kNone) {
    const std::uint32_t index = next;
    Message& message = messages_[index];
    next = after(message);
    message.packet = packet;
    ++conservation_.deserialized;
    Core& to = this->core(CoreId(message.to));
    if (to.id == core.id) {
      run(core, index);
      continue;
    }
    send_for(message);
    message.next = kNone;
    message.ready = core.free_at;
    (to.slices == kNone ? to.slices : messages_[to.last_slice].next) = index;
    to.last_slice = index;
    arm_poll(to);
  }
}

// ---- polls

void Runtime::arm_poll(Core& core) {
  if (core.polls) {
    return;
  }
  core.polls = true;
  const Duration since = queue_.now() - Time::at(core.poll_phase);
  const std::int64_t polls = since < Duration() ? 0 : since / core.poll_period + 1;
  queue_.schedule(Time::at(core.poll_phase + core.poll_period * polls), &poll_is_due, &core);
}

void Runtime::poll_is_due(void* argument) {
  Core& core = *static_cast<Core*>(argument);
  EventQueue& queue = core.runtime->queue_;
  core.poll_phase = queue.now() - Time();
  core.poll_period = core.runtime->period_of(core, 1);
  if (core.free_at > queue.now()) {
    queue.schedule(core.free_at, &poll_now, &core);
  } else {
    poll_now(&core);
  }
}

void Runtime::poll_now(void* argument) {
  Core& core = *static_cast<Core*>(argument);
  core.polls = false;
  if (!core.runtime->crashed(core.server)) {
    core.runtime->poll(core);
  }
}

void Runtime::poll(Core& core) {
  ++counters_.polls;
  bool more = false;
  for (std::uint32_t& list : core.lists) {
    std::uint32_t next = take_ready(list);
    more = more || list != kNone;
    while (next != kNone) {
      const std::uint32_t index = next;
      next = after(messages_[index]);
      ++conservation_.delivered_locally;
      mark_sent(index);
      run(core, index);
    }
  }
  std::uint32_t next = std::exchange(core.slices, kNone);
  while (next != kNone) {
    const std::uint32_t index = next;
    next = after(messages_[index]);
    run(core, index);
  }
  wake_answered(core);
  if (more) {
    arm_poll(core);
  }
}

// ---- messages

Way Runtime::way_of(const Message& message, Time begun) const {
  if (message.packet == kNone) {
    return {.begun = begun, .ended = begun};
  }
  const Packet& packet = packets_[message.packet];
  return {.packed = true,
          .flushed = packet.flushed,
          .posted = packet.posted,
          .sent = packet.sent,
          .arrived = packet.arrived,
          .begun = begun,
          .ended = begun};
}

void Runtime::charge(Tally& tally, const Way& way) const {
  if (way.packed) {
    tally.charge(Category::handler_queue, way.flushed);
    tally.charge(Category::handler, way.posted);
    tally.charge(Category::nic_queue, way.sent);
    tally.charge(Category::wire, way.arrived);
  }
  tally.charge(Category::handler_queue, way.begun);
  tally.charge(Category::handler, way.ended);
}

void Runtime::run(Core& core, std::uint32_t index) {
  Message& message = messages_[index];
  const Way way = way_of(message, std::max(core.free_at, queue_.now()));
  const Duration taken = taking(message, core.id);
  if (message.packet != kNone) {
    Packet& packet = packets_[message.packet];
    if (--packet.left == 0) {
      packets_.give_back(message.packet);
    }
    message.packet = kNone;
  }
  message.next = kNone;
  ++core.handled;
  occupy(core, options_.costs.deserialize + taken);
  if (message.kind == Kind::completion) {
    settle_completion(index);
  } else if (message.thread == kNobody) {
    run_event(core, index);
  } else if (message.reply) {
    settle(index, way);
  } else {
    message.request = way;
    run_request(core, index);
  }
}

void Runtime::run_request(Core& core, std::uint32_t index) {
  const Message message = messages_[index];
  switch (message.kind) {
    case Kind::lock:
    case Kind::rlock:
      if (acquire(core, index)) {
        reply(core, index, 1);
      }
      return;
    case Kind::try_lock:
    case Kind::try_rlock:
      reply(core, index, acquire(core, index) ? 1 : 0);
      return;
    case Kind::enroll:
      if (event_.acknowledgements > 0) {
        event_.deferred.push_back(index);
      } else {
        reply(core, index, ++event_.cores_out);
      }
      return;
    case Kind::start:
      core.event.in_progress = true;
      reply(core, index, 0);
      return;
    case Kind::write_ef:
    case Kind::write_xf:
    case Kind::read_fe:
    case Kind::read_ff:
      synchronise(core, index, false);
      return;
    case Kind::unlock:
      reply(core, index, 0);  // on its list before those of the delegates that run now
      unlock(core, ObjectId(message.object), ThreadId(message.thread));
      return;
    case Kind::read:
    case Kind::write:
    case Kind::add:
    case Kind::cas:
    case Kind::allocate:
    case Kind::release:
      break;
    case Kind::completion:
    case Kind::leave:
    case Kind::reset:
    case Kind::acknowledge:
    case Kind::wake:
      break;  // no requests: run() has done with them
  }
  const std::uint64_t value = execute(core, message);
  if (message.asynchronous) {
    complete(core, index);
  } else {
    reply(core, index, value);
  }
}

/// Runs a delegate on data or on the allocator.
std::uint64_t Runtime::execute(Core& core, const Message& message) {
  const ObjectId object(message.object);
  ++counters_.delegates[static_cast<std::size_t>(message.kind)];
  if (late_) {
    const Message late = *std::exchange(late_, std::nullopt);
    memory_.write(ObjectId(late.object), late.block, Bytes(late.offset), Bytes(late.length),
                  late.operand);
  }
  if (message.kind == Kind::allocate) {
    occupy(core, options_.costs.allocate);
    return memory_.allocate(object, Bytes(message.expected), message.operand,
                            mutated("grappa.overlapping_allocation"))
               ? 1
               : 0;
  }
  if (message.kind == Kind::release) {
    occupy(core, options_.costs.allocate);
    memory_.release(object);
    return 0;
  }
  if (memory_.home(object, message.block) != core.id) {
    throw Error(ExitCode::incoherent,
                "grappa: a delegate on block " + std::to_string(message.block) + " of " +
                    "object " + std::to_string(message.object) + " runs at core " +
                    std::to_string(core.id.value()) + ", which is not its home");
  }
  occupy(core, touch(Bytes(message.length)));
  const Bytes offset(message.offset);
  const Bytes length(message.length);
  switch (message.kind) {
    case Kind::read:
      return memory_.read(object, message.block, offset, length, message.operand);
    case Kind::write:
      if (mutated("grappa.early_reply")) {
        late_ = message;
        return 0;
      }
      if (mutated("grappa.run_twice")) {
        late_ = message;
      }
      return memory_.write(object, message.block, offset, length, message.operand);
    default:
      return memory_.atomic(message.kind == Kind::add ? OpKind::atomic_add : OpKind::atomic_cas,
                            object, layout_.block() * message.block + offset, message.operand,
                            message.expected);
  }
}

/// The answer goes back in the same record.
void Runtime::reply(Core& core, std::uint32_t index, std::uint64_t value) {
  Message& message = messages_[index];
  message.reply = true;
  message.operand = value;
  if (message.from == message.to && message.kind != Kind::start) {  // parked at its own core
    settle(index, {});
    return;
  }
  std::swap(message.from, message.to);
  message.ready = occupy(core, options_.costs.enqueue + giving(message));
  message.request.ended = message.ready;
  enqueue(index);
}

/// The task's tally is charged here, at its own core, for both ways.
void Runtime::settle(std::uint32_t index, const Way& way) {
  const Message& message = messages_[index];
  TaskState& task = task_of(message);
  if (message.charged) {
    charge(task.thread->tally(), message.request);
    charge(task.thread->tally(), way);
  }
  task.value = std::max(task.value, message.operand);
  if (--task.left == 0) {
    answered_.push_back(&task);
  }
  messages_.give_back(index);
}

// ---- locks

/// Takes the lock for the delegate; a lock that is not free parks one that would wait for it.
bool Runtime::acquire(Core& core, std::uint32_t index) {
  Message& message = messages_[index];
  const bool shared = message.kind == Kind::rlock || message.kind == Kind::try_rlock;
  Mutex& mutex = memory_.mutex(ObjectId(message.object));
  ++counters_.delegates[static_cast<std::size_t>(message.kind)];
  occupy(core, touch(Bytes(8)));
  if (mutex.admits(shared) || mutated("grappa.shared_grant")) {
    mutex.take(ThreadId(message.thread), shared);
    return true;
  }
  if (message.kind == Kind::lock || message.kind == Kind::rlock) {
    ++counters_.parked;
    message.next = std::exchange(mutex.parked, index);
  }
  return false;
}

void Runtime::park_here(TaskState& task, Kind kind, ObjectId object) {
  const std::uint32_t index = make(task, kind, task.core);
  Message& message = messages_[index];
  message.object = static_cast<std::uint32_t>(object.value());
  message.charged = true;
  ++counters_.parked;
  message.next = std::exchange(memory_.mutex(object).parked, index);
}

void Runtime::unlock(Core& home, ObjectId object, ThreadId thread) {
  Mutex& mutex = memory_.mutex(object);
  ++counters_.delegates[static_cast<std::size_t>(Kind::unlock)];
  occupy(home, touch(Bytes(8)));
  mutex.give_back(thread);
  if (mutated("grappa.forget_readers")) {
    mutex.readers.clear();
  }
  if (mutated("grappa.forget_parked")) {
    return;
  }
  // The newest first: alone if it is exclusive, else with everybody who can share.
  std::uint32_t* link = &mutex.parked;
  while (*link != kNone && !mutex.owner.valid()) {
    const std::uint32_t index = *link;
    Message& message = messages_[index];
    const bool shared = message.kind == Kind::rlock;
    if (!mutex.admits(shared)) {
      link = &message.next;
      continue;
    }
    *link = std::exchange(message.next, kNone);
    grant(home, index);
  }
}

void Runtime::grant(Core& core, std::uint32_t index) {
  const Message& message = messages_[index];
  memory_.mutex(ObjectId(message.object))
      .take(ThreadId(message.thread), message.kind == Kind::rlock);
  if (message.charged) {
    Tally& tally = task_of(message).thread->tally();
    charge(tally, message.request);
    tally.charge(Category::lock_wait, core.free_at);
  }
  reply(core, index, 1);
}

// ---- asynchronous writes

/// The write has run. Its origin is told at once if nothing else is about to tell it.
void Runtime::complete(Core& home, std::uint32_t index) {
  Message& message = messages_[index];
  std::vector<Completions>& row = completions_[home.id.index()];
  if (row.empty()) {
    row.resize(cores_.size());
  }
  Completions& completions = row[message.from];
  if (completions.listed == kNone) {
    list_completion(index);
  } else if (mutated("grappa.lose_completions")) {
    messages_.give_back(index);
  } else {
    message.next = std::exchange(completions.waiting, index);
  }
}

void Runtime::settle_completion(std::uint32_t index) {
  std::uint32_t next = messages_[index].others;
  end_write(messages_[index]);
  messages_.give_back(index);
  while (next != kNone) {
    const std::uint32_t other = next;
    next = messages_[other].next;
    end_write(messages_[other]);
    messages_.give_back(other);
  }
}

void Runtime::end_write(const Message& message) {
  TaskState& task = task_of(message);
  const auto ended = std::find(task.writes.begin(), task.writes.end(),
                               TaskState::Write{message.object, message.block});
  *ended = task.writes.back();
  task.writes.pop_back();
  if (options_.completion == GrappaCompletion::global) {
    leave_event(core(task.core));
  } else if (task.writes.empty() && task.draining) {
    answered_.push_back(&task);
  }
}

}  // namespace dsmsim::grappa
