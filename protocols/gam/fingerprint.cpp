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

void add_number(Fingerprint& into, const Message& message, NodeId from, NodeId to) {
  const Number number = row_of(message.kind).number;
  if (number != Number::none) {
    rename(into, Named::transaction, number == Number::sender ? from : to, message.id);
  }
}

void add_buffer(Fingerprint& into, const Message& message, NodeId from, NodeId to) {
  switch (row_of(message.kind).buffer) {
    case Buffer::none:
      return;
    case Buffer::sender:
      return rename(into, from, message.buffer);
    case Buffer::receiver:
      return rename(into, to, message.buffer);
    case Buffer::requester:
      return rename(into, message.requester, message.buffer);
  }
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
  into.add(request.from.value());
  add(into, request.message, request.from, here);
}

/// What an atomic operation computes is known from where its thread is.
void add(Fingerprint& into, const Access& access) {
  into.add(static_cast<std::uint64_t>(access.kind) | (access.try_lock ? 1U << 8 : 0U) |
           (access.waiting != nullptr ? 1U << 9 : 0U) | (access.atomic != nullptr ? 1U << 10 : 0U) |
           (std::uint64_t{access.offset} << 16) | (std::uint64_t{access.length} << 40));
  into.add(access.block.value());
  into.add(access.thread->id.value());
  into.add(access.token);
}

/// The order of the sharers decides nothing: they are asked all at once.
void add(Fingerprint& into, const DirectoryEntry& entry, NodeId home) {
  into.add(entry.block.value() << 3 | static_cast<std::uint64_t>(entry.state));
  add(into, entry.locks);
  Few<Sharer> sharers(entry.sharers.begin(), entry.sharers.end());
  std::stable_sort(sharers.begin(), sharers.end(),
                   [](const Sharer& a, const Sharer& b) { return a.server < b.server; });
  into.add(sharers.size());
  for (const Sharer& sharer : sharers) {
    into.add(sharer.server.value());
    rename(into, sharer.server, sharer.buffer);
  }
  if (is_transient(entry.state)) {
    rename(into, Named::transaction, home, entry.transaction);
  }
}

void add(Fingerprint& into, const Line& line, NodeId here) {
  into.add(line.block.value() << 5 | static_cast<std::uint64_t>(line.state) << 2 |
           (line.early ? 2 : 0) | (line.lost ? 1 : 0));
  into.add(line.version);
  rename(into, here, line.buffer());
  add(into, line.locks);
  if (line.state == LineState::to_shared || line.state == LineState::to_dirty) {
    rename(into, Named::transaction, here, line.transaction);
  }
}

void add(Fingerprint& into, const Transaction& transaction, NodeId here) {
  using Role = Transaction::Role;
  into.add(static_cast<std::uint64_t>(transaction.role) |
           (static_cast<std::uint64_t>(transaction.sent) << 8) |
           (transaction.failed ? 1U << 16 : 0U) | (transaction.data_arrived ? 1U << 17 : 0U) |
           (transaction.home_agreed ? 1U << 18 : 0U) |
           (std::uint64_t{transaction.unanswered} << 32));
  into.add(transaction.block.value());
  rename(into, Named::transaction, here, transaction.slot);
  if (transaction.role == Role::forward) {
    add(into, transaction.request, here);
  } else if (transaction.role != Role::write_back) {
    add(into, transaction.access);
  }
}

void add(Fingerprint& into, const BlockQueue& queue, NodeId here) {
  into.add(queue.block.value());
  into.add(queue.local.size());
  for (const Access& access : queue.local) {
    add(into, access);
  }
  into.add(queue.remote.size());
  for (const Request& request : queue.remote) {
    add(into, request, here);
  }
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
  into.add(static_cast<std::uint64_t>(message.kind) | (message.lock ? 1U << 8 : 0U) |
           (message.try_lock ? 1U << 9 : 0U) | (message.failed ? 1U << 10 : 0U) |
           (std::uint64_t{message.requester.value()} << 32));
  into.add(message.block.value());
  into.add(message.size.count());
  add_number(into, message, from, to);
  if (message.requester.valid()) {
    rename(into, Named::transaction, message.requester, message.requester_id);
  }
  add_buffer(into, message, from, to);
}

/// A fence that has nothing to wait for is none.
void add(Fingerprint& into, const ThreadContext& thread) {
  into.add((std::uint64_t{thread.pending_writes} << 3) |
           (thread.fenced && thread.pending_writes > 0 ? 4U : 0U) |
           (thread.draining != nullptr ? 2U : 0U) | (thread.waiting != nullptr ? 1U : 0U));
  if (thread.waiting != nullptr) {
    into.add((std::uint64_t{thread.waiting->left} << 1) | (thread.waiting->failed ? 1 : 0));
    into.add(thread.waiting->version);
  }
  into.add(thread.at.value());
  into.add(thread.candidates.size());
  for (const NodeId server : thread.candidates) {
    into.add(server.value());
  }
  into.add(thread.locked.size());
  for (const ThreadContext::Locked& locked : thread.locked) {
    into.add(locked.begin.value());
  }
}

/// Lines that leave are either in a transaction of this server or shipped, so the number of
/// shipments says which are what.
void Node::fingerprint(Fingerprint& into) const {
  add_all<DirectoryEntry>(into, directory_, id_);
  memory_.for_each([&](std::uint64_t block, std::uint64_t version) {
    into.add(block);
    into.add(version);
  });
  add_all<Line>(into, cache_, id_);
  cache_.fingerprint(into);
  add_all<Transaction>(into, transactions_, id_);
  add_all<BlockQueue>(into, queues_, id_);
  into.add((cache_.leaving() << 32) | (shipments_.in_use() << 1) | (timer_armed_ ? 1 : 0));
  into.add(worker_ == nullptr ? 0 : worker_->backlog());
}

}  // namespace dsmsim::gam
