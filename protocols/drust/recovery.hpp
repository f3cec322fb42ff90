#pragma once
// How the others go on without a server that has crashed, when its partitions have backups (Ma et
// al., OSDI'24, section 4.2.3): a backup takes its place.

#include <map>
#include <vector>

#include "protocols/drust/atomics.hpp"
#include "protocols/drust/borrows.hpp"
#include "protocols/drust/controller.hpp"
#include "protocols/drust/mutexes.hpp"
#include "protocols/drust/replication.hpp"

namespace dsmsim::drust {

/// What a lost server takes with it, and what has to be put in order.
struct Losable {
  Runtime& runtime;
  Objects& objects;
  Heap& heap;
  Memory& memory;
  Replication& replication;
  Borrows& borrows;
  Mutexes& mutexes;
  Atomics& atomics;
  Controller& controller;
  EventLog& log;
};

class Recovery {
 public:
  explicit Recovery(const Losable& parts);

  /// Whether the others can do without the server. Any but the controller's, as long as each
  /// partition that it has is at another one; then they begin to.
  bool goes_on_without(NodeId server);
  /// A message of the recovery.
  void handle(const Delivery& message, Sender& here);

 private:
  bool can_do_without(NodeId server) const;
  void promote(NodeId lost);
  std::vector<NodeId> survivors() const;
  void tell(Sender& here, NodeId to, MessageKind kind, NodeId lost, Bytes more = {});
  void hear(Sender& here, MessageKind kind, NodeId lost);

  // What those who take the place have to know.
  void report_held(Sender& here, NodeId lost);
  bool goes_to(ColouredAddress home, NodeId lost, NodeId substitute) const;
  std::int64_t count_held(NodeId by, NodeId lost, NodeId substitute) const;
  std::int64_t count_objects(NodeId lost, NodeId substitute) const;

  // The change.
  void take_over(NodeId lost, Sender& controller);
  void adopt_partitions(NodeId lost);
  void bring_up_backups();
  std::vector<ColouredAddress> end_lost_threads(NodeId lost);
  void end_hold(ThreadId thread, NodeId lost);
  void end_references(ThreadId thread, NodeId lost, std::vector<ColouredAddress>& homes);
  void end_mut(const Reference& mut, NodeId lost);
  void free_locks_of(ThreadId thread, NodeId lost);
  void restore_locks(NodeId lost);
  void end_passages(NodeId lost);
  void restore_objects(NodeId lost, const std::vector<ColouredAddress>& homes);
  void forget_adopted_copies();
  void note_loss(NodeId lost, NodeId substitute, std::uint64_t restored, std::uint64_t undone);

  Runtime& runtime_;
  Objects& objects_;
  Heap& heap_;
  Memory& memory_;
  Replication& replication_;
  Borrows& borrows_;
  Mutexes& mutexes_;
  Atomics& atomics_;
  Controller& controller_;
  EventLog& log_;
  std::size_t promoting_ = 0;  ///< answers of backups still to come
  /// Of backups that take a place: messages still to come, promote among them.
  std::map<NodeId, std::size_t> awaited_;
};

}  // namespace dsmsim::drust
