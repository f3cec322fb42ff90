#include "protocols/grappa/outbox.hpp"

#include <algorithm>
#include <utility>

#include "sim/base/error.hpp"

namespace dsmsim::grappa {

Outbox::Outbox(System& system, Cores& cores)
    : system_(system),
      cores_(cores),
      links_(std::size_t{system.layout.servers()} * system.layout.servers()),
      completions_(system.layout.cores()),
      card_free_(system.layout.servers()) {
  const Bytes around = header_bytes(system.layout.cores_per_server()) + kPacketTail;
  const Bytes least = around + wire_bytes(Kind::write, false, system.layout.block());
  if (system.options.packet < least) {
    throw Misfit("/packet", "grappa: a packet of " + to_string(system.options.packet) +
                                " has no room for a message; the least is " + to_string(least));
  }
  packet_capacity_ = system.options.packet - around;
}

// ---- lists

/// The place of the core of server `me` that does the work for server `other`: with fewer servers
/// than cores, the one with the other's number (RDMAAggregator.cpp:199-260).
std::uint32_t Outbox::network_place(std::uint32_t me, std::uint32_t other) const {
  const std::uint32_t k = system_.layout.cores_per_server();
  const std::uint32_t servers_per_core = 1 + (system_.layout.servers() - 1) / k;
  const std::uint32_t place = other / servers_per_core;
  return place < k ? place : me / servers_per_core;
}

/// What it costs the core that has made the message that another core of its server sends it.
Duration Outbox::giving(const Message& message) const {
  const NodeId from = system_.layout.server(CoreId(message.from));
  const NodeId to = system_.layout.server(CoreId(message.to));
  const bool sends_itself =
      from == to || !system_.options.aggregation ||
      system_.layout.core(from, network_place(from.value(), to.value())) == CoreId(message.from);
  return sends_itself ? Duration() : system_.options.costs.cross_core;
}

Time Outbox::send(std::uint32_t index) {
  Message& message = system_.messages[index];
  message.ready =
      cores_.occupy(cores_[CoreId(message.from)], system_.options.costs.enqueue + giving(message));
  const Time made = message.ready;
  enqueue(index);
  return made;
}

void Outbox::enqueue(std::uint32_t index) {
  Message& message = system_.messages[index];
  Core& from = cores_[CoreId(message.from)];
  Core& to = cores_[CoreId(message.to)];
  ++system_.conservation.enqueued;
  ++(message.reply ? system_.counters.replies
                   : system_.counters.requests)[static_cast<std::size_t>(message.kind)];
  if (from.server == to.server) {
    std::uint32_t& list = to.lists[system_.layout.place_on_server(from.id)];
    message.next = std::exchange(list, index);
    cores_.arm_poll(to);
    return;
  }
  if (system_.options.aggregation) {
    list(message, index, link(from.server, to.server));
  } else {
    send_alone(index);
  }
}

/// For the next flush, or for one at once if so much is waiting.
void Outbox::list(Message& message, std::uint32_t index, Link& link) {
  const Layout& layout = system_.layout;
  const std::uint32_t place =
      layout.place_on_server(CoreId(message.to)) * layout.cores_per_server() +
      layout.place_on_server(CoreId(message.from));
  message.next = std::exchange(link.lists[place], index);
  ++link.listed;
  link.waiting += wire_bytes(message);
  arm_flush(link);
  if (system_.options.flush == GrappaFlush::timeout_size &&
      link.waiting >= system_.options.flush_size && !link.full) {
    link.full = true;
    system_.queue.schedule(std::max(message.ready, cores_[link.source].free_at), &size_is_reached,
                           &link);
  }
}

std::uint32_t Outbox::take_ready(std::uint32_t& list) {
  std::uint32_t* end = &list;
  while (*end != kNone && system_.messages[*end].ready > system_.now()) {
    end = &system_.messages[*end].next;
  }
  return std::exchange(*end, kNone);
}

// ---- asynchronous writes that have ended

void Outbox::complete(std::uint32_t index) {
  Message& message = system_.messages[index];
  std::vector<Completions>& row = completions_[message.to];
  if (row.empty()) {
    row.resize(system_.layout.cores());
  }
  Completions& completions = row[message.from];
  if (completions.listed == kNone) {
    list_completion(index);
  } else if (system_.mutated("grappa.lose_completions")) {
    system_.messages.give_back(index);
  } else {
    message.next = std::exchange(completions.waiting, index);
  }
}

/// At most one is listed from one core to another (GlobalCompletionEvent.hpp:123-153).
void Outbox::list_completion(std::uint32_t index) {
  Message& message = system_.messages[index];
  message.kind = Kind::completion;
  message.next = kNone;
  std::swap(message.from, message.to);
  completions_[message.from][message.to].listed = index;
  send(index);
}

void Outbox::list_next_completion(std::uint32_t sent) {
  const Message& message = system_.messages[sent];
  Completions& completions = completions_[message.from][message.to];
  completions.listed = kNone;
  const std::uint32_t next = std::exchange(completions.waiting, kNone);
  if (next != kNone) {
    system_.messages[next].others = system_.messages[next].next;
    list_completion(next);
  }
}

}  // namespace dsmsim::grappa
