#pragma once
// DRust: coherence guided by ownership (Ma et al., "DRust: Language-Guided Distributed Shared
// Memory with Fine Granularity, Full Transparency, and Ultra Efficiency", OSDI'24; arXiv
// 2406.02803v2). The full protocol of Appendix B; README.md has it in one page.
//
// Every object has one owner Box, a value of the server whose thread allocated it or to which it
// was transferred, and one home, which moves to whoever writes it from another server. Accesses
// without a borrow go through the Box on the owner's server; on others a reference is made, used
// once and dropped. Programs that Rust would reject may ask for conflicting borrows: they are
// served first come, first served.
//
// The class is the contract's side of the engine. Its parts: Runtime (what all share), Memory
// (partitions, copies, addresses given up), Replication (backups), Mover (objects between servers),
// References, Uncached, Mutexes, Atomics, Controller. engine.cpp dispatches; access.cpp reads and
// writes, in_place.cpp where a partition is full; borrow.cpp makes and ends references; groups.cpp
// keeps objects together; lifetime.cpp allocates, transfers and drops; scheduling.cpp starts and
// moves threads; recovery.cpp does without a lost server; check.cpp ends a run. Inspector is what a
// checker sees.

#include <memory>
#include <vector>

#include "protocols/drust/inspector.hpp"
#include "protocols/drust/mover.hpp"
#include "protocols/drust/recovery.hpp"
#include "protocols/drust/uncached.hpp"
#include "sim/dsm/contract/thread_system.hpp"

namespace dsmsim {

class DrustEngine final : public Engine, private ThreadSystem, private MessageHandler {
 public:
  /// Throws Misfit for options that the cluster cannot have, Error if the servers' memory does not
  /// fit into DRust's addresses.
  DrustEngine(EngineContext context, DrustOptions options);

  MaybeDuration try_local(Thread& thread, Op& op) override;
  Task<> perform(Thread& thread, Op& op) override {
    return runtime_.lost().pauses(thread.node()) ? perform_later(thread, op)
                                                 : perform_now(thread, op);
  }
  void reset_counters() override;
  void report(nlohmann::ordered_json& counters) const override;
  void describe_waits(WaitForGraph& graph) const override;
  void check_quiescent() const override;
  const drust::Inspector* inspection() const override { return &inspector_; }
  NodeId host(ObjectId object) const override;
  void ended(Thread& thread) override { runtime_.threads().end(thread.id()); }
  ThreadSystem* threads() override { return this; }
  const EventLog* log() const override { return &log_; }
  bool goes_on_without(NodeId server) override {
    return recovery_ != nullptr && recovery_->goes_on_without(server);
  }

  /// Throws Error(ExitCode::incoherent) if the state breaks an invariant of the protocol (README.md
  /// "Invariants"). For moments at which no operation is under way.
  void check_invariants() const;

  const drust::Counters& counters() const { return runtime_.counters(); }
  const drust::Heap& heap() const { return runtime_.heap(); }
  const drust::ObjectState& object(ObjectId id) const { return runtime_.objects()[id.index()]; }
  const drust::Reference& reference(BorrowId id) const { return borrows_[id]; }
  const drust::CopyTable& copies(NodeId server) const { return memory_.server(server).copies; }

 private:
  using Pointer = drust::Pointer;
  using ObjectState = drust::ObjectState;
  using Reference = drust::Reference;

  /// What a read or write has come to, before its bytes are touched.
  struct Access {
    Duration cpu;
    std::uint64_t stamp = 0;
  };

  // MessageHandler: control messages at a server.
  Duration service_time(const Delivery& message) override;
  Duration handle(const Delivery& message) override;
  void dispatch(const Delivery& message, drust::Sender& here);

  // engine.cpp
  Task<> perform_now(Thread& thread, Op& op);
  Task<> perform_later(Thread& thread, Op& op);
  bool may_unlock(ObjectId object) const {
    return survival_ == nullptr || survival_->may_unlock(object);
  }
  bool follows_every_write() const {
    return survival_ != nullptr && survival_->follows_every_write();
  }

  // access.cpp
  MaybeDuration try_read(Thread& thread, Op& op, ObjectState& object);
  MaybeDuration try_write(Thread& thread, Op& op, ObjectState& object);
  Task<> read(Thread& thread, Op& op);
  Task<> write(Thread& thread, Op& op);
  Task<> admit_to_read(Thread& thread, const Op& op);
  Task<> read_admitted(Thread& thread, Op& op);
  Access read_copy(const Op& op, NodeId here, drust::CopyId copy);
  Task<> admit_to_write(Thread& thread, const Op& op);
  Task<> write_unborrowed(Thread& thread, Op& op);
  Task<> write_admitted(Thread& thread, Op& op, BorrowId borrow);
  bool keeps(const ObjectState& object, const Op& op, NodeId here) const;
  bool try_read_through(const Op& op, NodeId here, Access& access);
  bool try_dereference(NodeId here, const ObjectState& object, Pointer& pointer, bool keep,
                       Access& access);
  bool try_make_writable(NodeId here, ObjectState& object, Pointer& pointer, bool owner);
  Task<bool> make_writable(Thread& thread, ObjectId object, BorrowId borrow);
  Task<std::optional<drust::Moved>> bring_to_owner(Thread& thread, ObjectId object,
                                                   drust::ColouredAddress from);
  /// The read has found these contents.
  void end_read(Op& op, const ObjectState& object, std::uint64_t stamp) {
    if (object.tracked) [[unlikely]] {
      runtime_.use(op);
    }
    op.result = runtime_.read(op, stamp);
    runtime_.counters().stale_reads += stamp != object.stamp ? 1 : 0;
  }

