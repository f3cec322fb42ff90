#pragma once
// GAM: a directory protocol with a cache on every server (Cai et al., "Efficient Distributed Memory
// Management with RDMA and Caching", PVLDB 11(11):1604-1617, 2018). README.md is the protocol in
// one page.
//
// An object is a range of addresses in one server's partition; coherence is kept by blocks, so
// small objects share blocks and large ones span several. Operations are cut into accesses to
// blocks here, and carried out by the Node of the thread's server. Borrows and transfers mean
// nothing to GAM and take no time. Op::result of a read or a write is the version of the block seen
// or made (how many writes it has had; under a witness, the last write's token), with kUngranted
// set if the write seen was not granted yet; 0 for a write that is still under way when the
// operation returns.

#include <algorithm>
#include <deque>
#include <memory>
#include <vector>

#include "protocols/gam/node.hpp"
#include "protocols/gam/placement.hpp"
#include "sim/base/huge_pages.hpp"
#include "sim/dsm/boundary/world.hpp"
#include "sim/dsm/contract/inspection.hpp"

namespace dsmsim {

class GamEngine final : public Engine, private Inspection {
 public:
  GamEngine(EngineContext context, GamOptions options);
  ~GamEngine() override;

  MaybeDuration try_local(Thread& thread, Op& op) override;
  Task<> perform(Thread& thread, Op& op) override;
  Time settled() const override { return system_.settled; }
  std::optional<Bytes> capacity() const override { return placement_.capacity(); }
  void reset_counters() override;
  void report(CounterReport& report) const override;
  void describe_waits(WaitForGraph& graph) const override;
  void check_quiescent() const override;
  const Inspection* inspection() const override { return this; }

  // For tests.
  const gam::Node& node(NodeId id) const { return *system_.nodes[id.index()]; }
  gam::GlobalAddress address(ObjectId object) const { return objects_[object.index()].address; }

 private:
  struct Placed {
    gam::GlobalAddress address;  ///< invalid: never allocated, or released
    Bytes size;
  };
  /// The bytes that an operation touches.
  struct Range {
    gam::GlobalAddress begin;
    gam::GlobalAddress end;
  };

  gam::ThreadContext& context_of(const Thread& thread) {
    const std::size_t index = thread.id().index();
    return index < threads_.size() && threads_[index] ? *threads_[index] : first_seen(thread);
  }
  gam::ThreadContext& first_seen(const Thread& thread);
  gam::Node& node_of(const Thread& thread) { return *system_.nodes[thread.node().index()]; }
  Range range_of(const Op& op) const {
    if (op.object.index() >= objects_.size() || !objects_[op.object.index()].address.valid()) {
      refuse(op, "it is not allocated");
    }
    const Placed& object = objects_[op.object.index()];
    if (op.offset + op.length > object.size) {
      refuse(op, "the object has " + to_string(object.size) + " only");
    }
    const gam::GlobalAddress begin = object.address + op.offset;
    return {begin, begin + std::max(op.length, Bytes(1))};
  }
  /// `context` is not needed for what is done at once.
  gam::Access access_to(const Op& op, gam::GlobalAddress begin, Bytes length,
                        gam::ThreadContext* context) const {
    const gam::GlobalAddress block = begin.block(options_.block);
    return {.kind = gam::kind_of(op.kind),
            .try_lock = tries(op.kind),
            .block = block,
            .offset = static_cast<std::uint32_t>((begin - block).count()),
            .length = static_cast<std::uint32_t>(length.count()),
            .thread = context,
            .token = op.operand()};
  }
  /// How much of a range, or of an operation on it, lies in the block of `begin` and not before
  /// that.
  Bytes length_at(const Op& op, Range range, gam::GlobalAddress begin) const {
    return std::min(std::min(range.end, next_block(begin)) - begin, op.length);
  }
  gam::GlobalAddress next_block(gam::GlobalAddress address) const {
    return address.block(options_.block) + options_.block;
  }
  Duration copying(Bytes length) const;
  [[noreturn]] void refuse(const Op& op, const std::string& why) const;

  bool takes_handle(const Op& op) const;
  MaybeDuration answer(Thread& thread, Op& op);
  Task<> with_handle(Thread& thread, Op& op);
  Task<> carry_out(Thread& thread, Op& op);
  MaybeDuration try_access(Thread& thread, Op& op, gam::ThreadContext& context);
  gam::Outcome attempt(gam::Node& node, gam::ThreadContext& context, Op& op,
                       gam::GlobalAddress begin, Bytes length, gam::Step& step);
  gam::Outcome attempt_all(gam::Node& node, gam::ThreadContext& context, Op& op, Range range,
                           gam::Step& step);
  MaybeDuration try_unlock(Thread& thread, const Op& op, gam::ThreadContext& context);
  static void end_access(Op& op, Range range, gam::ThreadContext& context, std::uint64_t version,
                         bool failed);
  void release_locks(gam::Node& node, const Op& op, gam::ThreadContext& context, gam::Step& step);
  void forget_lock(ObjectId object, gam::ThreadContext& unlocking);

  // operations.cpp
  Task<> wait_for_lock(gam::Node& node, gam::GlobalAddress address);
  Task<> access(Thread& thread, Op& op);
  Task<> lock(Thread& thread, Op& op);
  Task<> give_up_locks(Thread& thread, const Op& op, gam::GlobalAddress end);
  Task<> unlock(Thread& thread, const Op& op);
  Task<> allocate(Thread& thread, Op& op);
  Task<> release(Thread& thread, const Op& op);
  Task<> drain_writes(Thread& thread, gam::ThreadContext& context);
  Task<> wait_for(Thread& thread, gam::ThreadContext& context, gam::Waiting& waiting);

  // inspection.cpp
  MemoryModel claimed_model() const override;
  void fingerprint(Fingerprint& into) const override;
  void fingerprint(const Post& message, Fingerprint& into) const override;
  bool forgets(ThreadId thread) const override;
  void check_always() const override;
  std::vector<std::string> defects_met() const override;
  const std::vector<std::string>& situations() const override;
  int situation(const Post& message) const override;
  std::vector<ObjectId> lost_with(NodeId server) const override;
  bool is_lost_with(NodeId server, gam::GlobalAddress block) const;

  void check_directory(const gam::Node& home) const;
  void check_cache(const gam::Node& node) const;

  EngineContext context_;
  GamOptions options_;
  EventQueue& queue_;
  gam::Placement placement_;
  gam::System system_;
  std::vector<Placed, HugePages<Placed>> objects_;
  std::vector<std::unique_ptr<gam::ThreadContext>> threads_;  // null: not seen yet
  Time counting_since_;
  std::vector<Duration> busy_before_;
  std::deque<Semaphore> handles_;  // by server; empty: a handle for each thread
};

}  // namespace dsmsim
