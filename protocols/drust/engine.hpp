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
// The class is the contract's side of the engine: it checks and dispatches. What its parts may
// touch their constructors say, each after those that it needs:
//
//   Objects      what is in which object, and its owner Box
//   Runtime      what all share: options, counters, who is where, how messages are sent
//   Heap         one address space of all partitions
//   Memory       partitions, copies, addresses given up
//   Replication  backups; with them only, and nobody knows it but as a Survival
//   Borrows      who may use an object, through which pointer
//   Mover        objects on their way between servers
//   Uncached     objects that are used where they lie
//   Mutexes, Atomics, Controller
//   Returns      how a mutable reference ends
//   NoRoom       remote objects that there is no room for here
//   Parts        mutable references to a part of a remote object
//   Groups       objects that move together
//   Access       reads and writes
//   Lending      references are made and given back
//   Ties         affinity pointers
//   Lifetime     objects come, change owners and go
//   Scheduling   threads start and move
//   Recovery     a server is lost; with backups only
//   Inspector    what a checker sees

#include <memory>
#include <vector>

#include "protocols/drust/inspector.hpp"
#include "protocols/drust/lending.hpp"
#include "protocols/drust/recovery.hpp"
#include "protocols/drust/scheduling.hpp"

namespace dsmsim {

class DrustEngine final : public Engine, private MessageHandler {
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
  void report(CounterReport& report) const override;
  void describe_waits(WaitForGraph& graph) const override;
  void check_quiescent() const override;
  const drust::Inspector* inspection() const override { return &inspector_; }
  NodeId host(ObjectId object) const override { return scheduling_.host(object); }
  void ended(Thread& thread) override { runtime_.threads().end(thread.id()); }
  ThreadSystem* threads() override { return &scheduling_; }
  const EventLog* log() const override { return &log_; }
  bool goes_on_without(NodeId server) override {
    return recovery_ != nullptr && recovery_->goes_on_without(server);
  }

  /// Throws Error(ExitCode::incoherent) if the state breaks an invariant of the protocol (README.md
  /// "Invariants"). For moments at which no operation is under way.
  void check_invariants() const;

  const drust::Counters& counters() const { return runtime_.counters(); }
  const drust::Heap& heap() const { return heap_; }
  const drust::ObjectState& object(ObjectId id) const { return objects_[id]; }
  const drust::Reference& reference(BorrowId id) const { return borrows_[id]; }
  const drust::CopyTable& copies(NodeId server) const { return memory_.server(server).copies; }

 private:
  // MessageHandler: control messages at a server.
  Duration service_time(const Delivery& message) override;
  Duration handle(const Delivery& message) override;
  void dispatch(const Delivery& message, drust::Sender& here);

  Task<> perform_now(Thread& thread, Op& op);
  Task<> perform_later(Thread& thread, Op& op);
  bool may_unlock(ObjectId object) const {
    return survival_ == nullptr || survival_->may_unlock(object);
  }
  Task<> atomic(Thread& thread, Op& op);
  Task<> unlock(Thread& thread, Op& op);
  /// In artifact.cpp.
  Task<> fetch_leased(Thread& thread, Op& op);

  EventLog log_;
  drust::Objects objects_;
  drust::Runtime runtime_;
  drust::Heap heap_;
  drust::Memory memory_;
  std::unique_ptr<drust::Replication> replication_;  ///< with `replication.backups` only
  drust::Survival* survival_;                        ///< the same
  drust::Borrows borrows_;
  drust::Mover mover_;
  drust::Uncached uncached_;
  drust::Mutexes mutexes_;
  drust::Atomics atomics_;
  drust::Controller controller_;
  drust::Returns returns_;
  drust::NoRoom no_room_;
  drust::Parts parts_;
  drust::Groups groups_;
  drust::Access access_;
  drust::Lending lending_;
  drust::Ties ties_;
  drust::Lifetime lifetime_;
  drust::Scheduling scheduling_;
  std::unique_ptr<drust::Recovery> recovery_;  ///< with `replication.backups` only
  std::vector<std::unique_ptr<WorkerPool>> workers_;
  drust::Inspector inspector_;
};

}  // namespace dsmsim
