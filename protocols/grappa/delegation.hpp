#pragma once
// Operations that do not end at once: their messages, one for each block (DelegateBase.hpp). Parts
// of them that belong to the task's own core are function calls.

#include "protocols/grappa/own_core.hpp"

namespace dsmsim::grappa {

class Delegation {
 public:
  Delegation(System& system, Outbox& outbox, Tasks& tasks, const Memory& memory, OwnCore& own_core)
      : system_(system), outbox_(outbox), tasks_(tasks), memory_(memory), own_core_(own_core) {}

  /// Makes the messages of an operation, or does what needs none. TaskState::left are awaited.
  void issue(TaskState& task, const Op& op);
  /// How many messages a write is.
  std::uint32_t messages_of(const TaskState& task, const Op& op) const;

 private:
  bool is_asynchronous(const Op& op) const {
    return op.kind == OpKind::write && system_.options.writes == GrappaWrites::asynchronous;
  }
  void issue_data(TaskState& task, const Op& op);
  void issue_part(TaskState& task, const Op& op, const Part& part, bool alone);
  void issue_lock(TaskState& task, const Op& op);
  void issue_to_allocator(TaskState& task, const Op& op);
  void send_whole(TaskState& task, const Op& op, CoreId home);
  void miss(const TaskState& task, CoreId home, Cause cause, Bytes bytes) const;

  System& system_;
  Outbox& outbox_;
  Tasks& tasks_;
  const Memory& memory_;
  OwnCore& own_core_;
};

}  // namespace dsmsim::grappa
