#include "protocols/gam/fingerprint.hpp"

#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <tuple>

#include "protocols/gam/node.hpp"

namespace dsmsim::gam {
namespace {

// ---- names

enum class Named : std::uint64_t { line = 1, transaction = 2 };

/// Different for everything that may be named in one system of up to 1,024 servers.
void rename(Fingerprint& into, Named kind, NodeId server, std::uint32_t slot,
            std::uint32_t generation = 0) {
  into.rename((static_cast<std::uint64_t>(kind) << 62) | (std::uint64_t{server.value()} << 52) |
              (std::uint64_t{slot} << 32) | generation);
}
void rename(Fingerprint& into, NodeId server, BufferId buffer) {
  rename(into, Named::line, server, buffer.slot, buffer.generation);
}

NodeId server_of(Number number, NodeId from, NodeId to) {
  return number == Number::none ? NodeId() : number == Number::sender ? from : to;
}
NodeId server_of(Buffer buffer, NodeId from, NodeId to, NodeId requester) {
  switch (buffer) {
    case Buffer::none:
      break;
    case Buffer::sender:
      return from;
    case Buffer::receiver:
      return to;
    case Buffer::requester:
      return requester;
  }
  return {};
}

// ---- parts of the state

template <class T>
using Few = boost::container::small_vector<T, 8>;

void add(Fingerprint& into, const LockTable& locks) {
  Few<std::uint32_t> sorted;
  locks.for_each(
      [&](std::uint32_t offset, std::uint32_t count) { sorted.push_back((offset << 8) | count); });
  std::sort(sorted.begin(), sorted.end());
  into.add(sorted.size());
  for (const std::uint32_t lock : sorted) {
    into.add(lock);
  }
}

void add(Fingerprint& into, const Request& request, NodeId here) {
  const auto& [message, from, tally] = request;  // tally measures
  into.add(from.value());
  add(into, message, from, here);
}

/// What an atomic operation computes is known from where its thread is.
void add(Fingerprint& into, const Access& access) {
  const auto& [kind, try_lock, block, offset, length, thread, waiting, tally, atomic, token,
               counted] = access;  // tally and counted measure
  into.add(kind, try_lock, waiting != nullptr, atomic != nullptr, offset, length, thread->id, block,
           token);
}

/// The order of the sharers decides nothing: they are asked all at once.
void add(Fingerprint& into, const DirectoryEntry& entry, NodeId home) {
  const auto& [block, slot, transaction, state, data, locks, sharers] = entry;
  // slot is the pool's, data measure; transaction is of an earlier one unless in transition
  into.add(block, state);
  add(into, locks);
  Few<Sharer> sorted(sharers.begin(), sharers.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Sharer& a, const Sharer& b) { return a.server < b.server; });
  into.add(sorted.size());
  for (const auto& [server, buffer] : sorted) {
    into.add(server.value());
    rename(into, server, buffer);
  }
  if (is_transient(state)) {
    rename(into, Named::transaction, home, transaction);
  }
}

void add(Fingerprint& into, const Line& line, NodeId here) {
  const auto& [hook, block, version, slot, generation, transaction, state, early, lost, data, list,
               locks] = line;
  // hook: Cache::fingerprint; list says whose spin lock is taken, data measure; transaction is of
  // an earlier one unless the line waits
  into.add(block, version, state, early, lost);
  rename(into, here, BufferId{slot, generation});
  add(into, locks);
  if (state == LineState::to_shared || state == LineState::to_dirty) {
    rename(into, Named::transaction, here, transaction);
  }
}

void add(Fingerprint& into, const Transaction& transaction, NodeId here) {
  using Role = Transaction::Role;
  const auto& [slot, role, sent, failed, data_arrived, home_agreed, unanswered, block, access,
               request] = transaction;
  into.add(role, sent, failed, data_arrived, home_agreed, unanswered, block);
  rename(into, Named::transaction, here, slot);
  if (role == Role::forward) {
    add(into, request, here);
  } else if (role != Role::write_back) {
    add(into, access);
  }
}

void add(Fingerprint& into, const BlockQueue& queue, NodeId here) {
  const auto& [slot, block, local, remote] = queue;  // slot is the pool's
  into.add(block, local.size(), remote.size());
  for (const Access& access : local) {
    add(into, access);
  }
  for (const Request& request : remote) {
    add(into, request, here);
  }
}

/// When it ended is a clock's; who is woken is the thread.
void add(Fingerprint& into, const Waiting& waiting) {
  const auto& [left, failed, version, ended_at, handle] = waiting;
  into.add(left, failed, version);
}

/// At most one transaction of each role is about a block, and one allocation a thread's.
bool before(const Transaction& a, const Transaction& b) {
  const auto thread = [](const Transaction& t) {
    return t.role == Transaction::Role::allocation ? t.access.thread->id : ThreadId();
  };
  return std::tuple(a.block, a.role, thread(a)) < std::tuple(b.block, b.role, thread(b));
}
template <class T>
bool before(const T& a, const T& b) {
  return a.block < b.block;
}

template <class T, class Table>
void add_all(Fingerprint& into, const Table& table, NodeId here) {
  Few<const T*> sorted;
  table.for_each([&](const T& element) { sorted.push_back(&element); });
  std::sort(sorted.begin(), sorted.end(), [](const T* a, const T* b) { return before(*a, *b); });
  into.add(sorted.size());
  for (const T* const element : sorted) {
    add(into, *element, here);
  }
}

}  // namespace

