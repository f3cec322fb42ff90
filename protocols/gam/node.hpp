#pragma once
// The protocol on one server, put together: the desk of its threads (desk.hpp), its part of the
// memory (home_side.hpp), its cache (cache_side.hpp), and its way to the others (port.hpp).
//
// Every step is a plain function over explicit state that runs to its end at one moment: it looks
// at the block, changes its state, posts messages, and says how much CPU time that took (Step).
// What cannot go on is put into the block's queue and tried again when the transaction that it
// waits for has ended (section 4.1 of Cai et al.; gam/src/{local,remote}_request_cache.cc,
// pending_request.cc, cache.cc).
//
// Called by the engine for the threads of this server, and by its worker for messages; never from
// another node's step. A node decides which side an access or a message is for, and nothing else.
// fingerprint.cpp adds a node's state to a fingerprint; invariants.hpp is what holds at any time.

#include "protocols/gam/cache_side.hpp"
#include "protocols/gam/home_side.hpp"

namespace dsmsim::gam {

class Node : private MessageHandler, private Waker {
 public:
  Node(System& system, NodeId id, std::uint64_t cache_limit);
  /// Of this machine's memory, what one of so many takes before anything happens.
  static Bytes table_size(std::size_t servers);

  NodeId id() const { return id_; }

  // For threads. What attempt() cannot do at once, start() sends for or queues.
  Desk& desk() { return desk_; }
  /// Whether attempt() would do the access, or fail at it, rather than answer pending.
  bool answers(const Access& access) const;
  /// Does what needs no message and no waiting; changes nothing if it answers pending.
  Outcome attempt(const Access& access, Step& step);
  Outcome start(const Access& access, Step& step);
  /// The thread runs its path through the block; one that is to take a line runs that path instead.
  void run(const Access& access, ThreadContext& thread, Step& step);
  bool holds_lock(GlobalAddress block, std::uint32_t offset) const;
  /// Whether unlocking the block takes a step: somebody waits at it, or it is not to stay.
  bool awaited(GlobalAddress block) const {
    return queues().has(block) || (!system_.options.caching && !is_home(block));
  }
  void unlock(GlobalAddress block, std::uint32_t offset, Step& step);
  void arm_timer(const Step& step) { cache_.arm_timer(step); }

  /// For other servers: what a message that carries a block does here when it arrives.
  Effect landing(const Message& message, std::uint64_t version, Cause cause);

  // For reports, checks and tests.
  const Directory& directory() const { return home_.directory(); }
  const HomeMemory& memory() const { return home_.memory(); }
  const Cache& cache() const { return cache_.cache(); }
  const Counters& counters() const { return counters_; }
  const Transactions& transactions() const { return underway_.transactions(); }
  const Shipments& shipments() const { return cache_.shipments(); }
  const BlockQueues& queues() const { return underway_.queues(); }
  const WorkerPool* worker() const { return port_.worker(); }
  void reset_counters();
  void fingerprint(Fingerprint& into) const;

 private:
  bool is_home(GlobalAddress block) const { return block.home() == id_; }
  Duration work_of(const Access& access, bool warm, Time start);
  Duration service_time(const Delivery& delivery) override;
  Duration handle(const Delivery& delivery) override;
  void receive(const Request& request, Step& step);
  void on_reply(const Request& request, Step& step);
  void drain(GlobalAddress block, Step& step) override;
  void rerun(GlobalAddress block, Step& step);

  System& system_;
  NodeId id_;
  Counters counters_;
  Port port_;
  Underway underway_;
  Desk desk_;
  HomeSide home_;
  CacheSide cache_;
};

}  // namespace dsmsim::gam
