#pragma once
// What holds between any two events, by the protocol's own account (section 4 of Cai et al.; the
// tables of gam/src/{local,remote}_request_cache.cc and pending_request.cc).
//
//   copies        a stable copy is known to its home; at most one is dirty, and then no other is
//                 stable; shared ones equal the home's memory once the home has it
//   directory     is in transition only with a transaction of its own, of the right kind, which
//                 waits for as many answers as there are copies left to give up
//   transactions  each has its line or its directory entry, and what it waits for is under way: a
//                 request, an order or an answer, exactly once (only while messages are held:
//                 otherwise nobody can see them)
//   queues        something that will end holds up what waits
//   locks         a locked block is there, dirty or at home alone if the lock is exclusive; no two
//                 servers hold locks that exclude each other
//   threads       count what they have under way
//
// With the weak spots of the released code switched on some of it does not hold, and that is
// reported like everything else. Called by a checker; costs no simulated time.

#include <boost/container/small_vector.hpp>
#include <memory>
#include <string>
#include <vector>

#include "protocols/gam/node.hpp"

namespace dsmsim::gam {

class Invariants {
 public:
  using Threads = std::vector<std::unique_ptr<ThreadContext>>;
  Invariants(const System& system, const Threads& threads);

  /// Throws Error(ExitCode::incoherent).
  void check() const;

 private:
  /// On a queue pair, or queued at its target.
  struct Underway {
    Message message;
    NodeId from;
    NodeId to;
  };
  using Where = const Node&;

  void check_entry(Where home, const DirectoryEntry& entry) const;
  void check_transition(Where home, const DirectoryEntry& entry) const;
  void check_line(Where node, const Line& line) const;
  void check_stable(Where node, const Line& line) const;
  void check_transient(Where node, const Line& line) const;
  void check_locks(Where node, const Line& line) const;
  void check_transaction(Where node, const Transaction& transaction) const;
  void check_requester(Where node, const Transaction& transaction) const;
  void check_answers(Where node, const Transaction& transaction) const;
  void check_queue(Where node, const BlockQueue& queue) const;
  void check_message(const Underway& underway) const;
  void check_threads() const;

  template <class Condition>
  std::uint32_t count(Condition condition) const;
  const Node& node(NodeId id) const { return *system_.nodes[id.index()]; }

  const System& system_;
  const Threads& threads_;
  bool sees_messages_;
  boost::container::small_vector<Underway, 16> underway_;
};

}  // namespace dsmsim::gam
