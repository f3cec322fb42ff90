#include "protocols/drust/memory.hpp"

#include <algorithm>

#include "sim/base/error.hpp"

namespace dsmsim::drust {

Memory::Memory(Runtime& runtime, Objects& objects, Heap& heap, EventLog& log)
    : runtime_(runtime), objects_(objects), heap_(heap), log_(log), leaked_(runtime.servers()) {
  for (std::size_t i = 0; i < runtime.cluster().servers(); ++i) {
    servers_.push_back(std::make_unique<ServerState>(runtime.queue()));
  }
}

// ---- allocation and eviction

std::optional<GlobalAddress> Memory::try_reserve(NodeId server, Bytes size, Duration& cpu) {
  Heap& heap = heap_;
  cpu += runtime_.costs().allocation;
  const double limit = runtime_.options().pressure * static_cast<double>(heap.partition().count());
  if (static_cast<double>((heap.used(server) + size).count()) > limit) {
    cpu += evict(server, "more of its partition would be in use than `pressure` allows");
  }
  auto address = heap.allocate(server, size);
  if (!address) {  // memory is left, but not for blocks of this size
    cpu += evict(server, "its partition has no free block of the size that is wanted");
    address = heap.allocate(server, size);
  }
  if (!address && runtime_.policy().panics_when_full) {
    panic(server, size);
  }
  return address;
}

void Memory::out_of_memory(NodeId server, Bytes size) const {
  const Heap& heap = heap_;
  throw OutOfMemory("drust: server " + std::to_string(server.value()) + " is out of memory at " +
                    to_string(runtime_.queue().now()) + ": " + to_string(size) + " wanted, " +
                    to_string(heap.used(server)) + " of " + to_string(heap.partition()) +
                    " in use, of which " + to_string(servers_[server.index()]->cached) +
                    " are copies in use; give the servers more memory");
}

Duration Memory::evict(NodeId id, const char* reason) {
  const Heap& heap = heap_;
  const Bytes before = heap.used(id);
  std::uint64_t evicted = 0;
  const double target =
      runtime_.options().pressure_relief * static_cast<double>(heap.partition().count());
  Duration cpu;
  for (CopyId copy = server(id).copies.least_recently_left();
       copy.valid() && static_cast<double>(heap.used(id).count()) > target;
       copy = server(id).copies.least_recently_left()) {
    free_copy(id, copy);
    ++evicted;
    cpu += runtime_.costs().eviction;
  }
  if (evicted > 0) {
    runtime_.counters().evictions += evicted;
    log_.add({.at = runtime_.queue().now(),
              .event = "eviction",
              .server = id,
              .reason = reason,
              .numbers = {{"copies", static_cast<double>(evicted)},
                          {"freed_bytes", static_cast<double>((before - heap.used(id)).count())},
                          {"used_bytes", static_cast<double>(before.count())}}});
  }
  return cpu;
}

// ---- copies

CopyId Memory::add_copy(NodeId id, ObjectId object, ColouredAddress key, GlobalAddress local) {
  ServerState& holder = server(id);
  const CopyId newest = holder.copies.newest(key.address());
  if (!newest.valid() || holder.copies[newest].object != object) {
    sharers_.add(objects_[object].sharers, id);
  }
  const Bytes size = heap_.footprint(objects_.size(object));
  holder.cached += size;
  cached_ += size;
  runtime_.counters().cached_peak = std::max(runtime_.counters().cached_peak, cached_);
  return holder.copies.insert({.key = key, .local = local, .object = object, .count = 1});
}

void Memory::forget_copy(NodeId id, CopyId copy) {
  ServerState& holder = server(id);
  const Bytes size = heap_.footprint(objects_.size(holder.copies[copy].object));
  holder.cached -= size;
  cached_ -= size;
  holder.copies.remove(copy);
}

void Memory::free_copy(NodeId id, CopyId copy) {
  const Copy& dying = server(id).copies[copy];
  heap_.release(dying.local, objects_.size(dying.object));
  forget_copy(id, copy);
}

Duration Memory::drop_use(NodeId id, CopyId copy) {
  CopyTable& copies = server(id).copies;
  copies.drop(copy);
  if (runtime_.policy().keeps_unused_copies || copies[copy].count > 0) {
    return Duration();
  }
  free_copy(id, copy);
  return runtime_.costs().deallocation;
}

std::size_t Memory::drop_unused(NodeId id, GlobalAddress address) {
  std::size_t dropped = 0;
  CopyTable& copies = server(id).copies;
  for (CopyId copy = copies.newest(address); copy.valid();) {
    const CopyId older = copies[copy].older;
    if (copies[copy].count == 0) {
      free_copy(id, copy);
      ++dropped;
    }
    copy = older;
  }
  return dropped;
}

// ---- homes that come and go

ColouredAddress Memory::become_home(ObjectId object, GlobalAddress address) {
  const auto past = pasts_.find(address.value());
  if (past == pasts_.end()) {
    return {address, 0};
  }
  const ColouredAddress home(address, past->second.next);
  objects_[object].sharers = past->second.sharers;
  pasts_.erase(past);
  return home;
}

bool Memory::gives_up_silently(NodeId by, ObjectId object, ColouredAddress home) {
  const DrustOptions& options = runtime_.options();
  if (!heap_.is_local(home.address(), by)) {
    return false;
  }
  return runtime_.cluster().servers() == 1 || !runtime_.policy().keeps_unused_copies ||
         (options.invalidation == DrustInvalidation::sharers &&
          objects_[object].sharers == SharerLists::kNone);
}

/// Copies of what lies there have to go, and the address with them unless colours are reset. Those
/// of the sender go now.
std::uint32_t Memory::retire(Sender& sender, const Disposal& what) {
  const std::uint32_t disposal = disposals_.add(what);
  disposals_[disposal].by = sender.node;
  disposals_[disposal].host = heap_.host(what.address);
  const std::size_t own = drop_unused(sender.node, what.address);
  sender.spent += runtime_.costs().deallocation * static_cast<std::int64_t>(own);
  return disposal;
}

void Memory::give_up(Sender& sender, ObjectId object, ColouredAddress home) {
  const Given one{object, home};
  give_up(sender, std::span(&one, 1));
}

void Memory::give_up(Sender& sender, std::span<const Given> all) {
  std::uint32_t first = Disposal::kNone;
  for (auto each = all.rbegin(); each != all.rend(); ++each) {
    const std::uint32_t disposal = retire(
        sender, {.address = each->home.address(),
                 .size = objects_.size(each->object),
                 .colour = each->home.colour(),
                 .sharers = std::exchange(objects_[each->object].sharers, SharerLists::kNone)});
    disposals_[disposal].next = first;
    first = disposal;
  }
  send_away(sender, all.front().home.address(), first);
}

void Memory::give_up(Sender& sender, Bytes size, ColouredAddress home, SharerLists::Index sharers) {
  const std::uint32_t disposal = retire(
      sender,
      {.address = home.address(), .size = size, .colour = home.colour(), .sharers = sharers});
  send_away(sender, home.address(), disposal);
}

void Memory::leak(ObjectId object, ColouredAddress home) {
  const Bytes size = heap_.footprint(objects_.size(object));
  leaked_[heap_.partition_of(home.address()).index()] += size;
  runtime_.counters().leaked += size;
}

/// To the host of the address, and of those that follow.
void Memory::send_away(Sender& sender, GlobalAddress address, std::uint32_t first) {
  const NodeId host = heap_.host(address);
  if (host == sender.node) {
    dispose_all(sender, first);
  } else {
    runtime_.send(sender, host, MessageKind::deallocate, runtime_.options().control,
                  DisposalBody{address, first, 0});
  }
}

void Memory::dispose_all(Sender& host, std::uint32_t first) {
  for (std::uint32_t number = first; number != Disposal::kNone;) {
    const std::uint32_t next = disposals_[number].next;
    dispose(host, number);
    number = next;
  }
}

std::uint32_t Memory::begin_reset(Sender& sender, ObjectId object, ColouredAddress home) {
  return retire(sender, {.address = home.address(),
                         .size = objects_.size(object),
                         .colour = home.colour(),
                         .sharers = std::exchange(objects_[object].sharers, SharerLists::kNone),
                         .reset = true});
}

void Memory::reset(Sender& host, const ResetBody& body) {
  const auto number = static_cast<std::uint32_t>(body.disposal);
  disposals_[number].call = body.call;
  dispose(host, number);
}

void Memory::handle_deallocate(const Delivery& message, Sender& host) {
  const auto body = message.body.as<DisposalBody>();
  if (disposals_[body.disposal].address == body.address) {  // else settled without the message
    dispose_all(host, body.disposal);
  }
  if (runtime_.policy().answers_calls) {
    runtime_.send(host, message.from, MessageKind::called, runtime_.reply_size(), ObjectBody{});
  }
}

/// At the host of the address: what waits for its copies to be gone happens now, or once they are
/// known to be.
void Memory::dispose(Sender& host, std::uint32_t number) {
  Disposal& disposal = disposals_[number];
  disposal.host = host.node;
  if (runtime_.lost().any()) {
    drop_unused(host.node, disposal.address);  // it may have been at another server
  }
  if (runtime_.options().reuse == DrustReuse::fresh_colour && !disposal.reset &&
      disposal.colour != runtime_.last_colour()) {
    const auto next = static_cast<Colour>(disposal.colour + 1);
    pasts_[disposal.address.value()] = {next, disposal.sharers};
    end_disposal(host, number);
    return;
  }
  if (disposal.awaited.empty()) {
    disposal.awaited = to_be_told(disposal);
  } else {  // once more, by another host
    std::erase_if(disposal.awaited,
                  [&](NodeId id) { return id == host.node || runtime_.lost().contains(id); });
  }
  const bool wait = disposal.reset || runtime_.policy().awaits_invalidations;
  for (const NodeId holder : disposal.awaited) {
    runtime_.send(host, holder, MessageKind::invalidate, runtime_.options().control,
                  DisposalBody{disposal.address, number, wait ? 1U : 0U});
  }
  if (!wait || disposal.awaited.empty() || runtime_.mutated("drust.freed_early")) {
    end_disposal(host, number);
  }
}

/// The servers that hold copies of the address, or may for all that the host knows.
std::vector<NodeId> Memory::to_be_told(Disposal& disposal) {
  std::vector<NodeId> servers = sharers_.take(disposal.sharers);
  if (disposal.reset && runtime_.mutated("drust.colours_reset_silently")) {
    return {};
  }
  if (!runtime_.policy().keeps_unused_copies) {
    return {};  // copies do not outlive the borrows that the object has survived
  }
  if (runtime_.options().invalidation == DrustInvalidation::broadcast) {
    servers.clear();
    for (std::uint32_t i = 0; i < servers_.size(); ++i) {
      servers.emplace_back(i);
    }
    std::erase(servers, disposal.by);
    std::erase(servers, heap_.host(disposal.address));
    std::erase_if(servers, [&](NodeId id) { return runtime_.lost().contains(id); });
    return servers;
  }
  std::erase_if(servers, [&](NodeId id) {
    return id == disposal.by || !server(id).copies.newest(disposal.address).valid();
  });
  return servers;
}

/// The address is free; or, after a reset, who waits may use its colours from the first one on.
void Memory::end_disposal(Sender& host, std::uint32_t number) {
  const Disposal disposal = disposals_[number];
  disposals_.remove(number);
  if (!disposal.reset) {
    heap_.release(disposal.address, disposal.size);
    host.spent += runtime_.costs().deallocation;
  } else if (disposal.by == host.node) {
    runtime_.answer(disposal.call, 0);
  } else {
    runtime_.send(host, disposal.by, MessageKind::reset_done, runtime_.options().control,
                  ReplyBody{disposal.call, 0});
  }
}

void Memory::handle_invalidate(const Delivery& message, Sender& holder) {
  const auto body = message.body.as<DisposalBody>();
  const bool ignored = runtime_.mutated("drust.invalidation_ignored");
  const std::size_t dropped = ignored ? 0 : drop_unused(holder.node, body.address);
  runtime_.counters().invalidations += dropped;
  holder.spent += runtime_.costs().map_operation +
                  runtime_.costs().deallocation * static_cast<std::int64_t>(dropped);
  if (body.acknowledge != 0) {
    runtime_.send(holder, message.from, MessageKind::invalidated, runtime_.options().control, body);
  }
}

void Memory::handle_invalidated(const Delivery& message, Sender& host) {
  if (!runtime_.mutated("drust.freed_early")) {
    const auto body = message.body.as<DisposalBody>();
    if (disposals_[body.disposal].address == body.address) {
      acknowledge(host, body.disposal, message.from);
    }
  }
}

void Memory::acknowledge(Sender& host, std::uint32_t number, NodeId holder) {
  std::vector<NodeId>& awaited = disposals_[number].awaited;
  if (std::erase(awaited, holder) > 0 && awaited.empty()) {
    end_disposal(host, number);
  }
}

// ---- when a server is lost

void Memory::forget_server(NodeId lost) {
  ServerState& state = server(lost);
  cached_ -= state.cached;
  state.cached = Bytes();
  state.copies = CopyTable();
  state.waiting.clear();
}

/// Messages from and to it have not come. Whoever hosts the address now knows from the controller
/// that its copies have to go, and asks their holders again; but whoever waits for a reset of
/// colours asks for it again himself.
void Memory::settle_disposals(NodeId lost) {
  std::vector<std::uint32_t> numbers;
  disposals_.for_each([&](std::uint32_t number, const Disposal&) { numbers.push_back(number); });
  for (const std::uint32_t number : numbers) {
    const Disposal& disposal = disposals_[number];
    Sender host{heap_.host(disposal.address)};
    const bool began = !disposal.awaited.empty();
    const bool asked_again = disposal.reset && disposal.by != lost;
    if ((disposal.host == lost && !asked_again) || (disposal.by == lost && !began)) {
      dispose(host, number);
    } else if (began) {
      acknowledge(host, number, lost);
    }
  }
}

}  // namespace dsmsim::drust
