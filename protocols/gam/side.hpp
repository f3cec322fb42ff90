#pragma once
// What the two sides of a server have in common: the one that is home of its own blocks
// (home_side.hpp) and the one that has copies of others' (cache_side.hpp). Each owns its state, and
// touches beside that only its Tools.
//
// Locks are permissions of coherence with a count on top, so no lock message exists
// (section 5.1 of Cai et al.; gam/src/cache.cc:309-505, directory.cc, worker.cc).

#include "protocols/gam/desk.hpp"
#include "protocols/gam/lock_table.hpp"

namespace dsmsim::gam {

/// Tries again what waits at a block, at its home or its copy.
class Waker {
 public:
  virtual ~Waker() = default;
  /// A transaction of the block, or a lock of it, has ended.
  virtual void drain(GlobalAddress block, Step& step) = 0;
};

struct Tools {
  System& system;
  NodeId id;
  Port& port;
  Underway& underway;
  Desk& desk;
  Counters& counters;
  Waker& waker;
};

bool can_lock(const Access& access, const LockTable& locks);

class Side {
 protected:
  explicit Side(const Tools& tools)
      : system_(tools.system),
        id_(tools.id),
        port_(tools.port),
        underway_(tools.underway),
        desk_(tools.desk),
        counters_(tools.counters),
        waker_(tools.waker) {}

  const GamCosts& costs() const { return system_.options.costs; }
  Time now() const { return system_.now(); }
  bool mutated(std::string_view name) const { return system_.mutant.is(name); }

  void send(NodeId to, const Message& message, Tally* tally, Step& step) {
    port_.send(to, message, tally, step);
  }
  void send_block(NodeId to, const Message& message, std::uint64_t version, Cause cause,
                  Tally* tally, Step& step) {
    port_.send_block(to, message, version, cause, tally, step);
  }
  Transaction& begin(Transaction::Role role, MessageKind sent, GlobalAddress block) {
    return underway_.begin(role, sent, block);
  }
  void end(Transaction& transaction) { underway_.end(transaction); }
  Outcome wait(const Access& access) { return underway_.wait(access); }
  void wait(const Request& request) { underway_.wait(request); }
  void finish(const Access& access, Outcome outcome, const Step& step) {
    desk_.finish(access, outcome, step);
  }
  void drain(GlobalAddress block, Step& step) { waker_.drain(block, step); }

  /// Takes the lock if it is free; the caller has made sure that the access does not have to wait.
  Outcome take_lock(const Access& access, LockTable& locks, std::uint64_t version);
  /// LOCK_FAILED, to everybody who waits for the answer.
  void refuse(const Request& request, Step& step);

  System& system_;
  NodeId id_;
  Port& port_;
  Underway& underway_;
  Desk& desk_;
  Counters& counters_;

 private:
  Waker& waker_;
};

}  // namespace dsmsim::gam
