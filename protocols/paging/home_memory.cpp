#include "protocols/paging/home_memory.hpp"

#include <algorithm>

#include "sim/base/error.hpp"

namespace dsmsim::paging {
namespace {

constexpr Bytes kMemoryMessage = Bytes(24);

}  // namespace

HomeMemory::HomeMemory(Cluster& cluster, const MessageTypes<SharedMessageKind>& types,
                       std::vector<NodeId> homes, Bytes page, Bytes grant,
                       const std::string& engine)
    : cluster_(cluster),
      types_(types),
      homes_(std::move(homes)),
      classes_(heap_classes(page, grant)),
      calls_(cluster.simulation().queue()) {
  const Bytes size = cluster.profile().memory;
  const Bytes memory = page * (size.count() / page.count());
  if (classes_.usable(memory) == Bytes(0)) {
    throw Misfit("", engine + ": a server of " + to_string(size) +
                         " has no room for what a size class takes at a time, " +
                         to_string(classes_.options().page));
  }
  for (std::uint32_t i = 0; i < homes_.size(); ++i) {
    heaps_.emplace_back(classes_, memory * i, memory);
  }
}

Heap& HomeMemory::heap_of(NodeId home) {
  const auto at = std::lower_bound(homes_.begin(), homes_.end(), home);
  return heaps_[static_cast<std::size_t>(at - homes_.begin())];
}

/// Each compute server that is no home has one that comes first in the place of itself.
Task<std::optional<VirtualAddress>> HomeMemory::allocate(Thread& thread, NodeId wanted,
                                                         Bytes size) {
  const NodeId first = wanted.valid() ? wanted : thread.node();
  for (std::size_t i = 0; i < heaps_.size(); ++i) {
    const NodeId server = homes_[(first.index() + i) % heaps_.size()];
    std::optional<VirtualAddress> address;
    if (server == thread.node()) {
      address = heap_of(server).allocate(size);
    } else {
      address = co_await ask(thread, server, size);
    }
    if (address) {
      co_return address;
    }
  }
  co_return std::nullopt;
}

Task<std::optional<VirtualAddress>> HomeMemory::ask(Thread& thread, NodeId server, Bytes size) {
  MemoryCalls::Call question(calls_, thread.id(), server);
  post(thread.node(), server,
       {.kind = SharedMessageKind::allocate,
        .thread = thread.id(),
        .call = question.number(),
        .size = size,
        .address = {}},
       &thread.tally());
  auto answer = question.answer();
  const std::optional<std::optional<VirtualAddress>> address = co_await answer;
  thread.tally().charge(Category::handler, thread.now());
  co_return *address;
}

Duration HomeMemory::release_at(NodeId home, const Thread& thread, VirtualAddress address,
                                Bytes size) {
  return post(thread.node(), home,
              {.kind = SharedMessageKind::release,
               .thread = thread.id(),
               .call = {},
               .size = size,
               .address = address},
              nullptr);
}

Duration HomeMemory::post(NodeId from, NodeId to, const MemoryMessage& message, Tally* tally) {
  Fabric& fabric = cluster_.fabric();
  fabric.post({.from = from,
               .to = to,
               .verb = Verb::send,
               .type = types_[message.kind],
               .payload = kMemoryMessage,
               .after = fabric.nic().post,
               .tally = tally,
               .body = message});
  return fabric.nic().post;
}

Duration HomeMemory::on_allocate(const Delivery& delivery) {
  auto message = delivery.body.as<MemoryMessage>();
  message.kind = SharedMessageKind::allocated;
  message.address = heap_of(delivery.to).allocate(message.size);
  return post(delivery.to, delivery.from, message, delivery.tally);
}

void HomeMemory::on_allocated(const MemoryMessage& message) {
  calls_.answer(message.call, message.address);
}

void HomeMemory::on_release(const Delivery& delivery) {
  const auto message = delivery.body.as<MemoryMessage>();
  heap_of(delivery.to).release(*message.address, message.size);
}

std::string HomeMemory::all_in_use() const {
  Bytes used;
  for (const Heap& heap : heaps_) {
    used += heap.used();
  }
  return std::to_string(heaps_.size()) + " servers with memory hold " +
         to_string(heaps_.front().capacity() * heaps_.size()) + ", of which " + to_string(used) +
         " is in use" + classes_.unit_text();
}

void HomeMemory::fingerprint(Fingerprint& into) const {
  const auto& [cluster, types, homes, classes, heaps, calls] = *this;
  for (const Heap& heap : heaps) {
    heap.fingerprint(into);
  }
  calls.fingerprint(into);
}

}  // namespace dsmsim::paging
