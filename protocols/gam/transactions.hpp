#pragma once
// What is under way: accesses of threads, requests of other servers, the transactions that they
// become, and the queues in which they wait at a busy block.

#include <tsl/robin_map.h>

#include <coroutine>
#include <vector>

#include "protocols/gam/messages.hpp"
#include "sim/dsm/contract/op.hpp"
#include "sim/dsm/kit/slots.hpp"
#include "sim/fabric/tally.hpp"
#include "sim/time/task.hpp"

namespace dsmsim::gam {

/// Marks the version that a read saw as that of a write which is not granted yet.
inline constexpr std::uint64_t kUngranted = std::uint64_t{1} << 63;

/// A thread that waits for one or more accesses; lives in the frame of its operation.
struct Waiting {
  std::uint32_t left = 0;
  bool failed = false;
  std::uint64_t version = 0;  ///< the greatest seen or made
  Time ended_at;              ///< when the last access had ended and the thread was notified
  std::coroutine_handle<> handle;
};

/// Of one program thread, over all of its operations.
struct ThreadContext {
  ThreadId id;
  NodeId node;
  std::uint32_t pending_writes = 0;  ///< asynchronous, not yet granted
  bool fenced = false;               ///< the next operation waits until there are none
  Time drained_at;                   ///< when the last was granted
  GlobalAddress used;                ///< block that it accessed, locked or unlocked last
  std::coroutine_handle<> draining;  ///< waits for that
  struct Locked {
    ObjectId object;
    GlobalAddress begin;
    GlobalAddress end;
  };
  std::vector<Locked> locked;  ///< for the report of a deadlock, and for checks
  // What its operation under way would go on with, for checks.
  const Waiting* waiting = nullptr;
  GlobalAddress at;                ///< locking: the first block that is not locked yet
  std::vector<NodeId> candidates;  ///< allocating: who may be asked next; the first has been
};

enum class AccessKind : std::uint8_t { read, write, rlock, wlock };

inline AccessKind kind_of(OpKind kind) {
  if (is_lock(kind)) {
    return is_shared(kind) ? AccessKind::rlock : AccessKind::wlock;
  }
  return kind == OpKind::read ? AccessKind::read : AccessKind::write;
}

/// What a thread does to one block: the part of an operation that lies in it.
struct Access {
  AccessKind kind;
  bool try_lock = false;
  GlobalAddress block = {};
  std::uint32_t offset = 0;  ///< in the block; of a lock: which one
  std::uint32_t length = 0;  ///< of the part that lies in the block
  ThreadContext* thread = nullptr;
  Waiting* waiting = nullptr;  ///< null: an asynchronous write, nobody waits
  Tally* tally = nullptr;      ///< if the thread waits for this access alone
  Op* atomic = nullptr;        ///< a write that computes (GFUNC in the code)
  std::uint64_t token = 0;     ///< a witness's, of a plain read or write
  bool counted = false;        ///< as a miss, by who sent for the block

  bool is_lock() const { return kind == AccessKind::rlock || kind == AccessKind::wlock; }
  bool is_write() const { return kind == AccessKind::write || kind == AccessKind::wlock; }
  /// For what the data that it moves are counted.
  Cause cause() const { return is_lock() ? Cause::none : is_write() ? Cause::write : Cause::read; }
};

/// A message of another server that asks for something, as it waits or is worked on.
struct Request {
  Message message;
  NodeId from;
  Tally* tally = nullptr;
};

/// One exchange of messages about one block (or one allocation), from the first message sent to the
/// last answer.
struct Transaction {
  enum class Role : std::uint8_t {
    requester,   ///< this server asked a home for a block, for `access`
    home,        ///< this home changes the block's sharers for its own `access`
    forward,     ///< this home changes them for another server's `request`
    write_back,  ///< this server evicted a dirty line
    allocation,  ///< this server asked another for memory, for `access`
  };
  std::uint32_t slot = 0;  ///< the number that answers carry
  Role role = Role::requester;
  MessageKind sent = MessageKind::read;
  bool failed = false;        ///< some answer was LOCK_FAILED
  bool data_arrived = false;  ///< requester of a block that is dirty elsewhere: both must come
  bool home_agreed = false;
  std::uint32_t unanswered = 0;
  GlobalAddress block;
  Access access;
  Request request;
};

using Transactions = Slots<Transaction>;

/// A block on its way to a new owner, whose completion the worker has to see.
struct Shipment {
  BufferId buffer;  ///< the line that dies with it
  Task<> task;
};

using Shipments = Slots<Shipment>;
/// Tells a worker that a shipment has left: the completion of a signalled WRITE
/// (PENDING_INVALIDATE in the code). No message, so no row of messages.hpp.
struct Shipped {
  std::uint32_t shipment;
};

/// What waits at one block of one server, first come, first served; the server's own accesses go
/// before requests of others (gam/src/worker.cc:338-423).
struct BlockQueue {
  std::uint32_t slot = 0;
  GlobalAddress block;
  std::vector<Access> local;
  std::vector<Request> remote;
};

class BlockQueues {
 public:
  bool has(GlobalAddress block) const { return queues_.contains(block); }
  void push(const Access& access) { at(access.block).local.push_back(access); }
  void push(const Request& request) { at(request.message.block).remote.push_back(request); }
  /// Takes the queue of a block out; null if nothing waits. Give it back afterwards.
  BlockQueue* take(GlobalAddress block);
  void give_back(BlockQueue& queue);
  const BlockQueue* find(GlobalAddress block) const {
    const auto found = queues_.find(block);
    return found == queues_.end() ? nullptr : found->second;
  }
  std::size_t size() const { return queues_.size(); }
  /// In no particular order.
  template <class Visit>
  void for_each(Visit visit) const {
    pool_.for_each(visit);
  }

 private:
  BlockQueue& at(GlobalAddress block);
  Slots<BlockQueue> pool_;
  tsl::robin_map<GlobalAddress, BlockQueue*, AddressHash> queues_;
};

inline BlockQueue* BlockQueues::take(GlobalAddress block) {
  const auto found = queues_.find(block);
  if (found == queues_.end()) {
    return nullptr;
  }
  BlockQueue* const queue = found->second;
  queues_.erase(found);
  return queue;
}

inline void BlockQueues::give_back(BlockQueue& queue) {
  queue.local.clear();
  queue.remote.clear();
  pool_.give_back(queue.slot);
}

inline BlockQueue& BlockQueues::at(GlobalAddress block) {
  const auto [found, made] = queues_.try_emplace(block, nullptr);
  if (made) {
    const std::uint32_t slot = pool_.take();
    found.value() = &pool_[slot];
    found.value()->slot = slot;
    found.value()->block = block;
  }
  return *found.value();
}

}  // namespace dsmsim::gam
