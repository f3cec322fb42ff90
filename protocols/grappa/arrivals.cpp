#include "protocols/grappa/arrivals.hpp"

#include <algorithm>
#include <utility>

namespace dsmsim::grappa {

Arrivals::Arrivals(System& system, Cores& cores, Outbox& outbox, Tasks& tasks, const Memory& memory,
                   Home& home, CompletionEvent& event)
    : system_(system),
      cores_(cores),
      outbox_(outbox),
      tasks_(tasks),
      memory_(memory),
      home_(home),
      event_(event),
      receivers_(system.layout.servers()) {
  for (Core& core : cores_.all()) {
    core.arrivals = this;
  }
  for (std::uint32_t i = 0; i < receivers_.size() && system_.fabric != nullptr; ++i) {
    receivers_[i].arrivals = this;
    system_.fabric->set_receiver(NodeId(i), &receivers_[i]);
  }
}

// ---- packets

void Arrivals::receive(const Delivery& delivery) {
  const std::uint32_t index = delivery.body.as<PacketBody>().packet;
  Packet& packet = system_.packets[index];
  packet.arrived = system_.now();
  packet.next = kNone;
  Core& core = cores_[packet.to];
  (core.first_packet == kNone ? core.first_packet : system_.packets[core.last_packet].next) = index;
  core.last_packet = index;
  if (core.receives) {
    return;
  }
  if (core.free_at > system_.now()) {
    core.receives = true;
    system_.queue.schedule(core.free_at, &receive_now, &core);
  } else {  // an idle core asks MPI all the time
    receive_packets(core);
  }
}

void Arrivals::receive_now(void* argument) {
  Core& core = *static_cast<Core*>(argument);
  core.receives = false;
  if (!core.arrivals->system_.crashed(core.server)) {
    core.arrivals->receive_packets(core);
  }
}

void Arrivals::receive_packets(Core& core) {
  while (core.first_packet != kNone) {
    const std::uint32_t packet = core.first_packet;
    core.first_packet = system_.packets[packet].next;
    unpack(core, packet);
    system_.fabric->repost_receive(core.server);
  }
  tasks_.wake_answered(core);
}

/// The core runs what is for itself and leaves the rest to the others.
void Arrivals::unpack(Core& core, std::uint32_t packet) {
  cores_.occupy(core, system_.options.costs.mpi);
  std::uint32_t next = system_.packets[packet].first;
  while (next != kNone) {
    const std::uint32_t index = next;
    Message& message = system_.messages[index];
    next = system_.after(message);
    message.packet = packet;
    ++system_.conservation.deserialized;
    Core& to = cores_[CoreId(message.to)];
    if (to.id == core.id) {
      run(core, index);
      continue;
    }
    prefetch(message);
    message.next = kNone;
    message.ready = core.free_at;
    (to.slices == kNone ? to.slices : system_.messages[to.last_slice].next) = index;
    to.last_slice = index;
    cores_.arm_poll(to);
  }
}

/// What the message is about: it will be needed at the next poll.
void Arrivals::prefetch(const Message& message) const {
  if (message.reply) {
    tasks_.prefetch(message);
  } else if (message.kind == Kind::add || message.kind == Kind::cas) {
    memory_.prefetch_word(ObjectId(message.object),
                          system_.layout.block() * message.block + Bytes(message.offset));
  }
}

// ---- polls

void Arrivals::poll_is_due(void* argument) {
  Core& core = *static_cast<Core*>(argument);
  const System& system = core.arrivals->system_;
  core.arrivals->cores_.restart_polls(core);
  if (core.free_at > system.now()) {
    system.queue.schedule(core.free_at, &poll_now, &core);
  } else {
    poll_now(&core);
  }
}

void Arrivals::poll_now(void* argument) {
  Core& core = *static_cast<Core*>(argument);
  core.polls = false;
  if (!core.arrivals->system_.crashed(core.server)) {
    core.arrivals->poll(core);
  }
}

void Arrivals::poll(Core& core) {
  ++system_.counters.polls;
  bool more = false;
  for (std::uint32_t& list : core.lists) {
    std::uint32_t next = outbox_.take_ready(list);
    more = more || list != kNone;
    while (next != kNone) {
      const std::uint32_t index = next;
      next = system_.after(system_.messages[index]);
      ++system_.conservation.delivered_locally;
      outbox_.mark_sent(index);
      run(core, index);
    }
  }
  std::uint32_t next = std::exchange(core.slices, kNone);
  while (next != kNone) {
    const std::uint32_t index = next;
    next = system_.after(system_.messages[index]);
    run(core, index);
  }
  tasks_.wake_answered(core);
  if (more) {
    cores_.arm_poll(core);
  }
}

// ---- messages

Way Arrivals::way_of(const Message& message, Time begun) const {
  if (message.packet == kNone) {
    return {.begun = begun, .ended = begun};
  }
  const Packet& packet = system_.packets[message.packet];
  return {.packed = true,
          .flushed = packet.flushed,
          .posted = packet.posted,
          .sent = packet.sent,
          .arrived = packet.arrived,
          .begun = begun,
          .ended = begun};
}

/// What it costs the core that runs the message that another core of its server has had it: the one
/// that received the packet, or has made the message.
Duration Arrivals::taking(const Message& message, CoreId by) const {
  const CoreId had =
      message.packet == kNone ? CoreId(message.from) : system_.packets[message.packet].to;
  return had == by ? Duration() : system_.options.costs.cross_core;
}

void Arrivals::run(Core& core, std::uint32_t index) {
  Message& message = system_.messages[index];
  const Way way = way_of(message, std::max(core.free_at, system_.now()));
  const Duration taken = taking(message, core.id);
  if (message.packet != kNone) {
    Packet& packet = system_.packets[message.packet];
    if (--packet.left == 0) {
      system_.packets.give_back(message.packet);
    }
    message.packet = kNone;
  }
  message.next = kNone;
  cores_.occupy(core, system_.options.costs.deserialize + taken);
  if (message.reply) {
    tasks_.settle(index, way);
  } else {
    message.request = way;
    run_request(core, index);
  }
}

void Arrivals::run_request(Core& core, std::uint32_t index) {
  switch (system_.messages[index].kind) {
    case Kind::read:
    case Kind::call_read:
      return home_.on_read(core, index);
    case Kind::write:
    case Kind::call_write:
      return home_.on_write(core, index);
    case Kind::add:
      return home_.on_atomic(core, index, OpKind::atomic_add);
    case Kind::cas:
      return home_.on_atomic(core, index, OpKind::atomic_cas);
    case Kind::allocate:
      return home_.on_allocate(core, index);
    case Kind::release:
      return home_.on_release(core, index);
    case Kind::lock:
    case Kind::rlock:
      return home_.on_lock(core, index);
    case Kind::try_lock:
    case Kind::try_rlock:
      return home_.on_try_lock(core, index);
    case Kind::unlock:
      return home_.on_unlock(core, index);
    case Kind::write_ef:
    case Kind::write_xf:
    case Kind::read_fe:
    case Kind::read_ff:
      return home_.on_word(core, index);
    case Kind::completion:
      return settle_completion(index);
    case Kind::enroll:
      return event_.on_enroll(index);
    case Kind::start:
      return event_.on_start(core.id, index);
    case Kind::leave:
      return event_.on_leave(index);
    case Kind::reset:
      return event_.on_reset(core.id, index);
    case Kind::acknowledge:
      return event_.on_acknowledge(index);
    case Kind::wake:
      return event_.on_wake(core.id, index);
  }
}

/// It tells of its own write and of others.
void Arrivals::settle_completion(std::uint32_t index) {
  std::uint32_t next = system_.messages[index].others;
  end_write(index);
  while (next != kNone) {
    const std::uint32_t other = next;
    next = system_.messages[other].next;
    end_write(other);
  }
}

void Arrivals::end_write(std::uint32_t index) {
  const Message& message = system_.messages[index];
  tasks_.end_write(message);
  if (system_.options.completion == GrappaCompletion::global) {
    event_.end_write(tasks_.of(message).core);
  }
  system_.messages.give_back(index);
}

}  // namespace dsmsim::grappa
