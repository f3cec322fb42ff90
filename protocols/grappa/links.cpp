// From lists to packets (uwsampa/grappa system/RDMAAggregator.cpp:199-260, 573-714, 1100-1317).

#include <algorithm>

#include "protocols/grappa/runtime.hpp"

namespace dsmsim::grappa {

/// The place of the core of server `me` that does the work for server `other`: with fewer servers
/// than cores, the one with the other's number (RDMAAggregator.cpp:199-260).
std::uint32_t Runtime::network_place(std::uint32_t me, std::uint32_t other) const {
  const std::uint32_t k = layout_.cores_per_server();
  const std::uint32_t servers_per_core = 1 + (servers_ - 1) / k;
  const std::uint32_t place = other / servers_per_core;
  return place < k ? place : me / servers_per_core;
}

Link& Runtime::link(NodeId from, NodeId to) {
  std::unique_ptr<Link>& found = links_[from.index() * servers_ + to.index()];
  if (found == nullptr) {
    const std::uint32_t k = layout_.cores_per_server();
    found = std::make_unique<Link>();
    found->runtime = this;
    found->from = from;
    found->to = to;
    found->source = layout_.core(from, network_place(from.value(), to.value()));
    found->destination = layout_.core(to, network_place(to.value(), from.value()));
    found->lists.assign(std::size_t{k} * k, kNone);
    found->flushed = Time::at(core(found->source).flush_phase);
    found->period = period_of(core(found->source), polls_per_flush_);
  }
  return *found;
}

/// Flushes happen whether or not there is something to send, so if none was since then, the next
/// is a whole number of periods after the last that was an event.
Time Runtime::next_flush(const Link& link) const {
  const Time now = queue_.now();
  if (link.flushed > now) {
    return link.flushed;
  }
  return link.flushed + link.period * ((now - link.flushed) / link.period + 1);
}

// ---- lines of messages in the caches of other cores

/// What it costs the core that has made the message that another core of its server sends it.
Duration Runtime::giving(const Message& message) const {
  const NodeId from = layout_.server(CoreId(message.from));
  const NodeId to = layout_.server(CoreId(message.to));
  const bool sends_itself =
      from == to || !options_.aggregation ||
      layout_.core(from, network_place(from.value(), to.value())) == CoreId(message.from);
  return sends_itself ? Duration() : options_.costs.cross_core;
}

/// What it costs the core that runs the message that another core of its server has had it: the one
/// that received the packet, or has made the message.
Duration Runtime::taking(const Message& message, CoreId by) const {
  const CoreId had = message.packet == kNone ? CoreId(message.from) : packets_[message.packet].to;
  return had == by ? Duration() : options_.costs.cross_core;
}

void Runtime::enqueue(std::uint32_t index) {
  Message& message = messages_[index];
  Core& from = core(CoreId(message.from));
  Core& to = core(CoreId(message.to));
  ++conservation_.enqueued;
  ++from.handled;
  ++(message.reply ? counters_.replies
                   : counters_.requests)[static_cast<std::size_t>(message.kind)];
  if (from.server == to.server) {
    std::uint32_t& list = to.lists[layout_.place_on_server(from.id)];
    message.next = std::exchange(list, index);
    arm_poll(to);
    return;
  }
  if (!options_.aggregation) {
    send_alone(index);
    return;
  }
  Link& link = this->link(from.server, to.server);
  std::uint32_t& list = link.lists[layout_.place_on_server(to.id) * layout_.cores_per_server() +
                                   layout_.place_on_server(from.id)];
  message.next = std::exchange(list, index);
  ++link.listed;
  link.waiting += wire_bytes(message);
  arm_flush(link);
  if (options_.flush == GrappaFlush::timeout_size && link.waiting >= options_.flush_size &&
      !link.full) {
    link.full = true;
    queue_.schedule(std::max(message.ready, core(link.source).free_at), &size_is_reached, &link);
  }
}

void Runtime::arm_flush(Link& link) {
  if (!link.flushes) {
    link.flushes = true;
    queue_.schedule(next_flush(link), &flush_is_due, &link);
  }
}

/// The send worker takes its turn behind what its core has to do. Once: the original's ready queue
/// is first come, first served, so later work does not pass it again and again.
void Runtime::flush_is_due(void* argument) {
  Link& link = *static_cast<Link*>(argument);
  Runtime& runtime = *link.runtime;
  const Core& source = runtime.core(link.source);
  if (source.free_at > runtime.queue_.now()) {
    runtime.queue_.schedule(source.free_at, &flush_now, &link);
  } else {
    flush_now(&link);
  }
}

void Runtime::flush_now(void* argument) {
  Link& link = *static_cast<Link*>(argument);
  link.flushes = false;
  ++(link.listed == 0 ? link.runtime->counters_.flushes_empty
                      : link.runtime->counters_.flushes_timeout);
  link.runtime->flush(link);
}

/// The timer that is set meanwhile stays as it is: it finds what has been listed since.
void Runtime::size_is_reached(void* argument) {
  Link& link = *static_cast<Link*>(argument);
  link.full = false;
  ++link.runtime->counters_.flushes_size;
  link.runtime->flush(link);
}

void Runtime::flush(Link& link) {
  if (crashed(link.from)) {
    return;
  }
  link.flushed = queue_.now();
  link.period = period_of(core(link.source), polls_per_flush_);
  std::uint32_t packet = kNone;
  if (link.listed > 0) {
    for (std::uint32_t& list : link.lists) {
      pack(link, take_ready(list), packet);
    }
  }
  if (packet != kNone) {
    post(core(link.source), packet);
  }
  if (link.listed > 0) {
    arm_flush(link);
  }
}

/// Takes what is there from a list; the newest, at its head, may be in the making still.
std::uint32_t Runtime::take_ready(std::uint32_t& list) {
  std::uint32_t* end = &list;
  while (*end != kNone && messages_[*end].ready > queue_.now()) {
    end = &messages_[*end].next;
  }
  return std::exchange(*end, kNone);
}

/// Copies messages into the packet, and begins another when it is full.
void Runtime::pack(Link& link, std::uint32_t chain, std::uint32_t& packet) {
  bool full = false;
  while (chain != kNone) {
    const std::uint32_t index = chain;
    chain = after(messages_[index]);
    const Bytes bytes = wire_bytes(messages_[index]);
    --link.listed;
    link.waiting -= bytes;
    if (full && mutated("grappa.lose_rest")) {
      continue;
    }
    if (packet != kNone && packets_[packet].bytes + bytes > packet_capacity_) {
      full = true;
      post(core(link.source), packet);
      packet = kNone;
    }
    if (packet == kNone) {
      packet = new_packet(link.source, link.destination);
    }
    append(packets_[packet], index);
    mark_sent(index);
  }
}

std::uint32_t Runtime::new_packet(CoreId from, CoreId to) {
  const std::uint32_t packet = packets_.take();
  packets_[packet] = {.from = from, .to = to, .flushed = queue_.now()};
  return packet;
}

void Runtime::append(Packet& packet, std::uint32_t index) {
  Message& message = messages_[index];
  message.next = kNone;
  (packet.first == kNone ? packet.first : messages_[packet.last].next) = index;
  packet.last = index;
  ++packet.messages;
  packet.bytes += wire_bytes(message);
  packet.data.add(data_of(message));
  counters_.list_wait += queue_.now() - message.ready;
  ++conservation_.serialized;
}

/// A packet is one SEND: the original hands it to MPI_Isend, and the other side has posted a buffer
/// of the largest size for it (Communicator.cpp:54-60). MPI lets a process do one thing at a time:
/// as a process is a core, that is the core's turn. All processes of a server share its card.
void Runtime::post(Core& source, std::uint32_t index) {
  Packet& packet = packets_[index];
  packet.left = packet.messages;
  packet.posted = occupy(source, options_.costs.serialize * packet.messages + options_.costs.mpi);
  Time& card = card_free_[source.server.index()];
  packet.sent = std::max(packet.posted, card);
  card = packet.sent + options_.costs.card;
  ++counters_.packets;
  counters_.in_packets += packet.messages;
  const Bytes payload = header_bytes(layout_.cores_per_server()) + packet.bytes;
  counters_.packet_bytes += payload;
  fabric_->post({.from = source.server,
                 .to = layout_.server(packet.to),
                 .verb = Verb::send,
                 .type = packet_type_,
                 .payload = payload,
                 .data = packet.data,
                 .after = packet.sent - queue_.now(),
                 .body = PacketBody{index}});
}

/// Without aggregation a core sends its messages itself, to the core that they are for
/// (RDMAAggregator.hpp:629-635).
void Runtime::send_alone(std::uint32_t index) {
  const Message& message = messages_[index];
  const CoreId from(message.from);
  const std::uint32_t packet = new_packet(from, CoreId(message.to));
  append(packets_[packet], index);
  counters_.list_wait += message.ready - queue_.now();  // it has waited for nothing
  packets_[packet].flushed = message.ready;
  ++counters_.alone;
  post(core(from), packet);
  mark_sent(index);
}

/// A completion has left its list: those that have come together since then may follow it.
void Runtime::mark_sent(std::uint32_t index) {
  const Message& message = messages_[index];
  if (message.kind != Kind::completion) {
    return;
  }
  Completions& completions = completions_[message.from][message.to];
  completions.listed = kNone;
  const std::uint32_t next = std::exchange(completions.waiting, kNone);
  if (next != kNone) {
    messages_[next].others = messages_[next].next;
    list_completion(next);
  }
}

/// At most one is listed from one core to another (GlobalCompletionEvent.hpp:123-153).
void Runtime::list_completion(std::uint32_t index) {
  Message& message = messages_[index];
  message.kind = Kind::completion;
  message.next = kNone;
  std::swap(message.from, message.to);
  completions_[message.from][message.to].listed = index;
  message.ready = occupy(core(CoreId(message.from)), options_.costs.enqueue + giving(message));
  enqueue(index);
}

}  // namespace dsmsim::grappa