void add(Fingerprint& into, const Message& message, NodeId from, NodeId to) {
  const auto& [kind, lock, try_lock, failed, requester, id, requester_id, buffer, block, size] =
      message;
  into.add(kind, lock, try_lock, failed, requester, block, size);
  if (const NodeId server = server_of(row_of(kind).number, from, to); server.valid()) {
    rename(into, Named::transaction, server, id);
  }
  if (requester.valid()) {
    rename(into, Named::transaction, requester, requester_id);
  }
  if (const NodeId server = server_of(row_of(kind).buffer, from, to, requester); server.valid()) {
    rename(into, server, buffer);
  }
}

/// A fence that has nothing to wait for is none. The id says which thread it is, the node where it
/// always is; when its writes were drained, and what it used last, cost time.
void add(Fingerprint& into, const ThreadContext& thread) {
  const auto& [id, node, pending_writes, fenced, drained_at, used, draining, locked, waiting, at,
               candidates] = thread;
  into.add(pending_writes, fenced && pending_writes > 0, draining != nullptr, waiting != nullptr,
           at);
  if (waiting != nullptr) {
    add(into, *waiting);
  }
  into.add(candidates.size(), locked.size());
  for (const NodeId server : candidates) {
    into.add(server.value());
  }
  for (const auto& [object, begin, end] : locked) {
    into.add(object, begin, end);
  }
}

void HomeSide::fingerprint(Fingerprint& into) const {
  add_all<DirectoryEntry>(into, directory_, id_);
  memory_.for_each([&](std::uint64_t block, std::uint64_t version) { into.add(block, version); });
}

/// Lines that leave are either in a transaction of this server or shipped, so the number of
/// shipments says which are what.
void CacheSide::fingerprint(Fingerprint& into) const {
  add_all<Line>(into, cache_, id_);
  cache_.fingerprint(into);
  into.add(cache_.leaving(), shipments_.in_use(), timer_armed_);
}

/// Of the desk only costs depend; what is posted is the fabric's.
void Node::fingerprint(Fingerprint& into) const {
  home_.fingerprint(into);
  cache_.fingerprint(into);
  add_all<Transaction>(into, transactions(), id_);
  add_all<BlockQueue>(into, queues(), id_);
  into.add(worker() == nullptr ? 0 : worker()->backlog());
}

}  // namespace dsmsim::gam
