#pragma once
// What DRust lets a checker see: its state as a fingerprint, its invariants, and the situations
// that its messages meet. Called between two events; changes nothing, costs no simulated time.

#include <memory>
#include <string>
#include <vector>

#include "protocols/drust/atomics.hpp"
#include "protocols/drust/borrows.hpp"
#include "protocols/drust/controller.hpp"
#include "protocols/drust/mutexes.hpp"
#include "protocols/drust/replication.hpp"
#include "sim/dsm/contract/inspection.hpp"
#include "sim/dsm/kit/borrow_table.hpp"
#include "sim/dsm/kit/worker_pool.hpp"

namespace dsmsim::drust {

/// The parts of an engine.
struct Inspected {
  const Runtime& runtime;
  const Objects& objects;
  const Heap& heap;
  const Memory& memory;
  const Replication* replication;  ///< null: there are no backups
  const Borrows& borrows;
  const Mutexes& mutexes;
  const Atomics& atomics;
  const Controller& controller;
  const std::vector<std::unique_ptr<WorkerPool>>& workers;
};

class Inspector final : public Inspection {
 public:
  /// The parts must outlive it.
  explicit Inspector(const Inspected& parts);

  /// For safe programs; and this engine makes programs safe.
  MemoryModel claimed_model() const override { return MemoryModel::sequential; }

  /// Complete as long as nothing takes time: then no control message waits for a worker.
  void fingerprint(Fingerprint& into) const override;
  void fingerprint(const Post& message, Fingerprint& into) const override;
  /// An operation under way waits for a message, for an object (BorrowTable), for the map or a copy
  /// (ServerState::waiting), for an answer or to try a lock again; all of that is in the
  /// fingerprint or is the message. What else its coroutine holds follows from it: pointers, copies
  /// and parts are those of the operation's own object and reference; an address that it has
  /// reserved is nobody else's; times decide nothing.
  bool forgets(ThreadId) const override { return true; }

  void check_always() const override;
  /// Those that lie on the server; with backups, those with contents that these do not have.
  std::vector<ObjectId> lost_with(NodeId server) const override;
  /// What holds besides when no operation is under way. Throws as check_always() does.
  void check_at_rest() const;

  /// Those that the engine's options allow.
  const std::vector<std::string>& situations() const override { return situations_; }
  int situation(const Post& message) const override;

 private:
  enum class Situation : std::size_t;

  /// That the object keeps until the new one has been written back; null: none.
  ColouredAddress old_home(ObjectId object) const;
  bool has_copies(GlobalAddress address, NodeId but) const;

  // fingerprint.cpp
  void add_objects(Fingerprint& into) const;
  void add_references(Fingerprint& into) const;
  void add_body(const Post& message, Fingerprint& into) const;
  void add_body(const UpdateBody& body, Fingerprint& into) const;
  void add_body(const ResetBody& body, Fingerprint& into) const;
  void add_body(const AllocateBody& body, Fingerprint& into) const;
  void add_body(const AtomicBody& body, Fingerprint& into) const;
  void add_body(const ReplyBody& body, MessageKind kind, Fingerprint& into) const;
  void add_body(const LossBody& body, Fingerprint& into) const;
  void add_body(const ObjectBody& body, Fingerprint& into) const;
  void add_object(const Post& message, Fingerprint& into) const;
  void add_disposal(const Post& message, Fingerprint& into) const;
  void add_caller(std::uint64_t call, Fingerprint& into) const;
  void add_pointer(Fingerprint& into, const Pointer& pointer, NodeId server) const;

  // invariants.cpp
  using Users = std::vector<std::vector<std::uint32_t>>;  ///< of copies, by server and CopyId
  void check_locks() const;
  void check_borrows() const;
  Users count_users() const;
  void count_user(Users& users, ObjectId object, const Pointer& pointer, NodeId server) const;
  enum class When { always, at_rest };
  void check_counts(When when) const;
  void check_copies() const;
  void check_backups() const;
  void check_name(const Copy& copy, const std::string& name) const;
  void check_groups() const;
  void check_addresses() const;
  bool has_copies_between(GlobalAddress begin, GlobalAddress end) const;
  [[noreturn]] void refuse(GlobalAddress address, const std::string& why) const;
  void check_memory() const;

  // situations.cpp
  Situation meet(const Post& message) const;
  Situation meet_lock(const Post& message) const;
  Situation meet_copy(const Post& message) const;
  Situation meet_move(const Post& message) const;
  Situation meet_deallocate(const Post& message) const;
  Situation meet_invalidate(const Post& message) const;
  Situation meet_invalidated(const Post& message) const;
  Situation meet_owner_update(const Post& message) const;

  Inspected parts_;
  std::vector<std::string> situations_;
  std::vector<int> index_of_;  ///< in situations_, by Situation
};

}  // namespace dsmsim::drust
