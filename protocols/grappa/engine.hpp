#pragma once
// Grappa: every access to the global heap runs at the core that it belongs to (Nelson, Holt, Myers,
// Briggs, Ceze, Kahan, Oskin, "Latency-Tolerant Software Distributed Shared Memory", USENIX ATC'15;
// uwsampa/grappa at 69f2f367). README.md is the protocol in one page.
//
// A thread of the program is a task, pinned to a core. An operation on a block whose home is that
// core is a function call (try_local); any other is a delegate that grappa::Runtime carries to its
// home and whose answer the task waits for. Operations on several blocks are one delegate each, all
// under way at once. Borrows and transfers mean nothing to Grappa and take no time. Op::result of a
// read or a write is the name of the contents that were seen or made (how many writes the block has
// had; under a witness the last write's token), the largest of several blocks; 0 for an
// asynchronous write.

#include "protocols/grappa/runtime.hpp"
#include "sim/dsm/contract/engine.hpp"
#include "sim/dsm/contract/inspection.hpp"

namespace dsmsim {

class GrappaEngine final : public Engine, private Inspection {
 public:
  /// Throws Error if the options do not fit the cluster.
  GrappaEngine(EngineContext context, GrappaOptions options);

  bool offers(OpKind kind) const override { return is_word(kind); }
  MaybeDuration try_local(Thread& thread, Op& op) override;
  Task<> perform(Thread& thread, Op& op) override;
  void ended(Thread& thread) override;
  void reset_counters() override;
  void report(CounterReport& report) const override;
  void describe_waits(WaitForGraph& graph) const override;
  void check_quiescent() const override;
  const Inspection* inspection() const override { return this; }

  // For tests.
  const grappa::Runtime& runtime() const { return runtime_; }

 private:
  /// Part of an operation: bytes of one block.
  struct Part {
    std::uint32_t block;
    Bytes offset;  ///< in the block
    Bytes length;
  };

  grappa::TaskState& task_of(Thread& thread) {
    grappa::TaskState* const known = runtime_.task(thread.id());
    return known != nullptr ? *known : runtime_.first_seen(thread);
  }
  void check(const Op& op) const;
  [[noreturn]] void refuse(const Op& op, const std::string& why) const;
  /// The part in the block of `at`, a byte of the object.
  Part part_at(const Op& op, Bytes at) const;
  Bytes end_of(const Op& op) const;
  /// Of the operation's first byte.
  grappa::CoreId home_of(const Op& op) const;
  bool must_drain(const grappa::TaskState& task, const Op& op) const;

  MaybeDuration try_data(grappa::TaskState& task, Op& op);
  MaybeDuration try_word_here(grappa::TaskState& task, Op& op);
  MaybeDuration try_lock_here(grappa::TaskState& task, Op& op);
  std::uint64_t run_here(const grappa::TaskState& task, const Op& op, const Part& part);

  void describe_workers(WaitForGraph& graph) const;

  // operations.cpp
  grappa::EventPart* event_of(const grappa::TaskState& task);
  Task<> enroll(grappa::TaskState& task, const Op& op);
  void issue(grappa::TaskState& task, const Op& op);
  void issue_data(grappa::TaskState& task, const Op& op);
  void use_word_here(grappa::TaskState& task, const Op& op, const Part& part);
  void issue_part(grappa::TaskState& task, const Op& op, const Part& part, bool alone);
  void allocate_here(const grappa::TaskState& task, const Op& op);
  void finish(Op& op, std::uint64_t value) const;

  // inspection.cpp
  MemoryModel claimed_model() const override;
  void fingerprint(Fingerprint& into) const override;
  void fingerprint(const Post& message, Fingerprint& into) const override;
  bool forgets(ThreadId thread) const override;
  void check_always() const override;
  std::vector<ObjectId> lost_with(NodeId server) const override;

  // situations.cpp
  const std::vector<std::string>& situations() const override;
  int situation(const Post& post) const override;

  EngineContext context_;
  GrappaOptions options_;
  EventQueue& queue_;
  grappa::Runtime runtime_;
  Time counting_since_;
};

}  // namespace dsmsim
