// From lists to packets.

#include <algorithm>

#include "protocols/grappa/outbox.hpp"

namespace dsmsim::grappa {

// ---- when lists are emptied

Link& Outbox::link(NodeId from, NodeId to) {
  std::unique_ptr<Link>& found = links_[from.index() * system_.layout.servers() + to.index()];
  if (found == nullptr) {
    const std::uint32_t k = system_.layout.cores_per_server();
    found = std::make_unique<Link>();
    found->outbox = this;
    found->from = from;
    found->to = to;
    found->source = system_.layout.core(from, network_place(from.value(), to.value()));
    found->destination = system_.layout.core(to, network_place(to.value(), from.value()));
    found->lists.assign(std::size_t{k} * k, kNone);
    found->flushed = Time::at(cores_[found->source].flush_phase);
    found->period = cores_.next_flush_period(cores_[found->source]);
  }
  return *found;
}

/// Flushes happen whether or not there is something to send, so if none was since then, the next
/// is a whole number of periods after the last that was an event.
Time Outbox::next_flush(const Link& link) const {
  const Time now = system_.now();
  if (link.flushed > now) {
    return link.flushed;
  }
  return link.flushed + link.period * ((now - link.flushed) / link.period + 1);
}

void Outbox::arm_flush(Link& link) {
  if (!link.flushes) {
    link.flushes = true;
    system_.queue.schedule(next_flush(link), &flush_is_due, &link);
  }
}

/// The send worker takes its turn behind what its core has to do. Once: the original's ready queue
/// is first come, first served, so later work does not pass it again and again.
void Outbox::flush_is_due(void* argument) {
  Link& link = *static_cast<Link*>(argument);
  const System& system = link.outbox->system_;
  const Core& source = link.outbox->cores_[link.source];
  if (source.free_at > system.now()) {
    system.queue.schedule(source.free_at, &flush_now, &link);
  } else {
    flush_now(&link);
  }
}

void Outbox::flush_now(void* argument) {
  Link& link = *static_cast<Link*>(argument);
  link.flushes = false;
  Counters& counters = link.outbox->system_.counters;
  ++(link.listed == 0 ? counters.flushes_empty : counters.flushes_timeout);
  link.outbox->flush(link);
}

/// The timer that is set meanwhile stays as it is: it finds what has been listed since.
void Outbox::size_is_reached(void* argument) {
  Link& link = *static_cast<Link*>(argument);
  link.full = false;
  ++link.outbox->system_.counters.flushes_size;
  link.outbox->flush(link);
}

void Outbox::flush(Link& link) {
  if (system_.crashed(link.from)) {
    return;
  }
  link.flushed = system_.now();
  link.period = cores_.next_flush_period(cores_[link.source]);
  std::uint32_t packet = kNone;
  if (link.listed > 0) {
    for (std::uint32_t& list : link.lists) {
      pack(link, take_ready(list), packet);
    }
  }
  if (packet != kNone) {
    post(cores_[link.source], packet);
  }
  if (link.listed > 0) {
    arm_flush(link);
  }
}

// ---- packets

/// Copies messages into the packet, and begins another when it is full.
void Outbox::pack(Link& link, std::uint32_t chain, std::uint32_t& packet) {
  bool full = false;
  while (chain != kNone) {
    const std::uint32_t index = chain;
    chain = system_.after(system_.messages[index]);
    const Bytes bytes = wire_bytes(system_.messages[index]);
    --link.listed;
    link.waiting -= bytes;
    if (full && system_.mutated("grappa.lose_rest")) {
      continue;
    }
    if (packet != kNone && system_.packets[packet].bytes + bytes > packet_capacity_) {
      full = true;
      post(cores_[link.source], packet);
      packet = kNone;
    }
    if (packet == kNone) {
      packet = new_packet(link.source, link.destination);
    }
    append(system_.packets[packet], index);
    mark_sent(index);
  }
}

std::uint32_t Outbox::new_packet(CoreId from, CoreId to) {
  const std::uint32_t packet = system_.packets.take();
  system_.packets[packet] = {.from = from, .to = to, .flushed = system_.now()};
  return packet;
}

void Outbox::append(Packet& packet, std::uint32_t index) {
  Message& message = system_.messages[index];
  message.next = kNone;
  (packet.first == kNone ? packet.first : system_.messages[packet.last].next) = index;
  packet.last = index;
  ++packet.messages;
  packet.bytes += wire_bytes(message);
  packet.data.add(data_of(message));
  system_.counters.list_wait += system_.now() - message.ready;
  ++system_.conservation.serialized;
}

/// A packet is one SEND: the original hands it to MPI_Isend, and the other side has posted a buffer
/// of the largest size for it (Communicator.cpp:54-60). MPI lets a process do one thing at a time:
/// as a process is a core, that is the core's turn. All processes of a server share its card.
void Outbox::post(Core& source, std::uint32_t index) {
  Packet& packet = system_.packets[index];
  packet.left = packet.messages;
  packet.posted = cores_.occupy(
      source, system_.options.costs.serialize * packet.messages + system_.options.costs.mpi);
  Time& card = card_free_[source.server.index()];
  packet.sent = std::max(packet.posted, card);
  card = packet.sent + system_.options.costs.card;
  ++system_.counters.packets;
  system_.counters.in_packets += packet.messages;
  const Bytes payload = header_bytes(system_.layout.cores_per_server()) + packet.bytes;
  system_.counters.packet_bytes += payload;
  system_.fabric->post({.from = source.server,
                        .to = system_.layout.server(packet.to),
                        .verb = Verb::send,
                        .type = system_.packet_type,
                        .payload = payload,
                        .data = packet.data,
                        .after = packet.sent - system_.now(),
                        .body = PacketBody{index}});
}

/// Without aggregation a core sends its messages itself, to the core that they are for
/// (RDMAAggregator.hpp:629-635).
void Outbox::send_alone(std::uint32_t index) {
  const Message& message = system_.messages[index];
  const CoreId from(message.from);
  const std::uint32_t packet = new_packet(from, CoreId(message.to));
  append(system_.packets[packet], index);
  system_.counters.list_wait += message.ready - system_.now();  // it has waited for nothing
  system_.packets[packet].flushed = message.ready;
  ++system_.counters.alone;
  post(cores_[from], packet);
  mark_sent(index);
}

}  // namespace dsmsim::grappa
