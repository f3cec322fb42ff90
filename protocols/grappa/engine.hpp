#pragma once
// Grappa: every access to the global heap runs at the core that it belongs to (Nelson, Holt, Myers,
// Briggs, Ceze, Kahan, Oskin, "Latency-Tolerant Software Distributed Shared Memory", USENIX ATC'15;
// uwsampa/grappa at 69f2f367). README.md is the protocol in one page.
//
// A thread of the program is a task, pinned to a core. An operation on a block whose home is that
// core is a function call (try_local); any other is a delegate, a message that is carried to its
// home and whose answer the task waits for. Operations on several blocks are one delegate each, all
// under way at once. Borrows and transfers mean nothing to Grappa and take no time. Op::result of a
// read or a write is the name of the contents that were seen or made (how many writes the block has
// had; under a witness the last write's token), the largest of several blocks; 0 for an
// asynchronous write.
//
// The class is the contract's side of the engine: it checks, and waits. What its parts may touch
// their constructors say, each after those that it needs:
//
//   System           what all share: options, what is under way, what is counted
//   Cores            what a core has to do, and its timers
//   Outbox           lists and packets: what leaves a core
//   Tasks            who waits for what; messages made, answers
//   Memory           what the home cores hold
//   Home             delegates at their home
//   CompletionEvent  the end of everybody's asynchronous writes
//   Arrivals         polls and packets: what comes to a core
//   OwnCore          function calls
//   Delegation       the messages of an operation

#include "protocols/grappa/arrivals.hpp"
#include "protocols/grappa/delegation.hpp"
#include "protocols/grappa/invariants.hpp"
#include "sim/dsm/contract/engine.hpp"
#include "sim/dsm/contract/inspection.hpp"

namespace dsmsim {

class GrappaEngine final : public Engine, private Inspection {
 public:
  /// Throws Error if the options do not fit the cluster.
  GrappaEngine(EngineContext context, GrappaOptions options);

  bool offers(OpKind kind) const override { return is_word(kind) || is_call(kind); }
  /// A delegate reaches what one core has.
  bool calls_at(ObjectId object) const override {
    return memory_.live(object) && memory_.blocks(memory_.at(object).size) == 1;
  }
  MaybeDuration try_local(Thread& thread, Op& op) override;
  Task<> perform(Thread& thread, Op& op) override;
  void ended(Thread& thread) override;
  void reset_counters() override;
  void report(CounterReport& report) const override;
  void describe_waits(WaitForGraph& graph) const override;
  void check_quiescent() const override { invariants().check_at_rest(); }
  const Inspection* inspection() const override { return this; }

  // For tests.
  const grappa::Cores& cores() const { return cores_; }
  const grappa::Memory& memory() const { return memory_; }
  const grappa::Counters& counters() const { return system_.counters; }

 private:
  // operations.cpp
  bool must_drain(const grappa::TaskState& task, const Op& op) const;
  grappa::EventPart* event_of(const grappa::TaskState& task);
  Task<> enroll(grappa::TaskState& task, const Op& op);
  void finish(Op& op, std::uint64_t value) const;

  // report.cpp
  void describe_workers(WaitForGraph& graph) const;

  // inspection.cpp
  grappa::Invariants invariants() const {
    return {system_, cores_, outbox_, tasks_, memory_, event_};
  }
  MemoryModel claimed_model() const override;
  void fingerprint(Fingerprint& into) const override;
  void fingerprint(const Post& message, Fingerprint& into) const override;
  bool forgets(ThreadId thread) const override;
  void check_always() const override { invariants().check_always(); }
  std::vector<ObjectId> lost_with(NodeId server) const override;
  bool is_lost_with(NodeId server, ObjectId object) const;

  // situations.cpp
  const std::vector<std::string>& situations() const override;
  int situation(const Post& post) const override;

  grappa::System system_;
  grappa::Cores cores_;
  grappa::Outbox outbox_;
  grappa::Tasks tasks_;
  grappa::Memory memory_;
  grappa::Home home_;
  grappa::CompletionEvent event_;
  grappa::Arrivals arrivals_;
  grappa::OwnCore own_core_;
  grappa::Delegation delegation_;
  Time counting_since_;
};

}  // namespace dsmsim