  // artifact.cpp: what the released code does differently
  bool migrates_first(const Thread& thread, const ObjectState& object) const;
  Task<> call_update(Thread& thread, ObjectId object, drust::ColouredAddress home);
  void handle_update(const Delivery& message, drust::Sender& here);
  NodeId first_slot();
  Task<> fetch_leased(Thread& thread, Op& op);

  // groups.cpp: objects that affinity pointers keep together
  MaybeDuration try_tie(const Thread& thread, const Op& op);
  Task<> tie(Thread& thread, Op& op);
  void check_tie(const Thread& thread, const Op& op);
  void require_whole(const Thread& thread, const Op& op, ObjectId id) const;
  void require_root(const Thread& thread, const Op& op) const;
  Task<> bring_owned(Thread& thread, ObjectId object);
  Task<> admit_member(Thread& thread, const Op& op);
  Task<std::vector<ObjectId>> take_group(Thread& thread, ObjectId object, ObjectId mine);
  Task<std::optional<drust::Moved>> bring_group_of(Thread& thread, ObjectId object, bool owner,
                                                   Duration cpu);
  Task<std::optional<drust::Moved>> bring_group(Thread& thread, ObjectId object, bool owner,
                                                Duration cpu);
  Task<> release_group(Thread& thread, Op& op);
  bool has_pinned(ThreadId thread) const;
  drust::ColouredAddress home(ObjectId object) const { return inspector_.home(object); }

  // in_place.cpp: remote objects that there is no room for here
  Task<std::uint64_t> in_place(Thread& thread, Op& op, drust::ColouredAddress name);
  std::uint64_t use_in_place(const Op& op);
  Task<std::uint64_t> read_in_place(Thread& thread, Op& op);
  Task<> write_in_place(Thread& thread, Op& op, BorrowId borrow);
  Task<> rename_in_place(Thread& thread, ObjectId object, BorrowId borrow);
  Task<> access_part_in_place(Thread& thread, Op& op);

  // part.cpp: mutable references to a part of a remote object
  bool is_remote_part(const Reference& reference) const;
  void use_part(Op& op, Reference& part);
  MaybeDuration try_access_part(Op& op, Reference& part);
  Task<> access_part(Thread& thread, Op& op);
  Task<bool> fetch_part(Thread& thread, BorrowId borrow);
  Task<> write_back_part(Thread& thread, BorrowId borrow);
  Task<> recolour_box(Thread& thread, ObjectId object);
  Task<> leave_part(Thread& thread, BorrowId borrow);
  Task<> drop_part(Thread& thread, BorrowId borrow);

  // borrow.cpp
  MaybeDuration try_borrow(Thread& thread, Op& op, ObjectState& object);
  MaybeDuration try_give_back(Thread& thread, Op& op, ObjectState& object);
  Task<> borrow(Thread& thread, Op& op);
  Task<> give_back(Thread& thread, Op& op);
  Task<> unlock(Thread& thread, Op& op);
  Task<> drop_mut(Thread& thread, BorrowId borrow);
  Task<> update_owner(Thread& thread, ObjectId object, drust::ColouredAddress home);
  Task<drust::ColouredAddress> move_to_end(Thread& thread, BorrowId borrow);

  // scheduling.cpp: ThreadSystem
  Task<NodeId> place(Thread& parent, const Launch& launch) override;
  void begins(Thread& thread) override;
  bool has_put_off(const Thread& thread) const override {
    return mutexes_.uses_leases(thread.id());
  }
  Task<> end_phase(Thread& thread) override { return mutexes_.end_phase(thread); }
  Task<bool> migrate(Thread& thread, NodeId to) override;
  Task<> give(Thread& from, ObjectId object) override;
  void take(Thread& by, ObjectId object) override;
  Task<> leave_references(Thread& thread);
  Task<> ship(Thread& thread, NodeId to);
  Task<> rename(Thread& thread, BorrowId mut);
  void become_whole(Reference& part) const;
  void renew_part(Reference& part);
  void move_boxes(ThreadId thread, NodeId to);
  void note_migration(const Thread& thread, NodeId from, NodeId to);

  // lifetime.cpp
  MaybeDuration try_allocate(Thread& thread, Op& op);
  MaybeDuration try_release(Thread& thread, Op& op, ObjectState& object);
  Task<> allocate(Thread& thread, Op& op);
  Task<drust::GlobalAddress> reserve_at(Thread& thread, NodeId server, Bytes size);
  Task<drust::GlobalAddress> reserve_somewhere(Thread& thread, Bytes size);
  void note_remote_allocation(const Thread& thread, NodeId server, Bytes size);
  Duration give_box(NodeId server, ObjectId id);
  Task<> release(Thread& thread, Op& op);
  Task<> transfer(Thread& thread, Op& op);
  Task<> clear_to_leave(Thread& thread, const Op& op);
  void create(const Thread& thread, const Op& op, drust::GlobalAddress address);
  void handle_allocate(const Delivery& message, drust::Sender& host);
  void handle_transfer(const Delivery& message);
  void require_unlocked(const Thread& thread, const Op& op) const;

  EventLog log_;
  drust::Runtime runtime_;
  drust::Memory memory_;
  std::unique_ptr<drust::Replication> replication_;  ///< with `replication.backups` only
  drust::Survival* survival_;                        ///< the same
  drust::Borrows borrows_;
  drust::Mover mover_;
  drust::Uncached uncached_;
  drust::Mutexes mutexes_;
  drust::Atomics atomics_;
  drust::Controller controller_;
  std::unique_ptr<drust::Recovery> recovery_;  ///< with `replication.backups` only
  std::vector<std::unique_ptr<WorkerPool>> workers_;
  drust::Inspector inspector_;
};

}  // namespace dsmsim
